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
    /// Where the octets shown stand on the wire; -1 is a dash.
    private static let order = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15]

    /// Reads the text that SMBIOS tools show, in capitals or small letters, with its dashes; nil for anything else.
    package init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        var octets = [UInt8](repeating: 0, count: 16)
        for index in Self.order {
            guard index >= 0 else {
                guard rest.popFirst() == UInt8(ascii: "-") else { return nil }
                continue
            }
            for _ in 0..<2 {
                guard let digit = rest.popFirst().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                    return nil
                }
                octets[index] = octets[index] << 4 | UInt8(digit)
            }
        }
        guard rest.isEmpty else { return nil }
        let words = [octets[..<8], octets[8...]].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        self.init(high: words[0], low: words[1])
    }

    /// The text that SMBIOS tools and PXELINUX show: the first three fields are little-endian on the wire.
    package var description: String {
        let octets = [high, low].flatMap(Self.octets)
        return Self.order.map { $0 < 0 ? "-" : hex(octets[$0]) }.joined()
    }

    private static func octets(of word: UInt64) -> [UInt8] {
        stride(from: UInt64(56), through: 0, by: -8).map { shift in UInt8(truncatingIfNeeded: word >> shift) }
    }
}
