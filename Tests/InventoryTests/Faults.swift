import BootPolicy
import Fleet
import Foundation
import GRDB
import Synchronization
import Wire

@testable import Inventory

/// Makes the nth row that is written fail, as a disk that is full or broken does.
final class Faults: Sendable {
    private struct State {
        var point: Int?
        var written = 0
        var wasHit = false
    }

    private let state = Mutex(State())

    struct Broken: Error {}

    /// From now on; nil for a disk that works.
    ///
    /// - Returns: whether the point before was reached.
    @discardableResult
    func failing(at point: Int?) -> Bool {
        state.withLock { state in
            defer { state = State(point: point) }
            return state.wasHit
        }
    }

    fileprivate func note() throws {
        let isHit = state.withLock { state in
            state.written += 1
            if state.written == state.point { state.wasHit = true }
            return state.written == state.point
        }
        if isHit { throw Broken() }
    }
}

extension Inventory {
    /// Puts faults behind every write of every table that holds installs.
    func faults() throws -> Faults {
        let faults = Faults()
        try database.write { database in
            database.add(
                function: DatabaseFunction("fault", argumentCount: 0) { _ in
                    try faults.note()
                    return nil
                })
            for table in Self.tablesOfInstalls {
                for verb in ["INSERT", "UPDATE", "DELETE"] {
                    try database.execute(
                        sql: """
                            CREATE TEMP TRIGGER fault_\(table)_\(verb) AFTER \(verb) ON \(table)
                            BEGIN SELECT fault(); END
                            """)
                }
            }
        }
        return faults
    }

    private static var tablesOfInstalls: [String] {
        ["host", "host_card", "rollout", "lease", "machine", "sighting"]
    }

    /// All that is written about installs.
    func dump() throws -> [String] {
        try database.read { database in
            try Self.tablesOfInstalls.flatMap { table in
                try Row.fetchAll(database, sql: "SELECT * FROM \(table)").map { "\(table) \($0)" }
            }
        }
    }
}

/// Everything that writes an install, each in the midst of a rollout of its own.
enum FaultStep: CaseIterable {
    case begin, claim, fetch, letGo, done, failedOverBudget, expire, infer, pause, abort, retry, claimUntold

    /// - Returns: the number of the host that the step is about.
    func prepare(_ bench: InstallBench) throws -> Int {
        let first = 1 + 2 * (FaultStep.allCases.firstIndex(of: self) ?? 0)
        guard self != .begin else { return first }
        let hosts = [first, first + 1].map(InstallBench.host)
        _ = try bench.inventory.begin(
            Rollout(target: "debian", width: 2), for: hosts, now: bench.now, token: InstallBench.token)
        if [.claim, .claimUntold, .pause].contains(self) { return first }
        _ = try bench.take(.ask(.ipxe), try token(first, bench))
        if [.fetch, .letGo, .abort].contains(self) { return first }
        _ = try bench.take(.begin(attempt: 1, .ipxe), try token(first, bench))
        if self == .retry { _ = try bench.take(.failed("no disk"), try token(first, bench)) }
        return first
    }

    func run(_ bench: InstallBench, _ number: Int) throws {
        let inventory = bench.inventory
        let late = bench.now + 4 * 3_600_000
        switch self {
        case .begin:
            _ = try inventory.begin(
                Rollout(target: "debian", width: 2), for: [number, number + 1].map(InstallBench.host), now: bench.now,
                token: InstallBench.token)
        case .claim: _ = try bench.take(.ask(.ipxe), try token(number, bench))
        case .claimUntold:
            var request = InstallRequest(
                .ask(.ipxe), token: try token(number, bench), card: InstallBench.card(number))
            request.boot = BootSighting(machine: MachineUUID(high: 1, low: 1), since: bench.now, last: bench.now)
            _ = try inventory.carryOut([request], bench.rules, now: bench.now)
        case .fetch: _ = try inventory.note(fetchesOf: [try token(number, bench)], now: bench.now)
        case .letGo: _ = try bench.take(.begin(attempt: 1, .ipxe), try token(number, bench))
        case .done: _ = try bench.take(.done, try token(number, bench))
        case .failedOverBudget: _ = try bench.take(.failed("no disk"), try token(number, bench))
        case .expire: _ = try inventory.expireLeases(bench.rules, now: late)
        case .infer:
            _ = try inventory.carryOut(
                [InstallRequest(.ask(.ipxe), token: try token(number, bench))], bench.rules, now: bench.now + 600_000)
        case .pause: _ = try inventory.change(rollout: try rollout(number, bench), now: 0) { $0.state = .paused }
        case .abort: _ = try inventory.abort(rollout: try rollout(number, bench), now: bench.now)
        case .retry:
            _ = try inventory.retry(
                host: "node\(number)", evenDone: false, now: bench.now, token: InstallBench.token)
        }
    }

    private func token(_ number: Int, _ bench: InstallBench) throws -> InstallToken {
        guard let token = try bench.tokens()["node\(number)"] else { throw Faults.Broken() }
        return token
    }

    private func rollout(_ number: Int, _ bench: InstallBench) throws -> Int64 {
        let row = try bench.inventory.standings().map(\.row).first { $0.host == "node\(number)" }
        guard let row else { throw Faults.Broken() }
        return row.rollout
    }
}
