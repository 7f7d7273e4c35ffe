package import Fleet
import GRDB

/// What happened, for who reads all of it.
extension Inventory {
    /// A part of the history, the oldest first.
    ///
    /// - Parameters:
    ///   - id: of the last event that was read before; 0 for none.
    ///   - since: milliseconds since 1970; what happened before is left out.
    ///   - machines: the `id`s of machines that the events shall be about; nil for all events.
    ///   - limit: the most events at a time.
    package func events(
        after id: Int64, since: Int64 = 0, machines: [Int64]? = nil, limit: Int
    ) throws(InventoryError) -> [EventRow] {
        try perform {
            try database.read { database in
                // Numbers, not words of anybody's.
                let among = machines.map { " AND machine_id IN (\($0.map(String.init).joined(separator: ", ")))" } ?? ""
                let sql = EventRow.all + " WHERE event.id > ? AND time >= ?\(among) ORDER BY event.id LIMIT ?"
                return try Row.fetchAll(database, sql: sql, arguments: [id, since, limit]).map(EventRow.init)
            }
        }
    }

    /// The last install of a host; nil when it never had one, or is not known.
    package func lastLease(of host: String) throws(InventoryError) -> LeaseRow? {
        try perform {
            try database.read { database in
                let sql = LeaseRow.all + " WHERE host.name = ? ORDER BY lease.id DESC LIMIT 1"
                return try Row.fetchOne(database, sql: sql, arguments: [host]).flatMap(LeaseRow.init)
            }
        }
    }
}

/// Where the machines of a rollout are.
package struct RolloutStanding: Sendable {
    package let id: Int64
    package let rollout: Rollout
    /// The last lease of each host in it, in the order of the hosts' names.
    package let leases: [LeaseRow]
}

extension Inventory {
    /// The rollouts that machines wait for or are installed by, the newest first; when there are none, the last one.
    ///
    /// - Parameter id: that one only, be it over or not; none when there is no such rollout.
    package func standings(ofRollout id: Int64?) throws(InventoryError) -> [RolloutStanding] {
        try perform {
            try database.read { database in
                try Self.rollouts(id, database).compactMap { id in
                    let row = try Row.fetchOne(database, sql: "SELECT * FROM rollout WHERE id = ?", arguments: [id])
                    guard let row else { return nil }
                    let sql =
                        LeaseRow.all + """
                             WHERE lease.rollout_id = ? AND lease.id = (
                                SELECT max(id) FROM lease AS other
                                WHERE other.host_id = lease.host_id AND other.rollout_id = lease.rollout_id)
                            ORDER BY host.name
                            """
                    let leases = try Row.fetchAll(database, sql: sql, arguments: [id]).compactMap(LeaseRow.init)
                    return RolloutStanding(id: id, rollout: Rollout(row), leases: leases)
                }
            }
        }
    }

    private static func rollouts(_ id: Int64?, _ database: Database) throws -> [Int64] {
        if let id { return [id] }
        let live = try Int64.fetchAll(
            database,
            sql: """
                SELECT DISTINCT rollout_id FROM lease
                WHERE state IN ('armed', 'claimed', 'fetching', 'installing') ORDER BY rollout_id DESC
                """)
        if !live.isEmpty { return live }
        return try Int64.fetchAll(database, sql: "SELECT id FROM rollout ORDER BY id DESC LIMIT 1")
    }
}
