/// First come, first served, each at most once: the sessions that have something to send.
///
/// A session that ends stays queued, and whoever takes its number out finds that it is gone.
struct ReadyQueue {
    private var ring: [Int32]
    private var isQueued: [Bool]
    private var head = 0
    private(set) var count = 0

    /// - Parameter capacity: the sessions are numbered 0..<capacity.
    init(capacity: Int) {
        ring = [Int32](repeating: 0, count: capacity)
        isQueued = [Bool](repeating: false, count: capacity)
    }

    var isEmpty: Bool { count == 0 }

    mutating func push(_ id: Int) {
        guard !isQueued[id] else { return }
        isQueued[id] = true
        ring[(head + count) % ring.count] = Int32(id)
        count += 1
    }

    mutating func pop() -> Int? {
        guard count > 0 else { return nil }
        let id = Int(ring[head])
        head = (head + 1) % ring.count
        count -= 1
        isQueued[id] = false
        return id
    }
}
