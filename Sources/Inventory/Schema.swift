import GRDB

/// What the file holds, step by step; a step that was released is never changed, only followed by another.
enum Schema {
    /// "PFsh", in the file's header: tells our file from any other SQLite file (`PRAGMA application_id`).
    static let applicationID: Int32 = 0x5046_7368

    static var migrations: DatabaseMigrator {
        var migrations = DatabaseMigrator()
        migrations.registerMigration("1: machines and events") { database in
            try database.execute(sql: firstTables)
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        migrations.registerMigration("2: what was learned of firmware, and the operator's last word") { database in
            try database.execute(sql: secondTables)
        }
        migrations.registerMigration("3: hosts, and their installs") { database in
            try database.execute(sql: thirdTables)
        }
        return migrations
    }

    /// Refuses a file that is another program's, before anything in it is changed.
    static func checkOwner(_ database: Database, path: String) throws {
        let owner = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        guard owner != applicationID else { return }
        // The list of migrations is made before the first of them is carried out, and whoever is killed between leaves it alone.
        let things =
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'") ?? 0
        guard owner == 0, things == 0 else { throw InventoryError(cause: .foreign, path: path, detail: "") }
    }

    /// Walks the pages, so that damage shows at the start and not in the midst of an install.
    static func checkPages(_ database: Database, path: String) throws {
        let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? ""
        guard verdict == "ok" else { throw InventoryError(cause: .damaged, path: path, detail: verdict) }
    }

    /// Times are milliseconds since 1970. `mac` is the text of `ClientHardware`, so that clients without an Ethernet
    /// address have a row, too.
    private static let firstTables = """
        CREATE TABLE machine (
            id INTEGER PRIMARY KEY,
            mac TEXT NOT NULL UNIQUE,
            uuid TEXT,
            architecture INTEGER,
            first_seen INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            last_stage TEXT NOT NULL,
            last_address TEXT,
            last_boot INTEGER,
            boots INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX machine_address ON machine (last_address) WHERE last_address IS NOT NULL;
        CREATE INDEX machine_last_seen ON machine (last_seen);
        CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            machine_id INTEGER REFERENCES machine (id) ON DELETE SET NULL,
            kind TEXT NOT NULL,
            summary TEXT NOT NULL,
            details TEXT NOT NULL
        ) STRICT;
        CREATE INDEX event_machine ON event (machine_id) WHERE machine_id IS NOT NULL;
        """

    /// A host is a machine that the operator named, with all its cards; groups, tags and variables are JSON. A sighting is a UUID that was shown with a card, in
    /// `MachineUUID.eitherOrder` as that of a host is, and when that boot began and was heard of last. Of a host's leases the last speaks for it, and at most one
    /// is not over: `lease_live` would refuse a second whatever the code above it did. Where a machine is stands on its row: the interface
    /// that it was heard by, and what the relay said, if one stands between.
    private static let thirdTables = """
        CREATE TABLE host (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            uuid TEXT,
            serial TEXT,
            target TEXT,
            groups TEXT NOT NULL DEFAULT '[]',
            tags TEXT NOT NULL DEFAULT '[]',
            variables TEXT NOT NULL DEFAULT '{}',
            note TEXT NOT NULL DEFAULT '',
            is_protected INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE TABLE host_card (
            mac TEXT PRIMARY KEY,
            host_id INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX host_card_host ON host_card (host_id);
        CREATE TABLE sighting (
            machine_id INTEGER NOT NULL REFERENCES machine (id) ON DELETE CASCADE,
            uuid TEXT NOT NULL,
            since INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (machine_id, uuid)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sighting_uuid ON sighting (uuid);
        CREATE INDEX host_uuid ON host (uuid) WHERE uuid IS NOT NULL;
        CREATE TABLE rollout (
            id INTEGER PRIMARY KEY,
            created INTEGER NOT NULL,
            target TEXT NOT NULL,
            width INTEGER NOT NULL,
            canaries INTEGER NOT NULL,
            budget INTEGER NOT NULL,
            start INTEGER,
            state TEXT NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;
        CREATE TABLE lease (
            id INTEGER PRIMARY KEY,
            rollout_id INTEGER NOT NULL REFERENCES rollout (id),
            host_id INTEGER NOT NULL REFERENCES host (id),
            token TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            lost_turns INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            heard INTEGER,
            begun INTEGER,
            ended INTEGER,
            reason TEXT NOT NULL,
            is_inferred INTEGER NOT NULL,
            is_released INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE UNIQUE INDEX lease_live ON lease (host_id)
            WHERE state IN ('armed', 'claimed', 'fetching', 'installing');
        CREATE INDEX lease_host ON lease (host_id);
        CREATE INDEX lease_rollout ON lease (rollout_id, state);
        CREATE INDEX lease_begun ON lease (begun) WHERE begun IS NOT NULL;
        CREATE INDEX lease_active ON lease (rollout_id) WHERE state IN ('claimed', 'fetching', 'installing');
        ALTER TABLE machine ADD COLUMN vendor_class TEXT;
        ALTER TABLE machine ADD COLUMN interface TEXT;
        ALTER TABLE machine ADD COLUMN relay TEXT;
        ALTER TABLE machine ADD COLUMN circuit TEXT;
        ALTER TABLE machine ADD COLUMN remote TEXT;
        CREATE INDEX event_time ON event (time);
        """

    private static let secondTables = """
        ALTER TABLE machine ADD COLUMN fingerprint TEXT;
        CREATE TABLE firmware (
            fingerprint TEXT PRIMARY KEY,
            style TEXT NOT NULL,
            loader INTEGER NOT NULL,
            teacher TEXT NOT NULL,
            since INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE word (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT;
        """
}
