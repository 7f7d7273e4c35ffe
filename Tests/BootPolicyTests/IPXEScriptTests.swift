import BootPolicy
import Testing
import Wire

@Suite("generated iPXE script")
struct IPXEScriptTests {
    private static let base = "http://192.0.2.5"

    private static func lines(_ boot: LinuxBoot, baseURL: String = base) -> [Substring] {
        let setting = ScriptSetting(
            server: IPAddress(IPv4Address(192, 0, 2, 5)), baseURL: baseURL,
            requester: Requester(address: IPAddress(IPv4Address(192, 0, 2, 9))))
        let entry = TargetBook.Entry.target(BootTarget(title: "t", action: .linux(boot)))
        return IPXEScript.render(entry, of: TargetBook(), setting)
            .split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The words of the one line that begins with `command`.
    private static func words(_ command: String, of target: LinuxBoot) -> [Substring] {
        let found = lines(target).filter { $0.split(separator: " ").first == Substring(command) }
        return found.count == 1 ? found[0].split(separator: " ") : []
    }

    @Test("kernel, RAM disks in order, command line, all by HTTP")
    func whole() {
        let target = LinuxBoot(
            kernel: "debian/vmlinuz", initrds: ["debian/initrd.img", "extra.cpio"], arguments: "console=ttyS0 quiet")
        let lines = Self.lines(target)
        #expect(lines.first == "#!ipxe")
        #expect(lines.last == "")
        let kernel =
            "kernel http://192.0.2.5/debian/vmlinuz initrd=initrd.img initrd=extra.cpio console=ttyS0 quiet || goto failed"
        let commands = [
            "imgfree", kernel,
            "initrd --name initrd.img http://192.0.2.5/debian/initrd.img || goto failed",
            "initrd --name extra.cpio http://192.0.2.5/extra.cpio || goto failed", "boot || goto failed", "exit 1",
            ":failed",
        ]
        #expect(lines.dropFirst(2).prefix(commands.count).map(String.init) == commands)
    }

    @Test("no RAM disk, no arguments")
    func least() {
        let target = LinuxBoot(kernel: "k", initrds: [])
        #expect(Self.words("kernel", of: target) == ["kernel", "http://192.0.2.5/k", "||", "goto", "failed"])
        #expect(!Self.lines(target).contains { $0.hasPrefix("initrd") })
    }

    @Test("the built-in target is Debian's names at the root")
    func standard() {
        #expect(
            Self.words("kernel", of: LinuxBoot())
                == ["kernel", "http://192.0.2.5/vmlinuz", "initrd=initrd.img", "||", "goto", "failed"])
    }

    @Test(
        "paths are percent-encoded, octet by octet",
        arguments: [
            ("a b", "a%20b"), ("a%b", "a%25b"), ("ä", "%C3%A4"), ("x?y#z", "x%3Fy%23z"), ("a/b-c_d.e~f", "a/b-c_d.e~f"),
            ("${net0/mac}", "%24%7Bnet0/mac%7D"), ("a+b&c=d", "a%2Bb%26c%3Dd"), ("AZaz09", "AZaz09"),
        ])
    func escaping(path: String, escaped: String) {
        #expect(Self.words("kernel", of: LinuxBoot(kernel: path, initrds: []))[1] == "http://192.0.2.5/\(escaped)")
    }

    @Test("every step that can fail goes to the message, which stays readable before the next boot device")
    func failures() throws {
        let lines = Self.lines(LinuxBoot())
        for command in ["kernel", "initrd", "boot"] {
            #expect(lines.contains { $0.hasPrefix(command + " ") && $0.hasSuffix("|| goto failed") })
        }
        let label = try #require(lines.firstIndex(of: ":failed"))
        #expect(lines[label...].contains { $0.contains("${errmsg}") })
        #expect(lines[label...].contains { $0.hasPrefix("sleep ") })
        #expect(lines.dropLast().last == "exit 1")
    }

    @Test("the script names the server as the client reached it")
    func baseURL() {
        let catalog = Catalog().changing { $0.httpPort = 8080 }
        let base = catalog.baseURL(local: IPAddress(IPv4Address(10, 0, 0, 1)))
        #expect(
            Self.lines(LinuxBoot(), baseURL: base).contains { $0.hasPrefix("kernel http://10.0.0.1:8080/vmlinuz") })
    }
}

@Suite("where scripts send a client")
struct ScriptAddressTests {
    private static let own = IPv4Address(192, 0, 2, 1)

    /// The address asked at, whether the interface has one of IPv4 and HTTP speaks IPv6, and the URL's beginning.
    static let doors: [(asked: String, hasIPv4: Bool, speaksIPv6: Bool, url: String)] = [
        ("192.0.2.7", true, true, "http://192.0.2.7"),
        ("192.0.2.7", false, false, "http://192.0.2.7"),
        ("2001:db8::7", true, true, "http://[2001:db8::7]"),
        ("2001:db8::7", false, true, "http://[2001:db8::7]"),
        ("2001:db8::7", true, false, "http://192.0.2.1"),
        ("2001:db8::7", false, false, "http://[2001:db8::7]"),
        ("fe80::7%3", true, true, "http://192.0.2.1"),
        ("fe80::7%3", false, true, "http://[fe80::7]"),
    ]

    @Test("the address asked at, or what a URL can say instead; never 0.0.0.0", arguments: doors)
    func addresses(_ door: (asked: String, hasIPv4: Bool, speaksIPv6: Bool, url: String)) throws {
        var catalog = Catalog()
        if !door.speaksIPv6 { catalog.httpIPv6 = nil }
        let asked = try #require(IPAddress(door.asked))
        let local = catalog.scriptAddress(asked: asked) { door.hasIPv4 ? Self.own : nil }
        #expect(catalog.baseURL(local: local) == door.url)
        catalog.servesHTTP = false
        let direct = catalog.scriptAddress(asked: asked) { door.hasIPv4 ? Self.own : nil }
        #expect(catalog.baseURL(local: direct) == "tftp://\(asked.isLinkLocal ? local.urlHost : asked.urlHost)")
    }
}
