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
