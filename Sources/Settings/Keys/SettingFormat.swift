import Wire

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
    /// - Parameter orZero: whether 0 is allowed too, beneath the range.
    static func number(_ range: ClosedRange<Int>, orZero: Bool = false) -> Self {
        let allowed = (orZero ? "0, or " : "") + "\(range.lowerBound) to \(range.upperBound)"
        return SettingFormat(
            allowed: allowed,
            read: { node, faults in
                guard case .integer(let number) = node.content else {
                    faults.append(.wrongType(node, expected: "a number (\(allowed))", hint: unquoted(node)))
                    return nil
                }
                guard !range.contains(number), !(orZero && number == 0) else { return number }
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

extension SettingFormat where Value == TimeSpan {
    static func milliseconds(_ range: ClosedRange<Int>, orZero: Bool = false) -> Self {
        SettingFormat<Int>.number(range, orZero: orZero)
            .map({ .milliseconds(Int64($0)) }, back: { Int($0.nanoseconds / 1_000_000) })
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

    static func parsed<Result>(
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
    static var choice: Self { choice(of: Array(Value.allCases)) }
}

extension SettingFormat where Value: RawRepresentable, Value.RawValue == String {
    /// The name of one of `values`.
    static func choice(of values: [Value]) -> Self {
        let names = values.map(\.rawValue)
        return text(
            names.map(quoted).joined(separator: ", "),
            { text throws(Problem) in
                let name = try Check.choice(text, among: names)
                guard let value = Value(rawValue: name) else { throw Problem("\"\(text)\" is unknown") }
                return value
            },
            write: \.rawValue)
    }
}

extension SettingFormat {
    /// The same format for another type of the same meaning.
    func map<New>(
        _ forth: @escaping @Sendable (Value) -> New, back: @escaping @Sendable (New) -> Value
    ) -> SettingFormat<New> {
        SettingFormat<New>(
            allowed: allowed, read: { node, faults in read(node, &faults).map(forth) }, write: { write(back($0)) })
    }
}
