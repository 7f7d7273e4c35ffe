/// Where a setting that is in force comes from.
package enum SettingOrigin: Equatable, Sendable, CustomStringConvertible {
    /// The last file that says it, and the line.
    case file(String, line: Int)
    /// No file says it.
    case usual
    /// An operator's word to the running service.
    case command

    package var description: String {
        switch self {
        case .file(let name, let line): "\(name):\(line)"
        case .usual: "default"
        case .command: "by command"
        }
    }
}

/// A value of the settings, as TOML has them.
package indirect enum SettingValue: Equatable, Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([SettingValue])
    case table([String: SettingValue])
}

/// A line of the settings in force, as TOML.
package struct SettingLine: Equatable, Sendable {
    package struct Setting: Equatable, Sendable {
        /// Dotted: `tftp.workers`, `rule[0].target`.
        package var key: String
        package var value: SettingValue
        package var origin: SettingOrigin
    }

    package var text: String
    /// None for a header and an empty line; more than one for a table that stands on one line, itself first.
    package var settings: [Setting] = []
}

extension Settings {
    /// All settings in force, the lines of `text`, each with where it comes from.
    ///
    /// - Parameters:
    ///   - files: that these settings were read of, in their order.
    ///   - commanded: keys that an operator's word to the running service decides.
    package func lines(from files: [File], commanded: Set<String> = []) throws(SettingsErrors) -> [SettingLine] {
        let text = text
        var found: [Int: [SettingLine.Setting]] = [:]
        let sources = try Self.sources(files)
        let tree = try Self.tree(of: File(name: "the settings", bytes: Array(text.utf8)))
        tree.visit { path, node in
            let key = path.dotted
            // A key of its own is always there, be it a table without anything in it.
            guard let value = node.value ?? (SettingKey.named[key] == nil ? nil : node.whole) else { return }
            let origin = commanded.contains(key) ? .command : sources.origin(of: path)
            found[node.place.line, default: []].append(
                SettingLine.Setting(key: key, value: value, origin: origin))
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().enumerated().map {
            index, line in
            SettingLine(text: String(line), settings: found[index + 1] ?? [])
        }
    }

    private static func sources(_ files: [File]) throws(SettingsErrors) -> Sources {
        var sources = Sources()
        for file in files { sources.add(try tree(of: file), file.name) }
        return sources
    }
}

/// Where files say what.
private struct Sources {
    private var places: [[TOMLStep]: SettingOrigin] = [:]
    /// Rules of later files stand behind those of earlier ones.
    private var counts: [[TOMLStep]: Int] = [:]
    private static let appended: Set<[TOMLStep]> = [
        [.key("rule")], RewriteTable.path.split(separator: ".").map { .key(String($0)) },
    ]

    mutating func add(_ tree: TOMLNode, _ name: String) {
        let before = counts
        tree.visit { path, node in
            var path = path
            for (list, count) in before where path.count > list.count && path.starts(with: list) {
                if case .index(let index) = path[list.count] { path[list.count] = .index(index + count) }
            }
            places[path] = .file(name, line: node.place.line)
            if case .index(let index)? = path.last, Self.appended.contains(Array(path.dropLast())) {
                counts[Array(path.dropLast())] = index + 1
            }
        }
    }

    /// A key that is told otherwise than it was written comes from where its table stands.
    func origin(of path: [TOMLStep]) -> SettingOrigin {
        if let place = places[path] { return place }
        guard SettingKey.named[path.dotted] == nil else { return .usual }
        var path = path
        while path.count > 1 {
            path.removeLast()
            if let place = places[path] { return place }
        }
        return .usual
    }
}

extension TOMLNode {
    /// Calls `body` with every value and table in it, and the way there.
    fileprivate func visit(at path: [TOMLStep] = [], _ body: ([TOMLStep], TOMLNode) -> Void) {
        if !path.isEmpty { body(path, self) }
        guard value == nil else { return }
        switch content {
        case .table(let entries):
            for entry in entries { entry.value.visit(at: path + [.key(entry.key)], body) }
        case .array(let nodes):
            for (index, node) in nodes.enumerated() { node.visit(at: path + [.index(index)], body) }
        default: break
        }
    }

    /// Nil for a table under a header, and for a list of such; a file with its checksum is a value.
    fileprivate var value: SettingValue? {
        switch content {
        case .text(let text): return .text(text)
        case .integer(let number): return .number(number)
        case .boolean(let flag): return .flag(flag)
        case .array(let nodes):
            let values = nodes.compactMap(\.value)
            return values.count == nodes.count ? .list(values) : nil
        case .table(let entries):
            let values = entries.compactMap { entry in entry.value.value.map { (entry.key, $0) } }
            let isFile = values.count == entries.count && Set(values.map(\.0)) == ["url", "sha256"]
            return isFile ? .table(Dictionary(uniqueKeysWithValues: values)) : nil
        case .other: return nil
        }
    }
}

extension TOMLNode {
    /// The same of a table in whatever form it is written.
    fileprivate var whole: SettingValue? {
        guard case .table(let entries) = content else { return value }
        let values = entries.compactMap { entry in entry.value.whole.map { (entry.key, $0) } }
        return .table(Dictionary(values) { first, _ in first })
    }
}

extension [TOMLStep] {
    fileprivate var dotted: String {
        reduce(into: "") { text, step in
            switch step {
            case .key(let key): text += (text.isEmpty ? "" : ".") + key
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}
