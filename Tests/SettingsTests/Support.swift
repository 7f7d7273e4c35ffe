import Settings
import Testing

/// The messages of everything that is wrong with `text`, as an operator reads them; empty when nothing is.
func complaints(_ text: String) -> [String] {
    do throws(SettingsErrors) {
        _ = try Settings.parse(text, file: "f")
        return []
    } catch {
        return error.errors.map(\.description)
    }
}

/// What the files f, g and so on say together, each over those before it.
func parse(_ texts: String...) throws(SettingsErrors) -> Settings {
    try Settings.parse(zip(["f", "g", "h"], texts).map { Settings.File(name: $0, bytes: Array($1.utf8)) })
}

/// The settings after `change`.
func settings(_ change: (inout Settings) -> Void) -> Settings {
    var settings = Settings()
    change(&settings)
    return settings
}

/// A text and what it must lead to; prints as its text.
struct Case<Outcome: Sendable>: Sendable, CustomTestStringConvertible {
    var text: String
    var outcome: Outcome

    init(_ text: String, _ outcome: Outcome) {
        self.text = text
        self.outcome = outcome
    }

    var testDescription: String { text }
}
