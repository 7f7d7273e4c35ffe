package import Wire

/// One machine that the operator named: what is known of it, and what it gets.
package struct NamedMachine: Equatable, Sendable {
    /// Its host name.
    package var name: String
    /// Those of all its network cards.
    package var hardware: [MACAddress]
    package var uuid: MachineUUID?
    package var serial: String?
    /// The target or menu that it boots, whatever its rule names; nil leaves that to the rules.
    package var target: String?
    /// They win over the variables of all machines.
    package var variables: [String: VariableValue]
    /// For commands that are meant for many: `@group` and `tag=`.
    package var groups: [String] = []
    package var tags: [String] = []
    /// For people; one line.
    package var note = ""
    /// It is never installed.
    package var isProtected = false

    package init(
        name: String, hardware: [MACAddress], uuid: MachineUUID? = nil, serial: String? = nil, target: String? = nil,
        variables: [String: VariableValue] = [:]
    ) {
        self.name = name
        self.hardware = hardware
        self.uuid = uuid
        self.serial = serial
        self.target = target
        self.variables = variables
    }
}

/// What a variable of the operator's holds.
package enum VariableValue: Hashable, Sendable {
    case text(String)
    /// For templates that say something for each.
    case list([String])
    /// For parts of templates.
    case flag(Bool)

    /// Reads what people write in one cell or word: `true` and `false` are flags, `[a, b]` is a list, all else is a text. What
    /// would read as something else stands in quotes, with a backslash before quotes and backslashes: `"true"`, `["a, b"]`.
    package init(written text: String) {
        if let flag = Bool(text) {
            self = .flag(flag)
        } else if let texts = Self.quotedTexts(text[...]), texts.count == 1 {
            self = .text(texts[0])
        } else if text.hasPrefix("["), text.hasSuffix("]") {
            let elements = text.dropFirst().dropLast()
            let plain = elements.split(separator: ",").map { String($0.drop(while: \.isWhitespace)) }
            self = .list(Self.quotedTexts(elements) ?? plain)
        } else {
            self = .text(text)
        }
    }

    /// The same for writing; never empty.
    package var written: String {
        let plain = if case .list(let texts) = self { "[\(texts.joined(separator: ", "))]" } else { text }
        guard plain.isEmpty || Self(written: plain) != self else { return plain }
        return switch self {
        case .list(let texts): "[\(texts.map(Self.quoted).joined(separator: ", "))]"
        case .text, .flag: Self.quoted(text)
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        return "\"\(String(quoted))\""
    }

    /// Texts in quotes with commas between them, by scalars: a mark and an accent behind it are one `Character`.
    ///
    /// - Returns: nil for what is not written so.
    private static func quotedTexts(_ written: Substring) -> [String]? {
        var texts: [String] = []
        var rest = written.unicodeScalars
        repeat {
            rest = rest.drop { $0 == " " }
            guard let text = takeQuoted(&rest) else { return nil }
            texts.append(text)
            rest = rest.drop { $0 == " " }
            if rest.isEmpty { return texts }
        } while rest.popFirst() == ","
        return nil
    }

    private static func takeQuoted(_ rest: inout Substring.UnicodeScalarView) -> String? {
        guard rest.popFirst() == "\"" else { return nil }
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == "\"" { return String(text) }
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            text.append(escaped)
        }
        return nil
    }

    /// As a word of a command line.
    package var text: String {
        switch self {
        case .text(let text): text
        case .list(let texts): texts.joined(separator: " ")
        case .flag(let flag): String(flag)
        }
    }
}

/// The machines that the operator named.
package struct MachineBook: Equatable, Sendable {
    /// In the order of their names.
    package let all: [NamedMachine]
    private let places: [MACAddress: Int]
    private let names: [String: Int]

    package init(_ machines: [NamedMachine] = []) {
        let sorted = machines.sorted { $0.name < $1.name }
        let owners = sorted.enumerated().flatMap { place, machine in machine.hardware.map { ($0, place) } }
        all = sorted
        places = Dictionary(owners, uniquingKeysWith: { first, _ in first })
        names = Dictionary(sorted.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package subscript(name name: String) -> NamedMachine? { names[name].map { all[$0] } }

    package subscript(hardware: MACAddress?) -> NamedMachine? {
        hardware.flatMap { places[$0] }.map { all[$0] }
    }
}
