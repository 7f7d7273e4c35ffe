import Assets
import BootPolicy
import Foundation
import LinuxIO
import Testing
import Wire

@Suite("which file answers to a name")
struct AssetStoreTests {
    private static let client = Requester(
        address: IPAddress(IPv4Address(192, 0, 2, 9)), hardware: MACAddress(0x5254_0012_3456))

    /// What came: the path that the file holds, "(made)", or the problem.
    private static func open(
        _ name: some Sequence<UInt8>, _ tree: Tree, _ naming: Naming = Naming(), for requester: Requester = client
    ) -> String {
        var catalog = Catalog()
        catalog.naming = naming
        do throws(AssetProblem) {
            switch try AssetStore(root: ServedRoot(tree.root)).open(
                name, for: requester, catalog: catalog, local: IPAddress(IPv4Address(192, 0, 2, 1)))
            {
            case .generated: return "(made)"
            case .growing: return "(growing)"
            case .file(let file):
                return String(decoding: (try? file.contents(limit: 1000)) ?? [], as: UTF8.self)
            }
        } catch {
            return "\(error)"
        }
    }

    private static func naming(_ change: (inout Naming) throws -> Void) rethrows -> Naming {
        var naming = Naming()
        try change(&naming)
        return naming
    }

    @Test(
        "T37 names in other letters: as they are, and folded",
        arguments: [
            ("\\Boot\\BCD", "notFound", "boot/bcd"), ("//boot//bcd", "boot/bcd", "boot/bcd"),
            ("/BOOT/Fonts/wgl4_BOOT.ttf", "notFound", "boot/fonts/wgl4_boot.ttf"),
            ("boot/absent", "notFound", "notFound"),
            ("Both", "Both", "Both"), ("BOTH", "notFound", "Both"), ("both", "notFound", "Both"),
            ("bOTH", "bOTH", "bOTH"),
            ("GRÖSSE", "notFound", "größe-nicht"), ("straße", "straße", "straße"), ("BOOT", "notFound", "notFound"),
            ("boot.IPXE", "notFound", "Boot.ipxe"), ("boot.ipxe", "(made)", "Boot.ipxe"),
            ("lINK/bcd", "notFound", "boot/bcd"), ("OUT/passwd", "notFound", "denied"),
        ])
    func folding(name: String, plain: String, folded: String) throws {
        let tree = try Tree(["boot/bcd", "boot/fonts/wgl4_boot.ttf", "Both", "bOTH", "straße", "Boot.ipxe"])
        try tree.link("link", to: "boot")
        try tree.link("out", to: "/etc")
        #expect(Self.open(name.utf8, tree) == plain)
        let expected = folded == "größe-nicht" ? "notFound" : folded
        // What leads out is no directory of ours; in which words it is refused does not matter, only that it is.
        let got = Self.open(name.utf8, tree, Self.naming { $0.ignoresCase = true })
        #expect(got == expected || expected == "denied" && got == "notFound")
    }

    @Test("T37 an end mark and NULs behind a Windows name")
    func padded() throws {
        let tree = try Tree(["boot/bcd"])
        let name = Array("\\Boot\\BCD".utf8) + [0xFF, 0]
        #expect(Self.open(name, tree, Self.naming { $0.ignoresCase = true }) == "boot/bcd")
    }

    @Test(
        "T130 names of any length", arguments: [255, 256, 4096, 9000])
    func long(count: Int) throws {
        let tree = try Tree(["a"])
        let name = [UInt8](repeating: 0x61, count: count)
        for naming in [
            Naming(),
            Self.naming {
                $0.ignoresCase = true
                $0.hasMachineDirectories = true
            },
        ] {
            #expect(Self.open(name, tree, naming) == "notFound")
        }
    }

    @Test(
        "T36 what leads out is denied, folded or not",
        arguments: ["../etc/passwd", "/../x", "a/../../x", "..\\..\\x", "outward", "absolute", "up/etc/passwd"])
    func outside(name: String) throws {
        let tree = try Tree(["a"])
        try tree.link("outward", to: "../../etc/passwd")
        try tree.link("absolute", to: "/etc/passwd")
        try tree.link("up", to: "..")
        #expect(Self.open(name.utf8, tree) == "denied")
        #expect(Self.open(name.utf8, tree, Self.naming { $0.ignoresCase = true }) == "denied")
    }

    @Test(
        "T36 T37 a link in other letters that leads out",
        arguments: ["OUTWARD", "Absolute", "UP/etc/passwd", "UP/ETC/passwd"])
    func foldedOutside(name: String) throws {
        let tree = try Tree(["a"])
        try tree.link("outward", to: "../../etc/passwd")
        try tree.link("absolute", to: "/etc/passwd")
        try tree.link("up", to: "..")
        let got = Self.open(name.utf8, tree, Self.naming { $0.ignoresCase = true })
        #expect(got == "denied" || got == "notFound")
    }

    @Test(
        "a machine's own file wins over the shared one, and that over what we make up",
        arguments: [
            ("config", "machines/52-54-00-12-34-56/config"), ("shared", "shared"), ("menu", "machines/192.0.2.9/menu"),
            ("boot.ipxe", "machines/192.0.2.9/boot.ipxe"), ("grub.cfg", "(made)"),
            ("1234ABCD/start.elf", "machines/1234abcd/start.elf"), ("1234abcd/other.elf", "raspberry-pi/other.elf"),
            ("CONFIG", "machines/52-54-00-12-34-56/config"),
        ])
    func machines(name: String, file: String) throws {
        let tree = try Tree([
            "config", "shared", "menu", "machines/52-54-00-12-34-56/config", "machines/192.0.2.9/menu",
            "machines/192.0.2.9/config", "machines/192.0.2.9/boot.ipxe", "machines/1234abcd/start.elf",
            "raspberry-pi/start.elf", "raspberry-pi/other.elf",
        ])
        let naming = Self.naming {
            $0.hasMachineDirectories = true
            $0.ignoresCase = name == "CONFIG"
        }
        #expect(Self.open(name.utf8, tree, naming) == file)
        let stranger = Requester(address: IPAddress(IPv4Address(192, 0, 2, 10)))
        let others = Self.open(name.utf8, tree, naming, for: stranger)
        #expect(!others.contains("192.0.2.9") && !others.contains("52-54"))
    }

    @Test(
        "a rule's name is looked up like any other",
        arguments: [("\\Boot\\BCD", "win/bcd"), ("secret/a", "denied"), ("a", "a")])
    func rewritten(name: String, file: String) throws {
        let tree = try Tree(["win/bcd", "secret/a", "a"])
        let naming = try Self.naming { naming in
            naming.ignoresCase = true
            naming.rewrites = RewriteBook([
                RewriteRule(
                    pattern: try NamePattern("^boot\\\\(.*)$", ignoresCase: true),
                    action: .replace(try NameReplacement("win/\\1"))),
                RewriteRule(pattern: try NamePattern("^secret"), action: .deny),
            ])
        }
        #expect(Self.open(name.utf8, tree, naming) == file)
    }

    @Test("of a mirror's file, explaining says that it is fetched, and fetches nothing")
    func explainedMirror() throws {
        let tree = try Tree(["A/b"])
        var catalog = Catalog()
        catalog.mirrors["d"] = MirrorPlan(name: "d", upstream: "https://h/debian")
        let told = AssetStore(root: ServedRoot(tree.root)).explain(
            "mirror/d/linux".utf8, for: Self.client, catalog: catalog)
        #expect(told.fates.map(\.fate) == [.missing, .isFetched])
        #expect(told.problem == nil)
    }

    @Test("explaining says what became of each place, up to the one that answers")
    func explained() throws {
        let tree = try Tree(["A/b"])
        var catalog = Catalog()
        catalog.naming = Self.naming {
            $0.ignoresCase = true
            $0.hasMachineDirectories = true
        }
        let told = AssetStore(root: ServedRoot(tree.root)).explain("a\\B".utf8, for: Self.client, catalog: catalog)
        #expect(told.fates.map(\.fate) == [.missing, .missing, .answers(spelling: "A/b")])
        #expect(told.problem == nil)
    }
}
