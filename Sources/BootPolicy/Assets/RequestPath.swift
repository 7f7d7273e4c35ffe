/// The path of a file that a client asks for, cleaned: relative, single slashes, no `.` and no `..`.
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

    /// The longest path that Linux takes (PATH_MAX), less its NUL.
    static let longest = 4095

    /// Reads a name from TFTP, or an HTTP path after percent-decoding.
    ///
    /// Windows' loaders write backslashes, GRUB and shim double slashes, and some firmware runs one octet past option 67
    /// and appends its end mark 0xFF: all of it means the same file.
    package init(_ name: some Sequence<UInt8>) throws(Problem) {
        var octets = Array(name)
        while octets.last == 0xFF { octets.removeLast() }
        guard octets.count <= Self.longest else { throw .tooLong }
        guard octets.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .unreadable }
        guard let text = String(validating: octets, as: UTF8.self) else { throw .unreadable }
        // By scalars: a slash with a combining accent is one `Character`, but to the kernel still a slash.
        let parts = text.unicodeScalars.split { $0 == "/" || $0 == "\\" }.map(String.init).filter { $0 != "." }
        guard !parts.contains("..") else { throw .leavesRoot }
        guard !parts.isEmpty else { throw .empty }
        self.text = parts.joined(separator: "/")
    }
}
