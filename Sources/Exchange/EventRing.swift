package import BootPolicy
import Synchronization

/// An event and the time when it happened.
package struct RecordedEvent: Sendable {
    /// Milliseconds since 1970, for people and the inventory.
    package var time: Int64
    package var event: BootEvent

    package init(time: Int64, event: BootEvent) {
        self.time = time
        self.event = event
    }
}

/// The one road by which engines tell what happened. Bounded: when nobody reads, new events are dropped and counted,
/// and no engine ever waits. What can be caused too often is told as often as is useful, and else counted.
package final class EventRing: Sendable {
    private struct State {
        var events: [RecordedEvent] = []
        var dropped = 0
        var governor = EventGovernor()
        var hasWithheld = false
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let clock: @Sendable () -> Int64
    private let wake: @Sendable () -> Void
    private let watch: @Sendable (BootEvent) -> Void

    /// - Parameters:
    ///   - capacity: events held before new ones are dropped.
    ///   - clock: milliseconds since 1970.
    ///   - wake: called, from the recording thread, when the ring was empty; it must not wait.
    ///   - watch: called, from the recording thread, for every event that is not a frequent one, also one that is
    ///     dropped; it must not wait.
    package init(
        capacity: Int = 8192, clock: @escaping @Sendable () -> Int64, wake: @escaping @Sendable () -> Void,
        watch: @escaping @Sendable (BootEvent) -> Void = { _ in }
    ) {
        self.capacity = capacity
        self.clock = clock
        self.wake = wake
        self.watch = watch
    }

    package func record(_ event: BootEvent) {
        watch(event)
        add(RecordedEvent(time: clock(), event: event))
    }

    /// Records an event of a frequent kind, which is not even made when it is only counted.
    package func record(_ kind: FrequentEvent, _ event: @autoclosure () -> BootEvent) {
        let time = clock()
        let (isAdmitted, isNews) = state.withLock { state in
            if state.governor.admits(kind, time: time) { return (true, false) }
            defer { state.hasWithheld = true }
            return (false, !state.hasWithheld)
        }
        if isAdmitted { add(RecordedEvent(time: time, event: event())) }
        // Once, so that the count is told even if nothing else happens any more.
        if isNews { wake() }
    }

    private func add(_ recorded: RecordedEvent) {
        let wasEmpty = state.withLock { state in
            guard state.events.count < capacity else {
                state.dropped += 1
                return false
            }
            state.events.append(recorded)
            return state.events.count == 1
        }
        if wasEmpty { wake() }
    }

    /// Takes everything recorded since the last call, and how many events were dropped meanwhile.
    package func drain() -> (events: [RecordedEvent], dropped: Int) {
        state.withLock { state in
            defer {
                state.events = []
                state.dropped = 0
            }
            return (state.events, state.dropped)
        }
    }

    /// Takes the counts of what was withheld since the last call, the kinds of which there was any.
    package func drainWithheld() -> [(kind: FrequentEvent, count: Int)] {
        state.withLock { state in
            state.hasWithheld = false
            return state.governor.takeWithheld()
        }
    }

    /// Whether something was withheld since the last `drainWithheld`.
    package var hasWithheld: Bool { state.withLock { $0.hasWithheld } }
}
