/// The path of a file that a client asks for, cleaned: relative, single slashes, no `.` and no `..`.
///
/// The one place that repairs names: what comes after it sees no backslash, no leading slash and no stray octet.
package struct RequestPath: Hashable, Sendable {
    /// Why a name is no path of ours.
    package enum Problem: Error, Sendable {
        case empty
        /// Control octets, or not UTF-8.
        case unreadable
        /// Contains `..`.
        case leavesRoot
        case tooLong
    }

    /// The parts joined by `/`, without a leading one.
    package let text: String
    /// What stands between the slashes; never empty.
    package let parts: [String]

    /// The longest path that Linux takes (PATH_MAX), less its NUL.
    static let longest = 4095

    /// Reads a name from TFTP, or an HTTP path after percent-decoding.
    ///
    /// Windows' loaders write backslashes, GRUB and shim double slashes; some firmware runs one octet past option 67 and
    /// appends its end mark 0xFF, or the NULs that fill the field: all of it means the same file. A `%` is a `%`: nothing
    /// in a TFTP name is encoded.
    package init(_ name: some Sequence<UInt8>) throws(Problem) {
        var octets = Array(name)
        while octets.last == 0xFF || octets.last == 0 { octets.removeLast() }
        guard octets.count <= Self.longest else { throw .tooLong }
        guard octets.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .unreadable }
        guard String(validating: octets, as: UTF8.self) != nil else { throw .unreadable }
        // By octets: a slash with a combining accent is one `Character`, but to the kernel still a slash.
        let parts = octets.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }.map {
            String(decoding: $0, as: UTF8.self)
        }.filter { $0 != "." }
        guard !parts.contains("..") else { throw .leavesRoot }
        guard !parts.isEmpty else { throw .empty }
        self.init(parts: parts)
    }

    /// A name as `init` reads it, for whoever asks more than once what it is.
    package static func cleaning(_ name: some Sequence<UInt8>) -> Result<RequestPath, Problem> {
        Result { () throws(Problem) in try RequestPath(name) }
    }

    private init(parts: [String]) {
        self.parts = parts
        text = parts.count == 1 ? parts[0] : parts.joined(separator: "/")
    }

    package static func == (left: RequestPath, right: RequestPath) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// The same path in a directory.
    ///
    /// - Parameter directory: names of ours, without slashes.
    func inside(_ directory: [String]) -> RequestPath {
        RequestPath(parts: directory + parts)
    }

    /// Without its first part; nil when nothing else is in it.
    var withoutFirst: RequestPath? {
        let rest = parts.dropFirst()
        return rest.isEmpty ? nil : RequestPath(parts: Array(rest))
    }
}
