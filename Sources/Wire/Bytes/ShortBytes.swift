/// Up to 255 octets: the value of a DHCP option.
///
/// Those that boot clients send are short and held in place; only what is longer goes on the heap, so that the facts
/// about a client stay small enough to be handed from room to room for each packet.
package struct ShortBytes: Sendable {
    /// The most that fits: an option's length is one octet (RFC 2132 §2).
    package static let capacity = 255

    /// `PXEClient:Arch:00007:UNDI:003016` has 32 octets.
    private static let inPlace = 47

    private var storage = InlineArray<47, UInt8>(repeating: 0)
    private var length: UInt8 = 0
    /// All of the octets, when they do not fit in place.
    private var overflow: [UInt8] = []

    package init() {}

    /// Nil when `bytes` holds more than 255 octets.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count <= Self.capacity else { return nil }
        for octet in bytes { add(octet) }
    }

    /// Octets held.
    package var count: Int { Int(length) }

    package var isEmpty: Bool { length == 0 }

    package subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "octet outside the value")
        return octet(index)
    }

    /// Adds octets behind those held; false, and nothing added, when they do not fit.
    package mutating func append(_ more: RawSpan) -> Bool {
        guard count + more.byteCount <= Self.capacity else { return false }
        guard count + more.byteCount <= Self.inPlace else {
            for offset in 0..<more.byteCount { add(more.octet(at: offset)) }
            return true
        }
        let start = count
        var room = storage.mutableSpan
        unsafe room.withUnsafeMutableBytes { room in
            unsafe more.withUnsafeBytes { octets in
                unsafe UnsafeMutableRawBufferPointer(rebasing: room[start...]).copyMemory(from: octets)
            }
        }
        length += UInt8(more.byteCount)
        return true
    }

    /// Whether the octets begin with those of `text`.
    package func starts(with text: StaticString) -> Bool {
        let wanted = text.utf8CodeUnitCount
        guard count >= wanted else { return false }
        for index in 0..<wanted {
            guard octet(index) == (unsafe text.utf8Start[index]) else { return false }
        }
        return true
    }

    /// The `count` octets from `start` on; a programmer's error outside what is held.
    package func slice(from start: Int, count length: Int) -> ShortBytes {
        precondition(start >= 0 && length >= 0 && start + length <= count, "slice outside the value")
        var copy = ShortBytes()
        for index in start..<start + length { copy.add(octet(index)) }
        return copy
    }

    /// A copy on the heap, for logs and tests.
    package var array: [UInt8] { (0..<count).map(octet) }

    /// The number in two octets at `offset`, or nil past the end.
    package func u16(at offset: Int) -> UInt16? {
        guard offset >= 0, offset + 2 <= count else { return nil }
        return UInt16(octet(offset)) << 8 | UInt16(octet(offset + 1))
    }

    /// The number in four octets at `offset`, or nil past the end.
    package func u32(at offset: Int) -> UInt32? {
        guard let high = u16(at: offset), let low = u16(at: offset + 2) else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    private func octet(_ index: Int) -> UInt8 {
        length <= Self.inPlace ? storage[index] : overflow[index]
    }

    /// Adds one octet; there must be room for it.
    private mutating func add(_ octet: UInt8) {
        if count < Self.inPlace {
            storage[count] = octet
        } else {
            if overflow.isEmpty { overflow = (0..<count).map { storage[$0] } }
            overflow.append(octet)
        }
        length += 1
    }
}

extension ShortBytes: Equatable {
    package static func == (left: ShortBytes, right: ShortBytes) -> Bool {
        left.count == right.count && (0..<left.count).allSatisfy { left.octet($0) == right.octet($0) }
    }
}
