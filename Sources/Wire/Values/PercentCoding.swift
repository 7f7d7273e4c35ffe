/// The form in which we show a path that somebody else chose (RFC 3986 §2.1).
package enum PercentCoding {
    /// Text that is safe on a terminal, in a log and in a page: what is not printable ASCII shows percent-encoded.
    ///
    /// - Parameter limit: characters after which the text ends in `...`: nobody needs 80 KB of a path in a log.
    package static func printable(_ octets: some Sequence<UInt8>, limit: Int = 256) -> String {
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
}
