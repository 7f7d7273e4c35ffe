package import Wire

/// What a relay says of the line that a client hangs on, or of itself (option 82.1 and 82.2, RFC 3046 §3.1 and §3.2):
/// octets without a common meaning. Some makers send a text, others numbers.
package struct RelayIdentifier: Hashable, Sendable {
    package let octets: [UInt8]

    /// What a relay said; nil where it said nothing.
    package init?(_ value: ShortBytes) {
        guard !value.isEmpty else { return nil }
        octets = value.array
    }

    package func matches(_ value: ShortBytes) -> Bool {
        value.count == octets.count && octets.indices.allSatisfy { value[$0] == octets[$0] }
    }
}

extension RelayIdentifier: LosslessStringConvertible {
    /// Reads a text, or octets as hexadecimal digits behind `0x`; nil for what is empty, longer than 255 octets, or not
    /// hexadecimal behind `0x`.
    package init?(_ text: String) {
        if text.hasPrefix("0x") {
            guard let octets = Self.hexadecimal(text.utf8.dropFirst(2)) else { return nil }
            self.octets = octets
        } else {
            octets = Array(text.utf8)
        }
        guard (1...ShortBytes.capacity).contains(octets.count) else { return nil }
    }

    /// Hexadecimal unless the octets are printable ASCII and would be read back as they are.
    package var description: String { octets.plainText }

    private static func hexadecimal(_ digits: Substring.UTF8View) -> [UInt8]? {
        let values = digits.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard values.count == digits.count, values.count % 2 == 0 else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }
}

extension [UInt8] {
    /// A text if all octets are printable ASCII and cannot be taken for the other form: hexadecimal digits behind `0x`.
    package var plainText: String {
        let text = String(decoding: self, as: UTF8.self)
        if allSatisfy({ (0x20...0x7E).contains($0) }), !text.hasPrefix("0x") { return text }
        return "0x" + map { hex($0) }.joined()
    }
}
