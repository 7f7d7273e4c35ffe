import BootPolicy

extension Settings {
    /// These settings as a TOML text that says all of them, for `pilotfish check` to show what holds. Read again, it gives
    /// the same settings.
    package var text: String {
        let items = menu.items.map { "\n[[menu.item]]\n" + TableKey.item.text(ItemTable($0)) }
        let named = profiles.sorted { $0.key < $1.key }
            .map { "\n[profile.\($0.key.contains(".") ? quoted($0.key) : $0.key)]\n" + TableKey.profile.text($0.value) }
        let rewrites = tftp.naming.rewrites.rules.map {
            "\n[[\(RewriteTable.path)]]\n" + TableKey.rewrite.text(RewriteTable($0))
        }
        return SettingKey.all.map { "\($0.name) = \($0.text(self))\n" }.joined() + rewrites.joined()
            + "\n[menu]\n" + TableKey.menu.text(MenuTable(menu)) + items.joined() + named.joined()
            + rules.map { "\n[[rule]]\n" + TableKey.rule.text(RuleTable($0)) }.joined()
    }

    /// Every key with its default and one sentence, as text for a terminal.
    package static var reference: String {
        let rows = SettingKey.all.map { key in
            "\(key.name) = \(key.defaultText)\n    \(key.summary)\n    Allowed: \(key.allowed)."
                + (key.isLive ? "" : " Needs a restart.")
        }
        return rows.joined(separator: "\n") + "\n" + tables
    }

    private static var tables: String {
        """

        [[rule]]
            What some machines get, in order: the first rule that fits a machine decides. Every condition that is written
            must hold; a list holds if one of its elements does. No [[rule]]: all machines boot as usual.
        \(TableKey.rule.reference())
        [profile.NAME]
            What the script boots for the machines of a rule that says profile = "NAME". What is missing comes from [boot].
        \(TableKey.profile.reference())
        [menu]
            The PXE menu of firmware that boots from menus only, or whose rule says shape = "menu". It needs an item.
        \(TableKey.menu.reference())
        [[menu.item]]
            One item, in the order shown; 24 at most.
        \(TableKey.item.reference())
        [[tftp.rewrite]]
            Another name for what clients ask for, by TFTP and HTTP; the rules are tried in order, on names that are cleaned.
        \(TableKey.rewrite.reference())
        """
    }
}
