/// Up to 255 octets held in place: the value of a DHCP option, without the heap.
package struct ShortBytes: Sendable {
    /// The most that fits: an option's length is one octet (RFC 2132 §2).
    package static let capacity = 255

    private var storage = InlineArray<255, UInt8>(repeating: 0)

    /// Octets held.
    package private(set) var count = 0

    package init() {}

    /// Nil when `bytes` holds more than 255 octets.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count <= Self.capacity else { return nil }
        for octet in bytes {
            storage[count] = octet
            count += 1
        }
    }

    package var isEmpty: Bool { count == 0 }

    package subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "octet outside the value")
        return storage[index]
    }

    /// Adds octets behind those held; false, and nothing added, when they do not fit.
    package mutating func append(_ more: RawSpan) -> Bool {
        guard count + more.byteCount <= Self.capacity else { return false }
        for offset in 0..<more.byteCount {
            storage[count] = more.octet(at: offset)
            count += 1
        }
        return true
    }

    /// Whether the octets begin with those of `text`.
    package func starts(with text: StaticString) -> Bool {
        let span = storage.span
        return unsafe span.bytes.extracting(0..<count).starts(with: text)
    }

    /// The `count` octets from `start` on; a programmer's error outside what is held.
    package func slice(from start: Int, count length: Int) -> ShortBytes {
        precondition(start >= 0 && length >= 0 && start + length <= count, "slice outside the value")
        var copy = ShortBytes()
        for index in start..<start + length {
            copy.storage[copy.count] = storage[index]
            copy.count += 1
        }
        return copy
    }

    /// A copy on the heap, for logs and tests.
    package var array: [UInt8] { (0..<count).map { storage[$0] } }

    /// The number in two octets at `offset`, or nil past the end.
    package func u16(at offset: Int) -> UInt16? {
        guard offset >= 0, offset + 2 <= count else { return nil }
        return UInt16(storage[offset]) << 8 | UInt16(storage[offset + 1])
    }

    /// The number in four octets at `offset`, or nil past the end.
    package func u32(at offset: Int) -> UInt32? {
        guard let high = u16(at: offset), let low = u16(at: offset + 2) else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }
}

extension ShortBytes: Equatable {
    package static func == (left: ShortBytes, right: ShortBytes) -> Bool {
        left.count == right.count && (0..<left.count).allSatisfy { left.storage[$0] == right.storage[$0] }
    }
}
