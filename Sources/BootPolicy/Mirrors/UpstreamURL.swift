import Wire

/// A file of another server's as a target names it, by its URL.
package struct UpstreamURL: Hashable, Sendable {
    /// Why a text is no URL of a file that can be kept.
    package enum Problem: Error, Sendable {
        /// Another way than http and https.
        case scheme
        /// Anything but printable ASCII.
        case characters
        case server
        /// A name and a password, which would stand in every log.
        case password
        /// `?` or `#`: what is kept is kept by its path.
        case query
        /// `%2F` or `%5C`: decoded, it parts what the server does not.
        case separator
        /// It ends in a slash, has two of them in a row, `.` or `..`: such a path does not come back from a client as it was.
        case path
    }

    /// As it was written.
    package let text: String
    /// What it begins with, `https://deb.debian.org`, and the parts of that.
    private let scheme: String
    private let host: String
    private let port: String?
    /// What follows, percent-decoded.
    package let path: RequestPath

    package static func isMeant(by name: String) -> Bool { URLPath.isURL(name) }

    package init(_ text: String) throws(Problem) {
        guard let scheme = ["http", "https"].first(where: { text.hasPrefix($0 + "://") }) else { throw .scheme }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .characters }
        let rest = text.dropFirst(scheme.count + 3)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else { throw .password }
        guard let (host, port) = Self.server(authority) else { throw .server }
        guard !rest.contains("?"), !rest.contains("#") else { throw .query }
        let small = rest.lowercased()
        guard !small.contains("%2f"), !small.contains("%5c") else { throw .separator }
        guard let path = Self.path(rest.dropFirst(authority.count + 1)) else { throw .path }
        self.text = text
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
    }

    /// The host in small letters, without the brackets of IPv6.
    private static func server(_ authority: Substring) -> (host: String, port: String?)? {
        let isIPv6 = authority.hasPrefix("[")
        let host = isIPv6 ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        let rest = authority.dropFirst(host.count + (isIPv6 ? 2 : 0))
        let isHost =
            isIPv6
            ? IPAddress(String(host))?.family == .ipv6 && authority.contains("]")
            : !host.isEmpty && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        guard isHost else { return nil }
        if rest.isEmpty { return (host.lowercased(), nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return (host.lowercased(), "\(port)")
    }

    private static func path(_ text: Substring) -> RequestPath? {
        guard let octets = PercentDecoding.octets(text.utf8), let path = try? RequestPath(octets),
            path.text.utf8.elementsEqual(octets)
        else { return nil }
        return path
    }

    /// The mirror that serves this file and others of its server that are named, but nothing else: where the settings have no
    /// mirror for it. No mirror of theirs has a tilde in its name; nor has a host, nor a plus sign.
    fileprivate var ownMirror: MirrorPlan {
        let isIPv6 = host.contains(":")
        let name = String(host.map { $0 == ":" ? "~" : $0 })
        var plan = MirrorPlan(
            name: "~\(scheme)-\(name)\(port.map { "+" + $0 } ?? "")",
            upstream: "\(scheme)://\(isIPv6 ? "[\(host)]" : host)\(port.map { ":" + $0 } ?? "")")
        plan.only = []
        return plan
    }

    /// Where a mirror has it; nil when it does not lie beneath its upstream.
    fileprivate func path(beneath mirror: MirrorPlan) -> RequestPath? {
        let start = mirror.upstream + "/"
        return text.hasPrefix(start) ? Self.path(text.dropFirst(start.count)) : nil
    }
}

/// The files that targets name by URLs, as they are served: out of the operator's mirrors where they lie beneath one, else
/// out of mirrors that have nothing but them. No loader hears of another server.
package struct UpstreamFiles: Sendable {
    /// All mirrors by name: the operator's, and those that are made for single files.
    package private(set) var mirrors: [String: MirrorPlan]
    /// By URL.
    private var paths: [String: String] = [:]

    /// - Parameters:
    ///   - urls: those that are no such URLs are left alone.
    ///   - checksums: SHA-256 by URL.
    package init(_ urls: some Sequence<String>, checksums: [String: String], mirrors: [String: MirrorPlan]) {
        self.mirrors = mirrors
        for url in urls { add(url, checksums[url], to: mirrors) }
    }

    private mutating func add(_ text: String, _ checksum: String?, to named: [String: MirrorPlan]) {
        guard let url = try? UpstreamURL(text) else { return }
        let (found, path) = Self.home(of: url, among: named)
        var plan = mirrors[found.name] ?? found
        plan.only?.insert(Array(path.text.utf8))
        if let checksum { plan.checksums[path.text] = checksum }
        mirrors[plan.name] = plan
        paths[text] = "\(MirrorPlan.top)/\(plan.name)/\(path.text)"
    }

    /// The mirror whose upstream says most of a URL, or else that of its server alone, and the path there.
    private static func home(
        of url: UpstreamURL, among mirrors: [String: MirrorPlan]
    ) -> (mirror: MirrorPlan, path: RequestPath) {
        mirrors.values.sorted { ($1.upstream.utf8.count, $0.name) < ($0.upstream.utf8.count, $1.name) }.lazy.compactMap
        {
            mirror in url.path(beneath: mirror).map { (mirror, $0) }
        }.first ?? (url.ownMirror, url.path)
    }

    /// A file as it is served: the same for all spellings of its URL.
    package struct File: Hashable, Sendable {
        /// The name of the mirror that it comes from.
        package let mirror: String
        /// Where that has it.
        package let path: RequestPath
    }

    /// What a URL means beside these mirrors.
    package static func file(of url: UpstreamURL, among mirrors: [String: MirrorPlan]) -> File {
        let (mirror, path) = home(of: url, among: mirrors)
        return File(mirror: mirror.name, path: path)
    }

    /// The path under which a file is fetched from us: that of a mirror for a URL, what is a path already as it is.
    package func path(of file: String) -> String { paths[file] ?? file }
}
