/// The machine identifier of option 97 (RFC 4578 §2.3): sixteen octets, kept as they came.
package struct MachineUUID: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// All zero or all one: boards whose maker never set it (EDK2 without SMBIOS UUID).
    package var isBlank: Bool {
        (high == 0 && low == 0) || (high == .max && low == .max)
    }
}

extension MachineUUID: LosslessStringConvertible {
    /// Reads the text that `description` writes, in either case; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
        var words = [UInt64](repeating: 0, count: 5)
        for (index, part) in parts.enumerated() {
            guard part.first != "+", let word = UInt64(part, radix: 16) else { return nil }
            words[index] = word
        }
        let first = UInt64(UInt32(truncatingIfNeeded: words[0]).byteSwapped)
        let second = UInt64(UInt16(truncatingIfNeeded: words[1]).byteSwapped)
        let third = UInt64(UInt16(truncatingIfNeeded: words[2]).byteSwapped)
        self.init(high: first << 32 | second << 16 | third, low: words[3] << 48 | words[4])
    }

    /// The text that SMBIOS tools and PXELINUX show: the first three fields are little-endian on the wire.
    package var description: String {
        let octets = [high, low].flatMap(Self.octets)
        let order = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15]
        return order.map { $0 < 0 ? "-" : hex(octets[$0]) }.joined()
    }

    private static func octets(of word: UInt64) -> [UInt8] {
        stride(from: UInt64(56), through: 0, by: -8).map { shift in UInt8(truncatingIfNeeded: word >> shift) }
    }
}
