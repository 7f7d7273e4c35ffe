/// An explanation, told step by step: what each is about, and a sentence.
struct Telling: Sendable {
    /// What a step is about is empty where that is said by the one before.
    private var steps: [(about: String, text: String)] = []

    mutating func say(_ about: String, _ text: String) { steps.append((about, text)) }

    /// In two columns.
    var lines: [String] {
        steps.map { about, text in about + String(repeating: " ", count: max(1, 9 - about.count)) + text }
    }

    /// A list of objects with `about` and `text`.
    var json: JSONText {
        var last = ""
        return .list(
            steps.map { about, text in
                if !about.isEmpty { last = about }
                return .object([("about", .text(last)), ("text", .text(text))])
            })
    }
}
