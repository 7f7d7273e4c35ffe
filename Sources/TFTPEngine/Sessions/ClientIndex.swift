import Wire

/// Finds a session by its client's address and port: open addressing, one probe as a rule, no allocation.
///
/// An entry holds 32 bits of the client's hash beside its session, so that eight of them share a line of the cache whatever
/// an address takes; the session itself knows its client, and is looked at next in any case.
struct ClientIndex {
    private struct Entry {
        var tag: UInt32
        var value: Int32

        static let free = Entry(tag: 0, value: -1)
        var isFree: Bool { value < 0 }
    }

    private var entries: [Entry]
    private let mask: Int
    /// Drawn anew for each worker, so that nobody can choose addresses and ports that collide.
    private let seed: UInt64

    /// - Parameter capacity: the most sessions; the table is kept at most half full.
    init(capacity: Int, seed: UInt64) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        entries = [Entry](repeating: .free, count: size)
        mask = size - 1
        self.seed = seed
    }

    /// The session of a client, if it has one.
    ///
    /// - Parameter isOf: whether a session is that client's.
    func find(_ client: IPEndpoint, isOf: (Int) -> Bool) -> Int? {
        let tag = tag(of: client)
        var position = home(of: tag)
        while !entries[position].isFree {
            if entries[position].tag == tag, isOf(Int(entries[position].value)) { return Int(entries[position].value) }
            position = (position + 1) & mask
        }
        return nil
    }

    /// The session that is most likely that client's: none other has its hash, as a rule.
    func guess(_ client: IPEndpoint) -> Int? {
        find(client) { _ in true }
    }

    /// Adds the session of a client that has none yet.
    mutating func insert(_ client: IPEndpoint, _ id: Int) {
        let tag = tag(of: client)
        var position = home(of: tag)
        while !entries[position].isFree { position = (position + 1) & mask }
        entries[position] = Entry(tag: tag, value: Int32(id))
    }

    /// Takes a client's session out and moves those behind it up, so that no tombstones pile up.
    mutating func remove(_ client: IPEndpoint, _ id: Int) {
        var hole = home(of: tag(of: client))
        while entries[hole].value != Int32(id) {
            guard !entries[hole].isFree else { return }
            hole = (hole + 1) & mask
        }
        var position = (hole + 1) & mask
        while !entries[position].isFree {
            let home = home(of: entries[position].tag)
            // The entry may fill the hole unless its home lies between hole and entry.
            if (position - home) & mask >= (position - hole) & mask {
                entries[hole] = entries[position]
                hole = position
            }
            position = (position + 1) & mask
        }
        entries[hole] = .free
    }

    private func home(of tag: UInt32) -> Int { Int(tag) & mask }

    /// Two multiplications, each folded (as in wyhash): every bit of the client and of the seed tells in every bit. Both
    /// factors have the seed in them, so that nobody can choose one that is 0.
    private func tag(of client: IPEndpoint) -> UInt32 {
        let place = UInt64(client.address.zone) << 16 | UInt64(client.port)
        let first = Self.fold(client.address.high ^ seed, client.address.low ^ (seed &* 0x9E37_79B9_7F4A_7C15 | 1))
        return UInt32(truncatingIfNeeded: Self.fold(first ^ place, seed ^ 0xD6E8_FEB8_6659_FD93 | 1))
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
