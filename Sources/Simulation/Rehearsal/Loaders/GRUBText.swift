/// A script of GRUB, taken apart: the part of its language that configurations for the network use (GRUB manual, chapter 6).
indirect enum GRUBNode {
    case command([GRUBWord])
    case choice([(test: [GRUBNode], body: [GRUBNode])], otherwise: [GRUBNode])
    /// `while`, or `until` if it ends when the test succeeds.
    case loop(test: [GRUBNode], isUntil: Bool, body: [GRUBNode])
    case each(variable: String, words: [GRUBWord], body: [GRUBNode])
    case function(String, [GRUBNode])
    /// `menuentry` or `submenu`, with the words before its braces.
    case entry([GRUBWord], isMenu: Bool, body: [GRUBNode])
}

/// A word, whose variables are filled in when it is used.
struct GRUBWord {
    struct Piece {
        var text: String
        /// Whether the text is a variable's name.
        var isVariable = false
    }

    var pieces: [Piece] = []
    /// Whether a part of it stands in quotes: then it is a word even when nothing is in it, and no keyword.
    var isQuoted = false

    /// What stands there, if nothing of it is to be filled in.
    var plain: String? {
        pieces.contains { $0.isVariable } || isQuoted ? nil : pieces.map(\.text).joined()
    }

    mutating func append(_ character: Character) {
        if let last = pieces.indices.last, !pieces[last].isVariable {
            pieces[last].text.append(character)
        } else {
            pieces.append(Piece(text: String(character)))
        }
    }
}

/// Reads words; an end of line, or a semicolon, is nil.
struct GRUBReader {
    private var rest: Substring
    private var tokens: [GRUBWord?] = []
    private var next = 0
    /// Lists of commands around the one that is read.
    private var depth = 0
    /// Whether more of them stand inside each other than are read; what comes then is left out.
    private(set) var isTooDeep = false

    /// Lists of commands inside each other, as they are read and as they run: each takes some of the stack.
    static let mostNested = 64

    init(_ text: String) {
        rest = text[...]
        while let token = scan() { tokens.append(token.word) }
    }

    // MARK: Words

    private mutating func scan() -> (word: GRUBWord?, Void)? {
        while let first = rest.first, Self.isBlank(first) { rest.removeFirst() }
        guard let first = rest.first else { return nil }
        if first == "#" {
            rest = rest.drop { !$0.isNewline }
            return (nil, ())
        }
        if first.isNewline || first == ";" {
            rest.removeFirst()
            return (nil, ())
        }
        if first == "{" || first == "}" {
            rest.removeFirst()
            var word = GRUBWord()
            word.append(first)
            return (word, ())
        }
        return (word(), ())
    }

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t" || character == "\r"
    }

    /// What begins with anything but a blank or an end of line is a word of one character at least.
    private mutating func word() -> GRUBWord {
        var word = GRUBWord()
        while let character = rest.first, !Self.isBlank(character), !character.isNewline, character != ";" {
            rest.removeFirst()
            switch character {
            case "'":
                word.isQuoted = true
                while let inner = rest.popFirst(), inner != "'" { word.append(inner) }
            case "\"":
                word.isQuoted = true
                quoted(into: &word)
            case "\\": if let next = rest.popFirst(), !next.isNewline { word.append(next) }
            case "$": variable(into: &word)
            default: word.append(character)
            }
        }
        return word
    }

    private mutating func quoted(into word: inout GRUBWord) {
        while let inner = rest.popFirst(), inner != "\"" {
            switch inner {
            case "$": variable(into: &word)
            case "\\":
                guard let next = rest.popFirst() else { return }
                if next != "$", next != "\"", next != "\\" { word.append("\\") }
                word.append(next)
            default: word.append(inner)
            }
        }
    }

    private mutating func variable(into word: inout GRUBWord) {
        var name = ""
        if rest.first == "{" {
            rest.removeFirst()
            while let inner = rest.popFirst(), inner != "}" { name.append(inner) }
        } else {
            while let inner = rest.first, inner.isLetter || inner.isNumber || inner == "_" || inner == "?" {
                name.append(rest.removeFirst())
            }
        }
        word.pieces.append(GRUBWord.Piece(text: name, isVariable: true))
    }

    // MARK: Sentences

    /// Everything up to one of these words, or to the end.
    mutating func nodes(until ends: Set<String> = []) -> [GRUBNode] {
        guard depth < Self.mostNested else {
            (isTooDeep, next) = (true, tokens.count)
            return []
        }
        depth += 1
        defer { depth -= 1 }
        var nodes: [GRUBNode] = []
        while next < tokens.count {
            guard let word = tokens[next] else {
                next += 1
                continue
            }
            if let plain = word.plain, ends.contains(plain) { return nodes }
            nodes.append(sentence())
        }
        return nodes
    }

    private mutating func sentence() -> GRUBNode {
        switch tokens[next]?.plain {
        case "if": return choice()
        case "while": return loop(isUntil: false)
        case "until": return loop(isUntil: true)
        case "for": return each()
        case "function":
            next += 1
            let name = words(before: "{").first?.plain ?? ""
            return .function(name, braces())
        case "menuentry": return entry(isMenu: false)
        case "submenu": return entry(isMenu: true)
        default: return .command(words())
        }
    }

    /// The words up to the end of the line.
    private mutating func words(before end: String? = nil) -> [GRUBWord] {
        var words: [GRUBWord] = []
        while next < tokens.count, let word = tokens[next] {
            if let end, word.plain == end { break }
            words.append(word)
            next += 1
        }
        return words
    }

    private mutating func skip(_ word: String) {
        while next < tokens.count, tokens[next] == nil { next += 1 }
        if next < tokens.count, tokens[next]?.plain == word { next += 1 }
    }

    private mutating func braces() -> [GRUBNode] {
        skip("{")
        let body = nodes(until: ["}"])
        skip("}")
        return body
    }

    private mutating func entry(isMenu: Bool) -> GRUBNode {
        next += 1
        let head = words(before: "{")
        return .entry(head, isMenu: isMenu, body: braces())
    }

    private mutating func choice() -> GRUBNode {
        var cases: [(test: [GRUBNode], body: [GRUBNode])] = []
        var otherwise: [GRUBNode] = []
        repeat {
            next += 1
            let test = nodes(until: ["then"])
            skip("then")
            cases.append((test, nodes(until: ["elif", "else", "fi"])))
        } while next < tokens.count && tokens[next]?.plain == "elif"
        if next < tokens.count, tokens[next]?.plain == "else" {
            next += 1
            otherwise = nodes(until: ["fi"])
        }
        skip("fi")
        return .choice(cases, otherwise: otherwise)
    }

    private mutating func loop(isUntil: Bool) -> GRUBNode {
        next += 1
        let test = nodes(until: ["do"])
        skip("do")
        let body = nodes(until: ["done"])
        skip("done")
        return .loop(test: test, isUntil: isUntil, body: body)
    }

    private mutating func each() -> GRUBNode {
        next += 1
        let head = words()
        skip("do")
        let body = nodes(until: ["done"])
        skip("done")
        return .each(variable: head.first?.plain ?? "", words: Array(head.dropFirst(2)), body: body)
    }
}
