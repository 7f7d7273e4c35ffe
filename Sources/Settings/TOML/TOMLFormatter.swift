/// Writes a TOML text in the one way that `pilotfish config fmt` knows: every comment stays, and the order, and what it means.
///
/// The text is one that the parser has read: what is no TOML is not looked for here.
struct TOMLFormatter {
    private var cursor: TOMLCursor
    /// Lines, or what belongs together: a list of several lines, a long text.
    private var pieces: [String] = []

    private init(_ text: String) { cursor = TOMLCursor(text) }

    static func text(_ text: String) -> String {
        var formatter = TOMLFormatter(text)
        formatter.run()
        return formatter.pieces.map { $0 + "\n" }.joined()
    }

    private mutating func run() {
        while cursor.next != nil {
            let start = cursor.offset
            skipSpace()
            switch cursor.next {
            case nil: break
            case "\n": blank()
            case "#":
                pieces.append(comment())
                cursor.advance()
            case "[": header()
            default: pieces.append(pair(0) + ending())
            }
            // Whatever the text is, this ends.
            if cursor.offset == start { cursor.advance() }
        }
        while pieces.last == "" { pieces.removeLast() }
    }

    // MARK: - Lines

    /// Of several empty lines one stays, and none at the beginning.
    private mutating func blank() {
        cursor.advance()
        if pieces.last != "", !pieces.isEmpty { pieces.append("") }
    }

    /// `[table]` or `[[list of tables]]`, with an empty line above it and above the comments that stand on it.
    private mutating func header() {
        cursor.advance()
        let isList = cursor.next == "["
        if isList { cursor.advance() }
        let name = keyPath()
        cursor.advance(isList ? 2 : 1)
        var place = pieces.count
        while place > 0, pieces[place - 1].hasPrefix("#") { place -= 1 }
        if place > 0, pieces[place - 1] != "" { pieces.insert("", at: place) }
        pieces.append((isList ? "[[\(name)]]" : "[\(name)]") + ending())
    }

    /// What stands behind something up to the end of its line: a comment, or nothing.
    private mutating func ending() -> String {
        skipSpace()
        let comment = cursor.next == "#" ? "  " + comment() : ""
        if cursor.next == "\n" { cursor.advance() }
        return comment
    }

    private mutating func comment() -> String {
        let text = cursor.skip { $0 != "\n" }
        return String(text[...(text.lastIndex { !$0.isWhitespace } ?? text.startIndex)])
    }

    private mutating func skipSpace() { cursor.skip { $0 == " " || $0 == "\t" || $0 == "\r" } }

    // MARK: - Keys and values

    /// - Parameter depth: of the lists that it stands in.
    private mutating func pair(_ depth: Int) -> String {
        let key = keyPath()
        guard cursor.next == "=" else { return key }
        cursor.advance()
        skipSpace()
        return "\(key) = \(value(depth))"
    }

    private mutating func keyPath() -> String {
        var parts: [String] = []
        while true {
            skipSpace()
            parts.append(
                cursor.next == "\"" || cursor.next == "'"
                    ? quotedText() : cursor.skip { !"=.] \t\r\n".unicodeScalars.contains($0) })
            skipSpace()
            guard cursor.next == "." else { return parts.joined(separator: ".") }
            cursor.advance()
        }
    }

    private mutating func value(_ depth: Int) -> String {
        switch cursor.next {
        case "\"", "'": return quotedText()
        case "[": return list(depth)
        case "{": return inlineTable(depth)
        default:
            let word = cursor.skip { !",]}#\r\n".unicodeScalars.contains($0) }
            return String(word[..<(word.lastIndex { !$0.isWhitespace }.map { word.index(after: $0) } ?? word.endIndex)])
        }
    }

    /// Every element on a line of its own if the list had several lines.
    private mutating func list(_ depth: Int) -> String {
        cursor.advance()
        var list = List()
        while let next = cursor.next, next != "]" {
            switch next {
            case " ", "\t", "\r", ",": cursor.advance()
            case "\n":
                list.endLine()
                cursor.advance()
            case "#": list.add(comment: comment())
            default:
                let start = cursor.offset
                list.add(value(depth + 1))
                if cursor.offset == start { cursor.advance() }
            }
        }
        cursor.advance()
        return list.text(depth)
    }

    private mutating func inlineTable(_ depth: Int) -> String {
        cursor.advance()
        var pairs: [String] = []
        while let next = cursor.next, next != "}" {
            if " \t\r\n,".unicodeScalars.contains(next) {
                cursor.advance()
            } else {
                let start = cursor.offset
                pairs.append(pair(depth))
                if cursor.offset == start { cursor.advance() }
            }
        }
        cursor.advance()
        return pairs.isEmpty ? "{}" : "{ \(pairs.joined(separator: ", ")) }"
    }

    /// As it is written, but in double quotes where that is the same.
    private mutating func quotedText() -> String {
        guard let quote = cursor.next else { return "" }
        if cursor.starts(with: [quote, quote, quote]) { return longText(quote) }
        cursor.advance()
        var content = ""
        while let next = cursor.next, next != quote, next != "\n" {
            let count = next == "\\" && quote == "\"" ? 2 : 1
            content += take(count)
        }
        cursor.advance()
        let isPlain = content.unicodeScalars.allSatisfy { $0 != "\\" && $0 != "\"" && $0.value >= 0x20 }
        return quote == "'" && !isPlain ? "'\(content)'" : "\"\(content)\""
    }

    /// A text in three quotes, which may end in two of its own.
    private mutating func longText(_ quote: Unicode.Scalar) -> String {
        let fence = [quote, quote, quote]
        var text = take(3)
        while cursor.next != nil, !cursor.starts(with: fence) {
            text += take(cursor.next == "\\" && quote == "\"" ? 2 : 1)
        }
        text += take(3)
        while cursor.next == quote { text += take(1) }
        return text
    }

    private mutating func take(_ count: Int) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<count {
            guard let next = cursor.next else { break }
            text.append(next)
            cursor.advance()
        }
        return String(text)
    }
}

/// A list as it is read, with the comments in it.
private struct List {
    private struct Element {
        /// Comments on lines of their own.
        var above: [String]
        var value: String
        var behind = ""
    }

    private var elements: [Element] = []
    /// Comments that no element has come for.
    private var comments: [String] = []
    private var isLong = false
    /// Whether what comes stands on the line of the last element.
    private var isBehind = false

    mutating func endLine() { (isLong, isBehind) = (true, false) }

    mutating func add(_ value: String) {
        elements.append(Element(above: comments, value: value))
        (comments, isBehind) = ([], true)
    }

    mutating func add(comment: String) {
        isLong = true
        if isBehind, comments.isEmpty, elements[elements.count - 1].behind.isEmpty {
            elements[elements.count - 1].behind = "  " + comment
        } else {
            comments.append(comment)
        }
    }

    func text(_ depth: Int) -> String {
        guard isLong, !elements.isEmpty || !comments.isEmpty else {
            return "[\(elements.map(\.value).joined(separator: ", "))]"
        }
        let margin = String(repeating: " ", count: 4 * (depth + 1))
        let lines = elements.flatMap { element in
            (element.above + ["\(element.value),\(element.behind)"]).map { margin + $0 }
        }
        let all = ["["] + lines + comments.map { margin + $0 } + [String(repeating: " ", count: 4 * depth) + "]"]
        return all.joined(separator: "\n")
    }
}
