package import Wire

/// A clock that jumps from event to event, and the events to come in order of time (ties: in order of scheduling).
package struct VirtualClock<Event> {
    private struct Entry {
        let time: Instant
        let order: Int
        let event: Event

        func precedes(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : order < other.order
        }
    }

    package private(set) var now: Instant
    private var heap: [Entry] = []
    private var scheduled = 0

    package init(now: Instant = Instant(nanoseconds: 1_000_000_000)) {
        self.now = now
    }

    /// When the next event is due; `.never` when there is none.
    package var next: Instant { heap.first?.time ?? .never }

    package mutating func schedule(_ event: Event, at time: Instant) {
        heap.append(Entry(time: max(time, now), order: scheduled, event: event))
        scheduled += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Jumps to the next event and takes it.
    package mutating func step() -> Event? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        now = first.time
        return first.event
    }

    /// Jumps to a time at which no event waits.
    package mutating func advance(to time: Instant) {
        now = max(now, time)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].precedes(heap[least]) { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
