/// Which parts of a mapped file are in memory, as far as we know, and which the loader was asked for.
///
/// The kernel takes pages back when memory is short, so what was true once is asked for again when in doubt.
struct Residency {
    private enum State: UInt8 {
        case unknown
        case asked
        case present
    }

    /// Octets of one part.
    static let part: Int64 = 1 << 20
    /// Octets that are asked for ahead of what is sent, at most: those who read from the beginning come to need more.
    private static let farthest: Int64 = 4 << 20

    private let size: Int64
    private var states: [State]
    /// Parts that are not known to be present.
    private var absent: Int

    /// - Parameter size: octets of the file.
    init(size: Int64) {
        self.size = size
        absent = Int((size + Self.part - 1) / Self.part)
        states = [State](repeating: .unknown, count: absent)
    }

    /// Whether all of it is in memory.
    var isWhole: Bool { absent == 0 }

    /// How far the octets from a position on are in memory without a gap, as far as the next part's end.
    func end(from position: Int64) -> Int64 {
        if isWhole { return size }
        var end = position
        let first = Int(position / Self.part)
        for index in first..<min(first + 2, states.count) {
            guard states[index] == .present else { break }
            end = min(Int64(index + 1) * Self.part, size)
        }
        return end
    }

    /// What to ask the loader for when `position` is sent now; it then counts as asked for.
    ///
    /// - Returns: nil when all that comes next is present or asked for.
    mutating func ask(from position: Int64) -> Range<Int64>? {
        guard !isWhole, position < size else { return nil }
        let ahead = position + min(max(position, Self.part), Self.farthest)
        let window = Int(position / Self.part)..<min(Int((ahead + Self.part - 1) / Self.part), states.count)
        guard !window.isEmpty, let first = states[window].firstIndex(of: .unknown) else { return nil }
        let last = states[first..<window.upperBound].firstIndex { $0 != .unknown } ?? window.upperBound
        for index in first..<last { states[index] = .asked }
        return Int64(first) * Self.part..<min(Int64(last) * Self.part, size)
    }

    /// The loader has brought in what it was asked for, or could not.
    ///
    /// - Parameter octets: of the file; an answer to an earlier user of it may know more than there is to mark.
    mutating func answer(_ octets: Range<Int64>, isPresent: Bool) {
        let parts = Int(octets.lowerBound / Self.part)..<Int((octets.upperBound + Self.part - 1) / Self.part)
        for index in parts.clamped(to: states.indices) where states[index] == .asked {
            states[index] = isPresent ? .present : .unknown
            if isPresent { absent -= 1 }
        }
    }

    /// The kernel has taken something back, nobody knows what.
    mutating func doubt() {
        for index in states.indices where states[index] == .present {
            states[index] = .unknown
            absent += 1
        }
    }
}
