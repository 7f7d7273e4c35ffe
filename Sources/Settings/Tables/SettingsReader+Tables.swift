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
                "the rule does not say what these machines get; write for example target, loader or shape, or silence = true "
                    + "(never answered) or silence = false (as usual)")
        }
        if rule.ask == nil, let entry = entries.first(where: { TableKey.webhook.map(\.name).contains($0.key) }) {
            report(
                entry.place, "rule.\(entry.key)",
                "it says how an endpoint is asked, and there is none; write ask = \"http://…\"")
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
}

extension SettingsReader {
    mutating func readFirmwareMenu(_ node: TOMLNode) {
        guard let entries = entries(of: node, key: "firmware-menu", header: "[firmware-menu]") else { return }
        var table = FirmwareMenuTable()
        var isRight = read(
            entries, by: TableKey.firmwareMenu, into: &table, path: "firmware-menu", header: "[firmware-menu]",
            beside: ["item"])
        // Nil when something else stands there, which is told already.
        var list: [TOMLNode]? = []
        if let entry = entries.first(where: { $0.key == "item" }) {
            list = tables(of: entry.value, key: "firmware-menu.item", header: "[[firmware-menu.item]]")
        }
        var items: [FirmwareMenu.Item] = []
        for item in list ?? [] { readItem(item, path: "firmware-menu.item[\(items.count)]", into: &items, &isRight) }
        settings.firmwareMenu = table.menu(items)
        if list?.isEmpty == true {
            report(
                node.place, "firmware-menu", "a menu needs an item; write a table [[firmware-menu.item]] with a text")
        } else if items.count > Self.mostItems {
            report(node.place, "firmware-menu", "the menu has \(items.count) items; allowed is 1 to \(Self.mostItems)")
        } else if isRight, !settings.firmwareMenu.wire.fits {
            report(
                node.place, "firmware-menu",
                "the menu takes \(settings.firmwareMenu.wire.encodedLength) octets, and a DHCP option holds 255; shorten its texts "
                    + "or leave items out")
        }
    }

    /// What firmware's own menus are known to show.
    private static let mostItems = 24

    private mutating func readItem(
        _ node: TOMLNode, path: String, into items: inout [FirmwareMenu.Item], _ isRight: inout Bool
    ) {
        var item = ItemTable()
        guard let entries = entries(of: node, key: "firmware-menu.item", header: "[[firmware-menu.item]]") else {
            return
        }
        if !read(entries, by: TableKey.item, into: &item, path: path, header: "[[firmware-menu.item]]") {
            isRight = false
        }
        if !entries.contains(where: { $0.key == "text" }) {
            report(node.place, "firmware-menu.item", "the item has no text; write for example text = \"Install\"")
            isRight = false
        }
        if item.isLocal == true, let place = places["\(path).loader"] {
            report(
                place, "firmware-menu.item.loader",
                "the machine's next boot device needs no loader; take local or loader away")
        }
        items.append(FirmwareMenu.Item(item.text ?? "", item.choice))
    }
}
