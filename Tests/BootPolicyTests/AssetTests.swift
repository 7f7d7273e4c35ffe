import BootPolicy
import Testing
import Wire

@Suite("assets under names that clients make up")
struct AssetTests {
    private static let usual = Asset.script(.ipxe, .target(.standard))
    private static let lab = target(LinuxBoot(kernel: "lab/vmlinuz", initrds: [], arguments: "lab"))
    private static let catalog = Catalog.debian.changing { catalog in
        catalog.targets = TargetBook(["lab": lab, "a b": target(LinuxBoot(kernel: "ab"))])
        catalog.menu.items.append(.init("Rescue", .loader(Loader(path: "/opt/rescue.efi"))))
        var plan = BootPlan()
        plan.target = "lab"
        plan.loader = Loader(path: "/opt/own.efi")
        catalog.rules = RuleBook([Rule(name: "r", conditions: RuleConditions(), verdict: .boot(plan))])
    }

    private static func target(_ boot: LinuxBoot) -> TargetBook.Entry {
        .target(BootTarget(title: "t", action: .linux(boot)))
    }

    private static func made(_ name: String, in catalog: Catalog) throws -> [Asset] {
        let path = try RequestPath(name.utf8)
        let found = Files.assets(path, in: catalog)
        #expect(found.first == .rootFile(path))
        return Array(found.dropFirst())
    }

    @Test(
        "autoexec.ipxe wherever iPXE looks: a script that asks DHCP, for an iPXE has no address by then",
        arguments: ["autoexec.ipxe", "/autoexec.ipxe", "arm64/autoexec.ipxe", "//a//b/autoexec.ipxe"])
    func automatic(name: String) throws {
        #expect(try Self.made(name, in: .debian) == [.automaticScript])
        #expect(try Self.made(name, in: Self.catalog) == [.automaticScript])
    }

    @Test("the automatic script asks DHCP, takes the proxy's file, and ends with the usual script")
    func automaticScript() {
        let lines = IPXEScript.renderAutomatic(baseURL: "http://192.0.2.5:8080").split(separator: "\n")
        #expect(lines.first == "#!ipxe")
        #expect(lines.contains { $0.hasPrefix("dhcp ") })
        #expect(lines.contains { $0.contains("chain") && $0.contains("${proxydhcp/filename}") })
        #expect(lines.last == "chain --replace http://192.0.2.5:8080/boot.ipxe")
    }

    @Test(
        "targets' scripts, GRUB's and PXELINUX's configuration and loaders of rules and menus",
        arguments: [
            ("boot/lab.ipxe", [.script(.ipxe, lab)]),
            ("boot/a b.ipxe", [.script(.ipxe, target(LinuxBoot(kernel: "ab")))]),
            ("boot/other.ipxe", []), ("lab.ipxe", []), ("boot/lab", []), ("boot.ipxe", [usual]),
            ("grub.cfg", [.script(.grub, .target(.standard))]),
            ("//grub/grub.cfg", [.script(.grub, .target(.standard))]),
            ("boot/grub/grub.cfg", [.script(.grub, .target(.standard))]), ("grub/grub.cfg-01-52-54", []),
            ("efi/grub.cfg", []),
            ("pxelinux.cfg/default", [.script(.pxelinux, .target(.standard))]),
            ("bios/pxelinux.cfg/default", [.script(.pxelinux, .target(.standard))]), ("pxelinux.cfg/01-52-54", []),
            ("own.efi", [.hostFile(path: "/opt/own.efi")]), ("rescue.efi", [.hostFile(path: "/opt/rescue.efi")]),
            ("snponly.efi", [.hostFile(path: "/usr/lib/ipxe/snponly.efi")]), ("opt/own.efi", []),
        ] as [(String, [Asset])])
    func names(name: String, others: [Asset]) throws {
        #expect(try Self.made(name, in: Self.catalog) == others)
    }

    @Test(
        "a Raspberry Pi's directory, its own first, then the shared one",
        arguments: [
            ("1234abcd/start4.elf", "raspberry-pi/start4.elf"),
            ("DEADBEEF/overlays/x.dtbo", "raspberry-pi/overlays/x.dtbo"),
            ("dc-a6-32-01-02-03/config.txt", "raspberry-pi/config.txt"), ("1234abcd", nil), ("1234abc/x", nil),
            ("1234abcde/x", nil), ("1234abcg/x", nil), ("dc-a6-32-01-02/x", nil), ("dc-a6-32-01-02-0g/x", nil),
            ("dc-a6-32-01-02-03-04/x", nil), ("dc:a6:32:01:02:03/x", nil), ("bootcode.bin", nil), ("a/1234abcd/x", nil),
        ] as [(String, String?)])
    func raspberryPi(name: String, shared: String?) throws {
        let expected = try shared.map { [Asset.rootFile(try RequestPath($0.utf8))] } ?? []
        #expect(try Self.made(name, in: .debian) == expected)
    }

    @Test("the URL of a target's script is the name it is found under")
    func scriptPath() throws {
        let url = IPXEScript.path(of: "lab")
        #expect(try Self.made(url, in: Self.catalog) == [.script(.ipxe, Self.lab)])
        #expect(IPXEScript.path(of: nil) == "boot.ipxe")
    }
}
