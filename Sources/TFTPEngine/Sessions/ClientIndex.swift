import Wire

/// Finds a session by its client's address and port: open addressing, one probe as a rule, no allocation.
struct ClientIndex {
    /// Client and session side by side: a look-up touches one line of the cache.
    private struct Entry {
        var key: UInt64
        var value: Int32

        static let free = Entry(key: 0, value: -1)
        var isFree: Bool { value < 0 }
    }

    private var entries: [Entry]
    private let mask: Int
    /// Drawn anew for each worker, so that nobody can choose ports that collide.
    private let seed: UInt64

    /// - Parameter capacity: the most sessions; the table is kept at most half full.
    init(capacity: Int, seed: UInt64) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        entries = [Entry](repeating: .free, count: size)
        mask = size - 1
        self.seed = seed | 1
    }

    subscript(client: Endpoint) -> Int? {
        let entry = entries[find(Self.key(client))]
        return entry.isFree ? nil : Int(entry.value)
    }

    mutating func insert(_ client: Endpoint, _ id: Int) {
        let key = Self.key(client)
        entries[find(key)] = Entry(key: key, value: Int32(id))
    }

    /// Takes an entry out and moves those behind it up, so that no tombstones pile up.
    mutating func remove(_ client: Endpoint) {
        var hole = find(Self.key(client))
        guard !entries[hole].isFree else { return }
        var position = (hole + 1) & mask
        while !entries[position].isFree {
            let home = hash(entries[position].key)
            // The entry may fill the hole unless its home lies between hole and entry.
            if (position - home) & mask >= (position - hole) & mask {
                entries[hole] = entries[position]
                hole = position
            }
            position = (position + 1) & mask
        }
        entries[hole] = .free
    }

    /// The position of the key, or the free one where it would go.
    private func find(_ key: UInt64) -> Int {
        var position = hash(key)
        while !entries[position].isFree, entries[position].key != key {
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
