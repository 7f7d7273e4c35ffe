import Wire

/// The path of a request target (RFC 9112 §3.2), percent-decoded; the query is dropped, for nothing here depends on it.
struct RequestTarget: Equatable {
    /// As asked for: neither cleaned nor proved to lie under the root. `RequestPath` does that.
    let path: [UInt8]
    let hasQuery: Bool

    /// Reads origin-form (`/path?query`) and absolute-form (`http://host/path`); nil for anything else (`*`, `host:port`)
    /// and for a `%` that encodes nothing.
    init?(_ target: String) {
        let octets = target.utf8
        hasQuery = octets.contains(UInt8(ascii: "?"))
        let start = Self.afterAuthority(octets) ?? octets.startIndex
        let path = octets[start...].prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        if path.isEmpty && start > octets.startIndex {
            // `http://host` and `http://host?query` name the root (RFC 9112 §3.2.1).
            self.path = [UInt8(ascii: "/")]
            return
        }
        guard path.first == UInt8(ascii: "/"), let decoded = PercentDecoding.octets(path) else { return nil }
        self.path = decoded
    }

    /// Where the path of an absolute-form target begins; nil for other forms.
    private static func afterAuthority(_ octets: String.UTF8View) -> String.Index? {
        if octets.first == UInt8(ascii: "/") { return nil }
        for scheme in ["http://", "https://"] where hasPrefix(scheme, octets) {
            let authority = octets.dropFirst(scheme.utf8.count)
            let ends = [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")]
            return authority.firstIndex { ends.contains($0) } ?? octets.endIndex
        }
        return nil
    }

    /// Schemes are case-insensitive (RFC 3986 §3.1); 0x20 makes ASCII letters small and leaves `:` and `/` alone.
    private static func hasPrefix(_ scheme: String, _ octets: String.UTF8View) -> Bool {
        octets.prefix(scheme.utf8.count).map { $0 | 0x20 }.elementsEqual(scheme.utf8.map { $0 | 0x20 })
    }
}
