import BootPolicy
import Testing
import Wire

/// How the tests of this room ask for files.
enum Files {
    static func assets(_ path: RequestPath, in catalog: Catalog) -> [Asset] {
        AssetResolver.candidates(for: path, of: Requester(address: IPAddress(.any)), in: catalog).map(\.asset)
    }
}

@Suite("where a name is looked for")
struct CandidateTests {
    private static let client = Requester(
        address: IPAddress(IPv4Address(192, 0, 2, 9)), hardware: MACAddress(0x5254_0012_3456))
    private static let catalog = Catalog.debian.changing { $0.naming.hasMachineDirectories = true }

    private static func places(_ name: String, _ requester: Requester = client, in catalog: Catalog) -> [String] {
        AssetResolver.resolve(name.utf8, for: requester, in: catalog).candidates.map { candidate in
            switch candidate.asset {
            case .rootFile(let path): path.text
            case .hostFile(let path): path
            default: "(made)"
            }
        }
    }

    @Test(
        "a machine's own files first: by hardware address, by its name in the path, by address",
        arguments: [
            ("a/b", ["machines/52-54-00-12-34-56/a/b", "machines/192.0.2.9/a/b", "a/b"]),
            (
                "boot.ipxe",
                ["machines/52-54-00-12-34-56/boot.ipxe", "machines/192.0.2.9/boot.ipxe", "boot.ipxe", "(made)"]
            ),
            (
                "DEADBEEF/config.txt",
                [
                    "machines/52-54-00-12-34-56/config.txt", "machines/deadbeef/config.txt",
                    "machines/192.0.2.9/config.txt",
                    "DEADBEEF/config.txt", "raspberry-pi/config.txt",
                ]
            ),
            (
                "52-54-00-12-34-56/x",
                [
                    "machines/52-54-00-12-34-56/x", "machines/192.0.2.9/x", "52-54-00-12-34-56/x", "raspberry-pi/x",
                ]
            ),
            ("machines/10.0.0.1/x", ["machines/10.0.0.1/x"]),
        ])
    func machines(name: String, places: [String]) {
        #expect(Self.places(name, in: Self.catalog) == places)
        #expect(Self.places(name, in: .debian) == places.filter { !$0.hasPrefix("machines/") || $0 == name })
    }

    @Test("without a hardware address heard, the address alone; without either, the shared files")
    func unknown() {
        let address = Requester(address: IPAddress(IPv4Address(192, 0, 2, 9)))
        #expect(Self.places("a", address, in: Self.catalog) == ["machines/192.0.2.9/a", "a"])
        #expect(Self.places("a", Requester(address: IPAddress(.any)), in: Self.catalog) == ["a"])
        let neighbour = Requester(address: IPAddress(high: 0xFE80 << 48, low: 9, zone: 3))
        #expect(Self.places("a", neighbour, in: Self.catalog) == ["machines/fe80::9/a", "a"])
    }

    @Test(
        "T37 what we make up answers to other letters too, if they are the same",
        arguments: ["BOOT.IPXE", "\\Boot.ipxe", "Grub\\GRUB.cfg", "sub/AutoExec.ipxe", "SNPONLY.EFI"])
    func ignoringCase(name: String) {
        #expect(Self.places(name, in: .debian).count == 1)
        #expect(Self.places(name, in: .debian.changing { $0.naming.ignoresCase = true }).count == 2)
    }

    @Test("rules for names come before everything else, and may refuse")
    func rewritten() throws {
        let start = RewriteRule(
            pattern: try NamePattern("^start$"), action: .replace(try NameReplacement("snponly.efi")), sequel: .stop)
        let no = RewriteRule(pattern: try NamePattern("^no"), action: .deny)
        let catalog = Self.catalog.changing { $0.naming.rewrites = RewriteBook([start, no]) }
        #expect(
            Self.places("/start", in: catalog) == [
                "machines/52-54-00-12-34-56/snponly.efi", "machines/192.0.2.9/snponly.efi", "snponly.efi",
                "/usr/lib/ipxe/snponly.efi",
            ])
        let refused = AssetResolver.resolve("nothing".utf8, for: Self.client, in: catalog)
        #expect(refused.isDenied && refused.candidates.isEmpty)
    }

    @Test(
        "T36 T38 T129 which names are refused, and which are merely not there",
        arguments: [("..\\a", true), ("/../x", true), ("", false), ("\u{1}", false), ("a", false)])
    func denied(name: String, isDenied: Bool) {
        #expect(AssetResolver.resolve(name.utf8, for: Self.client, in: .debian).isDenied == isDenied)
    }
}
