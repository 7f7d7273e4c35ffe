/// A line of what a view shows: the same facts for people and for programs, from one place.
protocol ViewRow {
    /// For people; it may have lines beneath it.
    var line: String { get }
    /// For programs; fields are added, and never renamed (see pilotfish-json(5)).
    var fields: [(String, JSONText)] { get }
}

extension Array where Element: ViewRow {
    /// The rows as the service answers them.
    func lines(json: Bool) -> String {
        map { json ? JSONText.object($0.fields).line : $0.line }.joined(separator: "\n")
    }
}

extension JSONText {
    static func orNull(_ text: (some CustomStringConvertible)?) -> JSONText { text.map { .text("\($0)") } ?? .null }
    static func orNull(_ number: Int64?) -> JSONText { number.map { .number(Int($0)) } ?? .null }
    static func texts(_ all: some Sequence<some CustomStringConvertible>) -> JSONText {
        .list(all.map { .text("\($0)") })
    }
}

/// A line of JSON that the service answered.
package enum JSONLine {
    /// A text or a whole number among the fields of an object; nil where there is none.
    package static func value(of field: String, in line: some StringProtocol) -> String? {
        guard case .object(let fields)? = JSONValue(Array(line.utf8)) else { return nil }
        switch fields[field] {
        case .text(let text): return text
        case .number(let number): return Int64(exactly: number).map { String($0) }
        default: return nil
        }
    }
}
