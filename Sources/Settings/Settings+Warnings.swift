package import BootPolicy

/// Something that is allowed and yet hardly meant.
package struct SettingsWarning: Hashable, Sendable, CustomStringConvertible {
    /// `file:line`.
    package var place: String
    package var message: String

    package init(place: String, message: String) {
        self.place = place
        self.message = message
    }

    /// `pilotfish.toml:7: this rule is never reached: …`
    package var description: String { place.isEmpty ? message : "\(place): \(message)" }
}

extension Settings {
    /// All that the operator should look at although it is in force, in the order of the rules.
    package var warnings: [SettingsWarning] {
        unreachableRules + prefixesWithoutEnd + menusOfOtherServers + idleRewrites
    }

    /// The loaders that are named in these settings and were missing when `catalog` was made of them.
    ///
    /// Of the defaults only a role without any is worth a word: on most hosts some alternatives are not installed.
    package func missingLoaders(_ catalog: Catalog) -> [SettingsWarning] {
        let roles = LoaderTable.Role.allCases.flatMap { role -> [SettingsWarning] in
            let key = "loaders.\(role.rawValue)"
            let missing = catalog.loaders[role].filter { !$0.isPresent }.map(\.path)
            if missing.count == catalog.loaders[role].count, !missing.isEmpty {
                let paths = missing.joined(separator: " nor ")
                let verb = missing.count == 1 ? "\(paths) cannot be read" : "neither \(paths) can be read"
                let remedy = "install the package ipxe or set \(key)"
                return [
                    SettingsWarning(place: "", message: "no loader for \(role.rawValue) clients: \(verb); \(remedy)")
                ]
            }
            guard loaders[role] != Loaders()[role] else { return [] }
            return missing.map { SettingsWarning(place: "", message: "\(key): \($0) cannot be read") }
        }
        let rules = catalog.rules.rules.compactMap { rule -> SettingsWarning? in
            guard case .boot(let plan) = rule.verdict, let loader = plan.loader, !loader.isPresent else { return nil }
            return SettingsWarning(
                place: rule.place, message: "the loader of \(rule.title) is missing: \(loader.path) cannot be read")
        }
        let items = catalog.menu.items.compactMap { item -> SettingsWarning? in
            guard case .loader(let loader) = item.choice, !loader.isPresent else { return nil }
            return SettingsWarning(
                place: "", message: "menu item \"\(item.text)\" starts nothing: \(loader.path) cannot be read")
        }
        return roles + rules + items
    }

    private var unreachableRules: [SettingsWarning] {
        RuleBook(rules).shadowed.map { rule, earlier in
            SettingsWarning(
                place: rule.place,
                message:
                    "\(rule.title) is never reached: \(earlier.title) at \(earlier.place) takes all of its machines; "
                    + "move it up or take one of them away")
        }
    }

    /// Rules for names that no name comes to, or that fit none.
    private var idleRewrites: [SettingsWarning] {
        let shadowed = tftp.naming.rewrites.shadowed.map { rule, earlier in
            SettingsWarning(
                place: rule.place,
                message:
                    "the rule for \"\(rule.pattern.text)\" is never reached: the one at \(earlier.place) takes all of "
                    + "its names; move it up or take one of them away")
        }
        let slashes = tftp.naming.rewrites.rules.filter(\.pattern.asksForLeadingSlash).map { rule in
            SettingsWarning(
                place: rule.place,
                message:
                    "the rule for \"\(rule.pattern.text)\" fits nothing: names are cleaned first and begin with no /")
        }
        return shadowed + slashes
    }

    /// UEFI downloads a menu's item from the address that the menu lists for it, and that is ours.
    private var menusOfOtherServers: [SettingsWarning] {
        rules.compactMap { rule in
            guard case .boot(let plan) = rule.verdict, plan.shape == .menu, plan.nextServer != nil else { return nil }
            return SettingsWarning(
                place: rule.place,
                message:
                    "\(rule.title) has both shape \"menu\" and next-server: UEFI would ask us for the other server's "
                    + "file, so it gets the shape \"binl\"")
        }
    }

    /// PXELINUX puts the prefix before a name as it is.
    private var prefixesWithoutEnd: [SettingsWarning] {
        rules.compactMap { rule in
            guard case .boot(let plan) = rule.verdict, let last = plan.pathPrefix.last, !"/\\:".contains(last) else {
                return nil
            }
            return SettingsWarning(
                place: rule.place,
                message:
                    "path-prefix \"\(plan.pathPrefix)\" of \(rule.title) does not end with /, so names are glued to it")
        }
    }
}

extension Rule {
    /// How messages call it.
    fileprivate var title: String { name.isEmpty ? "the rule" : "rule \"\(name)\"" }
}
