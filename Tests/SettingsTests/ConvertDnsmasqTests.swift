import Settings
import Testing

/// dnsmasq.conf, line by line.
@Suite struct ConvertDnsmasqTests {
    static let settings: [Case<String>] = [
        Case(
            "dhcp-boot=pxelinux.0",
            "loaders.bios = [\"pxelinux.0\"]\n"),
        Case(
            "dhcp-boot=/bootx64.efi",
            "loaders.uefi-x64 = [\"bootx64.efi\"]\n"),
        Case(
            "dhcp-match=set:a,option:client-arch,11\ndhcp-boot=tag:a,arm.efi",
            "loaders.uefi-arm64 = [\"arm.efi\"]\n"),
        Case(
            "dhcp-match=ipxe,175\ndhcp-boot=net:#ipxe,a.kpxe\ndhcp-boot=net:ipxe,http://h/x.php",
            "loaders.bios = [\"a.kpxe\"]\nboot.target = \"x\"\n\n[target.x]\nchain = \"http://h/x.php\"\n"),
        Case(
            "dhcp-userclass=set:i,iPXE\ndhcp-boot=tag:i,menu.ipxe",
            "boot.target = \"menu\"\n\n[target.menu]\nchain = \"${base}/menu.ipxe\"\n"),
        Case(
            "dhcp-host=52:54:00:00:00:01,set:r,10.0.0.1\ndhcp-boot=tag:r,r.0",
            "[[rule]]\nname = \"r\"\nmac = [\"52:54:00:00:00:01\"]\nloader = \"r.0\"\n"),
        Case(
            "dhcp-host=52:54:00:00:00:01,ignore",
            "[[rule]]\nname = \"52:54:00:00:00:01\"\nmac = [\"52:54:00:00:00:01\"]\nsilence = true\n"),
        Case(
            "dhcp-option=210,/p/\ndhcp-mac=set:r,52:54:00:*:*:*\ndhcp-option=tag:r,209,x.cfg",
            "[[rule]]\nname = \"r\"\nmac = [\"52:54:00:*\"]\nconfig-file = \"x.cfg\"\npath-prefix = \"/p/\"\n\n[[rule]]\nname = \"dhcp-option\"\npath-prefix = \"/p/\"\n"
        ),
        Case(
            "tftp-mtu=1500\ntftp-port-range=30000,30010\ntftp-lowercase\ntftp-unique-root=mac",
            "tftp.ports = \"30000-30010\"\ntftp.max-block-size = 1468\ntftp.ignore-case = true\ntftp.machine-directories = true\n"
        ),
        Case(
            "pxe-prompt=\"Press F8\",5\npxe-service=x86PC,\"Install\",install\npxe-service=x86PC,\"Disk\"",
            "loaders.bios = [\"install.0\"]\n\n[firmware-menu]\nprompt = \"Press F8\"\ntimeout = 5\ndiscovery = \"unicast\"\n\n[[firmware-menu.item]]\ntext = \"Install\"\nloader = \"install.0\"\n\n[[firmware-menu.item]]\ntext = \"Disk\"\nlocal = true\n\n[[rule]]\nname = \"firmware's own menu\"\narchitecture = [\"x86-bios\"]\nstage = [\"firmware\"]\nshape = \"menu\"\n"
        ),
        Case(
            "dhcp-match=set:i,175\npxe-service=tag:!i,x86PC,\"a\",b.kpxe\npxe-service=tag:i,x86PC,\"a\",http://h/m.ipxe",
            "loaders.bios = [\"b.kpxe\"]\n\n[target.m]\nchain = \"http://h/m.ipxe\"\n\n[[rule]]\nname = \"i\"\n"
                + "architecture = [\"x86-bios\"]\ntarget = \"m\"\n"),
        Case(
            "dhcp-circuitid=set:c,00:04\ndhcp-reply-delay=tag:c,2\ndhcp-option=tag:c,209,c.cfg",
            "[[rule]]\nname = \"c\"\ncircuit-id = [\"0x0004\"]\ndelay = 2000\nconfig-file = \"c.cfg\"\n"),
        Case(
            "dhcp-match=set:a,93,7\ndhcp-boot=tag:a,http://h/a.php",
            "[target.a]\nchain = \"http://h/a.php\"\n\n[[rule]]\nname = \"a\"\narchitecture = [\"7\"]\ntarget = \"a\"\n"
        ),
        Case(
            "tftp-root=/var/lib\nconf-file=more",
            "interfaces = [\"eth1\"]\n"),
    ]

    @Test(arguments: settings)
    func lineBecomesASetting(_ expected: Case<String>) throws {
        let conversion = try convert(expected.text, including: ["more": "interface=eth1"])
        #expect(conversion.text == expected.outcome)
        #expect(try Settings.parse(conversion.text, file: "f").withoutPlaces == conversion.settings)
    }

    static let remarks: [Case<String>] = [
        Case(
            "dhcp-boot=a.0,host,10.0.0.1",
            "f:1: host,10.0.0.1: not needed: Pilotfish names its own address; if the files stay on another server, write a [[rule]] with next-server\nf:1: dhcp-boot=a.0,host,10.0.0.1: converted: by its name it is for bios machines; [loaders] says what others start"
        ),
        Case(
            "dhcp-boot=tag:known,a.0",
            "f:1: dhcp-boot=tag:known,a.0: no equivalent: what it asks of a machine is nothing that a [[rule]] can ask"),
        Case(
            "dhcp-script=/bin/x",
            "f:1: dhcp-script=/bin/x: no equivalent: Pilotfish has nothing like it; if dnsmasq goes on for it, take its boot lines out there"
        ),
        Case(
            "tftp-root=relative",
            "f:1: tftp-root=relative: no equivalent: \"relative\" is a relative path; write the whole path, beginning with /"
        ),
        Case(
            "tftp-root=/var/lib",
            "f:1: tftp-root=/var/lib: no equivalent: the state directory /var/lib/pilotfish lies in the root /var/lib, so every client could fetch the inventory; keep them apart"
        ),
        Case(
            "dhcp-option=encap:175,176,1b",
            "f:1: dhcp-option=encap:175,176,1b: not needed: beside Pilotfish it must go: it makes iPXE ignore every proxy, and Pilotfish is one"
        ),
        Case(
            "dhcp-option=3,10.0.0.1",
            "f:1: dhcp-option=3,10.0.0.1: not needed: addresses and leases stay with your DHCP server; Pilotfish gives none"
        ),
        Case(
            "conf-file=other",
            "f:1: conf-file=other: no equivalent: the file cannot be read; name it beside this one"),
        Case(
            "interface=eth*",
            "f:1: interface=eth*: no equivalent: interfaces are served by their whole names; list them in interfaces = […]"
        ),
    ]

    @Test(arguments: remarks)
    func lineIsRemarkedOn(_ expected: Case<String>) throws {
        #expect(try convert(expected.text).remarks.map(\.description).joined(separator: "\n") == expected.outcome)
    }
}
