/// Which hosts a command is for: the language of `--hosts`.
///
///     rack4-[01-20],!rack4-07      a range of numbers, but one
///     web*,db?,all                 any letters, one letter, every host
///     @edge,tag=gpu                hosts of a group, hosts with a tag; both take patterns too
///
/// Terms are parted by commas; the order does not matter: who is named by one term and left out by none is selected.
package struct HostSelector: Hashable, Sendable {
    /// What a host is selected by.
    package struct Subject: Hashable, Sendable {
        package var name: String
        package var groups: [String]
        package var tags: [String]

        package init(name: String, groups: [String] = [], tags: [String] = []) {
            self.name = name
            self.groups = groups
            self.tags = tags
        }
    }

    /// What is wrong with a text, and where.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// A clause for people.
        package let reason: String
        /// Of the first letter concerned, counted from 1.
        package let column: Int

        package var description: String { "column \(column): \(reason)" }
    }

    /// Who was selected, and which terms met nobody: most often a slip of the pen.
    package struct Selection: Hashable, Sendable {
        /// In the order they came.
        package var subjects: [Subject] = []
        /// Terms as they were written.
        package var idle: [String] = []
    }

    struct Term: Hashable, Sendable {
        enum Matter: Hashable, Sendable {
            case all
            case name(HostPattern)
            case group(HostPattern)
            case tag(HostPattern)
        }

        let text: String
        let matter: Matter
        let leavesOut: Bool

        func meets(_ subject: Subject) -> Bool {
            switch matter {
            case .all: true
            case .name(let pattern): pattern.matches(subject.name)
            case .group(let pattern): subject.groups.contains(where: pattern.matches)
            case .tag(let pattern): subject.tags.contains(where: pattern.matches)
            }
        }
    }

    let terms: [Term]

    /// Reads a list of terms. One that only leaves hosts out is refused: nobody can tell whether `all` was meant.
    package init(_ text: String) throws(Fault) {
        var parser = HostSelectorParser(text)
        terms = try parser.terms()
    }

    /// Whether a group or a tag may be called so: terms can name it.
    package static func isWord(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(HostSelectorParser.isOfName)
    }

    /// The host is selected.
    package func selects(_ subject: Subject) -> Bool {
        terms.contains { !$0.leavesOut && $0.meets(subject) } && !terms.contains { $0.leavesOut && $0.meets(subject) }
    }

    /// The hosts that are selected, and the terms that no host met.
    package func select(from subjects: some Sequence<Subject>) -> Selection {
        var selection = Selection()
        var idle = Set(terms.indices)
        for subject in subjects {
            idle = idle.filter { !terms[$0].meets(subject) }
            if selects(subject) { selection.subjects.append(subject) }
        }
        selection.idle = idle.sorted().map { terms[$0].text }
        return selection
    }
}
