import BootPolicy
import Settings
import Testing
import Wire

/// Files of targets that are named by URLs: what may be written, and which path of ours machines hear of.
@Suite struct UpstreamFileTests {
    private static let sum = String(repeating: "0af9", count: 16)
    private static let other = String(repeating: "1af9", count: 16)
    private static let mirror = "[mirror.d]\nupstream = 'https://a.example/debian'\n"

    private static func only(_ name: String, _ upstream: String, _ paths: Set<String>) -> MirrorPlan {
        var plan = MirrorPlan(name: name, upstream: upstream)
        plan.only = octets(paths)
        return plan
    }

    private static func octets(_ paths: Set<String>) -> Set<[UInt8]> { Set(paths.map { Array($0.utf8) }) }

    /// URLs, the paths that machines fetch, and the mirrors that these come from.
    static let homes: [(url: String, path: String, mirror: MirrorPlan)] = [
        (
            "https://a.example/x/linux", "mirror/~https-a.example/x/linux",
            only("~https-a.example", "https://a.example", ["x/linux"])
        ),
        (
            "http://A.example:8080/a%2bb%C3%A9", "mirror/~http-a.example+8080/a+b\u{E9}",
            only("~http-a.example+8080", "http://a.example:8080", ["a+b\u{E9}"])
        ),
        (
            "http://[2001:db8::7]:81/k", "mirror/~http-2001~db8~~7+81/k",
            only("~http-2001~db8~~7+81", "http://[2001:db8::7]:81", ["k"])
        ),
        (
            "https://a.example/debian/dists/linux", "mirror/d/dists/linux",
            MirrorPlan(name: "d", upstream: "https://a.example/debian")
        ),
        // Beside the mirror's upstream, not beneath it.
        (
            "https://a.example/debianx/linux", "mirror/~https-a.example/debianx/linux",
            only("~https-a.example", "https://a.example", ["debianx/linux"])
        ),
    ]

    @Test(arguments: homes)
    func aURLIsServedAsAPathOfOurs(_ home: (url: String, path: String, mirror: MirrorPlan)) throws {
        let settings = try Settings.parse(Self.mirror + "[target.t]\nkernel = '\(home.url)'", file: "f")
        #expect(settings.asksOthers == .files)
        #expect(settings.targets["t"]?.urls == [home.url])
        #expect(try Settings.parse(settings.text, file: "f") == settings)
        let catalog = settings.catalog { _ in true }
        let target = BootTarget(title: "t", action: .linux(LinuxBoot(kernel: home.path, initrds: [])))
        #expect(catalog.targets["t"] == .target(target))
        #expect(catalog.mirrors[home.mirror.name] == home.mirror)
        #expect(catalog.mirrored(try RequestPath(home.path.utf8)) != nil)
        let url = home.url.replacing("A.example", with: "a.example").replacing("%2b", with: "+")
        #expect(catalog.upstreamURL(of: home.path) == url)
    }

    @Test func nothingElseOfThatServerIsServed() throws {
        let settings = try Settings.parse(
            "[boot]\nkernel = 'https://a.example/k'\ninitrd = ['i', 'https://a.example/j']", file: "f")
        #expect(try Settings.parse(settings.text, file: "f") == settings)
        let catalog = settings.catalog { _ in true }
        let book = catalog.targets
        guard case .target(let target) = book.usual else { return #expect(Bool(false)) }
        #expect(target.files == ["mirror/~https-a.example/k", "i", "mirror/~https-a.example/j"])
        #expect(catalog.upstreamURL(of: "mirror/~https-a.example/j") != nil)
        #expect(catalog.upstreamURL(of: "mirror/~https-a.example/other") == nil)
    }

    @Test func everyFileOfATargetMayBeAURLAndHaveAChecksum() throws {
        let text = """
            [target.t]
            kernel = { url = 'https://a.example/k', sha256 = '\(Self.sum.uppercased())' }
            initrd = ['ucode.img', { url = 'https://a.example/debian/i', sha256 = '\(Self.other)' }, 'http://b/j']
            [target.t.bios]
            program = 'https://a.example/m.bin'
            [target.d]
            memdisk = { url = 'https://a.example/d.iso', sha256 = '\(Self.sum)' }
            """
        let settings = try Settings.parse(Self.mirror + text, file: "f")
        #expect(try Settings.parse(settings.text, file: "f") == settings)
        let mirrors = settings.catalog { _ in true }.mirrors
        #expect(mirrors.keys.sorted() == ["d", "~http-b", "~https-a.example"])
        #expect(mirrors["~https-a.example"]?.checksums == ["k": Self.sum, "d.iso": Self.sum])
        #expect(mirrors["~https-a.example"]?.only == Self.octets(["k", "m.bin", "d.iso"]))
        #expect(mirrors["d"]?.checksums == ["i": Self.other])
        #expect(mirrors["d"]?.only == nil)
    }

    @Test func aChainIsTheLoadersOwnBusiness() throws {
        let settings = try Settings.parse("[target.t]\nchain = 'https://a.example/x.ipxe'", file: "f")
        #expect(settings.asksOthers.isEmpty)
        #expect(settings.targetBook["t"] == settings.targets["t"].map(TargetBook.Entry.target))
    }

    static let refused: [Case<String>] = [
        Case(
            "kernel = 'ftp://a/k'", "\"ftp://a/k\" cannot be fetched; URLs of files begin with http:// or https://"),
        Case("kernel = 'https:///k'", "\"https:///k\" names no server"),
        Case("kernel = 'https://a:x/k'", "\"https://a:x/k\" names no server"),
        Case("kernel = 'https://[::1/k'", "\"https://[::1/k\" names no server"),
        Case(
            "kernel = 'https://a/k?v=1'", "what is fetched is kept by its path, so a URL with ? or # cannot stand here"),
        Case("kernel = 'https://a/k k'", "a URL is printable ASCII without spaces; write other octets as %C3%A9"),
        Case(
            "kernel = 'https://u:p@a/k'",
            "a name and password in a URL would stand in every log; upstreams that want one are not supported"),
        Case(
            "initrd = 'https://a/b!'",
            "the boot script cannot name \"b!\"; rename it with letters, digits, and . _ + ~ -"),
        Case(
            "kernel = 'https://a/b%2fk'",
            "%2F and %5C in \"https://a/b%2fk\" would become slashes, and another file be asked for; serve it under a name "
                + "without them"),
        Case(
            "memdisk = 'https://a/b%20c/k'",
            "loaders cannot name a file with a blank in its path, as in \"https://a/b%20c/k\"; serve it under a name "
                + "without blanks"),
        Case(
            "initrd = 'https://a/b%2Cc/k'",
            "loaders cannot name a RAM disk with a comma in its path, as in \"https://a/b%2Cc/k\"; serve it under a name "
                + "without commas"),
        Case("kernel = { url = 'https://a/k' }", "there is no sha256; write { url = \"https://…\", sha256 = \"…\" }"),
        Case("kernel = { url = 'k', sha256 = '\(sum)' }", "\"k\" is no URL; it begins with http:// or https://"),
        Case(
            "kernel = { url = 'https://a/k', sha256 = 'abc' }",
            "\"abc\" is no SHA-256; it has 64 hexadecimal digits, as sha256sum writes them"),
        Case(
            "kernel = { url = 'https://a/k', sha25 = '\(sum)' }",
            "\"sha25\" says nothing of a file; did you mean \"sha256\"?"),
        Case("kernel = 5", "expected a text in quotes (a path beneath root, or a URL), found the number 5"),
        Case("initrd = ['i', 'i']", "\"i\" is listed twice"),
        Case(
            "kernel = { url = 'https://a/k', sha256 = '\(sum)' }\n[target.t.bios]\n"
                + "kernel = { url = 'https://a/k', sha256 = '\(other)' }",
            "https://a/k has another SHA-256 elsewhere; one of them is wrong"),
        // The same file, however it is spelled and whichever target names it.
        Case(
            "kernel = { url = 'https://a/k', sha256 = '\(sum)' }\n[target.u]\n"
                + "kernel = { url = 'https://A/k', sha256 = '\(other)' }",
            "https://A/k has another SHA-256 elsewhere; one of them is wrong"),
        Case(
            "kernel = { url = 'https://a/k', sha256 = '\(sum)' }\n"
                + "initrd = { url = 'https://a/%6b', sha256 = '\(other)' }",
            "https://a/%6b has another SHA-256 elsewhere; one of them is wrong"),
        Case(
            "kernel = { url = 'https://a.example/debian/k', sha256 = '\(sum)' }\n\(mirror)"
                + "[mirror.d.sha256]\nk = '\(other)'",
            "https://a.example/debian/k has another SHA-256 in [mirror.d.sha256]; one of them is wrong"),
    ]

    @Test(arguments: refused)
    func whatCannotBeFetchedOrCheckedIsRefused(_ expected: Case<String>) {
        let error = #expect(throws: SettingsErrors.self) {
            try Settings.parse("[target.t]\n" + expected.text, file: "f")
        }
        #expect(error?.errors.map(\.message).contains(expected.outcome) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        "https://a/", "https://a", "https://a/b//c", "https://a/../b", "https://a/./b", "https://a/%5Cb",
        "https://a/%5cb", "https://a/b%2Fc", "https://a/%2f", "https://a/%zz",
    ])
    func aURLThatIsNoOneFileIsRefused(_ url: String) {
        #expect(throws: SettingsErrors.self) { try Settings.parse("[target.t]\nkernel = '\(url)'", file: "f") }
    }

    @Test func aCommaInAKernelsPathIsOne() throws {
        let settings = try Settings.parse("[target.t]\nkernel = 'https://a/b,c'", file: "f")
        #expect(settings.upstreamFiles.path(of: "https://a/b,c") == "mirror/~https-a/b,c")
    }

    /// What stands in a later file, and the checksum that holds.
    static let replacements: [Case<String?>] = [
        Case("kernel = 'https://a/k'", nil),
        Case("kernel = 'k'", nil),
        Case("kernel = { url = 'https://A/%6B', sha256 = '\(other)' }", other),
        Case("kernel = { url = 'https://a/k', sha256 = '\(sum)' }", sum),
    ]

    @Test(arguments: replacements)
    func aTargetThatIsReplacedTakesItsChecksumsAlong(_ expected: Case<String?>) throws {
        let texts = ["kernel = { url = 'https://a/k', sha256 = '\(Self.sum)' }", expected.text]
        let settings = try Settings.parse(
            texts.map { Settings.File(name: "f", bytes: Array("[target.t]\n\($0)".utf8)) })
        #expect(settings.upstreamFiles.mirrors["~https-a"]?.checksums["k"] == expected.outcome)
        #expect(try Settings.parse(settings.text, file: "f") == settings)
    }

    @Test func aLoaderIsNoURL() {
        #expect(throws: SettingsErrors.self) { try Settings.parse("loaders.bios = ['https://a/l']", file: "f") }
    }
}
