package import BootPolicy
package import Fleet
import GRDB
package import Wire

/// What becomes of one host of a rollout.
package struct RolloutMember: Equatable, Sendable {
    /// Why a host gets no install.
    package enum Obstacle: Equatable, Sendable {
        case protected
        /// An install of it is not over.
        case underWay(Lease.State)
        /// Nobody knows its network cards.
        case noCard
        /// A card of it belongs to another host.
        case sharesCard(MACAddress, with: String)
    }

    package let host: FleetHost
    /// Nil when it is installed.
    package let obstacle: Obstacle?
    /// How the last install of it ended; nil when there was none.
    package let last: Lease.State?
}

extension Inventory {
    /// All hosts, in the order of their names.
    package func hosts() throws(InventoryError) -> [FleetHost] {
        try perform {
            try database.read { database in
                let cards = try Self.texts(
                    of: "SELECT host.name, mac FROM host_card JOIN host ON host.id = host_id", database)
                return try Row.fetchAll(database, sql: "SELECT * FROM host ORDER BY name").map { row in
                    FleetHost(row, cards: cards[row["name"], default: []])
                }
            }
        }
    }

    /// A host by its name; nil when there is none.
    package func host(_ name: String) throws(InventoryError) -> FleetHost? {
        try perform { try database.read { try HostTable(database: $0).host(name) } }
    }

    /// What a rollout would do to hosts; changes nothing.
    package func plan(_ hosts: [FleetHost]) throws(InventoryError) -> [RolloutMember] {
        try perform {
            try database.read { database in try hosts.map { try HostTable(database: database).member($0) } }
        }
    }

    /// Begins a rollout: each host that can gets a lease, all in one transaction.
    ///
    /// - Parameter token: a new one at each call.
    /// - Returns: its number, and what became of each host.
    package func begin(
        _ rollout: Rollout, for hosts: [FleetHost], now: Moment, token: () -> InstallToken
    ) throws(InventoryError) -> (id: Int64, members: [RolloutMember]) {
        try write(now: now) { ledger in
            let table = HostTable(database: ledger.database)
            let members = try hosts.map { try table.member($0) }
            try ledger.insert(rollout)
            let id = ledger.database.lastInsertedRowID
            for member in members where member.obstacle == nil {
                try ledger.arm(host: try table.keep(member.host), in: id, token())
            }
            return (id, members)
        }
    }

    /// All rollouts, the newest first.
    package func rollouts() throws(InventoryError) -> [RolloutRow] {
        try perform {
            try database.read { database in
                let ledger = InstallLedger(database: database, rules: InstallRules(), now: 0)
                return try Row.fetchAll(database, sql: "SELECT * FROM rollout ORDER BY id DESC").map {
                    RolloutRow($0, try ledger.counts($0["id"]))
                }
            }
        }
    }

    /// The leases of a rollout, in the order of the hosts' names.
    package func leases(of rollout: Int64) throws(InventoryError) -> [LeaseRow] {
        try perform {
            try database.read { database in
                try Row.fetchAll(
                    database, sql: LeaseRow.all + " WHERE rollout_id = ? ORDER BY host.name, lease.id",
                    arguments: [rollout]
                ).compactMap(LeaseRow.init)
            }
        }
    }

    /// Changes a rollout.
    ///
    /// - Returns: as it is now; nil when there is none of that number.
    package func change(
        rollout id: Int64, now: Moment, _ change: (inout Rollout) -> Void
    ) throws(InventoryError) -> RolloutRow? {
        try write(now: now) { ledger in
            guard var row = try ledger.rollout(id) else { return nil }
            change(&row.rollout)
            try ledger.write(row.rollout, id)
            return row
        }
    }

    /// Takes a rollout back for all who have not begun.
    ///
    /// - Returns: what changed, and who cannot be called back; nil when there is none of that number.
    package func abort(
        rollout id: Int64, now: Moment
    ) throws(InventoryError) -> (changes: [LeaseChange], installing: [String])? {
        try write(now: now) { ledger in
            guard var row = try ledger.rollout(id) else { return nil }
            row.rollout.state = .aborted
            try ledger.write(row.rollout, id)
            var changes: [LeaseChange] = []
            var installing: [String] = []
            for row in try ledger.unended(of: id) {
                var lease = row.lease
                if !lease.cancel(now: now) { installing.append(row.host) }
                changes += try [ledger.write(lease, over: row)].compactMap(\.self)
            }
            return (changes, installing)
        }
    }

    /// What became of a wish for another install.
    package enum Retry: Equatable, Sendable {
        case armed
        case neverInstalled
        case protected
        /// Its rollout was taken back.
        case aborted
        /// The last one is not over; or it is done, and nobody said that it shall be done again.
        case refused(Lease.State)
    }

    /// Gives a host whose install is over another one in the same rollout, with another token: what belongs to the old one
    /// cannot end the new one.
    ///
    /// - Parameter evenDone: also when the last one is done.
    package func retry(
        host: String, evenDone: Bool, now: Moment, token: () -> InstallToken
    ) throws(InventoryError) -> Retry {
        try write(now: now) { ledger in
            let sql = LeaseRow.all + " WHERE host.name = ? ORDER BY lease.id DESC LIMIT 1"
            guard
                let row = try Row.fetchOne(ledger.database, sql: sql, arguments: [host]).flatMap(LeaseRow.init)
            else { return .neverInstalled }
            let table = HostTable(database: ledger.database)
            if try table.isProtected(host) { return .protected }
            let state = row.lease.state
            guard state.isOver, state != .done || evenDone, let id = try table.id(of: host) else {
                return .refused(state)
            }
            if try ledger.rollout(row.rollout)?.rollout.state == .aborted { return .aborted }
            try ledger.arm(host: id, in: row.rollout, token())
            return .armed
        }
    }
}

extension InstallLedger {
    fileprivate func insert(_ rollout: Rollout) throws {
        try database.execute(
            sql: """
                INSERT INTO rollout (created, target, width, canaries, budget, start, state, reason)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                now, rollout.target, rollout.width, rollout.canaries, rollout.budget, rollout.start,
                rollout.state.rawValue, rollout.reason,
            ])
    }

    fileprivate func arm(host: Int64, in rollout: Int64, _ token: InstallToken) throws {
        let lease = Lease(armed: now)
        try database.cachedStatement(
            sql: """
                INSERT INTO lease (rollout_id, host_id, token, state, attempt, lost_turns, turn, reason, is_inferred)
                VALUES (?, ?, ?, ?, 0, 0, ?, '', 0)
                """
        ).execute(arguments: [rollout, host, token.text, lease.state.rawValue, lease.turn])
    }

    fileprivate func unended(of rollout: Int64) throws -> [LeaseRow] {
        let sql = LeaseRow.all + " WHERE rollout_id = ? ORDER BY lease.id"
        return try Row.fetchAll(database, sql: sql, arguments: [rollout]).compactMap(LeaseRow.init).filter {
            !$0.lease.state.isOver
        }
    }
}

/// The hosts inside one transaction.
struct HostTable {
    let database: Database

    func id(of name: String) throws -> Int64? {
        try Int64.fetchOne(database.cachedStatement(sql: "SELECT id FROM host WHERE name = ?"), arguments: [name])
    }

    func isProtected(_ name: String) throws -> Bool {
        let statement = try database.cachedStatement(sql: "SELECT is_protected FROM host WHERE name = ?")
        return try Bool.fetchOne(statement, arguments: [name]) ?? false
    }

    /// What a rollout would do to a host.
    func member(_ host: FleetHost) throws -> RolloutMember {
        let sql = """
            SELECT lease.state, is_protected FROM host LEFT JOIN lease ON lease.host_id = host.id
            WHERE host.name = ? ORDER BY lease.id DESC LIMIT 1
            """
        let row = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [host.name])
        let last = (row?[0] as String?).flatMap(Lease.State.init)
        let isProtected = host.isProtected || row?[1] as Bool? == true
        return RolloutMember(host: host, obstacle: try obstacle(host, last, isProtected), last: last)
    }

    private func obstacle(
        _ host: FleetHost, _ last: Lease.State?, _ isProtected: Bool
    ) throws -> RolloutMember.Obstacle? {
        if isProtected { return .protected }
        if let last, !last.isOver { return .underWay(last) }
        if host.hardware.isEmpty { return .noCard }
        for card in host.hardware {
            if let owner = try owner(of: card), owner != host.name { return .sharesCard(card, with: owner) }
        }
        return nil
    }

    func owner(of card: MACAddress) throws -> String? {
        let sql = "SELECT name FROM host JOIN host_card ON host_id = host.id WHERE mac = ?"
        return try String.fetchOne(database.cachedStatement(sql: sql), arguments: [card.description])
    }

    /// A host by its name.
    func host(_ name: String) throws -> FleetHost? {
        let statement = try database.cachedStatement(sql: "SELECT * FROM host WHERE name = ?")
        guard let row = try Row.fetchOne(statement, arguments: [name]) else { return nil }
        let cards = try String.fetchAll(
            database.cachedStatement(sql: "SELECT mac FROM host_card WHERE host_id = ?"), arguments: [row["id"]])
        return FleetHost(row, cards: cards)
    }

    /// Writes a host down as it is known now.
    ///
    /// - Returns: its number.
    func keep(_ host: FleetHost) throws -> Int64 {
        try database.cachedStatement(
            sql: """
                INSERT INTO host (name, uuid, serial) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET uuid = coalesce(excluded.uuid, uuid),
                    serial = coalesce(excluded.serial, serial)
                """
        ).execute(arguments: [host.name, host.uuid?.eitherOrder.description, host.serial])
        guard let id = try id(of: host.name) else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
        try database.cachedStatement(sql: "DELETE FROM host_card WHERE host_id = ?").execute(arguments: [id])
        for card in Set(host.hardware) {
            try database.cachedStatement(sql: "INSERT INTO host_card (mac, host_id) VALUES (?, ?)").execute(
                arguments: [card.description, id])
        }
        return id
    }
}
