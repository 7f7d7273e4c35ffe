import BootPolicy

/// What may be said to an endpoint, and by one.
extension Check {
    /// An endpoint that decides: what `/v1/boot/MAC` is put behind.
    static func endpoint(_ text: String) throws(Problem) -> String {
        let url = try webURL(text, schemes: ["http", "https"])
        guard !url.contains("?"), !url.contains("#") else {
            throw Problem("the MAC address becomes part of the path, so \"?\" and \"#\" cannot stand here")
        }
        guard !url.contains("@") else {
            throw Problem("a password here would stand in the log; name a secret in webhook.bearer instead")
        }
        var rest = url[...]
        while rest.hasSuffix("/") { rest.removeLast() }
        return String(rest)
    }

    /// A URL that loaders can be told: of the characters of RFC 3986 §2 alone.
    static func webURL(_ text: String, schemes: [String]) throws(Problem) -> String {
        guard let scheme = schemes.first(where: { text.hasPrefix($0 + "://") }) else {
            let known = schemes.map { $0 + "://" }.joined(separator: ", ")
            throw Problem("\"\(shown(text))\" is no URL that can be fetched; it begins with \(known)")
        }
        let host = text.dropFirst(scheme.count + 3).prefix { !"/?#".contains($0) }
        guard !host.isEmpty else { throw Problem("\"\(shown(text))\" names no server") }
        let isURL = text.utf8.allSatisfy { octet in
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet || UInt8(ascii: "a")...UInt8(ascii: "z") ~= octet | 0x20
                || "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(octet)
        }
        guard isURL else { throw Problem("\"\(shown(text))\" holds what no URL may; write %20 for a space") }
        guard text.utf8.count <= 2000 else { throw Problem("the URL is longer than 2000 characters") }
        return text
    }
}

/// The same checks for what a server says of a machine, which is no more to be trusted than a file that anybody wrote.
package enum ForeignText {
    /// Why a text cannot be taken, in a sentence.
    package struct Fault: Error, Equatable {
        package let text: String

        package init(_ text: String) {
            self.text = text
        }
    }

    /// A kernel takes some 2 to 4 KiB, by architecture.
    private static let longestArguments = 4096

    /// Words for a kernel's command line, on one line.
    package static func arguments(_ text: String) throws(Fault) -> String {
        try checked { () throws(Problem) in
            guard text.utf8.count <= longestArguments else {
                throw Problem("a command line of \(text.utf8.count) octets is longer than kernels take")
            }
            return try Check.kernelArguments(text)
        }
    }

    /// One line that is shown.
    package static func title(_ text: String) throws(Fault) -> String {
        try checked { () throws(Problem) in try Check.title(text) }
    }

    /// What loaders fetch from elsewhere.
    package static func url(_ text: String) throws(Fault) -> String {
        try checked { () throws(Problem) in try Check.webURL(text, schemes: ["http", "https", "tftp"]) }
    }

    /// The path of a file beneath the root.
    package static func file(beneathRoot text: String) throws(Fault) -> String {
        try checked { () throws(Problem) in try Check.rootFile(text) }
    }

    package static func initrd(_ text: String) throws(Fault) -> String {
        try checked { () throws(Problem) in try Check.initrd(text) }
    }

    package static func variableName(_ text: String) throws(Fault) -> String {
        try checked { () throws(Problem) in try Check.variableName(text) }
    }

    /// The text as it may go to a terminal.
    package static func shown(_ text: String) -> String { Check.shown(text) }

    private static func checked(_ body: () throws(Problem) -> String) throws(Fault) -> String {
        do throws(Problem) {
            return try body()
        } catch {
            throw Fault(error.text)
        }
    }
}
