/// Percent-encoding undone (RFC 3986 §2.1).
package enum PercentDecoding {
    /// Decodes `%` and two hexadecimal digits; nil when a `%` stands without them. `+` means itself in a path.
    package static func octets(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var rest = text.makeIterator()
        while let octet = rest.next() {
            guard octet == UInt8(ascii: "%") else {
                result.append(octet)
                continue
            }
            guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
            result.append(high << 4 | low)
        }
        return result
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
