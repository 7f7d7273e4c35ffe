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
/// and no engine ever waits.
package final class EventRing: Sendable {
    private struct State {
        var events: [RecordedEvent] = []
        var dropped = 0
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
    ///   - watch: called, from the recording thread, for every event, also one that is dropped; it must not wait.
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
        let recorded = RecordedEvent(time: clock(), event: event)
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
            defer { state = State() }
            return (state.events, state.dropped)
        }
    }
}
