/// Reads the text of a `HostSelector`, octet by octet: columns are those of a terminal as long as the text is ASCII,
/// and all else is refused where it stands.
struct HostSelectorParser {
    private typealias Fault = HostSelector.Fault

    private let octets: [UInt8]
    private var place = 0

    init(_ text: String) {
        octets = Array(text.utf8)
    }

    mutating func terms() throws(HostSelector.Fault) -> [HostSelector.Term] {
        var terms: [HostSelector.Term] = []
        repeat {
            terms.append(try term())
        } while take(",")
        guard place == octets.count else { throw unexpected() }
        guard terms.contains(where: { !$0.leavesOut }) else {
            throw Fault(reason: "this only leaves hosts out; write \"all,\" before it to mean all others", column: 1)
        }
        return terms
    }

    private mutating func term() throws(HostSelector.Fault) -> HostSelector.Term {
        skipBlanks()
        let start = place
        let leavesOut = take("!")
        let matter = try matter()
        let text = String(decoding: octets[start..<place], as: UTF8.self)
        skipBlanks()
        return HostSelector.Term(text: text, matter: matter, leavesOut: leavesOut)
    }

    private mutating func matter() throws(HostSelector.Fault) -> HostSelector.Term.Matter {
        if take("@") { return .group(try pattern(of: "the name of a group")) }
        if takeWord("tag=") { return .tag(try pattern(of: "a tag")) }
        let pattern = try pattern(of: "a name, a pattern, @group, tag=… or all")
        let isAll = pattern.elements == "all".utf8.map { .letter($0) }
        return isAll ? .all : .name(pattern)
    }

    private mutating func pattern(of what: String) throws(HostSelector.Fault) -> HostPattern {
        var elements: [HostPattern.Element] = []
        while let octet = peek {
            switch octet {
            case UInt8(ascii: "*"): elements.append(.any)
            case UInt8(ascii: "?"): elements.append(.one)
            case UInt8(ascii: "["):
                elements.append(.number(try numbers()))
                continue
            case let letter where Self.isOfName(letter): elements.append(.letter(HostPattern.lowered(letter)))
            default:
                if elements.isEmpty || !Self.isEnd(octet) { throw elements.isEmpty ? missing(what) : unexpected() }
                return HostPattern(elements: elements)
            }
            place += 1
        }
        if elements.isEmpty { throw missing(what) }
        return HostPattern(elements: elements)
    }

    /// `[1-8]`, `[01-20,25]`.
    private mutating func numbers() throws(HostSelector.Fault) -> [HostPattern.Numbers] {
        let start = place
        place += 1
        var numbers: [HostPattern.Numbers] = []
        repeat {
            numbers.append(try range())
        } while take(",")
        guard take("]") else {
            if peek == nil { throw Fault(reason: "this \"[\" has no \"]\"", column: start + 1) }
            throw unexpected()
        }
        return numbers
    }

    private mutating func range() throws(HostSelector.Fault) -> HostPattern.Numbers {
        let start = place
        let first = try number()
        let last = take("-") ? try number() : first
        guard first.value <= last.value else {
            throw Fault(reason: "a range goes from the smaller number to the larger", column: start + 1)
        }
        let isPadded = first.width > 1 && octets[start] == UInt8(ascii: "0")
        return HostPattern.Numbers(range: first.value...last.value, width: isPadded ? first.width : 1)
    }

    private mutating func number() throws(HostSelector.Fault) -> (value: Int, width: Int) {
        let digits = octets[place...].prefix { (0x30...0x39).contains($0) }
        if digits.isEmpty { throw missing("a number") }
        guard digits.count <= HostPattern.digitLimit else {
            throw Fault(reason: "a number has at most \(HostPattern.digitLimit) digits", column: place + 1)
        }
        place += digits.count
        return (digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }, digits.count)
    }

    // MARK: Letters

    private var peek: UInt8? { place < octets.count ? octets[place] : nil }

    private mutating func take(_ letter: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: letter) else { return false }
        place += 1
        return true
    }

    private mutating func takeWord(_ word: String) -> Bool {
        guard octets[place...].starts(with: word.utf8, by: { HostPattern.lowered($0) == $1 }) else { return false }
        place += word.utf8.count
        return true
    }

    private mutating func skipBlanks() {
        while peek == UInt8(ascii: " ") { place += 1 }
    }

    /// Letters, digits and what else names, groups and tags are made of.
    static func isOfName(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._:/+".utf8.contains(octet)
        }
    }

    private static func isEnd(_ octet: UInt8) -> Bool { octet == UInt8(ascii: ",") || octet == UInt8(ascii: " ") }

    private func missing(_ what: String) -> HostSelector.Fault {
        Fault(reason: peek == nil ? "\(what) is missing" : "\(what) belongs here, not \(shown)", column: place + 1)
    }

    private func unexpected() -> HostSelector.Fault {
        Fault(reason: "\(shown) does not belong here", column: place + 1)
    }

    /// The letter at this place, or what it is of; the text was whole UTF-8.
    private var shown: String {
        let letter = String(decoding: octets[place...].prefix(4), as: UTF8.self).first
        return letter.map { "\"\($0)\"" } ?? "the end"
    }
}
