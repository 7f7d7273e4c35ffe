/// One key of a table that may stand in the settings many times, or not at all: of a rule, a target, a menu, its items.
///
/// As `SettingKey` does for single keys, the list of a table's keys alone knows them: reading, writing and the reference
/// come from it.
package struct TableKey<Table: Sendable>: Sendable {
    package let name: String
    /// One sentence.
    package let summary: String
    /// What may stand there.
    package let allowed: String

    /// The value as TOML; nil when the table does not set it.
    let text: @Sendable (Table) -> String?
    /// Puts the value into the table, or tells what is wrong with it.
    let read: @Sendable (TOMLNode, inout Table) -> [SettingFault]

    private init<Value>(
        _ name: String, _ format: SettingFormat<Value>, _ summary: String,
        get: @escaping @Sendable (Table) -> Value?, set: @escaping @Sendable (Value, inout Table) -> Void
    ) {
        self.name = name
        self.summary = summary
        allowed = format.allowed
        text = { get($0).map(format.write) }
        read = { node, table in
            var faults: [SettingFault] = []
            if let value = format.read(node, &faults) { set(value, &table) }
            return faults
        }
    }

    /// A key whose value is `empty` where it is not set.
    init<Value: Equatable>(
        _ name: String, _ format: SettingFormat<Value>, _ field: any WritableKeyPath<Table, Value> & Sendable,
        empty: Value, _ summary: String
    ) {
        self.init(
            name, format, summary, get: { $0[keyPath: field] == empty ? nil : $0[keyPath: field] },
            set: { $1[keyPath: field] = $0 })
    }

    init<Value>(
        _ name: String, _ format: SettingFormat<Value>, _ field: any WritableKeyPath<Table, Value?> & Sendable,
        _ summary: String
    ) {
        self.init(name, format, summary, get: { $0[keyPath: field] }, set: { $1[keyPath: field] = $0 })
    }

    init<Element: Equatable>(
        _ name: String, _ format: SettingFormat<[Element]>, _ field: any WritableKeyPath<Table, [Element]> & Sendable,
        _ summary: String
    ) {
        self.init(name, format, field, empty: [], summary)
    }
}

extension Array {
    /// A table's lines, without its header.
    func text<Table>(_ table: Table) -> String where Element == TableKey<Table> {
        compactMap { key in key.text(table).map { "\(key.name) = \($0)\n" } }.joined()
    }

    /// The keys for the reference.
    func reference<Table>() -> String where Element == TableKey<Table> {
        map { "\($0.name)\n    \($0.summary)\n    Allowed: \($0.allowed).\n" }.joined()
    }
}
