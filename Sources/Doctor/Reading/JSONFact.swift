/// JSON as programs of this host write it (`nft -j`), read without Foundation, which this storey does not have.
package enum JSONFact: Equatable, Sendable {
    case null
    case flag(Bool)
    /// A number that is not whole is rounded towards zero.
    case number(Int)
    case text(String)
    case list([JSONFact])
    case object([String: JSONFact])

    /// Nil for what is no JSON, for more than one value, and for what is nested deeper than any rule set.
    package init?(_ octets: [UInt8]) {
        var reader = JSONFactReader(octets)
        guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
        self = value
    }

    package subscript(key: String) -> JSONFact? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    package var text: String? {
        guard case .text(let value) = self else { return nil }
        return value
    }

    package var number: Int? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    package var list: [JSONFact]? {
        guard case .list(let values) = self else { return nil }
        return values
    }

    /// The name and the value of an object that has one member, as nft writes every expression.
    var only: (key: String, value: JSONFact)? {
        guard case .object(let members) = self, members.count == 1, let (key, value) = members.first else { return nil }
        return (key, value)
    }
}

private struct JSONFactReader {
    private let octets: [UInt8]
    private var place = 0
    private static let deepest = 64

    init(_ octets: [UInt8]) {
        self.octets = octets
    }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return place == octets.count
        }
    }

    mutating func value(depth: Int) -> JSONFact? {
        skipSpace()
        guard place < octets.count, depth < Self.deepest else { return nil }
        switch octets[place] {
        case UInt8(ascii: "{"): return object(depth)
        case UInt8(ascii: "["): return list(depth)
        case UInt8(ascii: "\""): return string().map(JSONFact.text)
        case UInt8(ascii: "t"): return word("true", .flag(true))
        case UInt8(ascii: "f"): return word("false", .flag(false))
        case UInt8(ascii: "n"): return word("null", .null)
        default: return number()
        }
    }

    private mutating func skipSpace() {
        while place < octets.count, [0x20, 0x09, 0x0A, 0x0D].contains(octets[place]) { place += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard place < octets.count, octets[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func word(_ word: String, _ value: JSONFact) -> JSONFact? {
        guard octets[place...].starts(with: word.utf8) else { return nil }
        place += word.utf8.count
        return value
    }

    private mutating func object(_ depth: Int) -> JSONFact? {
        place += 1
        var members: [String: JSONFact] = [:]
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard place < octets.count, octets[place] == UInt8(ascii: "\""), let key = string(), take(":"),
                let value = value(depth: depth + 1)
            else { return nil }
            members[key] = value
            if take("}") { return .object(members) }
            guard take(",") else { return nil }
        }
    }

    private mutating func list(_ depth: Int) -> JSONFact? {
        place += 1
        var values: [JSONFact] = []
        if take("]") { return .list(values) }
        while true {
            guard let value = value(depth: depth + 1) else { return nil }
            values.append(value)
            if take("]") { return .list(values) }
            guard take(",") else { return nil }
        }
    }

    private mutating func number() -> JSONFact? {
        let begin = place
        while place < octets.count, "+-.eE0123456789".utf8.contains(octets[place]) { place += 1 }
        let digits = String(decoding: octets[begin..<place], as: UTF8.self)
        if let whole = Int(digits) { return .number(whole) }
        return Double(digits).flatMap { Int(exactly: $0.rounded(.towardZero)) }.map(JSONFact.number)
    }

    private mutating func string() -> String? {
        place += 1
        var text: [UInt8] = []
        while place < octets.count {
            let octet = octets[place]
            place += 1
            switch octet {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escaped() else { return nil }
                text += Array(String(scalar).utf8)
            default: text.append(octet)
            }
        }
        return nil
    }

    /// Half of a pair of surrogates becomes U+FFFD: no name that matters here has any.
    private mutating func escaped() -> Unicode.Scalar? {
        guard place < octets.count else { return nil }
        let octet = octets[place]
        place += 1
        switch octet {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"):
            guard place + 4 <= octets.count,
                let number = UInt32(String(decoding: octets[place..<place + 4], as: UTF8.self), radix: 16)
            else { return nil }
            place += 4
            return Unicode.Scalar(number) ?? "\u{FFFD}"
        default: return Unicode.Scalar(octet)
        }
    }
}
