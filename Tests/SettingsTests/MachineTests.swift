import BootPolicy
import Settings
import Testing
import Wire

/// `[machine.NAME]`, `[secrets]`, and variables of machines.
@Suite struct MachineTests {
    private static let text = """
        templates = "/srv/templates"
        [variables]
        keys = ["one", "two"]
        raid = true
        [secrets]
        root = "/etc/secret"
        [target.debian]
        kernel = "k"
        [machine.web1]
        mac = ["52:54:00:12:34:56", "52-54-00-12-34-57"]
        uuid = "0176f1e4-7b5b-4d3c-9f14-9f2f1f6b3a10"
        serial = "S 1"
        target = "debian"
        groups = ["edge", "rack/4"]
        tags = "gpu"
        note = "waits for a fan"
        protected = true
        [machine.web1.variables]
        disk = "/dev/vda"
        count = 3
        [machine.'db.example.org']
        mac = "52:54:00:12:34:58"
        """

    @Test func machinesAreReadAndWrittenBack() throws {
        let settings = try Settings.parse(Self.text, file: "f")
        var web1 = NamedMachine(
            name: "web1", hardware: [MACAddress(0x5254_0012_3456), MACAddress(0x5254_0012_3457)],
            uuid: MachineUUID("0176f1e4-7b5b-4d3c-9f14-9f2f1f6b3a10"), serial: "S 1", target: "debian",
            variables: ["disk": .text("/dev/vda"), "count": .text("3")])
        web1.groups = ["edge", "rack/4"]
        web1.tags = ["gpu"]
        web1.note = "waits for a fan"
        web1.isProtected = true
        #expect(settings.machines["web1"] == web1)
        #expect(settings.machines["db.example.org"]?.hardware == [MACAddress(0x5254_0012_3458)])
        #expect(settings.variables == ["keys": .list(["one", "two"]), "raid": .flag(true)])
        #expect(settings.secrets == ["root": "/etc/secret"])
        #expect(try Settings.parse(settings.text, file: "f") == settings)
    }

    @Test("a list of machines is those tables and no others, and may say less of each")
    func lists() throws {
        let text = "machine.web1 = {groups = 'edge'}\n[machine.web2]\nmac = '52:54:00:12:34:56'\n"
        let machines = try Settings.machines(in: text, file: "l")
        #expect(machines.map(\.name) == ["web1", "web2"] && machines[0].groups == ["edge"])
        #expect(try Settings.machines(in: Settings.text(of: machines), file: "l") == machines)
        #expect(throws: SettingsErrors.self) { try Settings.machines(in: "mode = 'armed'", file: "l") }
        #expect(throws: SettingsErrors.self) { try Settings.machines(in: "machine.web1 = {group = 'edge'}", file: "l") }
    }

    static let refused: [Case<String>] = [
        Case(
            "[machine.a]\nmac = '52:54:00:12:34:56'\ngroups = 'a b'",
            "f:3:10: machine.a.groups: \"a b\" is no group and no tag; write letters, digits and . _ : / + -, 64 at most"
        ),
        Case(
            "[boot]\nunknown = 'no'",
            "f:2:11: boot.unknown: there is no target or menu \"no\"; write a table [target.no]"),
        Case("[machine.a]", "f:1:10: machine.a: nothing says which machine it is; write mac = [\"52:54:00:12:34:56\"]"),
        Case(
            "[machine.'-a']\nmac = '52:54:00:12:34:56'",
            "f:1:10: machine: \"-a\" is no host name; write letters, digits, and - between them"),
        Case(
            "[machine.a]\nmac = '52:54:00:*'",
            "f:2:7: machine.a.mac: \"52:54:00:*\" is no hardware address; write it as 52:54:00:12:34:56"),
        Case(
            "[machine.a]\nmac = '52:54:00:12:34:56'\n[machine.b]\nmac = '52-54-00-12-34-56'",
            "f:4:7: machine.b.mac: 52:54:00:12:34:56 is a's; take it away from one of them"),
        Case(
            "[machine.a]\nmac = '52:54:00:12:34:56'\ntarget = 'no'",
            "f:3:10: machine.a.target: there is no target or menu \"no\"; write a table [target.no]"),
        Case(
            "[machine.a]\nmac = '52:54:00:12:34:56'\n[machine.a.variables]\nsecret = 'x'",
            "f:4:1: machine.a.variables.secret: \"secret\" is what we call a property of the machine; take another name"
        ),
        Case(
            "[secrets]\nroot = 'relative'",
            "f:2:8: secrets.root: \"relative\" is a relative path; write the whole path, beginning with /"),
    ]

    @Test(arguments: refused)
    func whatIsWrongIsToldWithItsPlace(_ expected: Case<String>) {
        #expect(complaints(expected.text) == [expected.outcome])
    }
}
