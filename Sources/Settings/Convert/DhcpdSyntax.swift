/// One statement of dhcpd.conf (`man dhcpd.conf`, "File syntax"): words, and perhaps more statements in braces.
struct DhcpdStatement {
    let directive: Directive
    let words: [DhcpdWord]
    /// Nil for one that ends with a semicolon.
    let block: [DhcpdStatement]?

    /// Its first word in small letters.
    var keyword: String { words.first?.text.lowercased() ?? "" }

    /// The word at a place, or nothing.
    func text(_ index: Int) -> String { words.indices.contains(index) ? words[index].text : "" }

    /// What stands behind the first `count` words, as one text.
    func rest(after count: Int) -> String { words.dropFirst(count).map(\.text).joined() }

    /// How many statements it is, with all in it.
    var weight: Int { (block ?? []).reduce(1) { $0 + $1.weight } }
}

struct DhcpdWord: Equatable {
    let text: String
    /// A text in quotes, which is no keyword, name or sign.
    let isQuoted: Bool
    let line: Int
}

/// Takes a text apart.
struct DhcpdParser {
    private let file: String
    private var words: ArraySlice<DhcpdWord>

    /// Deeper than any configuration, and shallow enough for every stack.
    private static let deepest = 32

    static func parse(_ source: ConfigurationText) throws(ConversionError) -> [DhcpdStatement] {
        var parser = Self(file: source.file, words: words(of: source)[...])
        let statements = try parser.statements(depth: 0)
        if let extra = parser.words.first {
            throw ConversionError(file: source.file, line: extra.line, message: "this brace closes nothing")
        }
        return statements
    }

    private mutating func statements(depth: Int) throws(ConversionError) -> [DhcpdStatement] {
        var found: [DhcpdStatement] = []
        while let word = words.first, !word.is("}") {
            guard let statement = try statement(depth: depth) else { continue }
            found.append(statement)
        }
        return found
    }

    /// - Returns: nil for a semicolon that ends nothing.
    private mutating func statement(depth: Int) throws(ConversionError) -> DhcpdStatement? {
        guard let first = words.first else { return nil }
        guard depth < Self.deepest else {
            throw ConversionError(
                file: file, line: first.line, message: "blocks are nested more than \(Self.deepest) deep")
        }
        let own = words.prefix { !$0.is(";") && !$0.is("{") && !$0.is("}") }
        words = words.dropFirst(own.count)
        let directive = Directive(file: file, line: first.line, what: own.map(\.shown).joined(separator: " "))
        guard let end = words.popFirst(), !end.is("}") else {
            throw ConversionError(file: file, line: first.line, message: "no semicolon ends this statement")
        }
        if end.is(";") {
            return own.isEmpty ? nil : DhcpdStatement(directive: directive, words: Array(own), block: nil)
        }
        let block = try statements(depth: depth + 1)
        guard words.popFirst() != nil else {
            throw ConversionError(file: file, line: first.line, message: "no brace closes the block that begins here")
        }
        return DhcpdStatement(directive: directive, words: Array(own), block: block)
    }

    private static func words(of source: ConfigurationText) -> [DhcpdWord] {
        var found: [DhcpdWord] = []
        for (index, line) in source.lines.enumerated() {
            var rest = line
            while let character = rest.first {
                let number = index + 1
                if character == "#" { break }
                if character.isWhitespace {
                    rest = rest.dropFirst()
                } else if character == "\"" {
                    found.append(DhcpdWord(text: quotation(&rest), isQuoted: true, line: number))
                } else if isSign(character) {
                    found.append(DhcpdWord(text: String(character), isQuoted: false, line: number))
                    rest = rest.dropFirst()
                } else {
                    let word = rest.prefix { !$0.isWhitespace && !isSign($0) && $0 != "\"" && $0 != "#" }
                    found.append(DhcpdWord(text: String(word), isQuoted: false, line: number))
                    rest = rest.dropFirst(word.count)
                }
            }
        }
        return found
    }

    private static func isSign(_ character: Character) -> Bool { "{};,=()".contains(character) }

    /// A text in quotes ends with its line at the latest.
    private static func quotation(_ rest: inout Substring) -> String {
        var text = ""
        var isEscaped = false
        rest = rest.dropFirst()
        while let character = rest.popFirst() {
            if !isEscaped, character == "\"" { break }
            if !isEscaped, character == "\\" {
                isEscaped = true
            } else {
                text.append(character)
                isEscaped = false
            }
        }
        return text
    }
}

extension DhcpdWord {
    /// Whether it is this sign or word.
    func `is`(_ text: String) -> Bool { !isQuoted && self.text == text }

    fileprivate var shown: String { isQuoted ? "\"\(text)\"" : text }
}
