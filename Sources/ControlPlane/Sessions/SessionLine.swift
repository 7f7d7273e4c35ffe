import Sessions
import Wire

/// A boot as it is shown: made by the service, and read again by the command that draws it.
package struct SessionLine: Equatable, Sendable {
    /// The host, three words, or the card.
    package var name: String
    package var state: String
    package var stage: String
    /// For how long it has been in that stage.
    package var seconds: Int
    /// The file that is being sent; empty when none is.
    package var file: String
    /// Of that file, or of all that it fetched.
    package var octets: Int64
    /// Of that file; 0 where nobody knows.
    package var size: Int64
    /// Octets in a second.
    package var rate: Double
    /// Empty when nothing is wrong.
    package var code: String
    package var cause: String
    package var fix: String

    /// Whether somebody should look at it.
    package var isTrouble: Bool { state == Standing.State.stuck.rawValue }

    package var isUnderWay: Bool { state == Standing.State.underWay.rawValue }
}

extension SessionLine {
    /// Reads a line of what `sessions json` gave; nil for anything else.
    ///
    /// - Parameter now: milliseconds since 1970.
    package init?(json: some StringProtocol, now: Int64) {
        guard case .object(let fields)? = JSONValue(Array(json.utf8)), let mac = fields.text("mac"),
            let state = fields.text("state"), let stage = fields.text("stage")
        else { return nil }
        var began = fields.number("began") ?? 0
        if case .list(let stages)? = fields["stages"] {
            for case .object(let one) in stages where one.text("stage") == stage {
                began = one.number("began") ?? began
            }
        }
        var verdict: [String: JSONValue] = [:]
        if case .object(let found)? = fields["verdict"] { verdict = found }
        let file = fields.text("file") ?? ""
        self.init(
            name: fields.text("host") ?? fields.text("words") ?? mac, state: state, stage: stage,
            seconds: max(Int((Double(now) - began) / 1000), 0), file: file,
            octets: Int64(fields.number(file.isEmpty ? "total_octets" : "octets") ?? 0),
            size: Int64(fields.number("size") ?? 0), rate: fields.number("rate") ?? 0,
            code: verdict.text("code") ?? "", cause: verdict.text("cause") ?? "", fix: verdict.text("fix") ?? "")
    }
}

/// The table of boots, for people.
package enum SessionText {
    private static let title = ["MACHINE", "STATE", "STAGE", "FOR", "FILE", "FETCHED", "RATE", ""]

    /// - Parameters:
    ///   - height: the most lines; nil for all.
    ///   - width: of the terminal; nil to cut none.
    ///   - hasColor: trouble is red.
    ///   - hasFixes: what to do stands beneath each machine that is stuck.
    package static func table(
        _ lines: [SessionLine], height: Int? = nil, width: Int? = nil, hasColor: Bool = false, hasFixes: Bool = true
    ) -> [String] {
        guard !lines.isEmpty else { return [] }
        let cells = lines.map { row($0).map(\.forTerminal) }
        let rows = TextTable.aligned([title] + cells, left: [0, 1, 2, 4])
        var text = [cut(rows[0], width)]
        for (line, row) in zip(lines, rows.dropFirst()) {
            text.append(red(cut(row, width), hasColor && line.isTrouble))
            if hasFixes, !line.fix.isEmpty { text.append(cut("    fix: \(line.fix)".forTerminal, width)) }
        }
        guard let height, text.count > height, height > 1 else { return text }
        let kept = Array(text.prefix(height - 1))
        return kept + ["and \(WatchText.grouped(text.count - kept.count)) lines more"]
    }

    private static func row(_ line: SessionLine) -> [String] {
        [
            line.name, line.state, line.stage, WatchText.time(line.seconds), line.file.isEmpty ? "-" : line.file,
            amount(line), line.rate > 0 ? WatchText.speed(line.rate) : "-",
            line.code.isEmpty ? "" : "\(line.code) \(line.cause)",
        ]
    }

    private static func amount(_ line: SessionLine) -> String {
        guard !line.file.isEmpty, line.size > 0 else { return WatchText.amount(line.octets) }
        return "\(line.octets * 100 / line.size)% of \(WatchText.amount(line.size))"
    }

    static func cut(_ line: String, _ width: Int?) -> String { width.map { String(line.prefix($0)) } ?? line }

    /// The colour stands around a line that was cut before, so that none is ever cut in two.
    static func red(_ line: String, _ isRed: Bool) -> String { isRed ? "\u{1B}[31m\(line)\u{1B}[0m" : line }
}
