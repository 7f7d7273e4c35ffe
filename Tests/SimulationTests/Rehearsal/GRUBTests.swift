import BootPolicy
import Testing

@testable import Simulation

@Suite("GRUB, played")
struct GRUBTests {
    private static func end(_ text: String, choices: [String] = []) throws -> String? {
        let stage = try Stage([
            "snponly.efi": Fixture.efi(Fixture.x64, "grub_"), "grub/grub.cfg": Fixture.text(text), "vmlinuz": [1],
            "initrd.img": [1], "more.cfg": Fixture.text("linux /vmlinuz more\nboot\n"),
        ])
        return try stage.transcript(.uefi) { $0.choices = choices }.last
    }

    @Test(
        "what a configuration boots",
        arguments: [
            ("linux /vmlinuz a=b\ninitrd (tftp,10.0.0.2)/initrd.img\nboot\n", "kernel vmlinuz+initrd.img a=b"),
            ("set k=/vmlinuz; linux $k \"x ${grub_cpu}\" 'a b'; boot", "kernel vmlinuz x x86_64 a b"),
            ("if [ \"$grub_platform\" = efi ]; then linux /vmlinuz; else reboot; fi\nboot", "kernel vmlinuz "),
            ("if [ -z \"$no\" -a x != y ]; then halt; fi", "powerOff"),
            ("if ! false; then exit; fi\n", "disk"),
            ("if linux /nothing; then boot; fi\nexit", "disk"), ("source /more.cfg", "kernel vmlinuz more"),
            ("function f {\n reboot\n}\nf", "reboot"),
            ("for x in a b; do set y=$x; done\nlinux /vmlinuz $y\nboot", "kernel vmlinuz b"),
            ("while [ 1 = 1 ]; do sleep 1; done", "stopped PF-R004"), ("configfile /grub/grub.cfg", "stopped PF-R004"),
            ("chainloader (http,10.0.0.2)/vmlinuz\nboot", #"program("vmlinuz")"#), ("", "stopped PF-R005"),
            ("if search --file --set=disk /EFI/x; then reboot; fi\nexit", "disk"),
        ])
    func configurations(text: String, end: String) throws {
        #expect(try Self.end(text) == end)
    }

    @Test(
        "what would go round, or grow, for ever comes to an end",
        arguments: [
            String(repeating: "if ", count: 100_000), String(repeating: "menuentry x { ", count: 100_000),
            "function f { f; }\nf", "function f { if f; then f; fi; }\nf", "while ; do ; done",
            "until false; do ; done",
            "set a=x\n" + String(repeating: "set a=\"$a$a\"\n", count: 40),
            "while true; do set a=\"x$a\"; set \"b$a=$a\"; done",
            "submenu a { while true; do reed; done; }\nset timeout=1",
            "while true; do x \(String(repeating: "y", count: 60_000)); done",
            "set timeout=1\nfunction f { submenu a { f; }; }\nf",
        ])
    func endless(text: String) throws {
        #expect(try Self.end(text) == "stopped PF-R004")
    }

    @Test(
        "many signs, and letters that look like blanks, are words like others",
        arguments: [
            (
                "\(String(repeating: "! ", count: 100_000)) false; if \(String(repeating: "! ", count: 9_999)) true; then halt; fi",
                ""
            ),
            ("if [ \(String(repeating: "! ", count: 10_001)) a = a ]; then halt; fi\nexit", "disk"),
            ("if [ b = a\(String(repeating: " -o b = a", count: 10_000)) -o a = a ]; then halt; fi", "powerOff"),
            ("if [ a = a\(String(repeating: " -a a = a", count: 10_000)) -a ! a = b ]; then halt; fi", "powerOff"),
            ("\u{A0}echo\u{A0}\u{A0}\n\u{A0}\nhalt", "powerOff"), ("\u{2003}x\u{85}\u{B}\u{C}halt", "powerOff"),
        ])
    func signs(text: String, end: String) throws {
        #expect(try Self.end(text) == (end.isEmpty ? "stopped PF-R005" : end))
    }

    private static let menu = """
        set timeout=3
        set default='b'
        menuentry 'First one' --id 'a' {
          exit
        }
        submenu 'Second' --id 'b' {
          menuentry 'Inner' --id b { linux /vmlinuz in; }
        }
        """

    @Test(
        "the default of a menu, or what somebody chooses",
        arguments: [([], "kernel vmlinuz in"), (["First one"], "disk"), (["b", "Inner"], "kernel vmlinuz in")]
            as [([String], String)])
    func menus(choices: [String], end: String) throws {
        #expect(try Self.end(Self.menu, choices: choices) == end)
    }

    @Test("without a time it waits")
    func waits() throws {
        #expect(try Self.end("menuentry a { reboot; }") == #"keyboard("a choice in GRUB\'s menu")"#)
    }
}
