/// Reads the text of a pattern: POSIX extended expressions with `(?:…)`, `*?` and `\d \s \w`.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var offset = 0
    private var depth = 0
    private(set) var groups = 0

    /// Groups in groups; what an operator means needs three.
    private static let deepest = 32
    /// What `\1` to `\9` can name.
    private static let mostGroups = 9
    static let mostTimes = 255

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func parse() throws(NamePattern.Fault) -> PatternTree {
        let tree = try alternatives()
        guard next == nil else { throw fault("there is no ( for this )") }
        return tree
    }

    private var next: Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        offset += 1
        return true
    }

    private func fault(_ message: String, at place: Int? = nil) -> NamePattern.Fault {
        NamePattern.Fault(offset: place ?? offset, message: message)
    }
}

extension PatternParser {
    private mutating func alternatives() throws(NamePattern.Fault) -> PatternTree {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .either(branches)
    }

    private mutating func sequence() throws(NamePattern.Fault) -> PatternTree {
        var parts: [PatternTree] = []
        while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repeated()) }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func repeated() throws(NamePattern.Fault) -> PatternTree {
        let start = offset
        let part = try atom()
        guard let (least, most) = try count() else { return part }
        guard part != .start, part != .end else { throw fault("nothing stands here that could be repeated", at: start) }
        let prefersMore = !take("?")
        if let next, "*+?{".unicodeScalars.contains(next) {
            throw fault("this is repeated twice; use ( ) if that is meant")
        }
        return .times(part, least: least, most: most, prefersMore: prefersMore)
    }

    /// `*`, `+`, `?` or `{2,5}`, if one stands here.
    private mutating func count() throws(NamePattern.Fault) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = offset
        guard take("{") else { return nil }
        let least = number()
        let most = take(",") ? number() : least
        let isOpen = offset > start + 1 && scalars[offset - 1] == ","
        guard let least, most != nil || isOpen, take("}") else {
            throw fault("write {3}, {3,} or {3,5}; \\{ means the character", at: start)
        }
        guard least <= Self.mostTimes, (most ?? 0) <= Self.mostTimes, most.map({ least <= $0 }) ?? true else {
            throw fault("allowed are numbers up to \(Self.mostTimes), the smaller one first", at: start)
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        let start = offset
        while let next, ("0"..."9").contains(next), offset < start + 4 { offset += 1 }
        return Int(String(String.UnicodeScalarView(scalars[start..<offset])))
    }

    private mutating func atom() throws(NamePattern.Fault) -> PatternTree {
        let start = offset
        guard let scalar = next else { return .empty }
        offset += 1
        switch scalar {
        case ".": return .one(.any)
        case "^": return .start
        case "$": return .end
        case "(": return try group(start)
        case "[": return .one(try set(start))
        case "\\": return .one(try escape(start))
        case "*", "+", "?", "{": throw fault("nothing stands before this that could be repeated", at: start)
        default: return .one(ScalarSet(scalar))
        }
    }

    private mutating func group(_ start: Int) throws(NamePattern.Fault) -> PatternTree {
        var number: Int?
        if take("?") {
            guard take(":") else { throw fault("of the groups with (? only (?: is known", at: start) }
        } else {
            groups += 1
            number = groups
            guard groups <= Self.mostGroups else {
                throw fault(
                    "there are more than \(Self.mostGroups) groups; write (?: for those that replace does not name",
                    at: start)
            }
        }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw fault("groups stand more than \(Self.deepest) deep", at: start) }
        let tree = try alternatives()
        guard take(")") else { throw fault("the ) for this ( is missing", at: start) }
        return .group(number, tree)
    }
}

extension PatternParser {
    /// What follows a backslash.
    private mutating func escape(_ start: Int) throws(NamePattern.Fault) -> ScalarSet {
        guard let scalar = next else { throw fault("nothing stands behind the \\", at: start) }
        offset += 1
        switch scalar {
        case "d": return .digits
        case "D": return .digits.inverted
        case "s": return .spaces
        case "S": return .spaces.inverted
        case "w": return .words
        case "W": return .words.inverted
        // A cleaned name has slashes where its client wrote backslashes.
        case "\\": return ScalarSet("/")
        case "1"..."9":
            throw fault("a pattern cannot ask again for what a group took; \\\(scalar) is for replace", at: start)
        case _ where scalar.properties.isAlphabetic || scalar.properties.numericType != nil:
            throw fault("\\\(scalar) means nothing here; known are \\d, \\s, \\w, \\D, \\S, \\W", at: start)
        default: return ScalarSet(scalar)
        }
    }

    /// What stands in `[ ]`.
    private mutating func set(_ start: Int) throws(NamePattern.Fault) -> ScalarSet {
        let isInverted = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            if scalar == "[", offset + 1 < scalars.count, scalars[offset + 1] == ":" {
                ranges += try namedClass()
                continue
            }
            let place = offset
            let from = try member()
            guard next == "-", offset + 1 < scalars.count, scalars[offset + 1] != "]" else {
                ranges += from.ranges
                continue
            }
            offset += 1
            let to = try member()
            guard let low = from.single, let high = to.single, low <= high else {
                throw fault("a range goes from a lower character to a higher one", at: place)
            }
            ranges.append(low...high)
        }
        guard take("]") else { throw fault("the ] for this [ is missing", at: start) }
        let set = ScalarSet(ranges: ranges)
        return isInverted ? set.inverted : set
    }

    private mutating func member() throws(NamePattern.Fault) -> ScalarSet {
        let start = offset
        guard let scalar = next else { throw fault("the ] is missing", at: start) }
        offset += 1
        guard scalar == "\\" else { return ScalarSet(scalar) }
        let set = try escape(start)
        guard !set.isInverted else { throw fault("\\D, \\S and \\W cannot stand in [ ]", at: start) }
        return set
    }

    /// `[:alpha:]`, with its brackets.
    private mutating func namedClass() throws(NamePattern.Fault) -> [ClosedRange<UInt32>] {
        let start = offset
        offset += 2
        var name = ""
        while let scalar = next, scalar.properties.isAlphabetic {
            name.unicodeScalars.append(scalar)
            offset += 1
        }
        guard take(":"), take("]"), let ranges = ScalarSet.named(name) else {
            throw fault(
                "no such class; known are [:alpha:], [:digit:], [:alnum:], [:upper:], [:lower:], [:xdigit:]", at: start)
        }
        return ranges
    }
}

extension ScalarSet {
    /// The only scalar in it, if it is one.
    fileprivate var single: UInt32? {
        guard !isInverted, ranges.count == 1, let range = ranges.first, range.count == 1 else { return nil }
        return range.lowerBound
    }
}
