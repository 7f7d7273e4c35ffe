import Wire

/// Where a file of a boot is: a server, how it is asked, and the name as it goes over the wire.
struct BootLocation: Equatable, Sendable {
    var way: RehearsalStep.Fetch.Way
    /// As a URL has it, with a port if it has one.
    var server: String
    /// By HTTP with the slash that it begins with.
    var path: String

    init(_ way: RehearsalStep.Fetch.Way, server: String, path: String) {
        self.way = way
        self.server = server
        self.path = path
    }

    /// Reads `http://…`, `https://…` and `tftp://…`; nil for anything else.
    init?(url: String) {
        let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let rest = parts[1]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = String(rest.dropFirst(authority.count))
        // What stands before an @ is a user's name and password, which are no part of the place.
        server = String(authority.split(separator: "@").last ?? "")
        switch parts[0].lowercased() {
        case "http", "https":
            way = .http
            self.path = path.hasPrefix("/") ? path : "/" + path
        case "tftp":
            way = .tftp
            // RFC 3617 §3: what follows the slash is the name.
            self.path = Self.decoded(path.hasPrefix("/") ? String(path.dropFirst()) : path)
        default: return nil
        }
    }

    /// The same as a URL.
    var url: String { way == .http ? "http://\(server)\(path)" : "tftp://\(server)/\(path)" }

    /// What is looked up: decoded, without what stands behind a question mark.
    var name: String {
        way == .tftp ? path : Self.decoded(String(path.prefix { $0 != "?" && $0 != "#" }))
    }

    /// The name of a file beside this one: everything up to the last slash before it.
    func beside(_ name: String) -> BootLocation {
        BootLocation(way, server: server, path: directory + name)
    }

    /// With the slash at its end; empty for a file at the top.
    var directory: String {
        path.lastIndex { $0 == "/" || $0 == "\\" }.map { String(path[...$0]) } ?? ""
    }

    /// What a name in a script means that came from here: a URL, a path from the top, or one beside the script
    /// (RFC 3986 §5.2, as far as loaders follow it).
    func resolve(_ text: String) -> BootLocation? {
        if text.contains("://") { return BootLocation(url: text) }
        if text.hasPrefix("/") {
            return BootLocation(way, server: server, path: way == .http ? text : String(text.dropFirst()))
        }
        return beside(text)
    }

    /// What a percent sign stands alone in is no encoding, and means itself.
    private static func decoded(_ text: String) -> String {
        PercentDecoding.octets(text.utf8).map { String(decoding: $0, as: UTF8.self) } ?? text
    }
}
