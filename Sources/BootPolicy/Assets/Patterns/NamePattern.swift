/// A regular expression over names, which takes time in proportion to the name whatever the expression is.
///
/// Written here because the standard library's `Regex` tries alternatives one after the other: `(a+)+$` keeps it busy for
/// half a minute over nineteen octets, and anybody may send those to port 69. This one walks all alternatives at once
/// (Thompson 1968, with the positions of groups after Pike): each character of a name visits each instruction once at most.
/// What such a walk cannot do, it refuses: `\1` inside of a pattern, and looking ahead or back.
///
/// Among matches it prefers as Perl does: the leftmost, then what stands first in the pattern.
package struct NamePattern: Equatable, Sendable {
    /// As the operator wrote it.
    package let text: String
    package let ignoresCase: Bool
    /// Groups in parentheses that are counted, 0...9.
    package let groups: Int
    let program: [PatternInstruction]

    /// Why a text is no pattern, and where.
    package struct Fault: Error, Equatable, Sendable {
        /// Unicode scalars before the fault.
        package let offset: Int
        package let message: String
    }

    package init(_ text: String, ignoresCase: Bool = false) throws(Fault) {
        var parser = PatternParser(text)
        let tree = try parser.parse()
        var compiler = PatternCompiler(ignoresCase: ignoresCase)
        program = try compiler.compile(tree)
        groups = parser.groups
        self.text = text
        self.ignoresCase = ignoresCase
    }

    /// Whether every name matches, because nothing need be in it.
    package var matchesEverything: Bool {
        ["", "^", "$", ".*", "^.*", ".*$", "^.*$", "(.*)", "^(.*)", "(.*)$", "^(.*)$", ".", "^.", ".+", "^.+$"]
            .contains(text)
    }

    /// Whether no name can ever match: names begin with no slash.
    package var asksForLeadingSlash: Bool { text.hasPrefix("^/") && !"?*{|".contains(text.dropFirst(2).first ?? " ") }

    /// Where a pattern fits.
    package struct Match: Equatable, Sendable {
        /// For the whole and for each group: the scalars it took, or nil for a group that took no part.
        package let ranges: [Range<Int>?]
        /// What the whole took.
        package var whole: Range<Int> { ranges[0] ?? 0..<0 }
    }

    /// The first match at `start` or behind it.
    package func firstMatch(in name: [Unicode.Scalar], from start: Int = 0) -> Match? {
        var walk = PatternWalk(program: program, groups: groups, ignoresCase: ignoresCase)
        return walk.run(name, from: start)
    }
}
