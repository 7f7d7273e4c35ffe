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

    /// A file that machines get from us: a path beneath root, or the URL of another server's, which is fetched and kept.
    static func file(_ text: String) throws(Problem) -> String {
        UpstreamURL.isMeant(by: text) ? try upstreamFile(text).text : try rootFile(text)
    }

    /// The same for an initial RAM disk.
    static func disk(_ text: String) throws(Problem) -> String {
        guard UpstreamURL.isMeant(by: text) else { return try initrd(text) }
        let url = try upstreamFile(text)
        // PXELINUX takes it for the end of a name.
        guard !url.path.text.utf8.contains(UInt8(ascii: ",")) else {
            throw Problem(
                "loaders cannot name a RAM disk with a comma in its path, as in \"\(shown(text))\"; serve it under a name "
                    + "without commas")
        }
        try diskName(url.path.text.lastPathPart)
        return url.text
    }

    private static func upstreamFile(_ text: String) throws(Problem) -> UpstreamURL {
        let url = try upstreamURL(text)
        // What follows would be another word of PXELINUX's configuration.
        guard !url.path.text.utf8.contains(UInt8(ascii: " ")) else {
            throw Problem(
                "loaders cannot name a file with a blank in its path, as in \"\(shown(text))\"; serve it under a name "
                    + "without blanks")
        }
        return url
    }

    private static func upstreamURL(_ text: String) throws(Problem) -> UpstreamURL {
        do throws(UpstreamURL.Problem) {
            return try UpstreamURL(text)
        } catch {
            switch error {
            case .scheme:
                throw Problem("\"\(shown(text))\" cannot be fetched; URLs of files begin with http:// or https://")
            case .characters: throw Problem("a URL is printable ASCII without spaces; write other octets as %C3%A9")
            case .server: throw Problem("\"\(shown(text))\" names no server")
            case .password: throw Problem(passwordInURL)
            case .query:
                throw Problem("what is fetched is kept by its path, so a URL with ? or # cannot stand here")
            case .separator:
                throw Problem(
                    "%2F and %5C in \"\(shown(text))\" would become slashes, and another file be asked for; serve it under a "
                        + "name without them")
            case .path:
                throw Problem(
                    "\"\(shown(text))\" names no file; behind the server stands a path without empty parts, . and ..")
            }
        }
    }

    static let passwordInURL =
        "a name and password in a URL would stand in every log; upstreams that want one are not supported"

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

    private static let longestMessage = 70

    /// What of a text can be shown by all loaders: a line of 70 octets, without what would end one, or a command of a script.
    /// Nothing is worth a machine's boot in it.
    package static func message(_ text: String) -> String {
        let line = text.unicodeScalars.map { Check.isControl($0) ? " " : String($0) }.joined()
        let words = line.unicodeScalars.split(separator: " ").map(String.init).compactMap(word)
        var shown = ""
        for scalar in words.joined(separator: " ").unicodeScalars {
            guard shown.utf8.count + UTF8.width(scalar) <= longestMessage else { break }
            shown.unicodeScalars.append(scalar)
        }
        while let last = shown.unicodeScalars.last, last == "\\" || last == " " { shown.unicodeScalars.removeLast() }
        return (try? Check.title(shown)) ?? ""
    }

    /// A word without what iPXE would understand.
    private static func word(_ text: String) -> String? {
        let plain = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "$" }.drop { $0 == "#" }))
        return ["", "||", "&&", ";"].contains(plain) ? nil : plain
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
