extension Settings {
    /// A settings file as `pilotfish config fmt` writes it: the same tables, keys, values and comments in the same order.
    ///
    /// - Throws: where it is no TOML; nothing is looked for but that, since a file may say a part only.
    package static func formatted(_ file: File) throws(SettingsErrors) -> String {
        let tree = try tree(of: file)
        let text = TOMLFormatter.text(String(decoding: file.bytes, as: UTF8.self))
        // Nobody loses a setting to a blank.
        guard let written = try? Self.tree(of: File(name: file.name, bytes: Array(text.utf8))), written.says(tree)
        else {
            throw SettingsErrors([
                SettingsError(
                    file: file.name, place: nil, key: "",
                    message: "it would mean something else when it is formatted; it stays as it is: please report this")
            ])
        }
        return text
    }
}

extension TOMLNode {
    /// Whether it means the same, wherever it stands.
    fileprivate func says(_ other: TOMLNode) -> Bool {
        switch (content, other.content) {
        case (.text(let mine), .text(let theirs)): mine == theirs
        case (.integer(let mine), .integer(let theirs)): mine == theirs
        case (.boolean(let mine), .boolean(let theirs)): mine == theirs
        case (.other(let mine), .other(let theirs)): mine == theirs
        case (.array(let mine), .array(let theirs)):
            mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.says($1) }
        case (.table(let mine), .table(let theirs)):
            mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.key == $1.key && $0.value.says($1.value) }
        default: false
        }
    }
}
