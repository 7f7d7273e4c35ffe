/// Turns a TOML tree into settings and collects everything that is wrong with it.
struct SettingsReader {
    private let file: String
    private(set) var settings: Settings
    private(set) var errors: [SettingsError] = []
    /// Where each key stands that the text sets.
    private var places: [String: Place] = [:]
    /// Keys with a fault, whose value in `settings` is not the operator's.
    private var faulty: Set<String> = []

    init(file: String, base: Settings) {
        self.file = file
        settings = base
    }

    mutating func read(_ root: TOMLNode) {
        guard case .table(let entries) = root.content else { return }
        for entry in entries { read(entry, table: nil) }
        for conflict in settings.conflicts where faulty.isDisjoint(with: conflict.keys) {
            // One of the two keys may be a default; the text is wrong where it speaks.
            let key = conflict.keys.first { places[$0] != nil } ?? conflict.keys[0]
            report(places[key] ?? Place(line: 1, column: 1), key, conflict.message)
        }
        errors.sort { ($0.place ?? Place(line: 0, column: 0)) < ($1.place ?? Place(line: 0, column: 0)) }
    }

    private mutating func read(_ entry: TOMLNode.Entry, table: String?) {
        let name = table.map { "\($0).\(entry.key)" } ?? entry.key
        if let key = SettingKey.named[name] {
            places[name] = entry.value.place
            for fault in key.read(entry.value, &settings) {
                faulty.insert(name)
                report(fault.place, name, fault.message)
            }
        } else if table == nil, SettingKey.tables.contains(name) {
            guard case .table(let entries) = entry.value.content else {
                let fault = SettingFault.wrongType(entry.value, expected: "a table", hint: "write [\(name)]")
                return report(fault.place, name, fault.message)
            }
            for inner in entries { read(inner, table: name) }
        } else {
            reportUnknown(entry, table: table)
        }
    }

    private mutating func reportUnknown(_ entry: TOMLNode.Entry, table: String?) {
        var isTable = false
        if case .table = entry.value.content { isTable = true }
        let inTable = table.map { " in [\($0)]" } ?? ""
        let what =
            isTable
            ? "unknown table [\(table.map { $0 + "." } ?? "")\(entry.key)]" : "unknown key \"\(entry.key)\"\(inTable)"
        report(entry.place, "", what + Self.advice(for: entry.key, in: table, isTable: isTable))
    }

    /// The nearest name of the same table, else the table where the very name belongs.
    private static func advice(for key: String, in table: String?, isTable: Bool) -> String {
        if isTable, table == nil { return didYouMean(key, among: SettingKey.tables) }
        let names = SettingKey.all.map { $0.name.split(separator: ".").map(String.init) }
        let siblings = names.filter { $0.count == (table == nil ? 1 : 2) && (table == nil || $0[0] == table) }
        let nearby = didYouMean(key, among: siblings.compactMap(\.last))
        guard nearby.isEmpty, let home = names.first(where: { $0.last == key }) else { return nearby }
        return home.count == 1
            ? "; \"\(key)\" stands at the top, before the first [table]" : "; \"\(key)\" belongs into [\(home[0])]"
    }

    private mutating func report(_ place: Place, _ key: String, _ message: String) {
        errors.append(SettingsError(file: file, place: place, key: key, message: message))
    }
}
