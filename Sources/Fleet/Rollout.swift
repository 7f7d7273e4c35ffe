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
    /// As many machines began within the last hour as may.
    case hourly(Int)
    /// Nothing at all may begin, for the reason given.
    case frozen(String)
}

extension Rollout {
    /// Why no further machine may begin now; nil when one may.
    ///
    /// - Parameters:
    ///   - recent: machines of all rollouts that had their turn within the last hour.
    ///   - hourly: the most of those; nil for any number.
    package func hold(_ counts: Counts, now: Moment, recent: Int, hourly: Int?) -> Hold? {
        if state != .running { return .paused(reason) }
        if let start, now < start { return .notBefore(start) }
        if counts.done < canaries, counts.active + counts.done >= canaries { return .canaries(canaries) }
        if counts.active >= width { return .full(width: width) }
        if let hourly, recent >= hourly { return .hourly(hourly) }
        return nil
    }

    /// Pauses when too many have ended badly; one of those who go first is too many.
    package mutating func review(_ counts: Counts) {
        guard state == .running else { return }
        if counts.bad > budget {
            pause("\(counts.bad) ended badly, and \(budget) may")
        } else if counts.bad > 0, counts.done < canaries {
            pause("one of the \(canaries) that go first ended badly")
        }
    }

    private mutating func pause(_ why: String) {
        state = .paused
        reason = why
    }
}
