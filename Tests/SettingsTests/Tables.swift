import BootPolicy
import Settings
import Testing
import Wire

/// The only rule of a text, without its place.
func rule(_ text: String) throws -> Rule {
    let rules = try Settings.parse("target.p.kernel = 'k'\n[[rule]]\n" + text, file: "f").rules
    #expect(rules.count == 1)
    var rule = try #require(rules.first)
    #expect(rule.place == "f:2")
    rule.place = ""
    return rule
}

extension Settings {
    /// The same as if it stood in no file.
    var withoutPlaces: Settings {
        var copy = self
        for index in rules.indices { copy.rules[index].place = "" }
        return copy
    }
}
