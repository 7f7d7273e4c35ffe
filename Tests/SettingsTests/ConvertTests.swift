import Settings
import Testing

/// What whole configurations become, and that no input is too bad.
@Suite struct ConvertTests {
    static let golden: [Case<String>] = [
        Case(
            ConvertFixtures.homeDhcpd,
            """
            loaders.bios = ["netboot/ipxe.kkpxe"]
            boot.target = "preboot"

            [target.preboot]
            chain = "http://10.1.0.5/preboot.php"

            """),
        Case(
            ConvertFixtures.installers,
            """
            boot.target = "main"

            [target.centos]
            title = "Install CentOS"
            kernel = "centos/vmlinuz"
            initrd = ["centos/initrd.img"]
            arguments = "ks=http://10.2.0.5/ks.cfg ksdevice=bootif BOOTIF=${bootif}"

            [target.local]
            title = "Local disk"
            action = "local"

            [menu.main]
            title = "Servers"
            items = ["local", "centos"]
            default = "local"
            timeout = 60

            """),
        Case(
            ConvertFixtures.fullDhcpd,
            """
            loaders.bios = ["undionly.kpxe"]
            loaders.uefi-x64 = ["ipxe.efi"]
            loaders.uefi-ia32 = ["ipxe32.efi"]
            boot.target = "boot"

            [target.boot]
            chain = "http://10.3.0.5/boot.php?mac=${net0/mac}"

            [[rule]]
            name = "rescue"
            mac = ["52:54:00:00:00:02"]
            loader = "pxelinux.0"
            config-file = "rescue.cfg"

            """),
        Case(
            ConvertFixtures.proxyDnsmasq,
            """
            root = "/srv/tftp"
            loaders.bios = ["undionly.0"]
            loaders.uefi-x64 = ["snponly.efi"]
            loaders.uefi-ia32 = ["ipxe32.efi"]
            boot.target = "menu"

            [target.menu]
            chain = "http://10.4.0.5/menu.ipxe"

            """),
        Case(
            ConvertFixtures.labDnsmasq,
            """
            interfaces = ["vboxnet0"]
            root = "/srv/arch"
            loaders.bios = ["lpxelinux.0"]

            [[rule]]
            name = "dhcp-option-force"
            config-file = "boot/syslinux/archiso.cfg"
            path-prefix = "http://192.168.56.1/"

            """),
        Case(
            ConvertFixtures.labMenu,
            """
            boot.target = "main"

            [target.arch]
            title = "Boot Arch Linux"
            kernel = "arch/boot/x86_64/vmlinuz"
            initrd = ["arch/boot/intel_ucode.img", "arch/boot/x86_64/archiso.img"]
            arguments = "archisobasedir=arch archiso_http_srv=http://${server}/ ip=dhcp BOOTIF=${bootif}"

            [target.clonezilla]
            title = "Clonezilla"
            memdisk = "images/clonezilla.iso"

            [target.disk]
            title = "Existing system"
            action = "local"

            [target.memory]
            title = "Memory test"

            [target.memory.bios]
            program = "boot/memtest"

            [target.reboot]
            title = "Reboot"
            action = "reboot"

            [menu.images]
            title = "Disk images"
            items = ["clonezilla"]

            [menu.main]
            title = "Arch Linux"
            items = ["arch", "images", "disk", "memory", "reboot", "poweroff"]

            """),
    ]

    @Test(arguments: golden)
    func wholeConfigurationBecomesSettings(_ expected: Case<String>) throws {
        let conversion = try convert(expected.text)
        #expect(conversion.text == expected.outcome)
        let settings = try Settings.parse(conversion.text, file: "f")
        #expect(settings.withoutPlaces == conversion.settings)
        #expect(settings.warnings.isEmpty)
    }

    /// Each line of dnsmasq and PXELINUX is one directive, but for help texts; each semicolon and block of dhcpd is one.
    static let sizes: [Case<Int>] = [
        Case(ConvertFixtures.homeDhcpd, 11), Case(ConvertFixtures.installers, 15),
        Case(ConvertFixtures.fullDhcpd, 29), Case(ConvertFixtures.proxyDnsmasq, 17),
        Case(ConvertFixtures.labDnsmasq, 7), Case(ConvertFixtures.labMenu, 37),
    ]

    @Test(arguments: sizes)
    func everyDirectiveIsCountedOnce(_ expected: Case<Int>) throws {
        let conversion = try convert(expected.text)
        #expect(conversion.counts.values.reduce(0, +) == expected.outcome)
        let losses = Set(conversion.remarks.filter { $0.verdict == .lost }.map(\.line))
        #expect(losses.isEmpty == (conversion.counts[.lost] == nil))
    }

    @Test(arguments: ConvertFixtures.all)
    func noBeginningOfAFileIsTooBad(_ text: String) throws {
        for length in 0...text.utf8.count { try expectSettings(Array(text.utf8.prefix(length))) }
    }

    @Test(arguments: ConvertFixtures.all, Conversion.Kind.allCases)
    func noOctetIsTooBad(_ text: String, _ kind: Conversion.Kind) throws {
        var random = Generator(state: UInt64(text.utf8.count))
        for _ in 0..<150 {
            var octets = Array(text.utf8)
            for _ in 0...random.next() % 6 {
                let signs = Array("\n\n  ,,;;{}\"\"#=!:*.-0a\u{e9}".utf8)
                octets[Int(random.next() % UInt64(octets.count))] = signs[Int(random.next() % UInt64(signs.count))]
            }
            try expectSettings(octets, kind)
        }
    }

    /// An error, or settings that are right.
    private func expectSettings(_ octets: [UInt8], _ kind: Conversion.Kind? = nil) throws {
        let file = Settings.File(name: "f", bytes: octets)
        guard let conversion = try? Conversion([file], kind: kind) else { return }
        let settings = try Settings.parse(conversion.text, file: "f")
        #expect(settings.withoutPlaces == conversion.settings)
    }

    static let errors: [Case<String>] = [
        Case(
            "hello there, this is a letter",
            "f: this looks like no configuration of dnsmasq, dhcpd or PXELINUX; if it is one, say which: --kind "
                + "dnsmasq|dhcpd|pxelinux"),
        Case(
            "",
            "f: this looks like no configuration of dnsmasq, dhcpd or PXELINUX; if it is one, say which: --kind "
                + "dnsmasq|dhcpd|pxelinux"),
        Case("dhcp-boot=a\0", "f: this is no text; it holds octets of zero"),
        Case(
            "subnet 10.0.0.0 netmask 255.0.0.0 {\n range 10.0.0.1;", "f:1: no brace closes the block that begins here"),
        Case("authoritative;\n}", "f:2: this brace closes nothing"),
        Case("authoritative;\nnext-server 10.0.0.1", "f:2: no semicolon ends this statement"),
        Case(String(repeating: "group {\n", count: 5000), "f:33: blocks are nested more than 32 deep"),
    ]

    @Test(arguments: errors)
    func whatIsNoConfigurationIsRefused(_ expected: Case<String>) {
        #expect(throws: ConversionError.self) { try convert(expected.text) }
        do throws(ConversionError) { _ = try convert(expected.text) } catch {
            #expect(error.description == expected.outcome)
        }
    }

    @Test func filesThatAreInForceTogetherAreConvertedTogether() throws {
        let conversion = try convert(
            "dhcp-boot=pxelinux.0\ntftp-root=/srv/tftp", "DEFAULT a\nLABEL a\nKERNEL k\nAPPEND x=1")
        #expect(
            conversion.text == """
                root = "/srv/tftp"
                loaders.bios = ["pxelinux.0"]
                boot.target = "a"

                [target.a]
                kernel = "k"
                arguments = "x=1"

                """)
        #expect(conversion.remarks.map(\.file) == ["f"])
    }
}

/// The same octets in each run (SplitMix64).
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A conversion of one text, or of several that are in force together.
func convert(_ texts: String..., including files: [String: String] = [:]) throws(ConversionError) -> Conversion {
    try Conversion(
        zip(["f", "g", "h"], texts).map { Settings.File(name: $0, bytes: Array($1.utf8)) },
        include: { name, _ in files[name].map { Settings.File(name: name, bytes: Array($0.utf8)) } })
}
