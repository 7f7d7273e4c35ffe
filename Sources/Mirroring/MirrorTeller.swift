import BootPolicy
import Exchange
import LinuxIO
import Synchronization
import Wire

/// Tells what became of files; in a storm as numbers, for a client may ask for ten thousand names that nobody has.
final class MirrorTeller: Sendable {
    private let events: EventRing
    private let budget = Mutex(EventBudget(now: Clock.now))

    init(_ events: EventRing) {
        self.events = events
    }

    func tell(_ event: MirrorEvent) {
        let isTold = budget.withLock { budget in
            budget.take(now: Clock.now) { untold in
                if event.isGood { untold.answered += 1 } else { untold.refused += 1 }
            }
        }
        if isTold { events.record(.mirrored(event)) }
    }

    /// When `tellUntold` has something to tell.
    var deadline: Instant? { budget.withLock { $0.deadline } }

    func tellUntold(now: Instant) {
        guard let untold = budget.withLock({ $0.due(now: now) }) else { return }
        events.record(.untoldMirrored(had: untold.answered, failed: untold.refused))
    }

    /// The rest, when the service ends.
    func tellRest() {
        if let deadline { tellUntold(now: deadline) }
    }
}

extension MirrorEvent {
    fileprivate var isGood: Bool {
        switch outcome {
        case .fetched, .confirmed, .dropped: true
        case .failed, .stale, .wrongChecksum: false
        }
    }
}
