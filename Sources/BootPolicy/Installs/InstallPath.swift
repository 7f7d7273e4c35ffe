/// The paths of an install: all that a machine is told to fetch lies beneath `install/TOKEN/`, so that every request says
/// which install it belongs to.
package struct InstallPath: Hashable, Sendable {
    package let token: InstallToken
    /// What is asked of us; nil for a file.
    package let step: InstallStep?
    /// The path without its beginning; nil for the directory itself.
    let rest: RequestPath?

    static let top = "install"
    static let again = "again"

    /// - Returns: nil for a path that is none of an install.
    package init?(_ path: RequestPath) {
        let parts = path.parts
        guard parts.count >= 2, parts[0] == Self.top, let token = InstallToken(parts[1]) else { return nil }
        self.token = token
        step = Self.step(parts.dropFirst(2), of: token)
        rest = path.withoutFirst?.withoutFirst
    }

    /// Whether a path, as it came by HTTP, is a step of an install: something that is done, not looked at.
    package static func isStep(_ path: [UInt8]) -> Bool {
        let slashes: [UInt8] = [UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: ".")]
        guard path.drop(while: slashes.contains).starts(with: top.utf8) else { return false }
        return (try? RequestPath(path)).flatMap(InstallPath.init)?.step != nil
    }

    private static func step(_ parts: ArraySlice<String>, of token: InstallToken) -> InstallStep? {
        switch (parts.first, parts.dropFirst().first, parts.count) {
        case ("begin", let number?, 2): Int(number).map { .begin(attempt: $0, .ipxe) }
        case ("begin", let number?, 3) where parts.last == "grub.cfg": Int(number).map { .begin(attempt: $0, .grub) }
        case (again, "grub.cfg", 2): .askAgain
        case ("done", nil, 1): .done
        case ("fail", _, _): .failed(plain(parts.dropFirst().joined(separator: "/"), besides: token))
        default: nil
        }
    }

    /// What an installer says comes back on the machine's screen, by a script: only what no loader reads as anything else. And it
    /// is told to people and programs, who must not learn the token from a URL in it.
    private static func plain(_ text: String, besides token: InstallToken) -> String {
        let kept = text.replacing(token.text, with: token.text.prefix(4) + "-").unicodeScalars.filter {
            $0.isASCII && ($0.properties.isAlphabetic || "0123456789 .,:;-_/()+%".unicodeScalars.contains($0))
        }
        return String(String.UnicodeScalarView(kept.prefix(100)))
    }

    /// What stands before the paths of files, and of the steps.
    static func directory(of token: InstallToken) -> String { "\(top)/\(token.text)" }

    /// A text, a path in it, as it may be shown: whoever reads it could say that the install is done.
    package static func masked(_ text: String) -> String {
        // Every request of HTTP comes by here, and most are too short.
        guard text.utf8.count > top.utf8.count + InstallToken.length else { return text }
        // However it is spelled: slashes may be double, or lean backwards.
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).flatMap {
            $0.split(separator: "\\", omittingEmptySubsequences: false)
        }
        guard let place = parts.firstIndex(where: { InstallToken($0) != nil }), parts[..<place].contains(top[...])
        else {
            return text
        }
        parts[place] = parts[place].prefix(4) + "…"
        return parts.joined(separator: "/")
    }
}
