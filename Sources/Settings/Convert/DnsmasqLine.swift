/// One line of dnsmasq.conf: `key`, or `key=field,field,…`.
struct DnsmasqLine {
    let directive: Directive
    let key: String
    /// What stands between the commas, without quotes; those in front that begin with `tag:`, `set:` and the like too.
    private(set) var fields: [String]

    /// - Returns: nil for an empty line and a comment.
    init?(_ line: Substring, file: String, number: Int) {
        let (text, marks) = Self.unquoted(line)
        guard !text.allSatisfy(\.isWhitespace) else { return nil }
        let sign = text.indices.first { text[$0] == "=" }
        key = String(text[..<(sign ?? text.endIndex)]).trimmed.lowercased()
        var fields: [String] = []
        if let sign {
            var start = sign + 1
            for comma in marks.filter({ $0 > sign }) + [text.count] {
                fields.append(String(String(text[start..<comma]).trimmed))
                start = comma + 1
            }
        }
        self.fields = fields
        directive = Directive(file: file, line: number, what: String(line.trimmed))
    }

    /// The line without quotes, escapes and comment, and where commas outside of quotes stand in it.
    private static func unquoted(_ line: Substring) -> (text: [Character], commas: [Int]) {
        var (text, commas): ([Character], [Int]) = ([], [])
        var (isQuoted, isEscaped) = (false, false)
        for character in line {
            if isEscaped {
                text.append(character)
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted, character == "#", text.last?.isWhitespace ?? true {
                break
            } else {
                if character == ",", !isQuoted { commas.append(text.count) }
                text.append(character)
            }
        }
        return (text, commas)
    }

    /// The fields without those that name tags; `net:` is how versions before 2.53 wrote it.
    var values: [String] {
        fields.filter { field in !["tag:", "set:", "net:"].contains(where: field.hasPrefix) }
    }

    /// The tags that must hold, those that must not with a `!`.
    var requiredTags: [String] {
        fields.filter { $0.hasPrefix("tag:") || $0.hasPrefix("net:") }.map { field in
            let tag = String(field.dropFirst(4))
            return tag.hasPrefix("#") ? "!" + tag.dropFirst() : tag
        }
    }

    /// The tag that the line sets.
    var tagSet: String? { fields.first { $0.hasPrefix("set:") }.map { String($0.dropFirst(4)) } }

    /// The line of old versions, which wrote the tag in front, as they write it now.
    var withTagSet: DnsmasqLine {
        guard tagSet == nil, key != "tag-if", let first = fields.first else { return self }
        var line = self
        line.fields[0] = "set:" + (first.hasPrefix("net:") ? first.dropFirst(4) : first[...])
        return line
    }

    /// What a rule made of it is called.
    var ruleName: String { requiredTags.isEmpty ? key : requiredTags.joined(separator: " and ") }
}
