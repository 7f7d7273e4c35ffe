package import Settings

/// The settings in force, in `pilotfish config show`.
package enum SettingsView {
    /// - Parameter hasOrigin: whether lines say where their settings come from; objects always do.
    package static func text(_ lines: [SettingLine], hasOrigin: Bool, json: Bool) -> String {
        json
            ? lines.flatMap(\.settings).map { JSONText.object(fields(of: $0)).line }.joined(separator: "\n")
            : lines.map { hasOrigin ? told($0) : $0.text }.joined(separator: "\n")
    }

    private static func told(_ line: SettingLine) -> String {
        guard !line.settings.isEmpty else { return line.text }
        var origins: [String] = []
        for setting in line.settings where !origins.contains("\(setting.origin)") {
            origins.append("\(setting.origin)")
        }
        return "\(line.text)  # \(origins.joined(separator: ", "))"
    }

    private static func fields(of setting: SettingLine.Setting) -> [(String, JSONText)] {
        var place: (file: JSONText, line: JSONText) = (.null, .null)
        if case .file(let name, let line) = setting.origin { place = (.text(name), .number(line)) }
        return [
            ("key", .text(setting.key)), ("value", JSONText(setting.value)), ("origin", .text("\(setting.origin)")),
            ("file", place.file), ("line", place.line),
        ]
    }
}

extension JSONText {
    fileprivate init(_ value: SettingValue) {
        switch value {
        case .text(let text): self = .text(text)
        case .number(let number): self = .number(number)
        case .flag(let flag): self = .truth(flag)
        case .list(let values): self = .list(values.map(JSONText.init))
        case .table(let table):
            self = .object(table.sorted { $0.key < $1.key }.map { ($0.key, JSONText($0.value)) })
        }
    }
}
