import BootPolicy
import Testing
import Wire

@Suite("assets under names that clients make up")
struct AssetTests {
    private static let lab = BootTarget(kernel: "lab/vmlinuz", initrds: [], arguments: "lab")
    private static let catalog = Catalog.debian.changing { catalog in
        catalog.profiles = ["lab": lab, "a b": BootTarget(kernel: "ab")]
        catalog.menu.items.append(.init("Rescue", .loader(Loader(path: "/opt/rescue.efi"))))
        var plan = BootPlan()
        plan.profile = "lab"
        plan.loader = Loader(path: "/opt/own.efi")
        catalog.rules = RuleBook([Rule(name: "r", conditions: RuleConditions(), verdict: .boot(plan))])
    }

    private static func made(_ name: String, in catalog: Catalog) throws -> [Asset] {
        let path = try RequestPath(name.utf8)
        let found = Files.assets(path, in: catalog)
        #expect(found.first == .rootFile(path))
        return Array(found.dropFirst())
    }

    @Test(
        "autoexec.ipxe wherever iPXE looks: the script where all boot the same, else one that asks DHCP",
        arguments: ["autoexec.ipxe", "/autoexec.ipxe", "arm64/autoexec.ipxe", "//a//b/autoexec.ipxe"])
    func automatic(name: String) throws {
        #expect(try Self.made(name, in: .debian) == [.bootScript(BootTarget())])
        #expect(try Self.made(name, in: Self.catalog) == [.automaticScript])
        let plain = Catalog.planned { $0.shape = .direct }
        #expect(try Self.made(name, in: plain) == [.bootScript(BootTarget())])
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
        "profiles' scripts, GRUB's configuration and loaders of rules and menus",
        arguments: [
            ("boot/lab.ipxe", [.bootScript(lab)]), ("boot/a b.ipxe", [.bootScript(BootTarget(kernel: "ab"))]),
            ("boot/other.ipxe", []), ("lab.ipxe", []), ("boot/lab", []), ("boot.ipxe", [.bootScript(BootTarget())]),
            ("grub.cfg", [.grubConfig(BootTarget())]), ("//grub/grub.cfg", [.grubConfig(BootTarget())]),
            ("boot/grub/grub.cfg", [.grubConfig(BootTarget())]), ("grub/grub.cfg-01-52-54", []), ("efi/grub.cfg", []),
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

    @Test("the URL of a profile's script is the name it is found under")
    func scriptPath() throws {
        let url = IPXEScript.path(profile: "lab")
        #expect(try Self.made(url, in: Self.catalog) == [.bootScript(Self.lab)])
        #expect(IPXEScript.path(profile: nil) == "boot.ipxe")
    }

    @Test("GRUB boots the same by TFTP, and nothing in a name or an argument is taken for its language")
    func grub() {
        let target = BootTarget(
            kernel: "d/vm linuz;$x", initrds: ["a.img", "b'c.img"], arguments: "quiet x='a'  ${y}; \"q\" \\ end")
        let lines = GRUBConfig.render(target, server: IPAddress(IPv4Address(192, 0, 2, 5))).split(separator: "\n").map(
            String.init)
        #expect(
            lines == [
                "echo \"Pilotfish boots from 192.0.2.5\"",
                "linux (tftp,192.0.2.5)/d/vm\\ linuz\\;\\$x 'quiet' 'x='\\''a'\\''' '${y};' '\"q\"' '\\' 'end'",
                "initrd (tftp,192.0.2.5)/a.img (tftp,192.0.2.5)/b\\'c.img", "boot",
            ])
    }

    @Test("without a RAM disk GRUB is told of none")
    func grubLeast() {
        let text = GRUBConfig.render(BootTarget(kernel: "k", initrds: []), server: IPAddress(Net.server))
        #expect(!text.contains("initrd"))
        #expect(text.hasSuffix("\nboot\n"))
    }
}
