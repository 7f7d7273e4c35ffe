import BootPolicy
import Wire

/// The tables that may stand many times.
extension SettingsReader {
    mutating func readRules(_ node: TOMLNode) {
        for table in tables(of: node, key: "rule", header: "[[rule]]") ?? [] {
            readRule(table, path: "rule[\(settings.rules.count)]")
        }
    }

    private mutating func readRule(_ node: TOMLNode, path: String) {
        var rule = RuleTable()
        guard let entries = entries(of: node, key: "rule", header: "[[rule]]") else { return }
        _ = read(entries, by: TableKey.rule, into: &rule, path: path, header: "[[rule]]")
        settings.rules.append(rule.rule(place: "\(file):\(node.place.line)"))
        checkResults(rule, entries, at: node.place)
        checkLoader(rule, path)
    }

    private mutating func checkResults(_ rule: RuleTable, _ entries: [TOMLNode.Entry], at place: Place) {
        let names = entries.map(\.key)
        let given = TableKey.results.map(\.name).filter(names.contains)
        if given.isEmpty, !names.contains("silence") {
            report(
                place, "rule",
                "the rule does not say what these machines get; write for example profile, loader or shape, or silence = true "
                    + "(never answered) or silence = false (as usual)")
        }
        if rule.silence == true, !given.isEmpty, let silence = entries.first(where: { $0.key == "silence" }) {
            report(
                silence.value.place, "rule.silence",
                "a machine that is never answered gets no \(given.joined(separator: ", ")); take one or the other away")
        }
    }

    /// On another server, what this host has under a path means nothing.
    private mutating func checkLoader(_ rule: RuleTable, _ path: String) {
        guard let server = rule.plan.nextServer, rule.plan.loader?.isOnHost == true,
            let place = places["\(path).loader"]
        else { return }
        report(
            place, "rule.loader",
            "the loader is fetched from \(server); write its name there, without a / at the beginning")
    }

    /// Once everything is read: whether the profiles that this text's rules name are there.
    mutating func checkProfiles() {
        for (index, rule) in settings.rules.enumerated() {
            guard case .boot(let plan) = rule.verdict, let name = plan.profile, settings.profiles[name] == nil,
                let place = places["rule[\(index)].profile"]
            else { continue }
            let advice = didYouMean(name, among: settings.profiles.keys)
            report(
                place, "rule.profile",
                "there is no profile \"\(name)\"" + (advice.isEmpty ? "; write a table [profile.\(name)]" : advice))
        }
    }
}

extension SettingsReader {
    mutating func readProfiles(_ node: TOMLNode) {
        for entry in entries(of: node, key: "profile", header: "[profile.NAME]") ?? [] {
            do throws(Problem) {
                _ = try Check.profileName(entry.key)
            } catch {
                report(entry.place, "profile", error.text)
                continue
            }
            let path = "profile.\(entry.key)"
            guard let keys = entries(of: entry.value, key: path, header: "[profile.NAME]") else { continue }
            var profile = settings.profiles[entry.key] ?? Settings.Profile()
            _ = read(keys, by: TableKey.profile, into: &profile, path: path, header: "[\(path)]")
            settings.profiles[entry.key] = profile
        }
    }

    mutating func readMenu(_ node: TOMLNode) {
        guard let entries = entries(of: node, key: "menu", header: "[menu]") else { return }
        var table = MenuTable()
        var isRight = read(
            entries, by: TableKey.menu, into: &table, path: "menu", header: "[menu]", beside: ["item"])
        // Nil when something else stands there, which is told already.
        var list: [TOMLNode]? = []
        if let entry = entries.first(where: { $0.key == "item" }) {
            list = tables(of: entry.value, key: "menu.item", header: "[[menu.item]]")
        }
        var items: [BootMenu.Item] = []
        for item in list ?? [] { readItem(item, path: "menu.item[\(items.count)]", into: &items, &isRight) }
        settings.menu = table.menu(items)
        if list?.isEmpty == true {
            report(node.place, "menu", "a menu needs an item; write a table [[menu.item]] with a text")
        } else if items.count > Self.mostItems {
            report(node.place, "menu", "the menu has \(items.count) items; allowed is 1 to \(Self.mostItems)")
        } else if isRight, !settings.menu.wire.fits {
            report(
                node.place, "menu",
                "the menu takes \(settings.menu.wire.encodedLength) octets, and a DHCP option holds 255; shorten its texts "
                    + "or leave items out")
        }
    }

    /// What firmware's own menus are known to show.
    private static let mostItems = 24

    private mutating func readItem(
        _ node: TOMLNode, path: String, into items: inout [BootMenu.Item], _ isRight: inout Bool
    ) {
        var item = ItemTable()
        guard let entries = entries(of: node, key: "menu.item", header: "[[menu.item]]") else { return }
        if !read(entries, by: TableKey.item, into: &item, path: path, header: "[[menu.item]]") { isRight = false }
        if !entries.contains(where: { $0.key == "text" }) {
            report(node.place, "menu.item", "the item has no text; write for example text = \"Install\"")
            isRight = false
        }
        if item.isLocal == true, let place = places["\(path).loader"] {
            report(
                place, "menu.item.loader", "the machine's next boot device needs no loader; take local or loader away")
        }
        items.append(BootMenu.Item(item.text ?? "", item.choice))
    }
}
