import BootPolicy
import Wire

/// What texts may stand in the settings: each function takes a text and gives the value that it means.
///
/// Texts that end in the script of iPXE are looked at with its rules: it cuts lines at white space, and cuts commands at
/// the words `||`, `&&`, `;` and at words that begin with `#` (iPXE `src/core/exec.c`); there are no quotes.
enum Check {
    static func absolutePath(_ text: String) throws(Problem) -> String {
        try printable(text)
        guard text.hasPrefix("/") else {
            throw Problem("\"\(text)\" is a relative path; write the whole path, beginning with /")
        }
        let parts = text.split(separator: "/").filter { $0 != "." }
        guard !parts.contains("..") else { throw Problem("\"\(text)\" contains \"..\"; write the path without it") }
        return "/" + parts.joined(separator: "/")
    }

    static func directory(_ text: String) throws(Problem) -> String {
        let path = try absolutePath(text)
        guard path != "/" else { throw Problem("\"/\" is the whole host; name a directory of its own") }
        return path
    }

    /// A loader: anywhere on the host, then clients ask for the last part of its path, or beneath the root. The name must
    /// fit option 67 (RFC 2132 §9.5).
    static func loader(_ text: String) throws(Problem) -> String {
        guard !UpstreamURL.isMeant(by: text) else {
            throw Problem(
                "firmware is told a path of ours; write a [mirror.NAME] for that server, and \"mirror/NAME/PATH\" here")
        }
        let path = text.hasPrefix("/") ? try absolutePath(text) : try rootFile(text)
        guard path != "/", !text.hasSuffix("/") else { throw Problem("\"\(text)\" is a directory; name a file") }
        guard Loader(path: path).name.utf8.count <= DHCPReply.longestBootFile else {
            throw Problem("the name of the file is longer than 254 octets, which no DHCP message can carry")
        }
        return path
    }

    /// The path of a file beneath the root.
    static func rootFile(_ text: String) throws(Problem) -> String {
        try printable(text)
        guard !text.hasPrefix("/") else {
            let name = text.split(separator: "/").last.map(String.init) ?? "vmlinuz"
            throw Problem("\"\(text)\" is an absolute path; write the path beneath root, for example \"\(name)\"")
        }
        do throws(RequestPath.Problem) {
            return try RequestPath(text.utf8).text
        } catch {
            switch error {
            case .empty, .unreadable: throw Problem("\"\(text)\" names no file")
            case .leavesRoot: throw Problem("\"\(text)\" contains \"..\"; write the path beneath root without it")
            case .tooLong: throw Problem("the path is longer than Linux takes")
            }
        }
    }

    /// An initial RAM disk beneath the root.
    static func initrd(_ text: String) throws(Problem) -> String {
        let path = try rootFile(text)
        try diskName(path.lastPathPart)
        return path
    }

    /// The name of a RAM disk becomes a word of the script and of the kernel's command line.
    static func diskName(_ name: String) throws(Problem) {
        let isWord = name.utf8.allSatisfy { octet in
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet || UInt8(ascii: "a")...UInt8(ascii: "z") ~= octet | 0x20
                || "._-+~".utf8.contains(octet)
        }
        guard isWord, !name.hasPrefix("-") else {
            throw Problem("the boot script cannot name \"\(name)\"; rename it with letters, digits, and . _ + ~ -")
        }
    }

    /// What loaders' menus show.
    static func title(_ text: String) throws(Problem) -> String {
        guard !text.isEmpty, text.utf8.count <= 70 else { throw Problem("a title has 1 to 70 octets") }
        // By octets: with an accent behind it, "${" is none to Swift, but to iPXE it is.
        guard !text.utf8.contains("${".utf8) else { throw Problem("a title holds no variables; leave the ${ out") }
        // It would join the next line to this one.
        guard !text.hasSuffix("\\") else { throw Problem("a title cannot end with \\; leave it out") }
        return try kernelArguments(text)
    }

    static func kernelArguments(_ text: String) throws(Problem) -> String {
        guard !text.unicodeScalars.contains(where: isControl) else {
            throw Problem("line ends and control characters would break the boot script; write all on one line")
        }
        // By scalars, as iPXE reads it: to Swift a blank with an accent is another character.
        for word in text.unicodeScalars.split(separator: " ").map(String.init) {
            if ["||", "&&", ";"].contains(word) || word.unicodeScalars.first == "#" {
                throw Problem("the word \"\(word)\" would end the command in the boot script; leave it out")
            }
        }
        return text
    }

    /// A name that Linux takes for an interface (`dev_valid_name` of the kernel).
    static func interface(_ text: String) throws(Problem) -> String {
        let isName = text.unicodeScalars.allSatisfy { !isControl($0) && !$0.properties.isWhitespace }
        guard isName, (1...15).contains(text.utf8.count), !text.contains("/"), !text.contains(":"),
            text != ".", text != ".."
        else { throw Problem("\"\(shown(text))\" cannot be an interface's name; see \"ip link\" for the names") }
        return text
    }

    /// The name of an account, as useradd takes it.
    static func user(_ text: String) throws(Problem) -> String {
        guard text != "root" else {
            throw Problem("\"root\" would keep what the service gives up on purpose; name an ordinary account")
        }
        let isName = text.utf8.allSatisfy { octet in
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet || UInt8(ascii: "a")...UInt8(ascii: "z") ~= octet | 0x20
                || "._-".utf8.contains(octet)
        }
        guard isName, (1...32).contains(text.utf8.count), !text.hasPrefix("-"), Int(text) == nil else {
            throw Problem("\"\(shown(text))\" cannot be the name of an account")
        }
        return text
    }

    /// `ADDRESS:PORT` to listen on, an IPv6 address in brackets.
    static func listen(_ text: String) throws(Problem) -> IPEndpoint {
        guard let (address, rest) = addressBeforePort(text) else {
            throw Problem("\"\(shown(text))\" is not ADDRESS:PORT; write for example \"0.0.0.0:69\" or \"[::]:69\"")
        }
        guard address.isAny || address.isLoopback || address.isUnicast else {
            throw Problem(
                "nobody can listen on \(address); write an address of this host, or \(anyAddress(address.family)) for all"
            )
        }
        guard !address.isLinkLocal else {
            throw Problem("\(address) is on many links, and one cannot be named here; [::] listens on all of them")
        }
        guard let port = UInt16(rest), port > 0 else {
            throw Problem("\"\(shown(rest))\" is no port; allowed is 1 to 65535")
        }
        return IPEndpoint(address: address, port: port)
    }

    private static func addressBeforePort(_ text: String) -> (address: IPAddress, port: String)? {
        guard text.hasPrefix("[") else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let address = IPv4Address(String(parts[0])) else { return nil }
            return (IPAddress(address), String(parts[1]))
        }
        let parts = text.dropFirst().split(separator: "]", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasPrefix(":"), let address = IPAddress(String(parts[0])),
            address.family == .ipv6
        else { return nil }
        return (address, String(parts[1].dropFirst()))
    }

    private static func anyAddress(_ family: IPFamily) -> String {
        switch family {
        case .ipv4: "0.0.0.0"
        case .ipv6: "[::]"
        }
    }

    /// What `tftp.ports` may be.
    static let ports = "any, a range such as 30000-30015, or listen"

    static func ports(_ text: String) throws(Problem) -> Settings.Ports {
        if text == "any" { return .any }
        if text == "listen" { return .listen }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first > 0 else {
            throw Problem("\"\(shown(text))\" is no range of ports; allowed is \(ports)")
        }
        guard first <= last else { throw Problem("the range \(shown(text)) is empty; write the smaller port first") }
        return .range(first...last)
    }

    static func write(_ ports: Settings.Ports) -> String {
        switch ports {
        case .any: "any"
        case .listen: "listen"
        case .range(let range): "\(range.lowerBound)-\(range.upperBound)"
        }
    }

    private static func printable(_ text: String) throws(Problem) {
        guard !text.isEmpty else { throw Problem("the path is empty") }
        guard !text.unicodeScalars.contains(where: isControl) else {
            throw Problem("\"\(shown(text))\" contains a line end or another control character")
        }
    }

    /// Octets that end lines or steer terminals; also the line and paragraph separators of Unicode.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
    }

    /// A text that may go to a terminal.
    static func shown(_ text: String) -> String {
        text.forTerminal
    }
}

/// `text` as a TOML basic string.
func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        default: String(scalar)
        }
    }
    return "\"" + escaped.joined() + "\""
}
