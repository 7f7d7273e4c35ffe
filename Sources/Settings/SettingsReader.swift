import BootPolicy
import Wire

/// Turns a TOML tree into settings and collects everything that is wrong with it.
struct SettingsReader {
    let file: String
    var settings: Settings
    private(set) var errors: [SettingsError] = []
    /// Where each key stands that the text sets.
    private(set) var places: [String: Place] = [:]
    /// Keys with a fault, whose value in `settings` is not the operator's.
    private var faulty: Set<String> = []

    /// What this text says of the contents of other servers' files.
    var notedChecksums: [NotedChecksum] = []
    /// The machine of each network card so far.
    var cardOwners: [MACAddress: String]

    init(file: String, base: Settings) {
        self.file = file
        settings = base
        cardOwners = Dictionary(
            base.machines.values.flatMap { machine in machine.hardware.map { ($0, machine.name) } },
            uniquingKeysWith: { first, _ in first })
    }

    mutating func read(_ root: TOMLNode) {
        guard case .table(let entries) = root.content else { return }
        for entry in entries { read(entry, table: nil) }
        for conflict in settings.conflicts where faulty.isDisjoint(with: conflict.keys) {
            // One of the two keys may be a default; the text is wrong where it speaks.
            let key = conflict.keys.first { places[$0] != nil } ?? conflict.keys[0]
            report(places[key] ?? Place(line: 1, column: 1), key, conflict.message)
        }
    }

    /// In the order of the text.
    var sortedErrors: [SettingsError] {
        errors.sorted { ($0.place ?? Place(line: 0, column: 0)) < ($1.place ?? Place(line: 0, column: 0)) }
    }

    private mutating func read(_ entry: TOMLNode.Entry, table: String?) {
        let name = table.map { "\($0).\(entry.key)" } ?? entry.key
        if let key = SettingKey.named[name] {
            note(key.read(entry.value, &settings), of: name, at: entry.value.place)
        } else if name == RewriteTable.path {
            readRewrites(entry.value)
        } else if table == nil, SettingKey.tables.contains(name) {
            for inner in entries(of: entry.value, key: name, header: "[\(name)]") ?? [] { read(inner, table: name) }
        } else if table == nil, let table = ManyTable(rawValue: name) {
            switch table {
            case .rule: readRules(entry.value)
            case .target: readTargets(entry.value)
            case .menu: readMenus(entry.value)
            case .machine: readMachines(entry.value)
            case .variables: readVariables(entry.value)
            case .secrets: readSecrets(entry.value)
            case .firmwareMenu: readFirmwareMenu(entry.value)
            case .mirror: readMirrors(entry.value)
            case .hook: readHooks(entry.value)
            }
        } else {
            reportUnknown(entry, header: table.map { "[\($0)]" }, siblings: SettingKey.names(in: table))
        }
    }
}

/// Tables that are read by keys of their own.
enum ManyTable: String, CaseIterable {
    case rule
    case target
    case menu
    case machine
    case variables
    case secrets
    case firmwareMenu = "firmware-menu"
    case mirror
    case hook
}

// MARK: What the files beside this one read by.

extension SettingsReader {
    /// Reads the entries of a table by its keys; answers whether nothing was wrong.
    ///
    /// - Parameters:
    ///   - path: before the keys' names, `rule[2]`.
    ///   - header: what stands above, for messages: `[[rule]]`.
    ///   - others: what else may stand in the table, read elsewhere.
    mutating func read<Table>(
        _ entries: [TOMLNode.Entry], by keys: [TableKey<Table>], into table: inout Table, path: String, header: String,
        beside others: [String] = []
    ) -> Bool {
        let before = errors.count
        for entry in entries where !others.contains(entry.key) {
            guard let key = keys.first(where: { $0.name == entry.key }) else {
                reportUnknown(entry, header: header, siblings: keys.map(\.name) + others)
                continue
            }
            note(key.read(entry.value, &table), of: "\(path).\(entry.key)", at: entry.value.place)
        }
        return errors.count == before
    }

    /// The entries of a table; nil, and a message, for anything else.
    mutating func entries(of node: TOMLNode, key: String, header: String) -> [TOMLNode.Entry]? {
        if case .table(let entries) = node.content { return entries }
        reportType(node, key: key, expected: "a table", header: header)
        return nil
    }

    /// The tables of a list of tables; nil, and a message, for anything else.
    mutating func tables(of node: TOMLNode, key: String, header: String) -> [TOMLNode]? {
        if case .array(let nodes) = node.content { return nodes }
        reportType(node, key: key, expected: "a list of tables", header: header)
        return nil
    }

    mutating func report(_ place: Place, _ key: String, _ message: String) {
        // Places tell which of many is meant.
        errors.append(
            SettingsError(file: file, place: place, key: key.replacing(#/\[\d+\]/#, with: ""), message: message))
    }

    private mutating func reportType(_ node: TOMLNode, key: String, expected: String, header: String) {
        let fault = SettingFault.wrongType(node, expected: expected, hint: "write \(header)")
        report(fault.place, key, fault.message)
    }

    private mutating func note(_ faults: [SettingFault], of name: String, at place: Place) {
        places[name] = place
        for fault in faults {
            faulty.insert(name)
            report(fault.place, name, fault.message)
        }
    }
}

extension SettingsReader {
    fileprivate mutating func reportUnknown(_ entry: TOMLNode.Entry, header: String?, siblings: [String]) {
        let what: String
        switch entry.value.content {
        case .table: what = "unknown table [\(header.map { Self.inner($0) + "." } ?? "")\(entry.key)]"
        case .array(let nodes) where nodes.contains(where: \.isTable): what = "unknown table [[\(entry.key)]]"
        default: what = "unknown key \"\(entry.key)\"" + (header.map { " in \($0)" } ?? "")
        }
        let isTable = what.hasPrefix("unknown table")
        if isTable, header == nil {
            return report(entry.place, "", what + didYouMean(entry.key, among: Self.tables))
        }
        report(entry.place, "", what + Self.advice(for: entry.key, siblings: siblings, header: header))
    }

    private static func inner(_ header: String) -> Substring { header.drop { $0 == "[" }.prefix { $0 != "]" } }

    private static var tables: [String] { Array(SettingKey.tables) + ManyTable.allCases.map(\.rawValue) }

    /// The nearest name of the same table, else the table where the very name belongs.
    private static func advice(for key: String, siblings: [String], header: String?) -> String {
        let nearby = didYouMean(key, among: siblings)
        guard nearby.isEmpty else { return nearby }
        if header != nil, SettingKey.names(in: nil).contains(key) {
            return "; \"\(key)\" stands at the top, before the first [table]"
        }
        let single = SettingKey.all.first { $0.name.hasSuffix(".\(key)") }
        let home =
            single.map { "[\($0.name.prefix { $0 != "." })]" }
            ?? (TableKey.rule.contains { $0.name == key } ? "[[rule]]" : nil)
        return home.map { "; \"\(key)\" belongs into \($0)" } ?? ""
    }
}

extension SettingKey {
    /// The names in a table, or at the top.
    fileprivate static func names(in table: String?) -> [String] {
        let names = all.map { $0.name.split(separator: ".").map(String.init) }
        guard let table else {
            return names.filter { $0.count == 1 }.map { $0[0] } + ManyTable.allCases.map(\.rawValue)
        }
        let keys = names.filter { $0.count == 2 && $0[0] == table }.map { $0[1] }
        return RewriteTable.path.hasPrefix(table + ".")
            ? keys + [String(RewriteTable.path.dropFirst(table.count + 1))] : keys
    }
}

extension TOMLNode {
    fileprivate var isTable: Bool {
        if case .table = content { return true }
        return false
    }
}
