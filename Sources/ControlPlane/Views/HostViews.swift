import BootPolicy
import Fleet
import Inventory
import Wire

/// A host in `pilotfish list`.
struct HostRow: ViewRow {
    let host: NamedMachine
    /// How its last install stands or ended; nil when there was none.
    let install: Lease.State?
    let isOfSettings: Bool

    var line: String {
        let cards = host.hardware.map { "\($0)" }.joined(separator: " ")
        let marks = [
            isOfSettings ? "of the settings" : nil, host.isProtected ? "protected" : nil,
            host.groups.isEmpty ? nil : host.groups.map { "@\($0)" }.joined(separator: " "),
            host.tags.isEmpty ? nil : host.tags.map { "tag=\($0)" }.joined(separator: " "),
            install.map { "install \($0.rawValue)" }, host.note.isEmpty ? nil : "\"\(host.note)\"",
        ]
        return "\(host.name) (\(cards)) " + marks.compactMap(\.self).joined(separator: ", ")
    }

    var fields: [(String, JSONText)] {
        [
            ("host", .text(host.name)), ("cards", .texts(host.hardware)), ("uuid", .orNull(host.uuid)),
            ("serial", .orNull(host.serial)), ("target", .orNull(host.target)),
            ("of_settings", .truth(isOfSettings)), ("protected", .truth(host.isProtected)),
            ("groups", .texts(host.groups)), ("tags", .texts(host.tags)), ("install", .orNull(install?.rawValue)),
            ("note", .text(host.note)),
        ]
    }
}

/// A machine in `pilotfish list --new`.
extension Newcomer: ViewRow {
    var line: String {
        let what = [machine.architecture.map { "\($0)" }, machine.lastAddress.map { "\($0)" }]
        let facts = ([card.description] + what.compactMap(\.self)).joined(separator: ", ")
        let why = conflict.map { "\n    \($0.code): \($0.cause)\n    \($0.cure)" } ?? ""
        return "\(words) (\(facts))\(why)"
    }

    var fields: [(String, JSONText)] {
        let conflict = conflict.map {
            JSONText.object([("code", .text($0.code)), ("cause", .text($0.cause)), ("cure", .text($0.cure))])
        }
        return [
            ("words", .text("\(words)")), ("mac", .text("\(card)")), ("firmware", .orNull(machine.architecture)),
            ("address", .orNull(machine.lastAddress)), ("uuid", .orNull(machine.uuid)),
            ("last_seen", .number(Int(machine.lastSeen))), ("conflict", conflict ?? .null),
        ]
    }
}

/// What was learned of a kind of firmware, in `pilotfish firmware`: kind, style, loader from 1, and who taught it.
extension Lesson: ViewRow {
    var line: String { "\(fingerprint) \(style) \(loader + 1) \(teacher)" }

    var fields: [(String, JSONText)] {
        [
            ("kind", .text("\(fingerprint)")), ("shape", .text("\(style)")), ("loader", .number(loader + 1)),
            ("taught_by", .text("\(teacher)")),
        ]
    }
}
