/// JSON that keeps the order in which it was made, so that it compares line by line.
package indirect enum JSONText: Sendable {
    case text(String)
    case number(Int)
    /// A number whose digits are made already.
    case digits(String)
    case truth(Bool)
    case list([JSONText])
    case object([(String, JSONText)])
    case null

    /// On one line.
    package var line: String {
        switch self {
        case .text(let value): Self.quoted(value)
        case .number(let value): "\(value)"
        case .digits(let value): value
        case .truth(let value): value ? "true" : "false"
        case .list(let values): "[" + values.map(\.line).joined(separator: ",") + "]"
        case .object(let fields):
            "{" + fields.map { "\(Self.quoted($0)):\($1.line)" }.joined(separator: ",") + "}"
        case .null: "null"
        }
    }

    /// A JSON string. Control characters from the wire are escaped, so that no packet can draw on a terminal.
    static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
