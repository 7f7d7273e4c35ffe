/// Where in a list each of its keys stands: open addressing over numbers, so that a search touches one line of the processor's
/// cache as a rule, and nothing is hashed twice.
package struct HashedPlaces: Sendable {
    /// A key's hash, in the upper half, and its place; no place is as large as that of an empty slot.
    private var slots: [UInt64]
    private let mask: Int
    private static let empty = UInt64.max

    /// - Parameter capacity: the most keys; the table is kept at most half full.
    package init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [UInt64](repeating: Self.empty, count: size)
        mask = size - 1
    }

    /// By a function whose key is drawn anew for each process, so that nobody can choose addresses that collide.
    package static func hash(_ key: some Hashable) -> UInt32 {
        var hasher = Hasher()
        hasher.combine(key)
        return UInt32(truncatingIfNeeded: hasher.finalize())
    }

    /// The place of the key with that hash of which `isMeant` holds.
    package func find(_ hash: UInt32, where isMeant: (Int) -> Bool) -> Int? {
        var position = Int(hash) & mask
        while slots[position] != Self.empty {
            let slot = slots[position]
            if Self.hash(of: slot) == hash, isMeant(Self.place(of: slot)) { return Self.place(of: slot) }
            position = (position + 1) & mask
        }
        return nil
    }

    /// Puts a key in that is not there yet; there must be room.
    package mutating func insert(_ hash: UInt32, place: Int) {
        var position = Int(hash) & mask
        while slots[position] != Self.empty { position = (position + 1) & mask }
        slots[position] = UInt64(hash) << 32 | UInt64(UInt32(place))
    }

    /// Takes a key out and moves those behind it up, so that no tombstones pile up.
    package mutating func remove(_ hash: UInt32, place: Int) {
        let wanted = UInt64(hash) << 32 | UInt64(UInt32(place))
        var hole = Int(hash) & mask
        while slots[hole] != wanted {
            guard slots[hole] != Self.empty else { return }
            hole = (hole + 1) & mask
        }
        var position = (hole + 1) & mask
        while slots[position] != Self.empty {
            let home = Int(Self.hash(of: slots[position])) & mask
            // The entry may fill the hole unless its home lies between hole and entry.
            if (position - home) & mask >= (position - hole) & mask {
                slots[hole] = slots[position]
                hole = position
            }
            position = (position + 1) & mask
        }
        slots[hole] = Self.empty
    }

    private static func hash(of slot: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: slot >> 32) }
    private static func place(of slot: UInt64) -> Int { Int(slot & 0xFFFF_FFFF) }
}
