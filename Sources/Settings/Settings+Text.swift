package import BootPolicy

extension Settings {
    /// These settings as a TOML text that says all of them, for `pilotfish check` to show what holds. Read again, it gives
    /// the same settings.
    package var text: String { text(of: SettingKey.all, menu: true) }

    /// The same, but only what differs from the defaults: for people to read and go on with.
    package var changes: String {
        let usual = Settings()
        let changed = SettingKey.all.filter { $0.text(self) != $0.text(usual) }
        return String(text(of: changed, menu: firmwareMenu != .usual).drop(while: \.isNewline))
    }

    private func text(of keys: [SettingKey], menu: Bool) -> String {
        let rewrites = tftp.naming.rewrites.rules.map {
            "\n[[\(RewriteTable.path)]]\n" + TableKey.rewrite.text(RewriteTable($0))
        }
        return keys.map { "\($0.name) = \($0.text(self))\n" }.joined() + rewrites.joined()
            + (menu ? firmwareMenuText : "")
            + targetText + mirrorText + hookText
            + rules.map { "\n[[rule]]\n" + TableKey.rule.text(RuleTable($0)) }.joined()
    }

    private var firmwareMenuText: String {
        let items = firmwareMenu.items.map { "\n[[firmware-menu.item]]\n" + TableKey.item.text(ItemTable($0)) }
        return "\n[firmware-menu]\n" + TableKey.firmwareMenu.text(FirmwareMenuTable(firmwareMenu)) + items.joined()
    }

    private var targetText: String {
        let files = secrets.sorted { $0.key < $1.key }.map { "\(Self.bare($0.key)) = \(quoted($0.value))\n" }
        let targets = targets.sorted { $0.key < $1.key }.map { name, target in
            "\n" + Self.text(of: target, named: name, checksums: checksums[name] ?? [:])
        }
        let menus = menus.sorted { $0.key < $1.key }.map { name, menu in
            "\n[menu.\(Self.bare(name))]\n" + TableKey.menu.text(MenuTable(menu, password: menuPasswords[name]))
        }
        return Self.text(of: variables, header: "variables") + (files.isEmpty ? "" : "\n[secrets]\n" + files.joined())
            + targets.joined() + menus.joined() + Self.text(of: machines.sorted { $0.key < $1.key }.map(\.value))
    }

    /// Machines as they are written in a settings file, and read by `machines(in:file:)`.
    package static func text(of machines: [NamedMachine]) -> String {
        machines.map { machine in
            let header = "machine.\(bare(machine.name))"
            return "\n[\(header)]\n" + TableKey.machine.text(MachineTable(machine))
                + text(of: machine.variables, header: "\(header).variables")
        }.joined()
    }

    private static func text(of variables: [String: VariableValue], header: String) -> String {
        guard !variables.isEmpty else { return "" }
        let lines = variables.sorted { $0.key < $1.key }.map { name, value in
            "\(bare(name)) = \(SettingFormat<VariableValue>.variable.write(value))\n"
        }
        return "\n[\(header)]\n" + lines.joined()
    }

    /// Makes a target of what flags say: the same keys, checks and messages as in a file.
    package static func target(
        named name: String, keys: [(name: String, values: [String])]
    ) throws(SettingsErrors) -> BootTarget? {
        let lines = keys.map { key, values in
            "\(key) = " + (values.count == 1 ? quoted(values[0]) : "[\(values.map(quoted).joined(separator: ", "))]")
        }
        let text = "[target.\(quoted(name))]\n" + lines.joined(separator: "\n")
        return try parse(text, file: "the flags").targets[name]
    }

    /// Whether a machine may be called so (RFC 1123 §2.1).
    package static func isHostName(_ text: String) -> Bool {
        (try? Check.hostName(text)) != nil
    }

    /// Whether menus can show a title.
    package static func isTitle(_ text: String) -> Bool {
        (try? Check.title(text)) != nil
    }

    /// A target as it is written in a settings file.
    ///
    /// - Parameter checksums: of its files, by their URLs.
    package static func text(
        of target: BootTarget, named name: String, checksums: [String: String] = [:]
    ) -> String {
        let header = "target.\(bare(name))"
        var table = TargetTable(target.action, checksums: checksums)
        table.title = target.title == name ? nil : target.title
        table.memory = target.memory
        let variants = BootPlatform.allCases.compactMap { platform in
            target.variants[platform].map {
                "\n[\(header).\(platform.rawValue)]\n" + TableKey.variant.text(TargetTable($0, checksums: checksums))
            }
        }
        return "[\(header)]\n" + TableKey.target.text(table) + variants.joined()
    }

    /// A name as a key of TOML.
    static func bare(_ name: String) -> String { name.contains(".") ? quoted(name) : name }

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
        [target.NAME]
            What a machine boots: one of kernel, program, chain, memdisk and action. In arguments and chain stand variables:
            \(BootVariable.allCases.map { "${\($0.rawValue)}" }.joined(separator: " ")), those of [variables], and for
            iPXE its settings. A file with a URL is fetched once, kept, and served as ours.
        \(TableKey.target.reference())
        [target.NAME.PLATFORM]
            The same for one platform, where it differs: \(BootPlatform.allCases.map(\.rawValue).joined(separator: ", ")).
        [menu.NAME]
            A menu that iPXE, PXELINUX and GRUB show.
        \(TableKey.menu.reference())
        [machine.NAME]
            A machine by its host name.
        \(TableKey.machine.reference())
        [variables], [machine.NAME.variables]
            Variables of your own, for all machines and for one: NAME = \(SettingFormat<VariableValue>.variable.allowed).
        [secrets]
            What templates may say as {{secret.NAME}}: NAME = \(SettingFormat<String>.secretFile.allowed). Those that
            systemd hands over (LoadCredential=) are there by themselves.

        [firmware-menu]
            The PXE menu of firmware that boots from menus only, or whose rule says shape = "menu". It needs an item.
        \(TableKey.firmwareMenu.reference())
        [[firmware-menu.item]]
            One item, in the order shown; 24 at most.
        \(TableKey.item.reference())
        [mirror.NAME]
            An upstream server whose files are fetched once, kept below state, and served as mirror/NAME/PATH.
        \(TableKey.mirror.reference())
        [mirror.NAME.sha256]
            "PATH" = "SHA-256": a file that is not so is neither served nor kept.

        [hook.NAME]
            A command or an endpoint that hears of what happens to machines: an event as one JSON object.
        \(TableKey.hook.reference())
        [[tftp.rewrite]]
            Another name for what clients ask for, by TFTP and HTTP; the rules are tried in order, on names that are cleaned.
        \(TableKey.rewrite.reference())
        """
    }
}
