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

    package let host: NamedMachine
    /// Nil when it is installed.
    package let obstacle: Obstacle?
    /// How the last install of it ended; nil when there was none.
    package let last: Lease.State?
}

extension Inventory {
    /// What was seen of the machines with these cards.
    package func machines(with cards: [MACAddress]) throws(InventoryError) -> [MACAddress: Machine] {
        try perform {
            try database.read { database in
                let statement = try database.cachedStatement(sql: Machine.all + " WHERE mac = ?")
                var machines: [MACAddress: Machine] = [:]
                for card in cards {
                    machines[card] = try Row.fetchOne(statement, arguments: [card.description]).map(Machine.init)
                }
                return machines
            }
        }
    }

    /// What a rollout would do to hosts; changes nothing.
    package func plan(_ hosts: [NamedMachine]) throws(InventoryError) -> [RolloutMember] {
        try perform {
            try database.read { database in try hosts.map { try HostTable(database: database).member($0) } }
        }
    }

    /// Begins a rollout: each host that can gets a lease, all in one transaction.
    ///
    /// - Parameter token: a new one at each call.
    /// - Returns: its number, and what became of each host.
    package func begin(
        _ rollout: Rollout, for hosts: [NamedMachine], now: Moment, token: () -> InstallToken
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
