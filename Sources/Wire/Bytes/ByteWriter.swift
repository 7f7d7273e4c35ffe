/// Writes big-endian numbers into a buffer that is allocated once and used again for every packet.
package struct ByteWriter: Sendable {
    /// What was written since the last `clear()`.
    package private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: the octets reserved; writing more is allowed but allocates.
    package init(capacity: Int = 1500) {
        bytes.reserveCapacity(capacity)
    }

    /// Octets written.
    package var count: Int { bytes.count }

    /// Forgets what was written and keeps the memory.
    package mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
    }

    package mutating func u8(_ value: UInt8) {
        bytes.append(value)
    }

    package mutating func u16(_ value: UInt16) {
        number(value.bigEndian)
    }

    package mutating func u32(_ value: UInt32) {
        number(value.bigEndian)
    }

    package mutating func u64(_ value: UInt64) {
        number(value.bigEndian)
    }

    package mutating func append(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    package mutating func append(_ more: String.UTF8View) {
        bytes.append(contentsOf: more)
    }

    package mutating func append(_ more: RawSpan) {
        unsafe more.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// Writes `text` and pads it with NUL to `width` octets; longer text is a programmer's error.
    package mutating func text(_ text: String, paddedTo width: Int) {
        let start = count
        bytes.append(contentsOf: text.utf8)
        precondition(count - start <= width, "text wider than its field")
        pad(to: start + width)
    }

    /// Writes an address as text, without making a `String` of it.
    package mutating func dottedQuad(_ address: IPv4Address) {
        for shift in stride(from: 24, through: 0, by: -8) {
            let octet = UInt8(truncatingIfNeeded: address.value >> shift)
            if octet >= 100 { u8(0x30 + octet / 100) }
            if octet >= 10 { u8(0x30 + octet / 10 % 10) }
            u8(0x30 + octet % 10)
            if shift != 0 { u8(0x2E) }
        }
    }

    /// Writes zeros until `count` reaches `size`.
    package mutating func pad(to size: Int) {
        if size > count { bytes.append(contentsOf: repeatElement(0, count: size - count)) }
    }

    /// Adds what was written from `start` on to a checksum.
    package func add(from start: Int, to sum: inout InternetChecksum) {
        let span = bytes.span
        unsafe sum.add(span.bytes.extracting(start..<count))
    }

    /// Puts a number over octets written before, for lengths and checksums known only later.
    package mutating func patch(u16 value: UInt16, at offset: Int) {
        bytes[offset] = UInt8(truncatingIfNeeded: value >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// Puts one octet over one written before.
    package mutating func patch(u8 value: UInt8, at offset: Int) {
        bytes[offset] = value
    }

    /// All octets of a number with one look at the room there is.
    private mutating func number(_ bigEndian: some FixedWidthInteger) {
        unsafe withUnsafeBytes(of: bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }
}
