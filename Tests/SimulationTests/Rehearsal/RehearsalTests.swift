import Assets
import BootPolicy
import LinuxIO
import Testing
import Wire

@testable import Simulation

@Suite("a boot played without a network")
struct RehearsalTests {
    private static let kernel = ["vmlinuz": Fixture.text("k"), "initrd.img": Fixture.text("i")]

    private static func stage(_ files: [String: [UInt8]]) throws -> Stage {
        try Stage(kernel.merging(files) { $1 })
    }

    private static let script = [
        "iPXE OFFER direct http://10.0.0.2/boot.ipxe", "iPXE http /boot.ipxe made", "iPXE http /vmlinuz +",
        "iPXE http /initrd.img +", "kernel vmlinuz+initrd.img initrd=initrd.img",
    ]

    @Test("UEFI asks port 4011, then for the size, then for the loader, which asks for its script")
    func uefi() throws {
        let stage = try Self.stage(["snponly.efi": Fixture.efi(Fixture.x64)])
        #expect(
            try stage.transcript(.uefi) == [
                "firmware OFFER binl snponly.efi", "firmware ACK binl snponly.efi", "firmware tftp? snponly.efi +",
                "firmware tftp snponly.efi +",
            ] + Self.script)
    }

    @Test("HTTP Boot asks HEAD, then GET")
    func http() throws {
        let stage = try Self.stage(["snponly.efi": Fixture.efi(Fixture.x64)])
        #expect(
            try stage.transcript(.uefiHTTP) == [
                "firmware OFFER http http://10.0.0.2/snponly.efi", "firmware http? /snponly.efi +",
                "firmware http /snponly.efi +",
            ] + Self.script)
    }

    @Test(
        "each architecture gets its own loader",
        arguments: [
            (RehearsedKind.arm64, "arm64.efi", UInt16(0xAA64)), (RehearsedKind.ia32, "ia32.efi", UInt16(0x14C)),
        ])
    func architectures(kind: RehearsedKind, loader: String, machine: UInt16) throws {
        let stage = try Self.stage([loader: Fixture.efi(machine)])
        #expect(
            try stage.transcript(kind) == [
                "firmware OFFER binl \(loader)", "firmware ACK binl \(loader)", "firmware tftp? \(loader) +",
                "firmware tftp \(loader) +",
            ] + Self.script)
    }

    @Test("a ROM of iPXE goes straight to its script; a BIOS ROM fetches a loader before")
    func bios() throws {
        let stage = try Self.stage(["undionly.kpxe": [0, 1, 2]])
        #expect(try stage.transcript(.ipxe) == Self.script)
        #expect(
            try stage.transcript(.bios) == [
                "firmware OFFER direct undionly.kpxe", "firmware tftp? undionly.kpxe +",
                "firmware tftp undionly.kpxe +",
            ] + Self.script)
    }

    @Test("an iPXE of 2021 and later looks for a script beside itself first")
    func automatic() throws {
        let stage = try Self.stage(["snponly.efi": Fixture.efi(Fixture.x64, "iPXE autoexec.ipxe")])
        let transcript = try stage.transcript(.uefi)
        #expect(transcript[4] == "iPXE tftp autoexec.ipxe made")
        #expect(Array(transcript[5...]) == Self.script)
    }

    @Test("a menu's default is taken when its time is over; somebody may choose otherwise, in menus behind it too")
    func menus() throws {
        let stage = try Self.stage([:])
        let lab = BootTarget(title: "Lab", action: .linux(LinuxBoot(kernel: "vmlinuz", initrds: [])))
        stage.catalog.targets = TargetBook(
            usual: .menu(
                TargetMenu(title: "Main", items: ["local", "lab", "more"], preferred: "lab", timeout: .seconds(2))),
            [
                "lab": .target(lab), "more": .menu(TargetMenu(title: "More", items: ["again"])),
                "again": .target(lab),
            ])
        let usual = try stage.transcript(.ipxe)
        #expect(
            usual[2...] == [
                "iPXE: menu \"Main\": go-lab, its time is over after 2 s", "iPXE http /vmlinuz +", "kernel vmlinuz ",
            ])
        #expect(try stage.play(.ipxe) { $0.choices = ["local"] }.end == .disk)
        let deep = try stage.transcript(.ipxe) { $0.choices = ["more", "again"] }
        #expect(deep[2...3] == ["iPXE: menu \"Main\": go-more, chosen", "iPXE: menu \"More\": go-again, chosen"])
        #expect(deep.last == "kernel vmlinuz ")
    }

    @Test("a Raspberry Pi has a directory of its own, or shares the top")
    func raspberryPi() throws {
        let stage = try Stage([
            "12345678/start4.elf": [1],
            "12345678/config.txt": Fixture.text("kernel=k.img\ninitramfs i.img followkernel\n"),
            "12345678/k.img": [1], "12345678/i.img": [1], "12345678/cmdline.txt": Fixture.text("root=/dev/ram0\n"),
        ])
        #expect(
            try stage.transcript(.pi) { $0.serial = "10000000abcd12345678" } == [
                "firmware OFFER raspberry-pi ", "firmware tftp 12345678/start4.elf +",
                "firmware tftp 12345678/fixup4.dat PF-T001", "firmware tftp 12345678/config.txt +",
                "firmware tftp 12345678/bcm2711-rpi-4-b.dtb PF-T001", "firmware tftp 12345678/cmdline.txt +",
                "firmware tftp 12345678/i.img +", "firmware tftp 12345678/k.img +",
                "kernel 12345678/k.img+12345678/i.img root=/dev/ram0",
            ])
        #expect(try stage.transcript(.pi) { $0.serial = "87654321" }.last == "stopped PF-R001")
    }

    @Test("shim looks beside itself; GRUB asks from the top, and boots what its configuration says")
    func grub() throws {
        let stage = try Self.stage([
            "uefi/shim.efi": Fixture.efi(Fixture.x64, "UEFI SHIM"),
            "uefi/grubx64.efi": Fixture.efi(Fixture.x64, "grub_"),
        ])
        stage.catalog.loaders[.uefiX64] = [Loader(path: "uefi/shim.efi")]
        let transcript = try stage.transcript(.uefi)
        #expect(
            transcript[4...7] == [
                "shim tftp uefi/revocations_sku.efi PF-T001", "shim tftp uefi/revocations_sbat.efi PF-T001",
                "shim tftp uefi/shim_certificate_0.efi PF-T001", "shim tftp uefi/grubx64.efi +",
            ])
        #expect(
            transcript[9...] == [
                "GRUB tftp /grub/x86_64-efi/command.lst PF-T001", "GRUB tftp /grub/x86_64-efi/fs.lst PF-T001",
                "GRUB tftp /grub/x86_64-efi/crypto.lst PF-T001", "GRUB tftp /grub/x86_64-efi/terminal.lst PF-T001",
                "GRUB tftp /grub/grub.cfg made", "GRUB tftp /vmlinuz +", "GRUB tftp /initrd.img +",
                "kernel vmlinuz+initrd.img ",
            ])
    }

    @Test("a webhook is not asked, and a mirror's file not fetched")
    func effects() throws {
        let stage = try Stage([:])
        var plan = BootPlan.usual
        plan.webhook = Webhook(url: "http://192.0.2.7")
        stage.catalog.rules = RuleBook([
            Rule(name: "all", place: "f:1", conditions: RuleConditions(), verdict: .boot(plan))
        ])
        stage.catalog.mirrors = ["deb": MirrorPlan(name: "deb", upstream: "https://deb.example")]
        stage.catalog.targets = TargetBook(
            usual: .target(
                BootTarget(title: "M", action: .linux(LinuxBoot(kernel: "mirror/deb/linux", initrds: [])))))
        let transcript = try stage.transcript(.ipxe)
        #expect(transcript[0].hasPrefix("iPXE: would ask http://192.0.2.7/v1/boot/52:54:00:12:34:56"))
        #expect(transcript[3] == "iPXE http /mirror/deb/linux upstream")
        #expect(transcript.last == "kernel mirror/deb/linux ")
    }
}

/// What an install answers a machine that only plays.
private struct PlayedInstalls: InstallSource {
    let answer: InstallAnswer

    func take(_ step: InstallStep, of enrolment: Enrolment) -> InstallAnswer { step.isQuestion ? answer : .go }
    func note(fetchBy enrolment: Enrolment) {}
}

@Suite("boots that come to no end")
struct RehearsalStopTests {
    @Test(
        "what is not there, or of the wrong kind, stops the boot where the machine would stand still",
        arguments: [
            (RehearsedKind.uefi, [:], "stopped PF-R001"),
            (.uefi, ["snponly.efi": Fixture.efi(0xAA64)], "stopped PF-R002"),
            (.uefi, ["snponly.efi": [0, 1]], "stopped PF-R002"),
            (.bios, ["undionly.kpxe": Fixture.efi(Fixture.x64)], "stopped PF-R002"), (.ipxe, [:], "stopped PF-R001"),
            (.ipxe, ["vmlinuz": [1]], "stopped PF-R001"),
            (.ipxe, ["boot.ipxe": Fixture.text("#!ipxe\nchain --replace boot.ipxe")], "stopped PF-R004"),
            (.ipxe, ["boot.ipxe": Fixture.text("#!ipxe\n:a\nsleep 1\ngoto a")], "stopped PF-R004"),
            (.ipxe, ["boot.ipxe": Fixture.text("#!ipxe\n:a\ngoto a")], "stopped PF-R004"),
            (.ipxe, ["boot.ipxe": Fixture.text("#!ipxe\nnonsense")], "stopped PF-R003"),
            (.ipxe, ["boot.ipxe": Fixture.text("#!ipxe\nshell")], #"keyboard("a key, or a password")"#),
            (
                .ipxe, ["boot.ipxe": Fixture.text("#!ipxe\nchain https://boot.example/m")],
                #"elsewhere("https://boot.example/m")"#
            ),
            (.ipxe, ["boot.ipxe": Fixture.text("#!ipxe\nexit")], "disk"),
            (.ipxe, ["boot.ipxe": Fixture.text("#!ipxe\nkernel vmlinuz a=b ||\nexit 0")], "disk"),
        ] as [(RehearsedKind, [String: [UInt8]], String)])
    func stops(kind: RehearsedKind, files: [String: [UInt8]], end: String) throws {
        #expect(try Stage(files).transcript(kind).last == end)
    }

    @Test(
        "who gets no answer is told why",
        arguments: [(ServiceMode.frozen, "refused PF-D014"), (.observe, "refused PF-D013")])
    func modes(mode: ServiceMode, end: String) throws {
        let stage = try Stage([:])
        stage.catalog.mode = mode
        #expect(try stage.transcript(.uefi) == [end])
    }

    @Test("a loader that is known to be missing is not offered")
    func missingLoader() throws {
        let stage = try Stage([:])
        stage.catalog.loaders[.bios] = [Loader(path: "undionly.kpxe", isPresent: false)]
        #expect(try stage.transcript(.bios) == ["refused PF-D011"])
    }

    @Test("a machine that is to be installed begins, or waits for its turn, and no token is shown")
    func installs() throws {
        let stage = try Stage(["vmlinuz": [1], "initrd.img": [1]])
        stage.catalog.targets = TargetBook(["lab": .target(.standard)])
        let token = InstallToken(high: 7, low: 8)
        stage.enrolment = Enrolment(token: token, target: "lab")
        stage.installs = PlayedInstalls(answer: .install(attempt: 3))
        let begun = try stage.play(.ipxe)
        #expect(
            begun.end
                == .kernel(
                    path: "install/\(token.text.prefix(4))…/vmlinuz",
                    disks: ["install/\(token.text.prefix(4))…/initrd.img"], arguments: "initrd=initrd.img"))
        #expect(!"\(begun)".contains(token.text))
        #expect(try stage.transcript(.ipxe).contains("iPXE http /install/\(token.text.prefix(4))…/begin/3 install"))
        stage.installs = PlayedInstalls(answer: .wait("3 are being installed", seconds: 20))
        #expect(try stage.play(.ipxe).end == .waits("3 are being installed"))
        stage.installs = PlayedInstalls(answer: .stopped("it failed"))
        #expect(try stage.transcript(.ipxe).last == "stopped PF-R006")
    }

    @Test(
        "a script that goes round, or grows, for ever comes to an end",
        arguments: [
            ":a\ngoto a", "set a x\n:a\nset a ${a}${a}\ngoto a",
            ":a\nset a x${a}\nset b${a} ${a}\nchain /no || goto a", ":a\nsleep 9223372036854775807\ngoto a",
            ":a\nprompt --timeout 9223372036854775807 x ||\ngoto a",
            String(repeating: "#\n", count: 200_000) + ":a\ngoto a",
            ":a\necho \(String(repeating: "${", count: 30_000))\(String(repeating: "}", count: 30_000))\ngoto a",
        ])
    func endlessScripts(text: String) throws {
        let stage = try Stage(["endless.ipxe": Fixture.text("#!ipxe\n" + text)])
        let world = RehearsalWorld(catalog: stage.catalog, root: ServedRoot(try RootDirectory(path: stage.path)))
        var rehearsal = Rehearsal(RehearsalPlan(.ipxe, server: Stage.server), in: world)
        rehearsal.run("#!ipxe\n" + text, from: BootLocation(.http, server: "10.0.0.2", path: "/endless.ipxe"))
        guard case .stopped(let why, _)? = rehearsal.end else {
            Issue.record("\(String(describing: rehearsal.end))")
            return
        }
        #expect(why == .goesRound || why == .fileMissing)
    }

    @Test(
        "what a machine starts is what the list of loaders says of it",
        arguments: [
            (RehearsedKind.uefi, UInt16(0x8664), true), (.uefi, 0x014C, false), (.uefi, 0x0EBC, true),
            (.ia32, 0x014C, true), (.arm64, 0x01C4, false), (.arm64, 0xAA64, true), (.bios, 0x8664, false),
        ])
    func machines(kind: RehearsedKind, machine: UInt16, starts: Bool) throws {
        let program = Fixture.efi(machine)
        let stage = try Stage(
            ["snponly.efi": program, "arm64.efi": program, "ia32.efi": program, "undionly.kpxe": program])
        let isStopped = try stage.transcript(kind).contains("stopped PF-R002")
        #expect(isStopped == !starts)
    }
}
