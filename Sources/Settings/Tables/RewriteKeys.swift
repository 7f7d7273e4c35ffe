import BootPolicy
import Wire

/// One `[[tftp.rewrite]]` as it is written.
package struct RewriteTable: Equatable, Sendable {
    static let path = "tftp.rewrite"
    /// More than anybody writes by hand; every request goes through all of them.
    static let most = 200

    var match: String?
    var replacement: NameReplacement?
    var denies: Bool?
    var isForAll: Bool?
    var ignoresCase: Bool?
    var sequel: RewriteRule.Sequel?
    var networks: [IPNetwork] = []

    init() {}

    init(_ rule: RewriteRule) {
        match = rule.pattern.text
        ignoresCase = rule.pattern.ignoresCase ? true : nil
        switch rule.action {
        case .deny: denies = true
        case .replace(let replacement): self.replacement = replacement
        }
        isForAll = rule.isForAll ? true : nil
        sequel = rule.sequel == .next ? nil : rule.sequel
        networks = rule.networks
    }
}

extension TableKey where Table == RewriteTable {
    package static let rewrite = [
        TableKey(
            "match", .text("a regular expression") { text throws(Problem) in try Check.pattern(text).text }, \.match,
            "Which names: a regular expression that fits somewhere in them; ^ and $ are their ends."),
        TableKey(
            "replace",
            .text("a text with \\0 to \\9", { text throws(Problem) in try Check.replacement(text) }, write: \.text),
            \.replacement, "What stands in place of the match; \\1 is what the first ( ) took, \\0 all of it."),
        TableKey("deny", .flag, \.denies, "true: such names are refused."),
        TableKey("every", .flag, \.isForAll, "Whether every match in a name is replaced, or the first one."),
        TableKey("ignore-case", .flag, \.ignoresCase, "Whether small and capital letters are the same to match."),
        TableKey(
            "then", .choice, \.sequel,
            "Where the new name goes on: at the next rule, at the first one again, or to the files at once."),
        TableKey(
            "networks",
            .list(
                of: "networks or addresses", .someOrOne, { text throws(Problem) in try Check.ipNetwork(text) },
                write: \.description), \.networks, "The clients for whom the rule holds."),
    ]
}

extension Check {
    static func pattern(_ text: String, ignoringCase: Bool = false) throws(Problem) -> NamePattern {
        do throws(NamePattern.Fault) {
            return try NamePattern(text, ignoresCase: ignoringCase)
        } catch {
            throw Problem("\"\(shown(text))\" is no regular expression: \(error.placed)")
        }
    }

    static func replacement(_ text: String) throws(Problem) -> NameReplacement {
        guard !text.unicodeScalars.contains(where: isControl) else {
            throw Problem("\"\(shown(text))\" contains a control character, which no name does")
        }
        do throws(NamePattern.Fault) {
            return try NameReplacement(text)
        } catch {
            throw Problem("\"\(shown(text))\" cannot be put in: \(error.placed)")
        }
    }
}

extension NamePattern.Fault {
    fileprivate var placed: String { "at character \(offset + 1), \(message)" }
}

extension SettingsReader {
    mutating func readRewrites(_ node: TOMLNode) {
        let nodes = tables(of: node, key: RewriteTable.path, header: "[[\(RewriteTable.path)]]") ?? []
        for node in nodes { readRewrite(node) }
        if settings.tftp.naming.rewrites.rules.count > RewriteTable.most {
            report(node.place, RewriteTable.path, "there are more than \(RewriteTable.most) rules for names")
        }
    }

    private mutating func readRewrite(_ node: TOMLNode) {
        let path = RewriteTable.path
        let key = "\(path)[\(settings.tftp.naming.rewrites.rules.count)]"
        var table = RewriteTable()
        guard let entries = entries(of: node, key: path, header: "[[\(path)]]") else { return }
        let isRight = read(entries, by: TableKey.rewrite, into: &table, path: key, header: "[[\(path)]]")
        let names = entries.map(\.key)
        guard names.contains("match") else {
            return report(
                node.place, path, "the rule does not say which names; write for example match = '^boot/(.*)$'")
        }
        guard names.contains("replace") != (table.denies == true) else {
            let advice =
                table.denies == true
                ? "a name that is refused has no other; take replace or deny away"
                : "the rule does not say what becomes of the names; write replace = \"…\" or deny = true"
            return report(node.place, path, advice)
        }
        guard isRight, let text = table.match,
            let pattern = try? Check.pattern(text, ignoringCase: table.ignoresCase ?? false)
        else { return }
        if let replacement = table.replacement, replacement.highestGroup > pattern.groups {
            let has =
                pattern.groups == 0 ? "no group in ( )" : pattern.groups == 1 ? "one group" : "\(pattern.groups) groups"
            return report(
                places["\(key).replace"] ?? node.place, "\(path).replace",
                "\\\(replacement.highestGroup) is not there: match has \(has)")
        }
        settings.tftp.naming.rewrites.rules.append(
            RewriteRule(
                place: "\(file):\(node.place.line)", pattern: pattern,
                action: table.replacement.map { .replace($0) } ?? .deny, isForAll: table.isForAll ?? false,
                sequel: table.sequel ?? .next, networks: table.networks))
    }
}
