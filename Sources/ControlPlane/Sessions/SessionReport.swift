import BootPolicy
import Fleet
import Sessions
import Wire

/// One boot with all that is known of it at one moment, for programs and for people.
struct SessionReport {
    let boot: BootSession
    let standing: Standing
    /// The file that is being sent.
    let progress: FetchProgress?
    let host: String?
    /// Milliseconds since 1970.
    let now: Int64

    /// What the screen of a machine shows that belongs to no host.
    private var words: MachineWords? {
        host == nil ? boot.hardware.mac.flatMap { MachineWords(of: Evidence(card: $0)) } : nil
    }

    private var stage: BootStep { boot.furthest }

    private var file: String? { progress?.name ?? boot.transfer?.name }

    /// Of that file.
    private var octets: Int64 { progress?.octets ?? 0 }

    /// Of that file; 0 where nobody knows.
    private var size: Int64 { progress?.size ?? boot.transfer?.size ?? 0 }

    /// Of all that it fetched.
    private var total: Int64 { boot.octets + octets }

    // MARK: JSON

    /// - Parameter hasEvents: what happened, line by line, too.
    func json(hasEvents: Bool) -> JSONText {
        var fields: [(String, JSONText)] = [
            ("id", .number(Int(boot.id))), ("mac", .text("\(boot.hardware)")), ("host", .optional(host)),
            ("words", .optional(words?.description)), ("address", .optional(boot.address?.description)),
            ("uuid", .optional(boot.uuid?.description)), ("firmware", .optional(boot.firmware?.description)),
            ("interface", .optional(boot.interface.isEmpty ? nil : boot.interface)),
            ("relay", .optional(boot.relay?.description)), ("began", .number(Int(boot.began))),
            ("last", .number(Int(boot.last))), ("state", .text(standing.state.rawValue)),
            ("stage", .text(stage.rawValue)), ("file", .optional(file)),
            ("octets", .number(Int(octets))), ("size", .number(Int(size))),
            ("rate", .number(Int(progress?.rate ?? 0))),
            ("retransmits", .number(Int(boot.retransmits + (progress?.retransmits ?? 0)))),
            ("total_octets", .number(Int(total))),
            ("verdict", standing.verdict.map(Self.json) ?? .null), ("stages", .list(boot.stages.map(Self.json))),
        ]
        if hasEvents {
            let notes = boot.notes.map { note in
                JSONText.object([("time", .number(Int(note.time))), ("summary", .text(note.text))])
            }
            fields.append(("events", .list(notes)))
        }
        return .object(fields)
    }

    private static func json(_ verdict: Verdict) -> JSONText {
        .object([
            ("code", .text(verdict.code)), ("cause", .text(verdict.cause)), ("fix", .text(verdict.fix)),
            ("since", .number(Int(verdict.since))),
        ])
    }

    private static func json(_ stage: StageRecord) -> JSONText {
        .object([
            ("stage", .text(stage.step.rawValue)), ("began", .number(Int(stage.began))),
            ("ended", stage.ended.map { .number(Int($0)) } ?? .null), ("octets", .number(Int(stage.octets))),
            ("retransmits", .number(Int(stage.retransmits))), ("note", .text(stage.note)),
        ])
    }

    // MARK: Text

    /// As a row of the table.
    var line: SessionLine {
        let began = boot.stages.first { $0.step == stage }?.began ?? boot.began
        return SessionLine(
            name: name, state: standing.state.rawValue, stage: stage.rawValue,
            seconds: Int(max(now - began, 0) / 1000), file: file ?? "",
            octets: file == nil ? total : octets, size: size,
            rate: progress?.rate ?? 0, code: standing.verdict?.code ?? "", cause: standing.verdict?.cause ?? "",
            fix: standing.verdict?.fix ?? "")
    }

    var name: String { host ?? words?.description ?? "\(boot.hardware)" }

    /// Everything, for people.
    func lines(hasColor: Bool) -> [String] {
        var lines = ["boot \(boot.id) of \(name.forTerminal): \(standing.state.rawValue), \(stage.rawValue)"]
        let facts = [
            "card \(boot.hardware)", boot.address.map { "address \($0)" }, boot.firmware.map { "firmware \($0)" },
            boot.interface.isEmpty ? nil : "interface \(boot.interface)", boot.relay.map { "relay \($0)" },
        ]
        lines.append("  " + facts.compactMap(\.self).joined(separator: ", ").forTerminal)
        if let verdict = standing.verdict {
            let cause = "  \(verdict.code): \(verdict.cause)".forTerminal
            lines.append(SessionText.red(cause, hasColor && standing.state == .stuck))
            lines.append("    fix: \(verdict.fix)".forTerminal)
        }
        let rows = boot.stages.map {
            [Self.clock($0.began), $0.step.rawValue, Self.span($0), Self.amount($0), $0.note]
        }
        lines += TextTable.aligned(rows, left: [0, 1]).map { "  " + $0.forTerminal }
        return lines + boot.notes.map { "    \(Self.clock($0.time)) \($0.text)".forTerminal }
    }

    private static func clock(_ time: Int64) -> String { WallTime(milliseconds: time).clock }

    private static func span(_ stage: StageRecord) -> String {
        stage.ended.map { EventText.decimal(Double(max($0 - stage.began, 0)) / 1000, places: 1) + " s" } ?? "-"
    }

    private static func amount(_ stage: StageRecord) -> String {
        guard stage.octets > 0 else { return "" }
        let again = stage.retransmits > 0 ? ", \(stage.retransmits) blocks again" : ""
        return WatchText.amount(stage.octets) + again
    }
}

extension JSONText {
    static func optional(_ text: String?) -> JSONText { text.map { .text($0) } ?? .null }
}
