import LinuxIO
import Wire

/// One deadline for each of many numbered things, set and moved in constant time without allocation.
///
/// A ring of one-millisecond buckets, each a doubly linked list. What is due later than the ring reaches waits in the
/// last bucket and is put back when that comes round, which costs one step every few seconds. A deadline that moves back,
/// as every acknowledgement makes it do, stays in its bucket until then, too: moving it costs one store.
struct DeadlineWheel {
    private static let bucketCount = 4096
    private static let tick = TimeSpan.milliseconds(1)
    private static let none: Int32 = -1

    /// All that is known of one thing, side by side: with thousands of them each is in a line of the cache of its own.
    private struct Entry {
        var deadline = Instant.never
        /// The deadline for which it was put into its bucket.
        var placed = Instant.never
        var next = none
        var previous = none
        /// `none` for what is not scheduled.
        var bucket = none
    }

    private var heads = [Int32](repeating: none, count: bucketCount)
    private var entries: [Entry]
    /// The tick up to which all buckets were looked at.
    private var position: Int64
    private var scheduled = 0
    /// The tick before which all buckets from `position` on are empty.
    private var earliest: Int64 = 0

    /// - Parameter capacity: the things are numbered 0..<capacity.
    init(capacity: Int, now: Instant) {
        entries = [Entry](repeating: Entry(), count: capacity)
        position = Self.tickNumber(now)
    }

    /// Has the processor fetch what is known of a thing whose deadline will be set next.
    func prefetch(_ id: Int) {
        entries.withUnsafeBufferPointer { entries in
            guard let start = entries.baseAddress else { return }
            Prefetch.octets(MemoryLayout<Entry>.size, at: start.advanced(by: id))
        }
    }

    /// Sets the deadline of a thing; `.never` takes it away.
    mutating func schedule(_ id: Int, at deadline: Instant) {
        if entries[id].bucket != Self.none {
            if entries[id].placed <= deadline, deadline != .never {
                entries[id].deadline = deadline
                return
            }
            unlink(id)
        }
        entries[id].deadline = deadline
        guard deadline != .never else { return }
        link(id)
    }

    /// The next thing whose deadline has passed, its deadline taken away; nil when there is none left.
    mutating func popExpired(now: Instant) -> Int? {
        let current = Self.tickNumber(now)
        // After a long sleep one round meets every bucket; there is no need to walk through the whole night.
        position = max(position, current - Int64(Self.bucketCount) + 1)
        while position <= current {
            let bucket = Int(position % Int64(Self.bucketCount))
            while heads[bucket] != Self.none {
                let id = Int(heads[bucket])
                unlink(id)
                if entries[id].deadline <= now { return id }
                // Came round early: it lies beyond the ring, or later in this very tick.
                link(id)
            }
            guard position < current else { return nil }
            position += 1
        }
        return nil
    }

    /// How long nothing can be due; nil when nothing is scheduled.
    mutating func waitTime(now: Instant) -> TimeSpan? {
        guard scheduled > 0 else { return nil }
        earliest = max(earliest, position)
        while heads[Int(earliest % Int64(Self.bucketCount))] == Self.none { earliest += 1 }
        return max(Instant(nanoseconds: earliest * Self.tick.nanoseconds) - now, .zero)
    }

    /// Puts a thing into the bucket of its deadline, or into the last one that the ring reaches.
    private mutating func link(_ id: Int) {
        let wanted = max(Self.tickNumber(entries[id].deadline) + 1, position + 1)
        let tick = min(wanted, position + Int64(Self.bucketCount) - 1)
        let bucket = Int(tick % Int64(Self.bucketCount))
        earliest = min(earliest, tick)
        entries[id].placed = entries[id].deadline
        let first = heads[bucket]
        entries[id].next = first
        entries[id].previous = Self.none
        if first != Self.none { entries[Int(first)].previous = Int32(id) }
        heads[bucket] = Int32(id)
        entries[id].bucket = Int32(bucket)
        scheduled += 1
    }

    private mutating func unlink(_ id: Int) {
        let bucket = Int(entries[id].bucket)
        if entries[id].previous == Self.none {
            heads[bucket] = entries[id].next
        } else {
            entries[Int(entries[id].previous)].next = entries[id].next
        }
        if entries[id].next != Self.none { entries[Int(entries[id].next)].previous = entries[id].previous }
        entries[id].bucket = Self.none
        scheduled -= 1
    }

    private static func tickNumber(_ instant: Instant) -> Int64 {
        instant.nanoseconds / tick.nanoseconds
    }
}
