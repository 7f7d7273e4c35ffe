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

    /// Where a file comes from.
    package enum Source: Equatable {
        /// It lies beneath the root, with so many octets.
        case root(Int64)
        /// Another server has it.
        case upstream(url: String)
    }

    private struct File {
        var path: String
        /// None when it cannot be read.
        var source: Source?
    }

    private let rows: [Row]

    /// - Parameter source: where the file of a path comes from, if it can be read.
    package init(_ book: TargetBook, source: (String) -> Source?) {
        var rows = book.named.map { name, entry in
            Self.row(name, entry, isUsual: entry == book.usual, source)
        }
        if !rows.contains(where: \.isUsual) {
            rows.insert(Self.row("", book.usual, isUsual: true, source), at: 0)
        }
        self.rows = rows
    }

    private static func row(
        _ name: String, _ entry: TargetBook.Entry, isUsual: Bool, _ source: (String) -> Source?
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
                memory: target.memory, files: target.files.map { File(path: $0, source: source($0)) }, isUsual: isUsual)
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
                .list(row.files.map(json))
            ),
        ])
    }

    private static func json(_ file: File) -> JSONText {
        switch file.source {
        case .root(let size): .object([("path", .text(file.path)), ("size", .number(Int(size)))])
        case .upstream(let url):
            .object([("path", .text(file.path)), ("size", .null), ("upstream", .text(url))])
        case nil: .object([("path", .text(file.path)), ("size", .null)])
        }
    }

    private static func text(_ source: Source?) -> String {
        switch source {
        case .root(let size): "\(size) octets"
        case .upstream(let url): "fetched once from \(url), and kept"
        case nil: "cannot be read"
        }
    }

    private static func text(_ row: Row) -> String {
        let name = row.name.isEmpty ? "[boot]" : row.name
        let platforms = row.platforms.isEmpty ? "" : " on \(row.platforms.joined(separator: ", "))"
        let what = row.items.isEmpty ? row.kind + platforms : "menu: \(row.items.joined(separator: ", "))"
        let memory = row.memory.map { "  \($0) MiB" } ?? ""
        let files = row.files.map { "\n    \($0.path)  \(text($0.source))" }
        return "\(row.isUsual ? "*" : " ") \(name)  \"\(row.title)\"  \(what)\(memory)" + files.joined()
    }
}
