/// Which lists may stand in the settings.
enum ListForm {
    /// A list; one without elements too.
    case list
    /// A list, or one element without a list around it.
    case listOrOne
    /// The same, but not empty: nobody could say what it means.
    case someOrOne

    var takesOne: Bool { self != .list }
}

extension SettingFormat {
    /// A list of texts, each checked by itself.
    ///
    /// - Parameters:
    ///   - allowed: what the elements are, in the plural.
    ///   - numbers: whether numbers without quotes are elements too.
    ///   - repeats: whether an element may stand there twice.
    static func list<Element: Equatable & Sendable>(
        of allowed: String, _ form: ListForm, numbers: Bool = false, repeats: Bool = false,
        _ parse: @escaping @Sendable (String) throws(Problem) -> Element,
        write: @escaping @Sendable (Element) -> String
    ) -> Self where Value == [Element] {
        let reader = ListReader(allowed: allowed, form: form, takesNumbers: numbers)
        return SettingFormat(
            allowed: form.takesOne ? "\(allowed), or a list of such" : "a list of \(allowed)",
            read: { node, faults in
                let before = faults.count
                var values: [Element] = []
                for (text, place) in reader.texts(of: node, &faults) {
                    guard let value = parsed(text, at: place, &faults, parse) else { continue }
                    if !repeats, values.contains(value) {
                        faults.append(SettingFault(place: place, message: "\"\(text)\" is listed twice"))
                    }
                    values.append(value)
                }
                return faults.count == before ? values : nil
            },
            write: { "[" + $0.map { quoted(write($0)) }.joined(separator: ", ") + "]" })
    }
}

extension SettingFormat where Value == [String] {
    static func list(
        of allowed: String, _ form: ListForm, _ parse: @escaping @Sendable (String) throws(Problem) -> String
    ) -> Self {
        list(of: allowed, form, parse, write: { $0 })
    }
}

/// Takes the texts out of a list.
private struct ListReader {
    let allowed: String
    let form: ListForm
    let takesNumbers: Bool

    func texts(of node: TOMLNode, _ faults: inout [SettingFault]) -> [(text: String, place: Place)] {
        guard case .array(let elements) = node.content else {
            if form.takesOne { return element(node, &faults).map { [$0] } ?? [] }
            var hint: String?
            if case .text(let text) = node.content { hint = "write [\(quoted(text))]" }
            faults.append(.wrongType(node, expected: "a list of \(allowed)", hint: hint))
            return []
        }
        if elements.isEmpty, form == .someOrOne {
            faults.append(
                SettingFault(place: node.place, message: "the list is empty; name \(allowed), or leave the key out"))
        }
        return elements.compactMap { element($0, &faults) }
    }

    private func element(_ node: TOMLNode, _ faults: inout [SettingFault]) -> (text: String, place: Place)? {
        switch node.content {
        case .text(let text):
            return (text, node.place)
        case .integer(let number) where takesNumbers:
            return (String(number), node.place)
        default:
            faults.append(.wrongType(node, expected: "a text in quotes (\(allowed))"))
            return nil
        }
    }
}
