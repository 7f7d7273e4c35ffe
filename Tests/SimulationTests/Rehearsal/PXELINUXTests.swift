import BootPolicy
import Testing

@testable import Simulation

@Suite("PXELINUX, played")
struct PXELINUXTests {
    private static let files: [String: [UInt8]] = [
        "pxelinux.0": Fixture.text("PXELINUX 6.04 PXE"), "ldlinux.c32": [1], "vmlinuz": [1], "initrd.img": [1],
        "menu.c32": Fixture.module(needing: ["libutil.c32"]), "libutil.c32": Fixture.module(needing: []),
    ]

    private static func stage(_ files: [String: String]) throws -> Stage {
        let stage = try Stage(Self.files.merging(files.mapValues(Fixture.text)) { $1 })
        stage.catalog.loaders[.bios] = [Loader(path: "pxelinux.0")]
        return stage
    }

    @Test(
        "configurations that lead to themselves, or are larger than any, come to an end",
        arguments: [
            "INCLUDE pxelinux.cfg/default\nINCLUDE pxelinux.cfg/default\n",
            "DEFAULT a\nLABEL a\n CONFIG pxelinux.cfg/default\n",
            "DEFAULT a\nLABEL a\n MENU DEFAULT\n COM32 menu.c32\n APPEND pxelinux.cfg/default\nTIMEOUT 10\n",
            "DEFAULT a\nLABEL a\n PXE pxelinux.0\n",
            (0..<9).map { "INCLUDE \(String(repeating: "./", count: $0))pxelinux.cfg/default\n" }.joined()
                + String(repeating: "x\n", count: 400_000),
        ])
    func endless(text: String) throws {
        #expect(try Self.stage(["pxelinux.cfg/default": text]).transcript(.bios).last == "stopped PF-R004")
    }

    private static let search = [
        "pxelinux.cfg/11223344-5566-7788-99aa-bbccddeeff00", "pxelinux.cfg/01-52-54-00-12-34-56",
        "pxelinux.cfg/0A000063", "pxelinux.cfg/0A00006", "pxelinux.cfg/0A0000", "pxelinux.cfg/0A000",
        "pxelinux.cfg/0A00", "pxelinux.cfg/0A0", "pxelinux.cfg/0A", "pxelinux.cfg/0",
    ].map { "PXELINUX tftp \($0) PF-T001" }

    private static let start = [
        "firmware OFFER direct pxelinux.0", "firmware tftp? pxelinux.0 +", "firmware tftp pxelinux.0 +",
        "PXELINUX tftp ldlinux.c32 +",
    ]

    @Test("its search ends with the configuration that is made for the machine")
    func made() throws {
        #expect(
            try Self.stage([:]).transcript(.bios) == Self.start + Self.search + [
                "PXELINUX tftp pxelinux.cfg/default made", "PXELINUX tftp vmlinuz +", "PXELINUX tftp initrd.img +",
                "kernel vmlinuz+initrd.img ",
            ])
    }

    @Test("a menu is a module with its libraries, and reads the configuration once more")
    func menu() throws {
        let text =
            "UI menu.c32\nTIMEOUT 20\nLABEL disk\n LOCALBOOT 0\nLABEL lab\n MENU DEFAULT\n LINUX vmlinuz\n APPEND a b\n"
        let stage = try Self.stage(["pxelinux.cfg/01-52-54-00-12-34-56": text])
        let place = "PXELINUX tftp pxelinux.cfg/01-52-54-00-12-34-56 +"
        #expect(
            try stage.transcript(.bios) == Self.start + [
                Self.search[0], place, "PXELINUX tftp menu.c32 +", "PXELINUX tftp libutil.c32 +", place,
                "PXELINUX: menu: lab, its time is over after 2 s", "PXELINUX tftp vmlinuz +", "kernel vmlinuz a b",
            ])
        #expect(try stage.play(.bios) { $0.choices = ["disk"] }.end == .disk)
    }

    @Test(
        "what a configuration boots by itself",
        arguments: [
            (
                "DEFAULT lab\nLABEL lab\nKERNEL vmlinuz\nAPPEND initrd=initrd.img x\n",
                "kernel vmlinuz+initrd.img initrd=initrd.img x"
            ),
            ("DEFAULT vmlinuz quiet\n", "kernel vmlinuz quiet"), ("INCLUDE other\n", "disk"),
            ("PROMPT 1\nLABEL a\nLINUX vmlinuz\n", #"keyboard("a command behind PXELINUX\'s prompt")"#),
            ("DEFAULT a\nLABEL a\nLINUX missing\n", "stopped PF-R001"), ("# nothing\n", "stopped PF-R005"),
            ("DEFAULT a\nLABEL a\nCONFIG pxelinux.cfg/default\n", "stopped PF-R004"),
            ("DEFAULT a\nLABEL a\nCOM32 reboot.c32\n", "reboot"),
            ("UI menu.c32\nLABEL a\nLINUX vmlinuz\n", #"keyboard("a choice in PXELINUX\'s menu")"#),
        ])
    func configurations(text: String, end: String) throws {
        let stage = try Self.stage(["pxelinux.cfg/default": text, "other": "LABEL a\nLOCALBOOT 0\n", "reboot.c32": "x"])
        #expect(try stage.transcript(.bios).last == end)
    }

    @Test("a module says what it needs; anything else needs nothing")
    func modules() {
        #expect(ModuleNeeds.names(in: Fixture.module(needing: ["a.c32", "b.c32"])) == ["a.c32", "b.c32"])
        #expect(ModuleNeeds.names(in: [0x7F, 0x45]) == [])
        for cut in stride(from: 0, to: 200, by: 7) {
            _ = ModuleNeeds.names(in: Array(Fixture.module(needing: ["a.c32", "b.c32"]).prefix(cut)))
        }
    }
}
