/// An install of many machines: how many at a time, who goes first, and when to stop by itself.
package struct Rollout: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        case running
        /// Nobody else begins; who has begun goes on.
        case paused
        /// Taken back for all who had not begun.
        case aborted
    }

    package var state = State.running
    /// Why it is paused, for people; empty when the operator did that.
    package var reason = ""
    /// What its machines get.
    package var target: String
    /// The most machines that have their turn at the same time.
    package var width: Int
    /// So many machines go first, and all others wait until those are done; 0 for none.
    package var canaries: Int
    /// With more bad ends than this it pauses.
    package var budget: Int
    /// Before this nobody begins.
    package var start: Moment?

    package init(target: String, width: Int, canaries: Int = 0, budget: Int = 0, start: Moment? = nil) {
        self.target = target
        self.width = max(width, 1)
        self.canaries = max(canaries, 0)
        self.budget = max(budget, 0)
        self.start = start
    }

    /// How its machines fare.
    package struct Counts: Hashable, Sendable {
        package var armed = 0
        package var active = 0
        package var done = 0
        package var bad = 0
        package var cancelled = 0

        package init() {}

        package var all: Int { armed + active + done + bad + cancelled }

        package mutating func add(_ state: Lease.State, _ count: Int = 1) {
            switch state {
            case .armed: armed += count
            case .claimed, .fetching, .installing: active += count
            case .done: done += count
            case .failed, .expired: bad += count
            case .cancelled: cancelled += count
            }
        }
    }
}

/// Why a machine has to wait for its turn.
package enum Hold: Hashable, Sendable {
    case notBefore(Moment)
    case paused(String)
    /// The machines that go first are not done.
    case canaries(Int)
    case full(width: Int)
    /// As many machines began within the last hour, or may begin any moment, as may in an hour.
    case hourly(Int)
    /// Those that fetch get so many octets in a second each, and more are wanted; nil while that is not measured yet.
    case crowded(share: Int64?, least: Int64)
    /// Nothing at all may begin, for the reason given.
    case frozen(String)
}

extension Rollout {
    /// Why no further machine may begin now; nil when one may.
    ///
    /// - Parameters:
    ///   - recent: machines of all rollouts that began within the last hour, or have their turn and may begin.
    ///   - hourly: the most of those; nil for any number.
    package func hold(_ counts: Counts, now: Moment, recent: Int, hourly: Int?) -> Hold? {
        if state != .running { return .paused(reason) }
        if let start, now < start { return .notBefore(start) }
        if counts.done < canaries, counts.active + counts.done >= canaries { return .canaries(canaries) }
        if counts.active >= width { return .full(width: width) }
        if let hourly, recent >= hourly { return .hourly(hourly) }
        return nil
    }

    /// One more has ended badly: pauses when those are too many; one of those who go first is too many.
    package mutating func review(_ counts: Counts) {
        guard state == .running, let why = reproach(counts) else { return }
        state = .paused
        reason = why
    }

    /// One that had ended badly turned out to be done: goes on if that is why it paused by itself. What the operator paused
    /// stays so, and what he lets run is not paused by what is better than before.
    package mutating func relent(_ counts: Counts) {
        guard state == .paused, !reason.isEmpty, reproach(counts) == nil else { return }
        state = .running
        reason = ""
    }

    /// Why nobody else should begin for what has ended badly; nil when that is little enough.
    private func reproach(_ counts: Counts) -> String? {
        if counts.bad > budget { return "\(counts.bad) ended badly, and \(budget) may" }
        guard counts.bad > 0, counts.done < canaries else { return nil }
        return "one of the \(canaries) that go first ended badly"
    }
}
