/// One step on the way from the top of a TOML text to a value.
enum TOMLStep: Hashable {
    case key(String)
    case index(Int)
}

/// Where keys and values stand in a TOML text, and whether the parser may be shown the text at all.
///
/// TOMLKit keeps no positions, so the text is walked a second time. The places serve messages only and decide nothing;
/// one that cannot be told (a key written with escapes) is told as its table's.
struct TOMLPlaces {
    private var keys: [[TOMLStep]: Place] = [:]
    private var values: [[TOMLStep]: Place] = [:]
    /// Tables in each array of tables so far.
    private var tables: [[TOMLStep]: Int] = [:]
    private var cursor: TOMLCursor
    private var depth = 0

    /// The first thing that the parser behind TOMLKit (toml++ 3.4) does not refuse but dies of or loses.
    private(set) var fault: TOMLFault?
    /// The text before `fault`.
    private(set) var textBeforeFault = ""

    /// Values in values that toml++ takes (`TOML_MAX_NESTED_VALUES`).
    private static let deepest = 256

    init(_ text: String) {
        cursor = TOMLCursor(text)
        walk()
    }

    func key(at path: [TOMLStep]) -> Place {
        nearest(path, in: keys)
    }

    func value(at path: [TOMLStep]) -> Place {
        values[path] ?? nearest(path, in: keys)
    }

    static func place(ofFirst scalar: Unicode.Scalar, in text: String) -> Place? {
        var cursor = TOMLCursor(text)
        while let next = cursor.next {
            if next == scalar { return cursor.place }
            cursor.advance()
        }
        return nil
    }

    private func nearest(_ path: [TOMLStep], in places: [[TOMLStep]: Place]) -> Place {
        var path = path
        while !path.isEmpty {
            if let place = places[path] { return place }
            path.removeLast()
        }
        return Place(line: 1, column: 1)
    }
}

extension TOMLPlaces {
    private mutating func walk() {
        var table: [TOMLStep] = []
        while true {
            cursor.skipToToken()
            guard let next = cursor.next else { return }
            let start = cursor.offset
            if next == "[" {
                table = walkHeader()
            } else {
                walkPair(in: table)
            }
            // Whatever the text is, the walk ends.
            if cursor.offset == start { cursor.advance() }
        }
    }

    /// `[table]` or `[[array of tables]]`.
    private mutating func walkHeader() -> [TOMLStep] {
        cursor.advance()
        let isArray = cursor.next == "["
        if isArray { cursor.advance() }
        cursor.skipBlanks()
        // toml++ asserts that a name begins so.
        if let next = cursor.next, next != "]", next != "\"", next != "'", !Self.isBare(next) {
            refuse("the name of the table is missing")
        }
        let start = cursor.place
        var path = keyPath(in: [])
        if isArray {
            let index = tables[path, default: 0]
            tables[path] = index + 1
            values[path + [.index(index)]] = start
            path.append(.index(index))
        }
        cursor.skip { $0 != "\n" && $0 != "#" }
        return path
    }

    /// `key = value`, also inside an inline table.
    private mutating func walkPair(in table: [TOMLStep]) {
        let path = keyPath(in: table)
        guard cursor.next == "=" else { return }
        cursor.advance()
        cursor.skipBlanks()
        values[path] = cursor.place
        walkValue(at: path)
    }

    /// `a.b."c d"`, each part recorded where it is first named.
    private mutating func keyPath(in table: [TOMLStep]) -> [TOMLStep] {
        var path = table
        while true {
            cursor.skipBlanks()
            let place = cursor.place
            path.append(.key(keyPart()))
            guard path.count <= Self.deepest else {
                // toml++ takes tables down by recursion; nothing behind this is worth a look.
                refuse("the key has too many parts")
                cursor.skip { _ in true }
                return path
            }
            if keys[path] == nil { keys[path] = place }
            if values[path] == nil { values[path] = place }
            // Below an array of tables, its last table is meant.
            cursor.skipBlanks()
            guard cursor.next == "." else { return path }
            cursor.advance()
            if let count = tables[path] { path.append(.index(count - 1)) }
        }
    }

    /// Whether `scalar` may stand in a key without quotes.
    private static func isBare(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal)
            || scalar == "_" || scalar == "-"
    }

    private mutating func keyPart() -> String {
        if cursor.next == "\"" || cursor.next == "'" { return quoted() }
        return cursor.skip { $0 != "=" && $0 != "." && $0 != "]" && $0 != " " && $0 != "\t" && $0 != "\n" }
    }

    private mutating func walkValue(at path: [TOMLStep]) {
        depth += 1
        defer { depth -= 1 }
        switch cursor.next {
        case "\"", "'":
            _ = quoted()
        case _ where depth > Self.deepest:
            // Here toml++ refuses the text; the walk must not go deeper than it does.
            cursor.skip { _ in true }
        case "[":
            walkList(at: path)
        case "{":
            walkInlineTable(at: path)
        default:
            walkBareValue()
        }
    }

    /// A number, `true` or `false`. Dates are no settings, and toml++ asserts what it should refuse in damaged ones.
    private mutating func walkBareValue() {
        var previous = cursor.next
        if let first = previous, first >= "0", first <= "9" {
            while let next = cursor.next, !Self.endsValue(next) {
                if next == "-", previous != "e", previous != "E" { refuse("no setting is a date") }
                previous = next
                cursor.advance()
            }
        }
        cursor.skip { $0 != "," && $0 != "]" && $0 != "}" && $0 != "#" && $0 != "\n" }
    }

    /// Whether toml++ takes `scalar` for the end of a value (`is_value_terminator`).
    private static func endsValue(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar == "]" || scalar == "}" || scalar == "," || scalar == "#"
            || scalar == "\u{FEFF}"
    }

    private mutating func walkList(at path: [TOMLStep]) {
        cursor.advance()
        var index = 0
        while true {
            cursor.skipToToken(over: ",")
            guard let next = cursor.next else { return }
            if next == "]" { return cursor.advance() }
            // toml++ asserts that no value begins so.
            if Self.endsValue(next) { refuse("a list holds values parted by commas and ends with ]") }
            let element = path + [.index(index)]
            values[element] = cursor.place
            let start = cursor.offset
            walkValue(at: element)
            if cursor.offset == start { cursor.advance() }
            index += 1
        }
    }

    private mutating func walkInlineTable(at path: [TOMLStep]) {
        cursor.advance()
        while true {
            cursor.skipToToken(over: ",")
            guard let next = cursor.next else { return }
            if next == "}" { return cursor.advance() }
            let start = cursor.offset
            walkPair(in: path)
            if cursor.offset == start { cursor.advance() }
        }
    }

    /// A text in any of the four kinds of quotes; escapes are left as they are written.
    private mutating func quoted() -> String {
        guard let quote = cursor.next else { return "" }
        let hasEscapes = quote == "\""
        let isLong = cursor.starts(with: [quote, quote, quote])
        cursor.advance(isLong ? 3 : 1)
        var content = String.UnicodeScalarView()
        while let next = cursor.next {
            if isLong ? cursor.starts(with: [quote, quote, quote]) : next == quote { break }
            if hasEscapes, next == "\\" {
                noteNUL()
                content.append(next)
                cursor.advance()
            }
            cursor.next.map { content.append($0) }
            cursor.advance()
        }
        cursor.advance(isLong ? 3 : 1)
        // A long text may end in up to two quotes of its own, which stand before the three that close it.
        if isLong { cursor.skip { $0 == quote } }
        return String(content)
    }

    /// Texts come over as C strings, which end here.
    private mutating func noteNUL() {
        if cursor.starts(with: Array("\\u0000".unicodeScalars))
            || cursor.starts(with: Array("\\U00000000".unicodeScalars))
        {
            refuse("a text cannot hold the NUL character")
        }
    }

    private mutating func refuse(_ message: String) {
        guard fault == nil else { return }
        fault = TOMLFault(place: cursor.place, message: message)
        textBeforeFault = cursor.textBefore
    }
}
