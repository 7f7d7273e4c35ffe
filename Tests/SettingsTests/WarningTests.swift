import BootPolicy
import Settings
import Testing

/// What is allowed and yet told.
@Suite struct WarningTests {
    static let texts: [Case<[String]>] = [
        Case("", []),
        Case("[[rule]]\nmac = '52:54:00:12:34:56'\nsilence = true\n[[rule]]\nmac = '52:54:00:*'\nsilence = true", []),
        Case(
            "[[rule]]\nmac = '52:54:00:*'\nsilence = true\n\n[[rule]]\nname = 'b'\nmac = '52:54:00:12:34:56'\nsilence = false",
            [
                "f:5: rule \"b\" is never reached: the rule at f:1 takes all of its machines; move it up or take one of them away"
            ]),
        Case(
            "[[rule]]\nname = 'all'\nsilence = true\n[[rule]]\nstage = 'firmware'\ndelay = 1\n[[rule]]\ndelay = 1",
            [
                "f:4: the rule is never reached: rule \"all\" at f:1 takes all of its machines; move it up or take one of "
                    + "them away",
                "f:7: the rule is never reached: rule \"all\" at f:1 takes all of its machines; move it up or take one of "
                    + "them away",
            ]),
        Case("[[rule]]\nshape = 'menu'", []),
        Case(
            "[[rule]]\nname = 'm'\nshape = 'menu'\nnext-server = '10.0.0.9'",
            [
                "f:1: rule \"m\" has both shape \"menu\" and next-server: UEFI would ask us for the other server's file, so "
                    + "it gets the shape \"binl\""
            ]),
        Case("[[rule]]\npath-prefix = '/a/'", []),
        Case("[[rule]]\npath-prefix = '10.0.0.1::'", []),
        Case("[[rule]]\npath-prefix = 'a\\'", []),
        Case(
            "[[rule]]\nname = 'x'\npath-prefix = '/a'",
            ["f:1: path-prefix \"/a\" of rule \"x\" does not end with /, so names are glued to it"]),
    ]

    @Test(arguments: texts)
    func doubtfulSettingsAreToldWithTheirPlaces(_ expected: Case<[String]>) throws {
        #expect(try Settings.parse(expected.text, file: "f").warnings.map(\.description) == expected.outcome)
    }

    /// Settings, what is there, and what is told of loaders.
    struct Disk: Sendable, CustomTestStringConvertible {
        var text: String
        var files: Set<String>
        var outcome: [String]
        var testDescription: String { "\(text) \(files.sorted())" }
    }

    private static let usual: Set = [
        "/usr/lib/ipxe/undionly.kpxe", "/usr/lib/ipxe/ipxe.pxe", "/usr/lib/ipxe/snponly.efi", "/usr/lib/ipxe/ipxe.efi",
    ]

    static let disks: [Disk] = [
        Disk(text: "", files: usual, outcome: []),
        // Alternatives that nobody asked for.
        Disk(text: "", files: ["/usr/lib/ipxe/ipxe.pxe", "/usr/lib/ipxe/ipxe.efi"], outcome: []),
        Disk(
            text: "", files: ["/usr/lib/ipxe/snponly.efi"],
            outcome: [
                "no loader for bios clients: neither /usr/lib/ipxe/undionly.kpxe nor /usr/lib/ipxe/ipxe.pxe can be read; "
                    + "install the package ipxe or set loaders.bios",
                "no loader for bios-ipxe clients: /usr/lib/ipxe/ipxe.pxe cannot be read; install the package ipxe or set "
                    + "loaders.bios-ipxe",
            ]),
        // One that somebody did ask for.
        Disk(
            text: "loaders.uefi-arm64 = ['a.efi', 'b.efi']", files: usual.union(["b.efi"]),
            outcome: ["loaders.uefi-arm64: a.efi cannot be read"]),
        Disk(
            text: "loaders.uefi-arm64 = 'a.efi'", files: usual,
            outcome: [
                "no loader for uefi-arm64 clients: a.efi cannot be read; install the package ipxe or set loaders.uefi-arm64"
            ]),
        Disk(
            text: "[[rule]]\nname = 'x'\nloader = '/o/a.efi'\n[[rule]]\nloader = 'b.efi'\nnext-server = '10.0.0.1'",
            files: usual, outcome: ["f:1: the loader of rule \"x\" is missing: /o/a.efi cannot be read"]),
        Disk(text: "[[rule]]\nname = 'x'\nloader = '/o/a.efi'", files: usual.union(["a.efi"]), outcome: []),
        Disk(
            text: "[[firmware-menu.item]]\ntext = 'go'\nloader = 'a.efi'", files: usual,
            outcome: ["menu item \"go\" starts nothing: a.efi cannot be read"]),
    ]

    @Test(arguments: disks)
    func missingLoadersAreTold(_ disk: Disk) throws {
        let settings = try Settings.parse(disk.text, file: "f")
        let catalog = settings.catalog { asset in
            switch asset {
            case .rootFile(let path): disk.files.contains(path.text)
            case .hostFile(let path): disk.files.contains(path)
            default: false
            }
        }
        #expect(settings.missingLoaders(catalog).map(\.description) == disk.outcome)
    }
}
