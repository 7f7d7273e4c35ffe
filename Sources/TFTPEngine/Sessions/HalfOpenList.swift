/// The transfers whose client has not acknowledged anything yet, oldest first: their addresses may be forged.
struct HalfOpenList {
    private static let none: Int32 = -1

    private var next: [Int32]
    private var previous: [Int32]
    private var isListed: [Bool]
    private var newest = none
    private(set) var count = 0
    private var first = none

    /// - Parameter capacity: the transfers are numbered 0..<capacity.
    init(capacity: Int) {
        next = [Int32](repeating: Self.none, count: capacity)
        previous = next
        isListed = [Bool](repeating: false, count: capacity)
    }

    /// The one that waits longest.
    var oldest: Int? { first == Self.none ? nil : Int(first) }

    mutating func append(_ id: Int) {
        guard !isListed[id] else { return }
        isListed[id] = true
        previous[id] = newest
        next[id] = Self.none
        if newest == Self.none { first = Int32(id) } else { next[Int(newest)] = Int32(id) }
        newest = Int32(id)
        count += 1
    }

    /// Takes one out; none is harmless.
    mutating func remove(_ id: Int) {
        guard isListed[id] else { return }
        isListed[id] = false
        if previous[id] == Self.none { first = next[id] } else { next[Int(previous[id])] = next[id] }
        if next[id] == Self.none { newest = previous[id] } else { previous[Int(next[id])] = previous[id] }
        count -= 1
    }
}
