package import BootPolicy
import GRDB
package import Wire

/// The machines seen and what happened, in one SQLite file.
///
/// What `record` has returned from survives `kill -9` and, as far as the disk is honest, loss of power. Every call may
/// wait for the disk, so none belongs on an engine's thread.
package final class Inventory: Sendable {
    /// How much is kept before the oldest goes.
    package struct Limits: Sendable {
        package var events: Int
        /// Against somebody who invents hardware addresses.
        package var machines: Int

        package init(events: Int = 100_000, machines: Int = 100_000) {
            self.events = max(events, 1)
            self.machines = max(machines, 1)
        }
    }

    let database: any DatabaseWriter
    private let path: String
    private let limits: Limits

    /// Opens the file at `path`, or makes it; its directory must exist.
    ///
    /// - Throws: `InventoryError`, also for a file that is damaged or another program's; such a file is not touched.
    package init(path: String, limits: Limits = Limits()) throws(InventoryError) {
        self.path = path
        self.limits = limits
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            configuration.foreignKeysEnabled = true
            configuration.label = "inventory"
            do {
                database = try Self.open(path, configuration) {
                    try DatabasePool(path: path, configuration: $0)
                }
            } catch let error as DatabaseError where Self.isOfDisk(error) {
                // A connection that is alone needs no index to share with others, for which a full disk has no room: what is
                // known can be read, and written as soon as there is some.
                configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
                database = try Self.open(path, configuration) {
                    try DatabaseQueue(path: path, configuration: $0)
                }
            }
        } catch {
            throw InventoryError(error, path: path)
        }
    }

    private static func open<Writer: DatabaseWriter>(
        _ path: String, _ configuration: Configuration, _ connect: (Configuration) throws -> Writer
    ) throws -> Writer {
        var configuration = configuration
        configuration.prepareDatabase { try Schema.checkOwner($0, path: path) }
        let writer = try connect(configuration)
        // GRDB sets NORMAL with WAL, which forgets the last commits when the power goes.
        try writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try prepare(writer, path: path)
        return writer
    }

    private static func isOfDisk(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_IOERR || error.resultCode == .SQLITE_FULL
    }

    /// An inventory that is gone with the process.
    package init(limits: Limits = Limits()) throws(InventoryError) {
        path = ":memory:"
        self.limits = limits
        do {
            let queue = try DatabaseQueue()
            try Self.prepare(queue, path: path)
            database = queue
        } catch {
            throw InventoryError(error, path: path)
        }
    }

    private static func prepare(_ database: some DatabaseWriter, path: String) throws {
        let migrations = Schema.migrations
        try database.read { database in
            guard try !migrations.hasBeenSuperseded(database) else {
                throw InventoryError(cause: .tooNew, path: path, detail: "")
            }
            try Schema.checkPages(database, path: path)
        }
        try migrations.migrate(database)
    }

    /// Writes events down, all or none, and what they tell about machines.
    ///
    /// - Parameter events: in the order in which they happened; times in milliseconds since 1970.
    /// - Returns: the machines that nothing was known of before and that belong to no host.
    @discardableResult
    package func record(_ events: [(time: Int64, event: BootEvent)]) throws(InventoryError) -> [Newcomer] {
        guard !events.isEmpty else { return [] }
        return try perform {
            try database.write { database in
                let recorder = Recorder(database: database)
                let new = try recorder.newCards(of: events.map(\.event))
                for (time, event) in events { try recorder.record(event, at: time) }
                try recorder.prune(limits)
                return try new.compactMap { try Newcomer($0, database) }
            }
        }
    }

    /// All machines, the last seen first.
    package func machines() throws(InventoryError) -> [Machine] {
        try perform {
            try database.read { database in
                try Row.fetchAll(database, sql: Machine.all + " ORDER BY last_seen DESC, id DESC").map(Machine.init)
            }
        }
    }

    /// The machine with that hardware address, in the text of `ClientHardware`.
    package func machine(mac: String) throws(InventoryError) -> Machine? {
        try perform {
            try database.read { database in
                try Row.fetchOne(database, sql: Machine.all + " WHERE mac = ?", arguments: [mac]).map(Machine.init)
            }
        }
    }

    /// For how long a machine's last address counts, in milliseconds.
    private static let addressLife: Int64 = 24 * 3_600_000
    /// For how long we may have heard nothing, in milliseconds: after more an address may well be another machine's.
    private static let longestDeafness: Int64 = 10 * 60_000

    /// Which Ethernet machine had which address when we last listened, those seen longest ago first; none when that was long
    /// ago.
    ///
    /// - Parameter now: milliseconds since 1970.
    package func lastAddresses(
        now: Int64
    ) throws(InventoryError) -> [(address: IPv4Address, hardware: MACAddress)] {
        try perform {
            try database.read { database in
                let sql = """
                    SELECT last_address, mac FROM machine
                    WHERE last_address IS NOT NULL AND last_seen >= :old
                        AND EXISTS (SELECT 1 FROM machine WHERE last_seen >= :deaf)
                    ORDER BY last_seen, id
                    """
                return try Row.fetchAll(
                    database, sql: sql, arguments: ["old": now - Self.addressLife, "deaf": now - Self.longestDeafness]
                ).compactMap { row in
                    guard let address = IPv4Address(row[0] as String), let hardware = MACAddress(row[1] as String)
                    else { return nil }
                    return (address, hardware)
                }
            }
        }
    }

    /// The newest events, newest first.
    ///
    /// - Parameter machine: the `id` of the machine that they shall be about; nil for all.
    package func recentEvents(limit: Int, machine: Int64? = nil) throws(InventoryError) -> [EventRow] {
        try perform {
            try database.read { database in
                let condition = machine == nil ? "" : " WHERE machine_id = ?"
                let arguments: StatementArguments = machine.map { [$0, limit] } ?? [limit]
                return try Row.fetchAll(
                    database, sql: EventRow.all + condition + " ORDER BY event.id DESC LIMIT ?", arguments: arguments
                ).map(EventRow.init)
            }
        }
    }

    func perform<Value>(_ body: () throws -> Value) throws(InventoryError) -> Value {
        do {
            return try body()
        } catch {
            throw InventoryError(error, path: path)
        }
    }
}
