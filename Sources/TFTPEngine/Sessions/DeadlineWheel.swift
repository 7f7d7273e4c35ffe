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

    private var heads = [Int32](repeating: none, count: bucketCount)
    private var next: [Int32]
    private var previous: [Int32]
    /// The bucket of each thing, or `none`.
    private var buckets: [Int32]
    private var deadlines: [Instant]
    /// The deadline for which each thing was put into its bucket.
    private var placed: [Instant]
    /// The tick up to which all buckets were looked at.
    private var position: Int64
    private var scheduled = 0
    /// The tick before which all buckets from `position` on are empty.
    private var earliest: Int64 = 0

    /// - Parameter capacity: the things are numbered 0..<capacity.
    init(capacity: Int, now: Instant) {
        next = [Int32](repeating: Self.none, count: capacity)
        previous = next
        buckets = next
        deadlines = [Instant](repeating: .never, count: capacity)
        placed = deadlines
        position = Self.tickNumber(now)
    }

    /// Sets the deadline of a thing; `.never` takes it away.
    mutating func schedule(_ id: Int, at deadline: Instant) {
        if buckets[id] != Self.none {
            if placed[id] <= deadline, deadline != .never {
                deadlines[id] = deadline
                return
            }
            unlink(id)
        }
        deadlines[id] = deadline
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
                if deadlines[id] <= now { return id }
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
        let wanted = max(Self.tickNumber(deadlines[id]) + 1, position + 1)
        let tick = min(wanted, position + Int64(Self.bucketCount) - 1)
        let bucket = Int(tick % Int64(Self.bucketCount))
        earliest = min(earliest, tick)
        placed[id] = deadlines[id]
        let first = heads[bucket]
        next[id] = first
        previous[id] = Self.none
        if first != Self.none { previous[Int(first)] = Int32(id) }
        heads[bucket] = Int32(id)
        buckets[id] = Int32(bucket)
        scheduled += 1
    }

    private mutating func unlink(_ id: Int) {
        let bucket = Int(buckets[id])
        if previous[id] == Self.none {
            heads[bucket] = next[id]
        } else {
            next[Int(previous[id])] = next[id]
        }
        if next[id] != Self.none { previous[Int(next[id])] = previous[id] }
        buckets[id] = Self.none
        scheduled -= 1
    }

    private static func tickNumber(_ instant: Instant) -> Int64 {
        instant.nanoseconds / tick.nanoseconds
    }
}
