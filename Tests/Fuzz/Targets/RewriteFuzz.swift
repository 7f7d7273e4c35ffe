import BootPolicy
import Wire

/// A rule for names made of anybody's octets, and a name made of others.
enum RewriteFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        var choices = Choices(octets)
        let how = choices.next()
        func text() -> String { String(decoding: choices.take(Int(choices.next())), as: UTF8.self) }
        let (pattern, replacement, name) = (text(), text(), text())
        guard let pattern = try? NamePattern(pattern, ignoresCase: how & 1 != 0) else { return }
        let scalars = Array(name.unicodeScalars)
        fits(pattern, scalars, &complaints)
        guard let path = try? RequestPath(name.utf8), let replacement = try? NameReplacement(replacement) else {
            return
        }
        let sequels = RewriteRule.Sequel.allCases
        let rule = RewriteRule(
            pattern: pattern, action: how & 8 != 0 ? .deny : .replace(replacement), isForAll: how & 2 != 0,
            sequel: sequels[Int(how >> 4) % sequels.count])
        let book = RewriteBook([rule, rule])
        let (new, steps) = book.rewrite(path, for: Requester(address: IPAddress(.any)))
        complaints.demand(steps.count <= 2 * (RewriteBook.mostRounds + 1) + 1, "rules that do not end")
        if let new {
            complaints.demand(
                (try? RequestPath(new.text.utf8)) == new, "a rule made a name that is not clean: \(new.text)")
            if pattern.firstMatch(in: Array(path.text.unicodeScalars)) == nil {
                complaints.demand(new == path, "a rule that does not match changed a name")
            }
        }
    }

    private static func fits(_ pattern: NamePattern, _ name: [Unicode.Scalar], _ complaints: inout Complaints) {
        guard let match = pattern.firstMatch(in: name) else {
            complaints.demand(!pattern.matchesEverything || name.isEmpty, "\(pattern.text) is said to match everything")
            return
        }
        complaints.demand(match.ranges.count == pattern.groups + 1, "groups were lost")
        for case let range? in match.ranges {
            complaints.demand(
                range.upperBound <= name.count && match.whole.lowerBound <= range.lowerBound
                    && range.upperBound <= match.whole.upperBound, "a group outside of the match")
        }
        // What was found at its place is found again when the search begins there.
        complaints.demand(
            pattern.firstMatch(in: name, from: match.whole.lowerBound) == match, "a match that is found once only")
    }
}
