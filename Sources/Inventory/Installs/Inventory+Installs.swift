package import BootPolicy
package import Fleet
import GRDB
package import Wire

/// What holds for all installs.
package struct InstallRules: Hashable, Sendable {
    package var times = LeaseTimes()
    /// The most machines that may begin within an hour, whatever the rollout; nil for any number.
    package var hourly: Int?
    /// Why nothing may begin at all; nil when things may.
    package var freeze: String?
    /// How many more may join those that fetch; nil for any number.
    package var uplink: UplinkGate?

    package init() {}
}

/// What was measured of the uplink last.
package struct UplinkGate: Hashable, Sendable {
    /// When that was.
    package var since: Moment
    /// So many may have their turn until it is measured again.
    package var places: Int
    /// Octets in a second for each machine that fetches; nil where none does, or it is not known yet.
    package var share: Int64?
    /// What it shall be at least.
    package var least: Int64

    package init(since: Moment, places: Int, share: Int64?, least: Int64) {
        self.since = since
        self.places = places
        self.share = share
        self.least = least
    }
}

extension Inventory {
    /// Carries out steps of installs, all of them or none: what is returned was written down, and synced to the disk.
    ///
    /// - Returns: what came of them, in their order.
    package func carryOut(
        _ requests: [InstallRequest], _ rules: InstallRules, now: Moment
    ) throws(InventoryError) -> [InstallOutcome] {
        try write(rules, now: now) { ledger in try requests.map { try ledger.carryOut($0) } }
    }

    /// What a step of an install would be answered: it is carried out, and taken back.
    package func rehearse(
        _ request: InstallRequest, _ rules: InstallRules, now: Moment
    ) throws(InventoryError) -> InstallAnswer {
        try perform {
            try database.writeWithoutTransaction { database in
                var answer = InstallAnswer.usual
                try database.inTransaction(.immediate) {
                    answer = try InstallLedger(database: database, rules: rules, now: now).carryOut(request).answer
                    return .rollback
                }
                return answer
            }
        }
    }

    /// A lease by its token; nil for one that never was.
    package func lease(of token: InstallToken) throws(InventoryError) -> LeaseRow? {
        try perform {
            try database.read { try InstallLedger(database: $0, rules: InstallRules(), now: 0).lease(token) }
        }
    }

    /// Machines asked for files of their installs, or are still being sent some: their turns last longer for that.
    ///
    /// - Returns: what came further by it.
    package func note(fetchesOf tokens: [InstallToken], now: Moment) throws(InventoryError) -> [LeaseChange] {
        try write(now: now) { ledger in
            try tokens.compactMap { token in
                guard let row = try ledger.lease(token) else { return nil }
                var lease = row.lease
                lease.fetch(now: now)
                let change = try ledger.write(lease, over: row)
                return change?.from == lease.state ? nil : change
            }
        }
    }

    /// Ends what was silent for too long.
    package func expireLeases(_ rules: InstallRules, now: Moment) throws(InventoryError) -> [LeaseChange] {
        try write(rules, now: now) { try $0.expire() }
    }

    /// An install that speaks for a machine.
    package struct Standing: Sendable {
        /// The last lease of its host.
        package let row: LeaseRow
        package let hardware: [MACAddress]
        /// The tokens of the leases before.
        package let former: [InstallToken]
    }

    /// The wall clock was set while we ran: the leases are moved with it, so that nobody's time is over too early or never.
    ///
    /// - Parameters:
    ///   - jump: by how much it was, in milliseconds.
    ///   - now: what it shows since.
    /// - Returns: how many leases that are.
    package func moveLeases(by jump: Moment, now: Moment) throws(InventoryError) -> Int {
        // Of those that are over it still counts when they began, for an hour. What lies in the future of the clock as it was has been
        // read from another one, and before this service was started.
        let sql = """
            UPDATE lease SET turn = turn + :jump, heard = heard + :jump, begun = begun + :jump, ended = ended + :jump
            WHERE turn <= :before AND (state IN ('claimed', 'fetching', 'installing') OR begun > :recent)
            """
        return try perform {
            try database.write { database in
                try database.execute(
                    sql: sql, arguments: ["jump": jump, "before": now - jump, "recent": now - jump - 3_600_000])
                return database.changesCount
            }
        }
    }

    /// What speaks for machines now: the last lease of each host, unless that was taken back.
    package func standings() throws(InventoryError) -> [Standing] {
        try perform {
            try database.read { database in
                let cards = try Self.texts(
                    of: "SELECT host.name, mac FROM host_card JOIN host ON host.id = host_id", database)
                let tokens = try Self.texts(
                    of: "SELECT host.name, token FROM lease JOIN host ON host.id = host_id", database)
                let sql =
                    LeaseRow.all + """
                         WHERE lease.state <> 'cancelled' AND NOT lease.is_released
                            AND lease.id = (SELECT max(id) FROM lease AS other WHERE other.host_id = lease.host_id)
                        """
                return try Row.fetchAll(database, sql: sql).compactMap(LeaseRow.init).map { row in
                    Standing(
                        row: row, hardware: cards[row.host, default: []].compactMap(MACAddress.init),
                        former: tokens[row.host, default: []].compactMap(InstallToken.init).filter { $0 != row.token })
                }
            }
        }
    }

    /// Pairs of a host's name and a text, by the names.
    static func texts(of sql: String, _ database: Database) throws -> [String: [String]] {
        var texts: [String: [String]] = [:]
        for row in try Row.fetchAll(database, sql: sql) { texts[row[0], default: []].append(row[1]) }
        return texts
    }

    func write<Value>(
        _ rules: InstallRules = InstallRules(), now: Moment, _ body: (InstallLedger) throws -> Value
    ) throws(InventoryError) -> Value {
        try perform {
            try database.write { try body(InstallLedger(database: $0, rules: rules, now: now)) }
        }
    }
}
