import BootPolicy
import Wire

/// One `[machine.NAME]` as it is written, without its variables.
package struct MachineTable: Equatable, Sendable {
    var hardware: [MACAddress] = []
    var uuid: MachineUUID?
    var serial: String?
    var target: String?
    var groups: [String] = []
    var tags: [String] = []
    var note = ""
    var isProtected = false

    init() {}

    init(_ machine: NamedMachine) {
        hardware = machine.hardware
        uuid = machine.uuid
        serial = machine.serial
        target = machine.target
        groups = machine.groups
        tags = machine.tags
        note = machine.note
        isProtected = machine.isProtected
    }

    func machine(_ name: String, _ variables: [String: VariableValue]) -> NamedMachine {
        var machine = NamedMachine(
            name: name, hardware: hardware, uuid: uuid, serial: serial, target: target, variables: variables)
        machine.groups = groups
        machine.tags = tags
        machine.note = note
        machine.isProtected = isProtected
        return machine
    }
}

extension TableKey where Table == MachineTable {
    package static let machine = [
        TableKey(
            "mac",
            .list(
                of: "hardware addresses", .someOrOne, { text throws(Problem) in try Check.wholeHardware(text) },
                write: \.description),
            \.hardware, empty: [], "The hardware addresses of its network cards."),
        TableKey(
            "uuid",
            .text("a UUID", { text throws(Problem) in try Check.machine(text) }, write: \.description),
            \.uuid, "Its UUID, for templates."),
        TableKey(
            "serial", .text("1 to 64 characters") { text throws(Problem) in try Check.label(text) }, \.serial,
            "Its serial number, for templates."),
        TableKey("target", .targetName, \.target, "What it boots, whatever its rule names."),
        TableKey(
            "groups", .list(of: "names", .listOrOne) { text throws(Problem) in try Check.hostWord(text) }, \.groups,
            "Its groups: commands that take a list of hosts know all of one as @group."),
        TableKey(
            "tags", .list(of: "names", .listOrOne) { text throws(Problem) in try Check.hostWord(text) }, \.tags,
            "What else it is chosen by, as tag=name."),
        TableKey(
            "note", .text("one line") { text throws(Problem) in try Check.note(text) }, \.note, empty: "",
            "Anything about it, for people."),
        TableKey("protected", .flag, \.isProtected, empty: false, "true: it is never installed."),
    ]
}

extension SettingFormat where Value == VariableValue {
    /// A text, a list of texts, or a flag.
    static let variable = SettingFormat(
        allowed: "a text, a list of texts, or true or false",
        read: { node, faults in
            switch node.content {
            case .boolean(let flag): return .flag(flag)
            case .array: return texts.read(node, &faults).map { .list($0) }
            case .integer(let number): return .text(String(number))
            default: return SettingFormat<String>.kernelArguments.read(node, &faults).map { .text($0) }
            }
        },
        write: { value in
            switch value {
            case .text(let text): quoted(text)
            case .list(let list): texts.write(list)
            case .flag(let flag): String(flag)
            }
        })

    private static let texts = SettingFormat<[String]>.list(of: "texts", .list) { text throws(Problem) in
        try Check.kernelArguments(text)
    }
}
