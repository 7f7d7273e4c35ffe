import BootPolicy

/// A file of a target's as it is written: a path beneath root, or the URL of another server's file, of which may be known what
/// it has to be.
struct WrittenFile: Equatable, Sendable {
    var name: String
    /// SHA-256 of its contents.
    var checksum: String?

    private enum Key: String, CaseIterable {
        case url
        case sha256
    }

    private static func read(
        _ entries: [TOMLNode.Entry], at place: Place, _ faults: inout [SettingFault],
        _ check: (String) throws(Problem) -> String
    ) -> WrittenFile? {
        var texts: [Key: String] = [:]
        for entry in entries {
            guard let key = Key(rawValue: entry.key) else {
                let advice = didYouMean(entry.key, among: Key.allCases.map(\.rawValue))
                faults.append(
                    SettingFault(
                        place: entry.place, message: "\"\(Check.shown(entry.key))\" says nothing of a file\(advice)"))
                continue
            }
            guard case .text(let text) = entry.value.content else {
                faults.append(.wrongType(entry.value, expected: "a text in quotes"))
                continue
            }
            texts[key] = SettingFormat<WrittenFile>.parsed(text, at: entry.value.place, &faults) {
                text throws(Problem) in
                guard key == .url else { return try Check.checksum(text) }
                guard UpstreamURL.isMeant(by: text) else {
                    throw Problem("\"\(Check.shown(text))\" is no URL; it begins with http:// or https://")
                }
                return try check(text)
            }
        }
        let names = entries.map(\.key)
        if let missing = Key.allCases.first(where: { !names.contains($0.rawValue) }) {
            faults.append(SettingFault(place: place, message: "there is no \(missing.rawValue); write \(allowed)"))
        }
        guard let url = texts[.url], let checksum = texts[.sha256] else { return nil }
        return WrittenFile(name: url, checksum: checksum)
    }

    private static let allowed = "{ url = \"https://…\", sha256 = \"…\" }"

    /// - Parameter check: what a path or URL by itself has to be.
    static func format(_ check: @escaping @Sendable (String) throws(Problem) -> String) -> SettingFormat<WrittenFile> {
        SettingFormat(
            allowed: "a path beneath root, a URL, or \(allowed)",
            read: { node, faults in
                switch node.content {
                case .text(let text):
                    return SettingFormat<WrittenFile>.parsed(text, at: node.place, &faults, check).map {
                        WrittenFile(name: $0)
                    }
                case .table(let entries): return read(entries, at: node.place, &faults, check)
                default:
                    faults.append(.wrongType(node, expected: "a text in quotes (a path beneath root, or a URL)"))
                    return nil
                }
            },
            write: { file in
                guard let checksum = file.checksum else { return quoted(file.name) }
                return "{ url = \(quoted(file.name)), sha256 = \(quoted(checksum)) }"
            })
    }
}

extension SettingFormat where Value == WrittenFile {
    static let file = WrittenFile.format { text throws(Problem) in try Check.file(text) }
}

extension SettingFormat where Value == [WrittenFile] {
    static let disks = each(WrittenFile.format { text throws(Problem) in try Check.disk(text) })

    /// A list, or one of its elements without a list around it.
    private static func each(_ element: SettingFormat<WrittenFile>) -> Self {
        SettingFormat(
            allowed: element.allowed + "; or a list of such",
            read: { node, faults in
                guard case .array(let nodes) = node.content else { return element.read(node, &faults).map { [$0] } }
                let before = faults.count
                var files: [WrittenFile] = []
                for node in nodes {
                    guard let file = element.read(node, &faults) else { continue }
                    if files.contains(where: { $0.name == file.name }) {
                        faults.append(SettingFault(place: node.place, message: "\"\(file.name)\" is listed twice"))
                    }
                    files.append(file)
                }
                return faults.count == before ? files : nil
            },
            write: { "[" + $0.map(element.write).joined(separator: ", ") + "]" })
    }
}
