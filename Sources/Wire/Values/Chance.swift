/// Chance that comes out the same for the same seed (xorshift64*): for those who play what goes wrong.
package struct Chance: Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        // Any state but zero.
        state = (seed &* 0x9E37_79B9_7F4A_7C15) | 1
    }

    /// True with the given probability; without one, no number is drawn.
    package mutating func happens(_ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        return part() < probability
    }

    /// A number from 0 to below 1.
    package mutating func part() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Any number.
    package mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
