package import Wire

/// One rule of the operator that makes another name of a name, or refuses it.
package struct RewriteRule: Equatable, Sendable {
    /// What is done with a name that matches.
    package enum Action: Equatable, Sendable {
        case replace(NameReplacement)
        /// No file of such a name is given out.
        case deny
    }

    /// Where it goes on with a name that was replaced.
    package enum Sequel: String, Sendable, CaseIterable {
        /// At the next rule.
        case next
        /// At the first one.
        case again
        /// At no other.
        case stop
    }

    /// Where it stands, `file:line`, for messages.
    package var place: String
    package var pattern: NamePattern
    package var action: Action
    /// Whether every match is replaced, or the first one.
    package var isForAll: Bool
    package var sequel: Sequel
    /// Those for whom it holds; empty for everybody.
    package var networks: [IPNetwork]

    package init(
        place: String = "", pattern: NamePattern, action: Action, isForAll: Bool = false, sequel: Sequel = .next,
        networks: [IPNetwork] = []
    ) {
        self.place = place
        self.pattern = pattern
        self.action = action
        self.isForAll = isForAll
        self.sequel = sequel
        self.networks = networks
    }

    /// Whether no name goes on to the rules behind this one.
    fileprivate var endsEverything: Bool {
        networks.isEmpty && pattern.matchesEverything && (action == .deny || sequel != .next)
    }

    /// Whether names that match `other` never come so far as there: the plain case of the same pattern twice.
    fileprivate func endsAll(of other: RewriteRule) -> Bool {
        guard action == .deny || sequel != .next else { return false }
        let isSame = pattern.text == other.pattern.text && (pattern.ignoresCase || !other.pattern.ignoresCase)
        let isWider =
            networks.isEmpty
            || !other.networks.isEmpty
                && other.networks.allSatisfy { theirs in networks.contains { $0.contains(theirs) } }
        return isSame && isWider
    }
}

/// The rules for names, in order.
package struct RewriteBook: Equatable, Sendable {
    package var rules: [RewriteRule]

    /// How often it may begin again; more is two rules that undo each other.
    package static let mostRounds = 8

    package init(_ rules: [RewriteRule] = []) {
        self.rules = rules
    }

    /// The rules that no name reaches, as far as that is plain, each with the earlier one that takes all of its names.
    package var shadowed: [(rule: RewriteRule, by: RewriteRule)] {
        rules.indices.compactMap { index in
            rules[..<index].first { $0.endsEverything || $0.endsAll(of: rules[index]) }.map { (rules[index], $0) }
        }
    }
}

/// What became of a name at one rule.
package struct RewriteStep: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        /// The rule is for other networks.
        case elsewhere
        case noMatch
        case denied
        /// The name is another one now, or the same again.
        case became(String)
        /// The new name is none, and why.
        case spoiled(RequestPath.Problem)
        /// The rules began again too often.
        case endless
    }

    /// Index of the rule.
    package var rule: Int
    package var outcome: Outcome
}

extension RewriteBook {
    /// Takes a name through the rules.
    ///
    /// - Returns: the name that came out of it, nil if none did, and what happened at each rule.
    package func rewrite(_ path: RequestPath, for requester: Requester) -> (path: RequestPath?, steps: [RewriteStep]) {
        var steps: [RewriteStep] = []
        var path = path
        var index = 0
        var rounds = 1
        while index < rules.count {
            let outcome = rules[index].outcome(for: path, requester)
            steps.append(RewriteStep(rule: index, outcome: outcome))
            switch outcome {
            case .elsewhere, .noMatch: index += 1
            case .denied, .spoiled, .endless: return (nil, steps)
            case .became(let text):
                // A name that a rule made is a name already.
                guard let next = try? RequestPath(text.utf8) else { return (nil, steps) }
                let isOther = next != path
                path = next
                switch rules[index].sequel {
                case .next: index += 1
                case .stop: return (path, steps)
                // A rule that leaves the name as it is would begin again for ever.
                case .again where !isOther: index += 1
                case .again:
                    index = 0
                    rounds += 1
                    if rounds > Self.mostRounds {
                        steps.append(RewriteStep(rule: steps[steps.count - 1].rule, outcome: .endless))
                        return (nil, steps)
                    }
                }
            }
        }
        return (path, steps)
    }
}

extension RewriteRule {
    fileprivate func outcome(for path: RequestPath, _ requester: Requester) -> RewriteStep.Outcome {
        guard networks.isEmpty || networks.contains(where: { $0.contains(requester.address) }) else {
            return .elsewhere
        }
        let name = Array(path.text.unicodeScalars)
        guard let match = pattern.firstMatch(in: name) else { return .noMatch }
        guard case .replace(let replacement) = action else { return .denied }
        let made =
            isForAll
            ? replacement.apply(toAll: name, pattern, from: match) : replacement.apply(to: name, match)
        guard let made else { return .spoiled(.tooLong) }
        do throws(RequestPath.Problem) {
            return .became(try RequestPath(String(String.UnicodeScalarView(made)).utf8).text)
        } catch {
            return .spoiled(error)
        }
    }
}
