/// Percent-encoding (RFC 3986 §2.1), and the form in which we show a path that somebody else chose.
enum PercentCoding {
    /// Decodes `%` and two hexadecimal digits; nil when a `%` stands without them. `+` means itself in a path.
    static func decoded(_ octets: some Sequence<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var rest = octets.makeIterator()
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

    /// Text that is safe on a terminal, in a log and in a page: what is not printable ASCII shows percent-encoded.
    ///
    /// - Parameter limit: characters after which the text ends in `...`: nobody needs 80 KB of a path in a log.
    static func printable(_ octets: some Sequence<UInt8>, limit: Int = 256) -> String {
        var text: [UInt8] = []
        for octet in octets {
            guard text.count < limit else { return String(decoding: text, as: UTF8.self) + "..." }
            if isPrintable(octet) {
                text.append(octet)
            } else {
                text += [UInt8(ascii: "%"), hexadecimal(octet >> 4), hexadecimal(octet & 15)]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
    }

    /// `%` itself is encoded, so that what is shown means one path only.
    private static func isPrintable(_ octet: UInt8) -> Bool {
        octet >= 0x20 && octet < 0x7F && octet != UInt8(ascii: "%")
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
