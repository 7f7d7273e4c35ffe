import Wire

/// Things that all wait for the same time, so that the first in is the first out; memory is reused.
struct DelayLine {
    private var entries: [(due: Instant, client: Int32)]
    private var head = 0
    private var count = 0
    let delay: TimeSpan

    /// - Parameter capacity: things that wait at the same time, at most.
    init(delay: TimeSpan, capacity: Int) {
        self.delay = delay
        entries = Array(repeating: (.never, 0), count: max(capacity, 1))
    }

    /// When the first is due; `.never` when nothing waits.
    var next: Instant { count == 0 ? .never : entries[head].due }
    var isFull: Bool { count == entries.count }

    mutating func append(_ client: Int, now: Instant) {
        precondition(!isFull, "more waits than can wait")
        entries[(head + count) % entries.count] = (now + delay, Int32(client))
        count += 1
    }

    /// The first that is due, taken out.
    mutating func popDue(now: Instant) -> Int? {
        guard count > 0, entries[head].due <= now else { return nil }
        let client = entries[head].client
        head = (head + 1) % entries.count
        count -= 1
        return Int(client)
    }
}

/// Chance that comes out the same for the same seed (xorshift64*).
struct Chance {
    private var state: UInt64

    init(seed: UInt64) {
        // Any state but zero.
        state = (seed &* 0x9E37_79B9_7F4A_7C15) | 1
    }

    /// True with the given probability; without one, no number is drawn.
    mutating func happens(_ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Double((state &* 0x2545_F491_4F6C_DD1D) >> 11) * 0x1p-53 < probability
    }
}
