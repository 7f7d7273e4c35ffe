package import Wire

/// One rule of the operator; the first that fits a client decides.
package struct Rule: Equatable, Sendable {
    package var name: String
    /// Where it stands, `file:line`, for messages.
    package var place: String
    package var conditions: RuleConditions
    package var verdict: Verdict

    package init(name: String, place: String = "", conditions: RuleConditions, verdict: Verdict) {
        self.name = name
        self.place = place
        self.conditions = conditions
        self.verdict = verdict
    }

    package enum Verdict: Equatable, Sendable {
        /// Leave this machine alone.
        case silence
        case boot(BootPlan)
    }
}

/// What differs from the usual for the clients of a rule.
package struct BootPlan: Equatable, Sendable {
    /// The target or menu that the machine gets; nil for the usual one.
    package var target: String?
    /// Who decides whether the machine boots, and what; nil for this rule alone.
    package var webhook: Webhook?
    /// The loader for its firmware, in place of the table `[loaders]`.
    package var loader: Loader?
    /// The shape of the OFFER, fixed: nothing is learned over it.
    package var shape: ReplyShape?
    /// How long the OFFER waits, for ROMs that miss an instant one.
    package var delay = TimeSpan.zero
    /// Another TFTP server than ours.
    package var nextServer: IPv4Address?
    /// Options 209 and 210, for PXELINUX and U-Boot.
    package var configurationFile = ""
    package var pathPrefix = ""

    package init() {}

    package static let usual = BootPlan()
}

/// The rules in order, and how they are read.
package struct RuleBook: Equatable, Sendable {
    package var rules: [Rule]

    package init(_ rules: [Rule] = []) {
        self.rules = rules
    }

    /// The first rule that fits, or nil.
    package func match(_ facts: ClientFacts, _ arrival: Arrival) -> Rule? {
        rules.first { $0.conditions.failure(for: facts, arrival) == nil }
    }

    /// What became of each rule up to the first that fits: the condition that failed, or nil for the one that did not.
    package func trace(
        _ facts: ClientFacts, _ arrival: Arrival
    ) -> [(rule: Rule, failed: RuleConditions.Condition?)] {
        var steps: [(rule: Rule, failed: RuleConditions.Condition?)] = []
        for rule in rules {
            let failed = rule.conditions.failure(for: facts, arrival)
            steps.append((rule, failed))
            if failed == nil { break }
        }
        return steps
    }

    /// The rules that no client ever reaches, each with the earlier one that takes all of its clients.
    package var shadowed: [(rule: Rule, by: Rule)] {
        rules.indices.compactMap { index in
            rules[..<index].first { $0.conditions.cover(rules[index].conditions) }.map { (rules[index], $0) }
        }
    }
}
