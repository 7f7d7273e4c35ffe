package import Settings

/// A setting that is in force, in `pilotfish config show`.
package struct SettingRow: ViewRow {
    private let shown: SettingLine
    private let hasOrigin: Bool

    /// - Parameter hasOrigin: whether the line says where the setting comes from.
    package init(_ shown: SettingLine, hasOrigin: Bool) {
        self.shown = shown
        self.hasOrigin = hasOrigin
    }

    package var line: String {
        guard hasOrigin, let setting = shown.setting else { return shown.text }
        return "\(shown.text)  # \(setting.origin)"
    }

    package var fields: [(String, JSONText)] {
        guard let setting = shown.setting else { return [] }
        var place: (file: JSONText, line: JSONText) = (.null, .null)
        if case .file(let name, let line) = setting.origin { place = (.text(name), .number(line)) }
        return [
            ("key", .text(setting.key)), ("value", JSONText(setting.value)), ("origin", .text("\(setting.origin)")),
            ("file", place.file), ("line", place.line),
        ]
    }

    /// All of them; an object for each key as JSON.
    package static func text(_ rows: [SettingRow], json: Bool) -> String {
        (json ? rows.filter { $0.shown.setting != nil } : rows).lines(json: json)
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
