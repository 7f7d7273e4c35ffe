/// What must be known of a template's tags before Mustache sees it: it overlooks what is missing, and follows what is endless.
struct TemplateTags {
    struct Part: Equatable {
        var name: String
        var line: Int
    }

    /// The templates that it takes in.
    private(set) var parts: [Part] = []

    /// Sections in sections; Mustache needs stack for each.
    private static let deepest = 50

    private let name: String
    private var delimiters = (open: "{{", close: "}}")
    private var outerDelimiters: [(open: String, close: String)] = []
    private var depth = 0

    init(_ text: String, of name: String) throws(TemplateFault) {
        self.name = name
        var rest = Substring(text)
        var line = 1
        while let start = rest.firstRange(of: delimiters.open) {
            line += Self.lines(rest[..<start.lowerBound])
            guard let end = rest[start.upperBound...].firstRange(of: delimiters.close) else {
                throw TemplateFault(name: name, line: line, message: "a tag is not closed")
            }
            let tag = rest[start.upperBound..<end.lowerBound]
            rest = rest[end.upperBound...]
            try note(tag, line)
            line += Self.lines(tag)
        }
    }

    private mutating func note(_ tag: Substring, _ line: Int) throws(TemplateFault) {
        let words = tag.dropFirst().split(whereSeparator: \.isWhitespace).map(String.init)
        switch tag.first {
        case ">", "<":
            guard let part = words.first, !part.hasPrefix("*") else {
                throw TemplateFault(name: name, line: line, message: "the name of a template cannot be a variable")
            }
            parts.append(Part(name: part, line: line))
            if tag.first == "<" { try enter(line) }
        case "#", "^":
            try check(words.first ?? "", line)
            try enter(line)
        case "$": try enter(line)
        case "/":
            depth -= 1
            // Those of a section end with it.
            if let outer = outerDelimiters.popLast() { delimiters = outer }
        case "=":
            // The last sign is another "=".
            let both = tag.dropFirst().dropLast().split(whereSeparator: \.isWhitespace).map(String.init)
            guard both.count == 2, tag.last == "=" else {
                throw TemplateFault(name: name, line: line, message: "new delimiters are written {{=<% %>=}}")
            }
            delimiters = (both[0], both[1])
        case "!", "%": break
        case "{", "&": try check(words.first ?? "", line)
        default: try check(tag.split(whereSeparator: \.isWhitespace).map(String.init).first ?? "", line)
        }
    }

    /// Of what has no parts Mustache prints nothing, and tells nobody.
    private func check(_ variable: String, _ line: Int) throws(TemplateFault) {
        guard variable.dropFirst().contains("."), !variable.hasPrefix("secret.") else { return }
        throw TemplateFault(
            name: name, line: line, message: "\"\(variable)\" has a point in its name, which is for secret.NAME only")
    }

    private mutating func enter(_ line: Int) throws(TemplateFault) {
        depth += 1
        outerDelimiters.append(delimiters)
        guard depth <= Self.deepest else {
            throw TemplateFault(name: name, line: line, message: "more than \(Self.deepest) sections lie in each other")
        }
    }

    private static func lines(_ text: Substring) -> Int { text.unicodeScalars.count { $0 == "\n" } }
}

extension Substring {
    /// By scalars: to Swift, braces with an accent behind them are other characters.
    fileprivate func firstRange(of other: String) -> Range<Substring.Index>? {
        var start = startIndex
        let wanted = Array(other.unicodeScalars)
        while start < endIndex {
            var index = start
            var matched = 0
            while matched < wanted.count, index < endIndex, unicodeScalars[index] == wanted[matched] {
                index = unicodeScalars.index(after: index)
                matched += 1
            }
            if matched == wanted.count { return start..<index }
            start = unicodeScalars.index(after: start)
        }
        return nil
    }
}
