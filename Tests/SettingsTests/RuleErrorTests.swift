import Settings
import Testing

/// What is refused of rules, targets and menus, where, and in which words.
@Suite struct TableErrorTests {
    /// Lines of a rule that is right but for them; the column is that of the value.
    static let keys: [Case<String>] = [
        Case(
            "mac = '52:54:0:1:2:3'",
            "7: rule.mac: \"52:54:0:1:2:3\" is no hardware address; write six octets such as \"52:54:00:12:34:56\", or the "
                + "first ones and a star such as \"52:54:00:*\""),
        Case(
            "mac = '52:54:00:12:34:56:*'",
            "7: rule.mac: \"52:54:00:12:34:56:*\" is no hardware address; write six octets such as "
                + "\"52:54:00:12:34:56\", or the first ones and a star such as \"52:54:00:*\""),
        Case(
            "mac = []",
            "7: rule.mac: the list is empty; name hardware addresses, whole or as 52:54:00:*, or leave the key out"),
        Case(
            "mac = 7",
            "7: rule.mac: expected a text in quotes (hardware addresses, whole or as 52:54:00:*), found the number 7"),
        Case("mac = ['52:54:00:*', '52-54-00']", "22: rule.mac: \"52-54-00\" is listed twice"),
        Case(
            "uuid = '4c4c4544-0039-4e10-8051-b2c04f4a4d3'",
            "8: rule.uuid: \"4c4c4544-0039-4e10-8051-b2c04f4a4d3\" is no UUID; write it as \"dmidecode -s system-uuid\" "
                + "shows it"),
        Case("architecture = 65536", "16: rule.architecture: 65536 is no architecture; allowed is 0 to 65535"),
        Case("architecture = '+7'", "16: rule.architecture: +7 is no architecture; allowed is 0 to 65535"),
        Case("architecture = -1", "16: rule.architecture: -1 is no architecture; allowed is 0 to 65535"),
        Case(
            "stage = 'frimware'",
            "9: rule.stage: \"frimware\" is unknown; did you mean \"firmware\"?; allowed is \"firmware\", "
                + "\"http-firmware\", \"raspberry-pi\", \"foreign-ipxe\", \"own-ipxe\""),
        Case("vendor-class = ''", "16: rule.vendor-class: the text is empty and would fit everybody; leave it out"),
        Case("user-class = ['a', \"\\t\"]", "20: rule.user-class: \"\\t\" contains more than printable ASCII"),
        Case(
            "ipxe-features = ['https']",
            "18: rule.ipxe-features: \"https\" is unknown; did you mean \"http\"?; allowed is \"http\", \"bzimage\", \"efi\""
        ),
        Case(
            "subnet = '10.0.0.0/a'",
            "10: rule.subnet: \"10.0.0.0/a\" is no network; write for example \"10.0.0.0/24\", or one address"),
        Case(
            "interface = 'eth 0'",
            "13: rule.interface: \"eth 0\" cannot be an interface's name; see \"ip link\" for the names"),
        Case(
            "relay = '10.0.0.1/24'",
            "9: rule.relay: 10.0.0.1 is inside of the network and not its beginning; write \"10.0.0.0/24\""),
        Case(
            "circuit-id = '0x012'",
            "14: rule.circuit-id: \"0x012\" is neither a text of 1 to 255 octets nor hexadecimal octets such as "
                + "\"0x0004000a\""),
        Case(
            "remote-id = ''",
            "13: rule.remote-id: \"\" is neither a text of 1 to 255 octets nor hexadecimal octets such as \"0x0004000a\""
        ),
        Case("name = ''", "8: rule.name: \"\" is no name; write 1 to 64 characters on one line"),
        Case(
            "ask = 'ftp://h'",
            "7: rule.ask: \"ftp://h\" is no URL that can be fetched; it begins with http://, https://"),
        Case(
            "ask = 'http://h/?key=1'",
            "7: rule.ask: the MAC address becomes part of the path, so \"?\" and \"#\" cannot stand here"),
        Case(
            "ask = 'http://u:p@h/'",
            "7: rule.ask: a password here would stand in the log; name a secret in webhook.bearer instead"),
        Case("ask = 'http:///x'", "7: rule.ask: \"http:///x\" names no server"),
        Case("ask = 'http://h/a b'", "7: rule.ask: \"http://h/a b\" holds what no URL may; write %20 for a space"),
        Case("delay = 5001", "9: rule.delay: 5001 is too large; allowed is 0 to 5000"),
        Case("delay = -1", "9: rule.delay: -1 is too small; allowed is 0 to 5000"),
        Case(
            "shape = 'http'",
            "9: rule.shape: \"http\" is unknown; allowed is \"direct\", \"binl\", \"menu\", \"raspberry-pi-3\""),
        Case("loader = '/x/'", "10: rule.loader: \"/x/\" is a directory; name a file"),
        Case("next-server = 'tftp.example'", "15: rule.next-server: \"tftp.example\" is no server's IPv4 address"),
        Case("next-server = '224.0.0.1'", "15: rule.next-server: \"224.0.0.1\" is no server's IPv4 address"),
        Case("config-file = ''", "15: rule.config-file: the text is empty; leave the key out"),
        Case(
            "path-prefix = '" + String(repeating: "x", count: 256) + "'",
            "15: rule.path-prefix: the text is longer than 255 octets, so no option holds it"),
        Case("target = 'a/b'", targetName(10, "rule.target", "a/b")),
        Case("target = 'rescuee'", "10: rule.target: there is no target or menu \"rescuee\"; did you mean \"rescue\"?"),
        Case("target = 'x'", "10: rule.target: there is no target or menu \"x\"; write a table [target.x]"),
    ]

    @Test(arguments: keys)
    func valueIsRefused(_ expected: Case<String>) {
        let text =
            "target.rescue.kernel = 'k'\n[[rule]]\nsilence = false\n\n[[rule]]\nsilence = false\n" + expected.text
        #expect(complaints(text) == ["f:7:" + expected.outcome])
    }

    private static func targetName(_ column: Int, _ key: String, _ name: String) -> String {
        "\(column): \(key): \"\(name)\" cannot be a name; write letters, digits, and . _ - behind the first "
            + "character, 64 at most"
    }

    @Test func unknownArchitectureNamesThoseThatAreKnown() throws {
        let found = complaints("[[rule]]\nsilence = true\narchitecture = 'x64-efi'")
        let message = try #require(found.first)
        #expect(found.count == 1)
        #expect(
            message.hasPrefix(
                "f:3:16: rule.architecture: \"x64-efi\" is unknown; did you mean \"x64-uefi\"?; allowed is"))
        #expect(message.contains("arm64-uefi, "))
    }

    static let rules: [Case<String>] = [
        Case(
            "\n[[rule]]\nmac = '52:54:00:*'",
            "f:2:3: rule: the rule does not say what these machines get; write for example target, loader or shape, or "
                + "silence = true (never answered) or silence = false (as usual)"),
        Case(
            "[[rule]]\ndelay = 3\nshape = 'binl'\nsilence = true",
            "f:4:11: rule.silence: a machine that is never answered gets no shape, delay; take one or the other away"),
        Case(
            "[[rule]]\nloader = '/x/y.efi'\nnext-server = '10.0.0.9'",
            "f:2:10: rule.loader: the loader is fetched from 10.0.0.9; write its name there, without a / at the beginning"
        ),
        Case(
            "[[rule]]\nsilence = true\n[[rule]]\nsilence = true\n macs = ''",
            "f:5:2: unknown key \"macs\" in [[rule]]; did you mean \"mac\"?"),
        Case(
            "[[rule]]\nsilence = true\nkernel = 'k'",
            "f:3:1: unknown key \"kernel\" in [[rule]]; \"kernel\" belongs into [boot]"),
        Case("[[rule]]\nsilence = true\n[rule.more]", "f:3:7: unknown table [rule.more]"),
        Case("[rule]\nsilence = true", "f:1:2: rule: expected a list of tables, found a table; write [[rule]]"),
        Case("rule = 3", "f:1:8: rule: expected a list of tables, found the number 3; write [[rule]]"),
        Case("rule = [3]", "f:1:9: rule: expected a table, found the number 3; write [[rule]]"),
        Case("[[rules]]\nsilence = true", "f:1:3: unknown table [[rules]]; did you mean \"rule\"?"),
        Case("silence = true", "f:1:1: unknown key \"silence\"; \"silence\" belongs into [[rule]]"),
        Case("[dhcp]\nstandbye = 3", "f:2:1: unknown key \"standbye\" in [dhcp]; did you mean \"standby\"?"),
    ]

    static let targets: [Case<String>] = [
        Case(
            "[target]\nkernel = 'k'",
            "f:2:10: target.kernel: expected a table, found the text \"k\"; write [target.kernel]"),
        Case("target = 'k'", "f:1:10: target: expected a table, found the text \"k\"; write [target.NAME]"),
        Case("[target.'a b']", "f:1:9: target: " + name("a b")),
        Case("[target.'.a']", "f:1:9: target: " + name(".a")),
        Case("[target.'é']", "f:1:9: target: " + name("é")),
        Case("[target.x]\nkernal = 'k'", "f:2:1: unknown key \"kernal\" in [target.x]; did you mean \"kernel\"?"),
        Case("[target.x.y]\nkernel = 'k'", "f:1:11: unknown table [target.x.y]"),
        Case(
            "[target.x]\nkernel = '/k'",
            "f:2:10: target.x.kernel: \"/k\" is an absolute path; write the path beneath "
                + "root, for example \"k\""),
        Case(
            "[target.x]\narguments = 'a || b'",
            "f:2:13: target.x.arguments: the word \"||\" would end the command in the boot script; leave it out"),
    ]

    static let menus: [Case<String>] = [
        Case(
            "[firmware-menu]\nprompt = 'x'",
            "f:1:2: firmware-menu: a menu needs an item; write a table [[firmware-menu.item]] with a text"),
        Case(
            "[[firmware-menu]]\nprompt = 'x'",
            "f:1:3: firmware-menu: expected a table, found a list; write [firmware-menu]"),
        Case(
            "[firmware-menu]\nitem = 3",
            "f:2:8: firmware-menu.item: expected a list of tables, found the number 3; write [[firmware-menu.item]]"),
        Case(
            "[firmware-menu.item]\ntext = 'a'",
            "f:1:16: firmware-menu.item: expected a list of tables, found a table; write [[firmware-menu.item]]"
        ),
        Case(
            "[[firmware-menu.item]]\nlocal = true",
            "f:1:3: firmware-menu.item: the item has no text; write for example text = \"Install\""),
        Case("[[firmware-menu.item]]\ntext = ''", "f:2:8: firmware-menu.item.text: " + text("")),
        Case("[[firmware-menu.item]]\ntext = 'Größe'", "f:2:8: firmware-menu.item.text: " + text("Größe")),
        Case(
            "[firmware-menu]\nprompt = \"a\\nb\"\n[[firmware-menu.item]]\ntext = 'a'",
            "f:2:10: firmware-menu.prompt: " + text("a\\nb")),
        Case(
            "[firmware-menu]\ntimeout = 256\n[[firmware-menu.item]]\ntext = 'a'",
            "f:2:11: firmware-menu.timeout: 256 is too large; allowed is 0 to 255"),
        Case(
            "[firmware-menu]\ndiscovery = 'anycast'\n[[firmware-menu.item]]\ntext = 'a'",
            "f:2:13: firmware-menu.discovery: \"anycast\" is unknown; did you mean \"unicast\"?; allowed is \"unicast\", "
                + "\"broadcast\", \"multicast\""),
        Case(
            "[[firmware-menu.item]]\ntext = 'a'\nlocal = true\nloader = 'x'",
            "f:4:10: firmware-menu.item.loader: the machine's next boot device needs no loader; take local or loader away"
        ),
        Case(
            "[[firmware-menu.item]]\ntext = 'a'\nloder = 'x'",
            "f:3:1: unknown key \"loder\" in [[firmware-menu.item]]; did you mean \"loader\"?"),
        Case(
            "[firmware-menu]\nitems = []\n[[firmware-menu.item]]\ntext = 'a'",
            "f:2:1: unknown key \"items\" in [firmware-menu]; did you mean \"item\"?"),
        // One octet more than fits.
        Case(
            "[firmware-menu]\nprompt = '" + String(repeating: "p", count: 70) + "'\n"
                + item(70) + item(70) + item(5),
            "f:1:2: firmware-menu: the menu takes 256 octets, and a DHCP option holds 255; shorten its texts "
                + "or leave items out"),
    ]

    private static func name(_ name: String) -> String {
        "\"\(name)\" cannot be a name; write letters, digits, and . _ - behind the first character, 64 at most"
    }

    private static func text(_ text: String) -> String {
        "\"\(text)\" cannot be shown by firmware; write 1 to 70 printable ASCII characters"
    }

    private static func item(_ length: Int) -> String {
        "[[firmware-menu.item]]\ntext = '" + String(repeating: "i", count: length) + "'\n"
    }

    @Test(arguments: rules + targets + menus)
    func tableIsRefused(_ expected: Case<String>) {
        #expect(complaints(expected.text) == [expected.outcome])
    }

    @Test func menuOfTwentyFiveItemsIsRefused() {
        let items = (1...25).map { "[[firmware-menu.item]]\ntext = '\($0)'\nlocal = true\n" }
        #expect(complaints(items.joined()) == ["f:1:3: firmware-menu: the menu has 25 items; allowed is 1 to 24"])
        #expect(complaints(items.dropLast().joined()).isEmpty)
    }

    @Test func everyFaultOfARuleIsTold() {
        let text = "[[rule]]\nmac = 'x'\nuuid = 'y'\nfoo = 1\n[[rule]]\ntarget = 'z'"
        #expect(
            complaints(text).map { String($0.prefix { $0 != "\"" }) } == [
                "f:1:3: rule: the rule does not say what these machines get; write for example target, loader or shape, or "
                    + "silence = true (never answered) or silence = false (as usual)",
                "f:2:7: rule.mac: ", "f:3:8: rule.uuid: ", "f:4:1: unknown key ",
                "f:6:10: rule.target: there is no target or menu ",
            ])
    }
}
