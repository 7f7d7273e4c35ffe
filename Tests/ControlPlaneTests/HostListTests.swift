import BootPolicy
import Settings
import Testing
import Wire

@testable import ControlPlane

@Suite("lists of hosts")
struct HostListTests {
    private static let hosts: [NamedMachine] = {
        var web1 = NamedMachine(
            name: "web1", hardware: [MACAddress(0x5254_0000_0001), MACAddress(0x5254_0000_0002)],
            uuid: MachineUUID("0176f1e4-7b5b-4d3c-9f14-9f2f1f6b3a10"), serial: "S, 1", target: "debian",
            variables: [
                "disk": .text("/dev/sda"), "comment": .text("says \"hello\"; and goes"), "raid": .flag(false),
                "quiet": .flag(true), "packages": .list(["vim", "git and more"]), "keys": .list([]),
                "word": .text("true"), "nothing": .text(""), "blanks": .text(" a "), "brackets": .text("[a]"),
                "quotes": .text("\"x\\\""), "accents": .text("\u{301},\"\u{301}"),
                "commas": .list(["a, b", "", " c ", "\"", "\u{301}"]), "one": .list([""]),
            ])
        web1.groups = ["edge", "rack/4"]
        web1.tags = ["gpu"]
        web1.note = " ends in a blank "
        web1.isProtected = true
        return [web1, NamedMachine(name: "db.example.org", hardware: [MACAddress(0x5254_0000_0003)])]
    }()

    private func read(_ text: String, _ format: HostList.Format) -> Result<[NamedMachine], SettingsErrors> {
        Result { () throws(SettingsErrors) in
            let tables = try HostList.tables(in: Array(text.utf8), format, file: "l")
            return try HostList.hosts(of: tables, format, file: "l")
        }
    }

    @Test("what was written is read as it was, in every format", arguments: HostList.Format.allCases)
    func roundTrip(format: HostList.Format) throws {
        let read = try read(HostList.text(Self.hosts, format), format).get()
        #expect(read == Self.hosts.sorted { $0.name < $1.name })
    }

    @Test(
        "the tables of spreadsheets",
        arguments: [
            ("name,mac\r\na,52:54:00:00:00:01\r\n", 1), ("\u{FEFF}Name , MAC\na, 52-54-00-00-00-01", 1),
            ("mac,name\n\"52:54:00:00:00:01\n52:54:00:00:00:02\",a\n\n\n52:54:00:00:00:03,b\n", 2),
            ("name,mac,note\ra,52:54:00:00:00:01,\"a \"\"fan\"\"\"\r", 1), ("name\n", 0),
            ("name,mac,variable.disk,protected\na,52:54:00:00:00:01,/dev/sda,yes\nb,52:54:00:00:00:02", 2),
        ])
    func spreadsheets(text: String, count: Int) throws {
        #expect(try read(text, .csv).get().count == count)
    }

    @Test(
        "what a cell says of a variable",
        arguments: [
            ("true", .flag(true)), ("/dev/sda", .text("/dev/sda")), ("\"true\"", .text("true")),
            ("\"a\" b", .text("\"a\" b")), ("\"a\\\"\"", .text("a\"")), ("\"a", .text("\"a")), ("[]", .list([])),
            ("[a,  b c]", .list(["a", "b c"])), ("[\"a, b\", \"\"]", .list(["a, b", ""])),
            ("[\"a\", b]", .list(["\"a\"", "b"])), ("[\"]", .list(["\""])), ("[", .text("[")),
        ] as [(String, VariableValue)])
    func variables(cell: String, value: VariableValue) {
        #expect(VariableValue(written: cell) == value)
        #expect(VariableValue(written: value.written) == value)
    }

    @Test(
        "what is wrong is told with the line that it stands in",
        arguments: [
            (.csv, "name,mac\na,52:54:00:00:00:01\nb,x\n", "l:3:"),
            (.csv, "name,mac\n\"a\",52:54:00:00:00:01,z\n", "l:2:1: 3 cells, and the header has 2"),
            (.csv, "name,mac\na,\"52:54:00:00:00:01\n", "l:2:1: a \" opens a cell here and is never closed"),
            (.csv, "name,mac\n\"a\"x,1\n", "l:2:1: something stands behind the \" that closes a cell"),
            (.csv, "name,mac\n,52:54:00:00:00:01\n", "l:2:1: the host has no name"),
            (.csv, "name\na\n\na\n", "l:4:1: \"a\" is listed twice, first in line 2"),
            (.csv, "mac\n52:54:00:00:00:01\n", "l:1:1: there is no column \"name\""),
            (.csv, "name,colour\na,red\n", "l:1:1: there is no column \"colour\"; those that are:"),
            (.csv, "name,name\n", "l:1:1: two columns are \"name\""), (.csv, "", "l:1:1: there is no header"),
            (.csv, "name,mac,protected\na,52:54:00:00:00:01,maybe\n", "l:2:"),
            (.json, "[", "l: this is not valid JSON"), (.json, "3", "l: this is a number, and no list of hosts"),
            (.json, "[{}]", "l: host 1 is no object with a \"name\""),
            (.json, "[{\"name\": \"a\"}, {\"name\": \"a\"}]", "l: \"a\" is listed twice"),
            (.json, "{\"a\": 1}", "l: \"a\" is a number, and no object"),
            (.json, "{\"a\": {\"mac\": \"x\"}}", "is no hardware address"),
            (.json, "{\"a\": {\"colour\": 1}}", "l: unknown key \"colour\" in [machine.a]"),
            (.json, "[{\"name\": \"a\", \"mac address\": \"x\"}]", "l: unknown key \"mac address\" in [machine.a]"),
            (.toml, "[machine.a]\nmac = 1\n", "l:2:7: machine.a.mac"), (.toml, "mode = 'armed'", "l:1:1"),
        ] as [(HostList.Format, String, String)])
    func faults(format: HostList.Format, text: String, message: String) throws {
        let error = try #require(throws: SettingsErrors.self) { try read(text, format).get() }
        #expect(error.description.contains(message), "\(error)")
    }
}
