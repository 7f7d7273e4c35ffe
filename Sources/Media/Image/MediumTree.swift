/// A file of a medium: a path, and where its octets lie in the image, in one piece.
package struct MediumFile: Equatable, Sendable {
    /// Relative, clean: see `MediumPath`.
    package var path: String
    /// The first octet's place in the image.
    package var offset: Int64
    /// Octets.
    package var size: Int64

    package init(path: String, offset: Int64, size: Int64) {
        self.path = path
        self.offset = offset
        self.size = size
    }
}

/// A name that means another one: a symbolic link of the medium.
package struct MediumLink: Equatable, Sendable {
    package var path: String
    /// From the medium's root on; empty for the root itself, which Debian's media link to.
    package var target: String

    package init(path: String, target: String) {
        self.path = path
        self.target = target
    }
}

/// Something of a medium that cannot be given out, and why.
package struct MediumOmission: Equatable, Sendable {
    package let path: String
    package let reason: String
}

/// All that lies on a medium, by path.
package struct MediumTree: Equatable, Sendable {
    package var files: [MediumFile] = []
    package var links: [MediumLink] = []
    package var omissions: [MediumOmission] = []

    package init() {}
}

/// Paths on a medium.
package enum MediumPath {
    /// The longest path that Linux takes (PATH_MAX), less its NUL.
    static let longest = 4095
    /// Parts of a path: deeper than any medium that people make.
    static let deepest = 100

    /// Whether a client can ask for a part of a path, and whether it is one part: text, without slashes of either kind,
    /// control characters and dots that lead elsewhere.
    static func isClean(part: some Collection<UInt8>) -> Bool {
        !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
            && part.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
    }

    /// By octets: a slash with a combining accent is one `Character`, but still a slash.
    static func isClean(_ path: String) -> Bool {
        guard path.utf8.count <= longest else { return false }
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.count <= deepest && parts.allSatisfy { isClean(part: $0) }
    }

    /// Where a link leads.
    ///
    /// - Parameters:
    ///   - link: the link's own path.
    ///   - target: as it stands in the link.
    /// - Returns: nil when that is nowhere on the medium.
    static func resolve(_ target: String, from link: String) -> String? {
        guard !target.isEmpty, !target.utf8.starts(with: "/".utf8) else { return nil }
        var parts = link.unicodeScalars.split(separator: "/").dropLast().map(String.init)
        for part in target.unicodeScalars.split(separator: "/").map(String.init) where part != "." {
            if part != ".." {
                parts.append(part)
            } else if parts.popLast() == nil {
                return nil
            }
        }
        let path = parts.joined(separator: "/")
        return path.isEmpty || isClean(path) ? path : nil
    }
}
