package import BootPolicy

/// What can be booted, in lines for people and for programs.
package struct TargetList {
    private struct Row {
        var name: String
        var title: String
        var kind: String
        var platforms: [String]
        var items: [String]
        var memory: Int?
        var files: [File]
        var isUsual: Bool
    }

    private struct File {
        var path: String
        /// Octets; none when it cannot be read.
        var size: Int64?
    }

    private let rows: [Row]

    /// - Parameter size: the octets of a file beneath the root, if it can be read.
    package init(_ book: TargetBook, size: (String) -> Int64?) {
        var rows = book.named.map { name, entry in
            Self.row(name, entry, isUsual: entry == book.usual, size)
        }
        if !rows.contains(where: \.isUsual) {
            rows.insert(Self.row("", book.usual, isUsual: true, size), at: 0)
        }
        self.rows = rows
    }

    private static func row(
        _ name: String, _ entry: TargetBook.Entry, isUsual: Bool, _ size: (String) -> Int64?
    ) -> Row {
        switch entry {
        case .menu(let menu):
            return Row(
                name: name, title: menu.title, kind: "menu", platforms: [], items: menu.items, files: [],
                isUsual: isUsual)
        case .target(let target):
            let platforms = BootPlatform.allCases.filter { target.action(on: $0) != nil }
            let action = target.action ?? BootPlatform.allCases.lazy.compactMap { target.variants[$0] }.first
            return Row(
                name: name, title: target.title, kind: action.map(kind) ?? "nothing",
                platforms: platforms == BootPlatform.allCases ? ["all"] : platforms.map(\.rawValue), items: [],
                memory: target.memory, files: target.files.map { File(path: $0, size: size($0)) }, isUsual: isUsual)
        }
    }

    private static func kind(_ action: BootAction) -> String {
        switch action {
        case .linux: "kernel"
        case .program: "program"
        case .chain: "chain"
        case .memdisk: "memdisk"
        case .localDisk: "local"
        case .shell: "shell"
        case .reboot: "reboot"
        case .powerOff: "poweroff"
        }
    }

    package func lines(json: Bool) -> [String] {
        rows.map { json ? Self.json($0).line : Self.text($0) }
    }

    private static func json(_ row: Row) -> JSONText {
        .object([
            ("name", row.name.isEmpty ? .null : .text(row.name)), ("title", .text(row.title)),
            ("kind", .text(row.kind)),
            ("usual", .truth(row.isUsual)), ("platforms", .list(row.platforms.map(JSONText.text))),
            ("items", .list(row.items.map(JSONText.text))), ("ram", row.memory.map(JSONText.number) ?? .null),
            (
                "files",
                .list(
                    row.files.map { file in
                        .object([
                            ("path", .text(file.path)), ("size", file.size.map { .number(Int($0)) } ?? .null),
                        ])
                    })
            ),
        ])
    }

    private static func text(_ row: Row) -> String {
        let name = row.name.isEmpty ? "[boot]" : row.name
        let platforms = row.platforms.isEmpty ? "" : " on \(row.platforms.joined(separator: ", "))"
        let what = row.items.isEmpty ? row.kind + platforms : "menu: \(row.items.joined(separator: ", "))"
        let memory = row.memory.map { "  \($0) MiB" } ?? ""
        let files = row.files.map { file in
            "\n    \(file.path)  \(file.size.map { "\($0) octets" } ?? "cannot be read")"
        }
        return "\(row.isUsual ? "*" : " ") \(name)  \"\(row.title)\"  \(what)\(memory)" + files.joined()
    }
}
