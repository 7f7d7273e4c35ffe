import Settings
import Testing

/// Configurations of PXELINUX, line by line.
@Suite struct ConvertPXELINUXTests {
    static let settings: [Case<String>] = [
        Case(
            "DEFAULT a\nLABEL a\n  KERNEL /k\n  APPEND initrd=::i,/j/x.img  quiet   splash",
            "boot.target = \"a\"\n\n[target.a]\nkernel = \"k\"\ninitrd = [\"i\", \"j/x.img\"]\narguments = \"quiet splash\"\n"
        ),
        Case(
            "default a\nlabel a\nlinux k\ninitrd i\nappend initrd=z q\nipappend 2",
            "boot.target = \"a\"\n\n[target.a]\nkernel = \"k\"\ninitrd = [\"i\"]\narguments = \"q BOOTIF=${bootif}\"\n"),
        Case(
            "APPEND general\nDEFAULT b\nLABEL a\nKERNEL k\nAPPEND -\nLABEL b\nKERNEL k",
            "boot.target = \"b\"\n\n[target.a]\nkernel = \"k\"\n\n[target.b]\nkernel = \"k\"\narguments = \"general\"\n"
        ),
        Case(
            "PROMPT 1\nTIMEOUT 55\nDEFAULT a\nLABEL a\nKERNEL k\nLABEL b\nLOCALBOOT -1",
            "boot.target = \"main\"\n\n[target.a]\nkernel = \"k\"\n\n[menu.main]\ntitle = \"main\"\nitems = [\"a\", \"local\"]\ndefault = \"a\"\ntimeout = 6\n"
        ),
        Case(
            "DEFAULT d\nLABEL d\nKERNEL memdisk\nAPPEND initrd=dos.img",
            "boot.target = \"d\"\n\n[target.d]\nmemdisk = \"dos.img\"\n"),
        Case(
            "DEFAULT u\nLABEL u\nKERNEL http://h/menu.ipxe",
            "boot.target = \"u\"\n\n[target.u]\nchain = \"http://h/menu.ipxe\"\n"),
        Case(
            "DEFAULT p\nLABEL p\nPXE grub/core.0",
            "boot.target = \"p\"\n\n[target.p]\n\n[target.p.bios]\nprogram = \"grub/core.0\"\n"),
        Case(
            "UI menu.c32\nLABEL a b\nMENU LABEL A ^B\nKERNEL k\nLABEL sub\nMENU LABEL More\nKERNEL menu.c32\nAPPEND more",
            "boot.target = \"main\"\n\n[target.a-b]\ntitle = \"A B\"\nkernel = \"k\"\n\n[target.inner]\nkernel = \"l\"\n\n[menu.main]\ntitle = \"main\"\nitems = [\"a-b\", \"sub\"]\n\n[menu.sub]\ntitle = \"More\"\nitems = [\"inner\"]\ntimeout = 3\n"
        ),
        Case(
            "UI menu.c32\nMENU BEGIN local\nMENU LABEL Disks\nLABEL x\nLOCALBOOT 0\nLABEL top\nMENU GOTO main\nMENU END\nLABEL hidden\nKERNEL k\nMENU HIDE",
            "boot.target = \"main\"\n\n[target.hidden]\nkernel = \"k\"\n\n[menu.local-2]\ntitle = \"Disks\"\nitems = [\"local\"]\n\n[menu.main]\ntitle = \"main\"\nitems = [\"local-2\"]\n"
        ),
        Case(
            "INCLUDE more\nDEFAULT inner",
            "boot.target = \"inner\"\n\n[target.inner]\nkernel = \"l\"\n"),
        Case(
            "DEFAULT select\nLABEL select\nCOM32 whichsys.c32\nAPPEND -pxe- inner -sys- disk\nLABEL inner\nKERNEL k\nLABEL disk\nLOCALBOOT 0",
            "boot.target = \"inner\"\n\n[target.inner]\nkernel = \"k\"\n"),
    ]

    @Test(arguments: settings)
    func lineBecomesASetting(_ expected: Case<String>) throws {
        let conversion = try convert(expected.text, including: ["more": "TIMEOUT 30\nLABEL inner\nKERNEL l"])
        #expect(conversion.text == expected.outcome)
        #expect(try Settings.parse(conversion.text, file: "f").withoutPlaces == conversion.settings)
    }

    static let remarks: [Case<String>] = [
        Case(
            "DEFAULT a\nLABEL a\nKERNEL http://h/k\nAPPEND x",
            "f:1: DEFAULT a: no equivalent: its label is not converted, or not there\nf:2: LABEL a: no equivalent: kernels lie beneath root; copy this one there, or chain to a script that names the URL"
        ),
        Case(
            "LABEL a\nKERNEL ../k",
            "f:1: LABEL a: no equivalent: \"../k\" contains \"..\"; write the path beneath root without it"),
        Case(
            "LABEL a\nKERNEL k\nAPPEND a ; b",
            "f:1: LABEL a: no equivalent: the word \";\" would end the command in the boot script; leave it out"),
        Case(
            "LABEL a\nMENU PASSWD secret\nKERNEL k",
            "f:2: MENU PASSWD secret: no equivalent: a whole menu has one here: write password into its "
                + "[menu.NAME], and its file into [secrets]"
        ),
        Case(
            "INCLUDE gone",
            "f:1: INCLUDE gone: no equivalent: the file cannot be read; put its lines here and convert again"),
        Case(
            "ONERROR x\nLABEL a\nLOCALBOOT 0",
            "f:1: ONERROR x: no equivalent: Pilotfish's menus have nothing like it"),
        Case(
            "LABEL a\nKERNEL mboot.c32",
            "f:1: LABEL a: no equivalent: mboot.c32 is a module of PXELINUX alone; keep its own configuration in the root for it, where a real file wins"
        ),
    ]

    @Test(arguments: remarks)
    func lineIsRemarkedOn(_ expected: Case<String>) throws {
        #expect(try convert(expected.text).remarks.map(\.description).joined(separator: "\n") == expected.outcome)
    }
}

/// A file of its own for one machine, by its name.
@Suite struct ConvertPXELINUXFileTests {
    @Test func machinesFileBecomesARule() throws {
        let file = Settings.File(
            name: "pxelinux.cfg/01-52-54-00-12-34-56", bytes: Array("DEFAULT a\nLABEL a\nKERNEL k".utf8))
        #expect(
            try Conversion([file]).text == """
                [target.a]
                kernel = "k"

                [[rule]]
                name = "a"
                mac = ["52:54:00:12:34:56"]
                target = "a"

                """)
    }
}
