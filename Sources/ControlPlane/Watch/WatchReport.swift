import BootPolicy
import Exchange
import Fleet
import Inventory
import Sessions
import Wire

/// What is known at one moment of all that installs: where each machine is, and what is wrong with it.
struct WatchReport {
    /// What is under way, by the machines' installs.
    var files: [InstallToken: [FileUnderWay]] = [:]
    var fetched: [InstallToken: InstallBoard.Fetched] = [:]
    /// Why a host's machine is not known for sure, by the host's name.
    var conflicts: [String: String] = [:]
    /// Milliseconds since 1970.
    var now: Moment
    /// The same moment on the clock that the engines use.
    var instant: Instant

    /// A machine that has its turn and asks for nothing for so long is a machine to look at.
    static let idleness = 60

    /// The rollouts, and behind them the machines of all: first those with which something is wrong, then those that have their
    /// turn, then those that wait, then the others.
    ///
    /// - Parameter most: machines that are listed.
    func lines(_ standings: [RolloutStanding], most: Int) -> [WatchLine] {
        var rollouts: [WatchLine] = []
        var machines: [(rank: Int, machine: WatchedMachine)] = []
        for standing in standings {
            let forecast = standing.forecast
            let own = standing.leases.map { row in
                (rank: rank(row), machine: machine(row, forecast))
            }
            rollouts.append(.rollout(rollout(standing, forecast, own.map(\.machine))))
            machines += own.map { $0.machine.verdict.isEmpty ? $0 : (0, $0.machine) }
        }
        // Stable: within a rank the order of the names stays.
        let sorted = machines.indices.sorted { (machines[$0].rank, $0) < (machines[$1].rank, $1) }
        let listed = sorted.prefix(most).map { WatchLine.machine(machines[$0].machine) }
        let others = sorted.count - listed.count
        return rollouts + listed + (others > 0 ? [.others(others)] : [])
    }

    private func rank(_ row: LeaseRow) -> Int {
        if row.lease.state.isActive { return 1 }
        return row.lease.state == .armed ? 2 : 3
    }

    private func rollout(
        _ standing: RolloutStanding, _ forecast: Forecast, _ machines: [WatchedMachine]
    ) -> WatchedRollout {
        var counts = Rollout.Counts()
        for row in standing.leases { counts.add(row.lease.state) }
        return WatchedRollout(
            id: standing.id, target: standing.rollout.target, state: standing.rollout.state.rawValue,
            reason: standing.rollout.reason, width: standing.rollout.width, counts: counts,
            octets: machines.reduce(0) { $0 + $1.octets }, rate: machines.reduce(0) { $0 + $1.rate },
            left: left(standing, forecast))
    }

    /// Seconds until all are done. Of a rollout that is paused nobody knows.
    private func left(_ standing: RolloutStanding, _ forecast: Forecast) -> Int? {
        let active = standing.leases.filter(\.lease.state.isActive).map { now - $0.lease.turn }
        let waiting = standing.leases.count { $0.lease.state == .armed }
        if waiting > 0, standing.rollout.state != .running { return nil }
        let delay = waiting > 0 ? max((standing.rollout.start ?? 0) - now, 0) : 0
        return forecast.left(active: active, waiting: waiting, width: standing.rollout.width).map {
            Self.seconds($0 + delay)
        }
    }

    private func machine(_ row: LeaseRow, _ forecast: Forecast) -> WatchedMachine {
        let files = row.lease.state.isOver ? [] : self.files[row.token] ?? []
        let (stage, time) = stage(row, files)
        return WatchedMachine(
            host: row.host, rollout: row.rollout, state: row.lease.state.rawValue, stage: stage, seconds: time,
            octets: files.reduce(fetched[row.token]?.octets ?? 0) { $0 + $1.octets },
            rate: files.reduce(0) { $0 + $1.rate }, verdict: verdict(row, files, silent: time),
            // Who waits has its turn when it asks at the right moment: nobody knows when that is.
            left: row.lease.state.isActive
                ? forecast.left(after: now - row.lease.turn).map { Self.seconds($0) } : nil)
    }

    /// What a machine does, and for how many seconds.
    private func stage(_ row: LeaseRow, _ files: [FileUnderWay]) -> (String, Int) {
        let lease = row.lease
        switch lease.state {
        case .armed: return ("waiting", Self.seconds(now - lease.turn))
        case .claimed, .fetching:
            if let file = files.min(by: { $0.silence < $1.silence }) { return (file.name, Int(file.age.seconds)) }
            let idle = fetched[row.token]?.last.map { Int((instant - $0).seconds) }
            return (
                lease.state == .claimed ? "script" : "between files", idle ?? Self.seconds(now - lease.turn)
            )
        case .installing: return ("installing", Self.seconds(now - (lease.begun ?? lease.turn)))
        case .done: return ("done", Self.seconds(now - (lease.ended ?? now)))
        case .failed, .expired: return ("failed", Self.seconds(now - (lease.ended ?? now)))
        case .cancelled: return ("taken back", Self.seconds(now - (lease.ended ?? now)))
        }
    }

    private func verdict(_ row: LeaseRow, _ files: [FileUnderWay], silent seconds: Int) -> String {
        let lease = row.lease
        if lease.state.isBad { return "\(lease.state.rawValue): \(lease.reason)" }
        guard !lease.state.isOver else { return "" }
        if let conflict = conflicts[row.host] { return conflict }
        if let still = files.max(by: { $0.silence < $1.silence }), still.silence >= FetchProgress.stillness {
            return "\(still.name) stands still for \(Int(still.silence.seconds)) s"
        }
        let isFetching = lease.state == .claimed || lease.state == .fetching
        if isFetching, files.isEmpty, seconds >= Self.idleness { return "has asked for nothing for \(seconds) s" }
        guard lease.lostTurns > 0 else { return "" }
        return lease.lostTurns == 1 ? "lost its turn once" : "lost its turn \(lease.lostTurns) times"
    }

    /// Of milliseconds; a clock that was set back makes none negative.
    private static func seconds(_ time: Moment) -> Int { Int(max(time, 0) / 1000) }
}

extension RolloutStanding {
    fileprivate var forecast: Forecast {
        Forecast(
            needed: leases.compactMap { row in
                row.lease.state == .done ? row.lease.ended.map { max($0 - row.lease.turn, 0) } : nil
            })
    }
}
