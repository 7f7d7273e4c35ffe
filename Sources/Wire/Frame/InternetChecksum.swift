/// The ones' complement sum of RFC 1071, over several pieces of one packet.
package struct InternetChecksum: Sendable {
    private var sum: UInt64 = 0

    package init() {}

    /// Adds octets; a piece of odd length is padded with zero, so only the last piece may be odd.
    package mutating func add(_ bytes: RawSpan) {
        var offset = 0
        // Four octets at a time: 2^16 is 1 in ones' complement, so both halves of a word may be added as one number.
        while offset + 3 < bytes.byteCount {
            sum += UInt64(bytes.u32(at: offset))
            offset += 4
        }
        while offset + 1 < bytes.byteCount {
            sum += UInt64(bytes.octet(at: offset)) << 8 | UInt64(bytes.octet(at: offset + 1))
            offset += 2
        }
        if offset < bytes.byteCount {
            sum += UInt64(bytes.octet(at: offset)) << 8
        }
    }

    package mutating func add(u16 value: UInt16) {
        sum += UInt64(value)
    }

    package mutating func add(u32 value: UInt32) {
        sum += UInt64(value >> 16) + UInt64(value & 0xFFFF)
    }

    /// The checksum of what was added; zero when the pieces already held a right one.
    package var value: UInt16 {
        var folded = sum
        while folded >> 16 != 0 {
            folded = (folded & 0xFFFF) + (folded >> 16)
        }
        return ~UInt16(truncatingIfNeeded: folded)
    }
}
