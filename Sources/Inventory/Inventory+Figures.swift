package import Fleet
import GRDB

/// How much an inventory holds.
package struct InventoryFigures: Equatable, Sendable {
    package var machines = 0
    package var events = 0
    /// Of its file.
    package var octets: Int64 = 0
    /// Leases of all rollouts in each state.
    package var leases: [Lease.State: Int] = [:]
    /// Rollouts in each state that have leases which are not over.
    package var rollouts: [Rollout.State: Int] = [:]

    package init() {}
}

extension Inventory {
    package func figures() throws(InventoryError) -> InventoryFigures {
        try perform {
            try database.read { database in
                func number(_ sql: String) throws -> Int64 { try Int64.fetchOne(database, sql: sql) ?? 0 }
                func counts(_ sql: String) throws -> [(String, Int)] {
                    try Row.fetchAll(database, sql: sql).map { ($0[0], $0[1]) }
                }
                var figures = InventoryFigures()
                figures.machines = Int(try number("SELECT count(*) FROM machine"))
                figures.events = Int(try number("SELECT count(*) FROM event"))
                figures.octets = try number("PRAGMA page_count") * number("PRAGMA page_size")
                for (state, count) in try counts("SELECT state, count(*) FROM lease GROUP BY state") {
                    if let state = Lease.State(rawValue: state) { figures.leases[state] = count }
                }
                let live = """
                    SELECT state, count(*) FROM rollout WHERE id IN (
                        SELECT rollout_id FROM lease WHERE state IN ('armed', 'claimed', 'fetching', 'installing'))
                    GROUP BY state
                    """
                for (state, count) in try counts(live) {
                    if let state = Rollout.State(rawValue: state) { figures.rollouts[state] = count }
                }
                return figures
            }
        }
    }
}
