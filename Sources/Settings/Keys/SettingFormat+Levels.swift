extension SettingFormat where Value == [Settings.Log.Subsystem: Settings.Log.Level] {
    /// A table of subsystems and the least that is logged of each.
    static let levels: Self = {
        let names = Settings.Log.Subsystem.allCases.map(\.rawValue)
        let level = SettingFormat<Settings.Log.Level>.choice
        return SettingFormat(
            allowed: "a table whose keys are \(names.joined(separator: ", ")), each with one of \(level.allowed)",
            read: { node, faults in
                guard case .table(let entries) = node.content else {
                    faults.append(.wrongType(node, expected: "a table", hint: "write [log.levels]"))
                    return nil
                }
                let before = faults.count
                var levels: Value = [:]
                for entry in entries {
                    let name = parsed(entry.key, at: entry.place, &faults) { text throws(Problem) in
                        try Check.choice(text, among: names)
                    }
                    guard let subsystem = name.flatMap(Settings.Log.Subsystem.init(rawValue:)) else { continue }
                    levels[subsystem] = level.read(entry.value, &faults)
                }
                return faults.count == before ? levels : nil
            },
            write: { levels in
                let entries = levels.map { "\($0.key.rawValue) = \(level.write($0.value))" }.sorted()
                return entries.isEmpty ? "{}" : "{ \(entries.joined(separator: ", ")) }"
            })
    }()
}
