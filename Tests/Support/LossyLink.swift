package import Wire

/// Chance that comes out the same every time (SplitMix64).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True with the given probability.
    package mutating func happens(_ probability: Double) -> Bool {
        probability > 0 && Double(next() >> 11) / Double(UInt64(1) << 53) < probability
    }
}

/// One direction of a cable that loses, doubles, swaps and delays packets, the same way for the same seed.
package struct LossyLink: Sendable {
    /// Probabilities of each packet's fate, 0...1.
    package var loss = 0.0
    package var duplication = 0.0
    /// The packet arrives behind the next one.
    package var swapping = 0.0
    /// Every so many packets one is lost; 0 for none.
    package var losesEvery = 0
    package var latency = TimeSpan.microseconds(60)
    /// The time one packet takes on the wire; packets queue behind each other.
    package var wireTime = TimeSpan.microseconds(12)

    /// Packets that may wait for the wire; those beyond are dropped, as a switch does.
    package var queue = Int.max

    private var random: SeededRandom
    private var carried = 0
    private var freeAt = Instant(nanoseconds: 0)

    package init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// Sends a packet; the answer is when each of its copies arrives, none when it is lost.
    package mutating func carry(at now: Instant) -> [Instant] {
        let leaves = max(now, freeAt)
        guard Int64(queue) > (leaves - now).nanoseconds / wireTime.nanoseconds else { return [] }
        freeAt = leaves + wireTime
        carried += 1
        let isLost = random.happens(loss) || (losesEvery > 0 && carried % losesEvery == 0)
        let isSwapped = random.happens(swapping)
        let isDoubled = random.happens(duplication)
        guard !isLost else { return [] }
        let arrives = freeAt + latency + (isSwapped ? wireTime + wireTime / 2 : .zero)
        return isDoubled ? [arrives, arrives + wireTime / 4] : [arrives]
    }
}
