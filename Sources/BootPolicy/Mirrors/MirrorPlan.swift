package import Wire

/// An upstream server whose files are kept and served as ours, under `mirror/NAME/`.
package struct MirrorPlan: Hashable, Sendable {
    /// The first part of the paths that all mirrors serve.
    package static let top = "mirror"

    package var name: String
    /// What the upstream's URLs begin with, without a slash at the end.
    package var upstream: String
    /// How long a file is served before upstream is asked whether it is still the same.
    package var fresh = TimeSpan.seconds(600)
    /// Files that never change once they are there.
    package var immutable: [NameGlob] = []
    /// Octets on disk.
    package var limit: Int64 = 50 << 30
    /// SHA-256 in small hexadecimal digits, by path.
    package var checksums: [String: String] = [:]
    /// A file of certificates that alone are trusted; empty for those of the system.
    package var authorities = ""
    /// The octets of the paths that alone are served; nil for all that upstream has. To Swift two texts are equal that are
    /// not to a server: an accent may be a character of its own.
    package var only: Set<[UInt8]>?

    package init(name: String, upstream: String) {
        self.name = name
        self.upstream = upstream
    }

    /// Characters of paths that need no encoding (RFC 3986 §3.3) and that some servers do not decode as they should: names of
    /// Debian's packages are full of them.
    private static let plain = "+:@=,"

    /// Where a file comes from; the same however a client encoded the path.
    package func url(of path: RequestPath) -> String {
        "\(upstream)/\(URLPath.escaped(path.text, beside: Self.plain))"
    }

    /// Whether anybody gets this file: nobody makes a way to a whole server of the name of one file.
    package func serves(_ path: RequestPath) -> Bool { only?.contains(Array(path.text.utf8)) ?? true }

    package func isImmutable(_ path: RequestPath) -> Bool {
        immutable.contains { $0.matches(path.text) }
    }
}

/// A pattern for paths: `*` is anything within a part, `**` anything, `?` one character of a part.
package struct NameGlob: Hashable, Sendable {
    package let text: String
    private let pattern: NamePattern

    /// - Throws: `NamePattern.Fault` when it is longer than patterns may be.
    package init(_ text: String) throws(NamePattern.Fault) {
        var expression = "^"
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*" where rest.first == "*":
                rest = rest.dropFirst()
                expression += ".*"
            case "*": expression += "[^/]*"
            case "?": expression += "[^/]"
            default:
                if "\\^$.|+()[]{}".unicodeScalars.contains(scalar) { expression += "\\" }
                expression.unicodeScalars.append(scalar)
            }
        }
        pattern = try NamePattern(expression + "$")
        self.text = text
    }

    package func matches(_ path: String) -> Bool {
        pattern.firstMatch(in: Array(path.unicodeScalars)) != nil
    }

    package static func == (one: NameGlob, other: NameGlob) -> Bool { one.text == other.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// What became of a file of an upstream's.
package struct MirrorEvent: Sendable {
    package enum Outcome: Sendable {
        /// It was fetched: octets, and how long that took.
        case fetched(octets: Int64, TimeSpan)
        /// Upstream says that ours is still the same.
        case confirmed
        /// It could not be had, and nobody gets it.
        case failed(String)
        /// Upstream could not be asked, so what we have is served though it is no longer fresh.
        case stale(String)
        /// It is not the file that the settings mean.
        case wrongChecksum(found: String)
        /// Files that had not been used for longest made room for others.
        case dropped(files: Int, octets: Int64)
    }

    package var mirror: String
    package var url: String
    package var outcome: Outcome

    package init(mirror: String, url: String, outcome: Outcome) {
        self.mirror = mirror
        self.url = url
        self.outcome = outcome
    }
}
