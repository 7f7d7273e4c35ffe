/// Octets as letters (RFC 4648 §4).
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// In one line, filled up with `=`.
    package static func encode(_ octets: [UInt8]) -> String {
        var text = [UInt8](repeating: UInt8(ascii: "="), count: (octets.count + 2) / 3 * 4)
        var (place, next) = (0, 0)
        // Captures are long: no closure and no slice for each group of three.
        while place + 3 <= octets.count {
            let bits = Int(octets[place]) << 16 | Int(octets[place + 1]) << 8 | Int(octets[place + 2])
            text[next] = digits[bits >> 18]
            text[next + 1] = digits[bits >> 12 & 63]
            text[next + 2] = digits[bits >> 6 & 63]
            text[next + 3] = digits[bits & 63]
            place += 3
            next += 4
        }
        let left = octets.count - place
        if left > 0 {
            let bits = Int(octets[place]) << 16 | (left == 2 ? Int(octets[place + 1]) << 8 : 0)
            for digit in 0...left { text[next + digit] = digits[bits >> (18 - 6 * digit) & 63] }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for what is none.
    package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
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
