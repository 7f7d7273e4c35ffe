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
        [machine.web1.variables]
        disk = "/dev/vda"
        count = 3
        [machine.'db.example.org']
        mac = "52:54:00:12:34:58"
        """

    @Test func machinesAreReadAndWrittenBack() throws {
        let settings = try Settings.parse(Self.text, file: "f")
        #expect(
            settings.machines["web1"]
                == NamedMachine(
                    name: "web1", hardware: [MACAddress(0x5254_0012_3456), MACAddress(0x5254_0012_3457)],
                    uuid: MachineUUID("0176f1e4-7b5b-4d3c-9f14-9f2f1f6b3a10"), serial: "S 1", target: "debian",
                    variables: ["disk": .text("/dev/vda"), "count": .text("3")]))
        #expect(settings.machines["db.example.org"]?.hardware == [MACAddress(0x5254_0012_3458)])
        #expect(settings.variables == ["keys": .list(["one", "two"]), "raid": .flag(true)])
        #expect(settings.secrets == ["root": "/etc/secret"])
        #expect(try Settings.parse(settings.text, file: "f") == settings)
    }

    static let refused: [Case<String>] = [
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
