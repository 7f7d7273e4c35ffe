/// Where a file is, as `tftp://host[:port]/path` (RFC 3617).
package struct TFTPLocation: Equatable, Sendable {
    package let host: String
    package let port: UInt16
    /// The file's name as the request says it: without the slash after the host, percent signs resolved.
    package let name: [UInt8]

    /// The well-known port (RFC 1350 §4).
    private static let defaultPort: UInt16 = 69

    /// Nil for anything that is no such address. The mode of RFC 3617 (`;mode=octet`) is understood and dropped.
    package init?(_ text: String) {
        let scheme = "tftp://"
        guard text.prefix(scheme.count).lowercased() == scheme else { return nil }
        let rest = text.dropFirst(scheme.count)
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        let authority = rest[..<slash].split(separator: ":", omittingEmptySubsequences: false)
        guard authority.count <= 2, let host = authority.first, !host.isEmpty else { return nil }
        var port = Self.defaultPort
        if authority.count == 2 {
            guard let number = UInt16(authority[1]), number > 0 else { return nil }
            port = number
        }
        var path = rest[rest.index(after: slash)...]
        for mode in [";mode=octet", ";mode=binary"] where path.hasSuffix(mode) { path = path.dropLast(mode.count) }
        guard let name = Self.decoded(path.utf8), !name.isEmpty, !name.contains(0) else { return nil }
        self.host = String(host)
        self.port = port
        self.name = name
    }

    /// What follows the last slash; empty when the name ends with one.
    package var lastComponent: String {
        let start = name.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return String(decoding: name[start...], as: UTF8.self)
    }

    private static func decoded(_ text: Substring.UTF8View) -> [UInt8]? {
        var octets: [UInt8] = []
        var rest = text[...]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "%") else {
                octets.append(octet)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            octets.append(value)
            rest = rest.dropFirst(2)
        }
        return octets
    }
}
