import Settings
import Testing

/// dhcpd.conf, statement by statement.
@Suite struct ConvertDhcpdTests {
    static let settings: [Case<String>] = [
        Case(
            "filename \"a.0\";",
            "loaders.bios = [\"a.0\"]\n"),
        Case(
            "filename \"a.0\"; if option user-class = \"iPXE\" { filename \"s.ipxe\"; }",
            "loaders.bios = [\"a.0\"]\nboot.target = \"s\"\n\n[target.s]\nchain = \"${base}/s.ipxe\"\n"),
        Case(
            "if not exists ipxe.http { filename \"a.kpxe\"; } else { filename \"http://h/s\"; }",
            "loaders.bios = [\"a.kpxe\"]\nboot.target = \"s\"\n\n[target.s]\nchain = \"http://h/s\"\n"),
        Case(
            "class \"c\" { match if substring(option vendor-class-identifier, 0, 20) = \"PXEClient:Arch:00011\"; filename \"arm.efi\"; }",
            "loaders.uefi-arm64 = [\"arm.efi\"]\n"),
        Case(
            "class \"c\" { match if substring(option vendor-class-identifier, 15, 5) = \"00006\"; filename \"ia.efi\"; }",
            "loaders.uefi-ia32 = [\"ia.efi\"]\n"),
        Case(
            "class \"http\" { match if substring(option vendor-class-identifier, 0, 10) = \"HTTPClient\"; filename \"http://h/a.efi\"; }",
            ""),
        Case(
            "option cpu code 93 = unsigned integer 16; if (option cpu = 11) or (option cpu = 00:0b) { filename \"a.efi\"; }",
            "loaders.uefi-arm64 = [\"a.efi\"]\n"),
        Case(
            "subclass \"black\" 1:52:54:00:00:00:03 { ignore booting; }\nhost h { hardware ethernet 52:54:00:00:00:04; deny booting; }",
            "[[rule]]\nname = \"h\"\nmac = [\"52:54:00:00:00:04\"]\nsilence = true\n\n[[rule]]\nname = \"black\"\nmac = [\"52:54:00:00:00:03\"]\nsilence = true\n"
        ),
        Case(
            "subnet 10.0.0.0 netmask 255.255.255.0 { filename \"a.0\"; }\nsubnet 10.0.1.0 netmask 255.255.255.0 { filename \"b.0\"; }",
            "[[rule]]\nname = \"subnet 10.0.0.0/24\"\nsubnet = [\"10.0.0.0/24\"]\nloader = \"a.0\"\n\n[[rule]]\nname = \"subnet 10.0.1.0/24\"\nsubnet = [\"10.0.1.0/24\"]\nloader = \"b.0\"\n"
        ),
        Case(
            "host h { hardware ethernet 52:54:00:00:00:04; if exists ipxe.http { filename \"http://h/own\"; } else { filename \"own.0\"; } }",
            "[target.own]\nchain = \"http://h/own\"\n\n[[rule]]\nname = \"h\"\nmac = [\"52:54:00:00:00:04\"]\ntarget = \"own\"\nloader = \"own.0\"\n"
        ),
        Case(
            "include \"more\";",
            "loaders.bios = [\"more.0\"]\n"),
    ]

    @Test(arguments: settings)
    func lineBecomesASetting(_ expected: Case<String>) throws {
        let conversion = try convert(expected.text, including: ["more": "filename \"more.0\";"])
        #expect(conversion.text == expected.outcome)
        #expect(try Settings.parse(conversion.text, file: "f").withoutPlaces == conversion.settings)
    }

    static let remarks: [Case<String>] = [
        Case(
            "filename = concat(\"a\", \".0\");",
            "f:1: filename = concat ( \"a\" , \".0\" ): no equivalent: its value is computed, and Pilotfish's settings compute nothing"
        ),
        Case(
            "if known { filename \"a.0\"; }",
            "f:1: if known: no equivalent: no [[rule]] can ask this, so nothing in its braces is taken over"),
        Case(
            "if exists agent.circuit-id { log(info, \"x\"); option root-path \"r\"; }",
            "f:1: if exists agent.circuit-id: no equivalent: no [[rule]] can ask this, so nothing in its braces is taken over"
        ),
        Case(
            "option ipxe.no-pxedhcp 1;",
            "f:1: option ipxe.no-pxedhcp 1: not needed: beside Pilotfish it must go: it makes iPXE ignore every proxy, and Pilotfish is one"
        ),
        Case(
            "on commit { execute(\"x\"); }",
            "f:1: on commit: no equivalent: Pilotfish runs no programs of its configuration; its log tells what happened"
        ),
        Case(
            "host h { filename \"a.0\"; }",
            "f:1: host h: no equivalent: a [[rule]] knows machines by mac = \"…\", and this one has no hardware ethernet"
        ),
        Case(
            "next-server 10.0.0.1;",
            "f:1: next-server 10.0.0.1: not needed: Pilotfish names its own address; if the files stay on another server, write a [[rule]] with next-server"
        ),
        Case(
            "include \"gone\";",
            "f:1: include \"gone\": no equivalent: the file cannot be read; name it beside this one"),
    ]

    @Test(arguments: remarks)
    func lineIsRemarkedOn(_ expected: Case<String>) throws {
        #expect(try convert(expected.text).remarks.map(\.description).joined(separator: "\n") == expected.outcome)
    }
}
