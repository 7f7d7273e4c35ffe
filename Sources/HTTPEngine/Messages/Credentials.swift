/// What a client says to prove itself (RFC 7617).
enum Credentials {
    /// Beyond any password; a header of that length is junk.
    private static let longest = 1024

    /// The password in a field `Authorization`; whose it is does not matter.
    ///
    /// - Returns: nil when there is none, or it is not of the scheme Basic.
    static func password(_ field: String?) -> String? {
        guard let field, field.utf8.count <= longest else { return nil }
        let words = field.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "basic", let octets = Base64.decode(words[1].utf8),
            let colon = octets.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return String(validating: octets[(colon + 1)...], as: UTF8.self)
    }
}

/// RFC 4648 §4.
enum Base64 {
    /// - Returns: nil for what is none.
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var octets: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var isOver = false
        for digit in text {
            if digit == UInt8(ascii: "=") {
                isOver = true
                continue
            }
            guard !isOver, let value = value(digit) else { return nil }
            bits = bits << 6 | value
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            octets.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        // Six bits alone are no octet.
        return count < 6 ? octets : nil
    }

    private static func value(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
