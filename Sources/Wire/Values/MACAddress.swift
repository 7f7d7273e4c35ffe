/// A six-octet hardware address in the low 48 bits of `value`.
package struct MACAddress: Hashable, Sendable {
    package let value: UInt64

    /// Takes the low 48 bits.
    package init(_ value: UInt64) {
        self.value = value & 0xFFFF_FFFF_FFFF
    }

    /// ff:ff:ff:ff:ff:ff: everyone on the link.
    package static let broadcast = MACAddress(0xFFFF_FFFF_FFFF)

    /// The address's six octets, first to last.
    package var octets: [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: value >> UInt64(40 - 8 * $0)) }
    }
}

extension MACAddress: LosslessStringConvertible {
    /// Reads six hexadecimal octets parted by `:` or `-`.
    package init?(_ text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        guard parts.count == 6 else { return nil }
        var value: UInt64 = 0
        for part in parts {
            // `UInt8` alone would take a sign for a digit.
            guard part.utf8.count == 2, part.first != "+", let octet = UInt8(part, radix: 16) else { return nil }
            value = value << 8 | UInt64(octet)
        }
        self.init(value)
    }

    package var description: String {
        octets.map { hex($0) }.joined(separator: ":")
    }
}

/// Two lower-case hexadecimal digits.
package func hex(_ octet: UInt8) -> String {
    let digits = String(octet, radix: 16)
    return octet < 16 ? "0" + digits : digits
}
