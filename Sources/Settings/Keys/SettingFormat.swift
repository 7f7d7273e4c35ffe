/// How the values of one kind are read from TOML, checked, and written back.
struct SettingFormat<Value: Sendable>: Sendable {
    /// What may stand there, as the end of "allowed is …".
    let allowed: String
    /// Answers nil after it has told every problem it found.
    let read: @Sendable (TOMLNode, inout [SettingFault]) -> Value?
    /// The value as TOML.
    let write: @Sendable (Value) -> String
}

/// Something wrong with a value, and where it stands.
struct SettingFault {
    var place: Place
    var message: String

    static func wrongType(_ node: TOMLNode, expected: String, hint: String? = nil) -> SettingFault {
        let advice = hint.map { "; \($0)" } ?? ""
        return SettingFault(place: node.place, message: "expected \(expected), found \(node.kind)\(advice)")
    }
}

extension SettingFormat where Value == Bool {
    static let flag = SettingFormat(
        allowed: "true or false",
        read: { node, faults in
            if case .boolean(let flag) = node.content { return flag }
            var hint: String?
            if case .text(let text) = node.content, text == "true" || text == "false" {
                hint = "write \(text) without quotes"
            }
            faults.append(.wrongType(node, expected: "true or false", hint: hint))
            return nil
        },
        write: { String($0) })
}

extension SettingFormat where Value == Int {
    static func number(_ range: ClosedRange<Int>) -> Self {
        let allowed = "\(range.lowerBound) to \(range.upperBound)"
        return SettingFormat(
            allowed: allowed,
            read: { node, faults in
                guard case .integer(let number) = node.content else {
                    faults.append(.wrongType(node, expected: "a number (\(allowed))", hint: unquoted(node)))
                    return nil
                }
                guard !range.contains(number) else { return number }
                let fault = number < range.lowerBound ? "small" : "large"
                faults.append(
                    SettingFault(place: node.place, message: "\(number) is too \(fault); allowed is \(allowed)"))
                return nil
            },
            write: { String($0) })
    }

    private static func unquoted(_ node: TOMLNode) -> String? {
        guard case .text(let text) = node.content, Int(text) != nil else { return nil }
        return "write \(text) without quotes"
    }
}

extension SettingFormat {
    /// A text that `parse` makes a value of.
    static func text(
        _ allowed: String, _ parse: @escaping @Sendable (String) throws(Problem) -> Value,
        write: @escaping @Sendable (Value) -> String
    ) -> Self {
        SettingFormat(
            allowed: allowed,
            read: { node, faults in
                guard case .text(let text) = node.content else {
                    faults.append(.wrongType(node, expected: "a text in quotes (\(allowed))"))
                    return nil
                }
                return parsed(text, at: node.place, &faults, parse)
            },
            write: { quoted(write($0)) })
    }

    private static func parsed<Result>(
        _ text: String, at place: Place, _ faults: inout [SettingFault], _ parse: (String) throws(Problem) -> Result
    ) -> Result? {
        do throws(Problem) {
            return try parse(text)
        } catch {
            faults.append(SettingFault(place: place, message: error.text))
            return nil
        }
    }
}

extension SettingFormat where Value == String {
    static func text(_ allowed: String, _ parse: @escaping @Sendable (String) throws(Problem) -> String) -> Self {
        text(allowed, parse, write: { $0 })
    }
}

extension SettingFormat where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of an enumeration's names.
    static var choice: Self {
        let names = Value.allCases.map(\.rawValue)
        let allowed = names.map(quoted).joined(separator: ", ")
        return text(
            allowed,
            { text throws(Problem) in
                if let value = Value(rawValue: text) { return value }
                throw Problem("\"\(text)\" is unknown\(didYouMean(text, among: names)); allowed is \(allowed)")
            },
            write: \.rawValue)
    }
}

extension SettingFormat where Value == [String] {
    /// A list of texts, each checked by itself; `single` also takes one text without a list around it.
    static func list(
        of allowed: String, single: Bool, _ parse: @escaping @Sendable (String) throws(Problem) -> String
    ) -> Self {
        SettingFormat(
            allowed: single ? "\(allowed), or a list of such" : "a list of \(allowed)",
            read: { node, faults in
                let before = faults.count
                var texts: [String] = []
                for element in elements(of: node, of: allowed, single, &faults) {
                    guard case .text(let text) = element.content else {
                        faults.append(.wrongType(element, expected: "a text in quotes (\(allowed))"))
                        continue
                    }
                    guard let parsed = parsed(text, at: element.place, &faults, parse) else { continue }
                    if texts.contains(parsed) {
                        faults.append(SettingFault(place: element.place, message: "\"\(text)\" is listed twice"))
                    }
                    texts.append(parsed)
                }
                return faults.count == before ? texts : nil
            },
            write: { "[" + $0.map(quoted).joined(separator: ", ") + "]" })
    }

    private static func elements(
        of node: TOMLNode, of allowed: String, _ single: Bool, _ faults: inout [SettingFault]
    ) -> [TOMLNode] {
        switch node.content {
        case .array(let nodes):
            return nodes
        case .text where single:
            return [node]
        case .text(let text):
            let hint = "write [\(quoted(text))]"
            faults.append(.wrongType(node, expected: "a list of \(allowed)", hint: hint))
        default:
            faults.append(.wrongType(node, expected: "a list of \(allowed)"))
        }
        return []
    }
}

/// `text` as a TOML basic string.
func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        default: String(scalar)
        }
    }
    return "\"" + escaped.joined() + "\""
}
