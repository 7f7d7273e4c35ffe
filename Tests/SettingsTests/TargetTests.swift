import BootPolicy
import Settings
import Testing
import Wire

/// `[target.NAME]`, `[menu.NAME]` and `[variables]`: what may be written, what it means, and what is refused.
@Suite struct TargetTests {
    static let targets: [Case<BootTarget>] = [
        Case("kernel = 'k'", BootTarget(title: "t", action: .linux(LinuxBoot(kernel: "k", initrds: [])))),
        Case(
            "title = 'A title'\nkernel = 'k'\ninitrd = ['i', 'j']\narguments = 'a=${b}'",
            BootTarget(
                title: "A title",
                action: .linux(LinuxBoot(kernel: "k", initrds: ["i", "j"], arguments: "a=${b}")))),
        Case("program = 'a/b.efi'", BootTarget(title: "t", action: .program(path: "a/b.efi"))),
        Case("memdisk = 'a.iso'", BootTarget(title: "t", action: .memdisk(path: "a.iso"))),
        Case("chain = '${base}/x'", BootTarget(title: "t", action: .chain(url: VariableText("${base}/x")))),
        Case("action = 'reboot'\nram = 64", BootTarget(title: "t", action: .reboot, memory: 64)),
        Case("action = 'local'", BootTarget(title: "t", action: .localDisk)),
        Case("action = 'poweroff'", BootTarget(title: "t", action: .powerOff)),
        // A platform's kernel keeps the others' RAM disks and arguments; its program has none.
        Case(
            "kernel = 'k'\ninitrd = 'i'\narguments = 'a'\n[target.t.uefi-arm64]\nkernel = 'l'\n"
                + "[target.t.bios]\nprogram = 'p'\n[target.t.uefi-x64]\narguments = 'b'",
            BootTarget(
                title: "t", action: .linux(LinuxBoot(kernel: "k", initrds: ["i"], arguments: "a")),
                variants: [
                    .uefiARM64: .linux(LinuxBoot(kernel: "l", initrds: ["i"], arguments: "a")),
                    .bios: .program(path: "p"),
                    .uefiX64: .linux(LinuxBoot(kernel: "k", initrds: ["i"], arguments: "b")),
                ])),
        Case(
            "[target.t.bios]\nmemdisk = 'd.img'",
            BootTarget(title: "t", action: nil, variants: [.bios: .memdisk(path: "d.img")])),
    ]

    @Test(arguments: targets)
    func targetIsReadAndWritten(_ expected: Case<BootTarget>) throws {
        let settings = try Settings.parse("[target.t]\n" + expected.text, file: "f")
        #expect(settings.targets == ["t": expected.outcome])
        #expect(try Settings.parse(settings.text, file: "f") == settings)
    }

    @Test func menuIsReadAndWritten() throws {
        let settings = try Settings.parse(
            """
            boot.target = "main"
            [target.a]
            kernel = "k"
            [menu.main]
            title = "Boot"
            items = ["a", "more", "local"]
            default = "local"
            timeout = 7
            [menu.more]
            items = ["reboot"]
            [variables]
            site = "hall 2"
            """, file: "f")
        #expect(
            settings.menus == [
                "main": TargetMenu(
                    title: "Boot", items: ["a", "more", "local"], preferred: "local", timeout: .seconds(7)),
                "more": TargetMenu(title: "more", items: ["reboot"]),
            ])
        #expect(settings.variables == ["site": .text("hall 2")])
        #expect(settings.targetBook.usual.title == "Boot")
        #expect(try Settings.parse(settings.text, file: "f") == settings)
    }

    static let refused: [Case<String>] = [
        Case(
            "[target.t]",
            "f:1:9: target.t: the target boots nothing; write a kernel, program, chain, memdisk or action, or a table of a "
                + "platform such as [target.t.bios]"),
        Case(
            "[target.t]\nkernel = 'k'\nprogram = 'p'",
            "f:1:9: target.t: kernel and program exclude each other; take one or the other away"),
        Case(
            "[target.t]\nprogram = 'p'\narguments = 'a'",
            "f:1:9: target.t: initrd and arguments belong to a kernel, and there is program"),
        Case(
            "[target.t]\nkernel = 'k'\n[target.t.bois]\nkernel = 'l'",
            "f:3:11: unknown table [target.t.bois]; did you mean \"bios\"?"),
        Case(
            "[target.t.bios]\narguments = 'a'",
            "f:1:11: target.t.bios: nothing is said here of what this platform boots"
        ),
        Case(
            "[target.t]\nchain = 'ftp://x/y'",
            "f:2:9: target.t.chain: \"ftp://x/y\" is no URL that a loader fetches; it begins with ${base}/ or http://, "
                + "https://, tftp://, nfs://"),
        Case("[target.t]\nchain = 'http://x/a b'", "f:2:9: target.t.chain: a URL has no spaces; write %20"),
        Case(
            "[target.t]\naction = 'sleep'",
            "f:2:10: target.t.action: \"sleep\" is unknown; allowed is \"local\", \"shell\", \"reboot\", \"poweroff\""),
        Case(
            "[target.t]\ntitle = 'a ${b}'\nkernel = 'k'",
            "f:2:9: target.t.title: a title holds no variables; leave the ${ out"),
        Case(
            "[target.t]\ntitle = 'a ${\u{301}b}'\nkernel = 'k'",
            "f:2:9: target.t.title: a title holds no variables; leave the ${ out"),
        Case("[menu.m]", "f:1:7: menu.m: the menu has no items; write for example items = [\"local\"]"),
        Case(
            "[menu.m]\nitems = ['debain']\n[target.debian]\nkernel = 'k'",
            "f:2:9: menu.m.items: there is no target or menu \"debain\"; did you mean \"debian\"?"),
        Case(
            "[menu.m]\nitems = ['local']\ndefault = 'shell'",
            "f:3:11: menu.m.default: \"shell\" is none of the menu's items"),
        Case(
            "[menu.m]\nitems = ['local', 'm']",
            "f:2:9: menu.m.items: the menu leads back to itself; every menu has a way back anyway"),
        Case(
            "[menu.m]\nitems = ['local']\n[target.m]\nkernel = 'k'",
            "f:2:9: menu.m: there is a target of the name \"m\" too; rename one of them"),
        Case(
            "boot.target = 'nowhere'",
            "f:1:15: boot.target: there is no target or menu \"nowhere\"; write a table [target.nowhere]"),
        Case(
            "[variables]\nmac = 'x'",
            "f:2:1: variables.mac: \"mac\" is what we call a property of the machine; take another name"),
        Case(
            "[variables]\na = 3.5",
            "f:2:5: variables.a: expected a text in quotes (one line), found a floating-point number"),
        Case("[variables]\n'a.b' = 'x'", "f:2:1: variables.a.b: \"a.b\" has a point in it; write - or _ there"),
        Case("[variables]\na = ['x', 3]", "f:2:11: variables.a: expected a text in quotes (texts), found the number 3"),
    ]

    @Test(arguments: refused)
    func whatIsWrongIsToldWithItsPlace(_ expected: Case<String>) {
        #expect(complaints(expected.text) == [expected.outcome])
    }

    @Test func menusThatMultiplyAreRefused() {
        let menus = (1...30).map {
            "[menu.a\($0)]\nitems = ['a\($0 + 1)', 'b\($0 + 1)']\n[menu.b\($0)]\nitems = ['a\($0 + 1)', 'b\($0 + 1)']\n"
        }
        let last = "[menu.a31]\nitems = ['local']\n[menu.b31]\nitems = ['local']"
        let found = complaints(menus.joined() + last)
        #expect(!found.isEmpty && found.allSatisfy { $0.contains("has more than 1000 lines") })
    }

    @Test func twoMenusThatLeadToEachOtherAreRefused() {
        let found = complaints("[menu.a]\nitems = ['b']\n[menu.b]\nitems = ['a']")
        #expect(found.count == 2 && found.allSatisfy { $0.contains("leads back to itself") })
    }
}
