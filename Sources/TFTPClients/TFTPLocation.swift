import Wire

/// Where a file is, as `tftp://host[:port]/path` (RFC 3617); an IPv6 address stands in brackets (RFC 3986 §3.2.2), and its
/// zone behind a `%` or, as RFC 6874 §2 has it, a `%25`.
package struct TFTPLocation: Equatable, Sendable {
    /// A name or an address, without brackets.
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
        guard let (host, digits) = Self.authority(rest[..<slash]) else { return nil }
        var port = Self.defaultPort
        if let digits {
            guard let number = UInt16(digits), number > 0 else { return nil }
            port = number
        }
        var path = rest[rest.index(after: slash)...]
        for mode in [";mode=octet", ";mode=binary"] where path.hasSuffix(mode) { path = path.dropLast(mode.count) }
        guard let name = PercentDecoding.octets(path.utf8), !name.isEmpty, !name.contains(0) else { return nil }
        self.host = host
        self.port = port
        self.name = name
    }

    /// What follows the last slash; empty when the name ends with one.
    package var lastComponent: String {
        let start = name.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return String(decoding: name[start...], as: UTF8.self)
    }

    /// The host, and what stands behind its colon.
    private static func authority(_ text: Substring) -> (host: String, port: Substring?)? {
        guard text.hasPrefix("[") else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2, !parts[0].isEmpty else { return nil }
            return (String(parts[0]), parts.count == 2 ? parts[1] : nil)
        }
        guard let end = text.firstIndex(of: "]") else { return nil }
        let rest = text[text.index(after: end)...]
        let inside = text[..<end].dropFirst().split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard rest.isEmpty || rest.hasPrefix(":"), let address = IPAddress(String(inside[0])), address.family == .ipv6
        else { return nil }
        let port = rest.isEmpty ? nil : rest.dropFirst()
        guard inside.count == 2 else { return ("\(address)", port) }
        let zone = inside[1].hasPrefix("25") && inside[1].count > 2 ? inside[1].dropFirst(2) : inside[1]
        guard !zone.isEmpty, address.isLinkLocal else { return nil }
        return ("\(address)%\(zone)", port)
    }
}
