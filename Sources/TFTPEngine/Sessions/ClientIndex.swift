import Wire

/// Finds a session by its client's address and port: open addressing, one probe as a rule, no allocation.
struct ClientIndex {
    private static let empty: Int32 = -1

    private var keys: [UInt64]
    private var values: [Int32]
    private let mask: Int
    /// Drawn anew for each worker, so that nobody can choose ports that collide.
    private let seed: UInt64

    /// - Parameter capacity: the most sessions; the table is kept at most half full.
    init(capacity: Int, seed: UInt64) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        keys = [UInt64](repeating: 0, count: size)
        values = [Int32](repeating: Self.empty, count: size)
        mask = size - 1
        self.seed = seed | 1
    }

    subscript(client: Endpoint) -> Int? {
        let position = find(Self.key(client))
        return values[position] == Self.empty ? nil : Int(values[position])
    }

    mutating func insert(_ client: Endpoint, _ id: Int) {
        let key = Self.key(client)
        let position = find(key)
        keys[position] = key
        values[position] = Int32(id)
    }

    /// Takes an entry out and moves those behind it up, so that no tombstones pile up.
    mutating func remove(_ client: Endpoint) {
        var hole = find(Self.key(client))
        guard values[hole] != Self.empty else { return }
        var position = (hole + 1) & mask
        while values[position] != Self.empty {
            let home = hash(keys[position])
            // The entry may fill the hole unless its home lies between hole and entry.
            if (position - home) & mask >= (position - hole) & mask {
                keys[hole] = keys[position]
                values[hole] = values[position]
                hole = position
            }
            position = (position + 1) & mask
        }
        values[hole] = Self.empty
    }

    /// The position of the key, or the free one where it would go.
    private func find(_ key: UInt64) -> Int {
        var position = hash(key)
        while values[position] != Self.empty, keys[position] != key {
            position = (position + 1) & mask
        }
        return position
    }

    private func hash(_ key: UInt64) -> Int {
        let product = key.multipliedFullWidth(by: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        return Int(truncatingIfNeeded: product.high ^ product.low) & mask
    }

    private static func key(_ client: Endpoint) -> UInt64 {
        UInt64(client.address.value) << 16 | UInt64(client.port)
    }
}
