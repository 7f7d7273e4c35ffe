import BootPolicy
import Wire

/// `[target.NAME]`, `[menu.NAME]`, and whether the names in them are there.
extension SettingsReader {
    mutating func readTargets(_ node: TOMLNode) {
        for (name, entry) in namedTables(node, key: "target") {
            let path = "target.\(name)"
            guard let keys = entries(of: entry.value, key: path, header: "[\(path)]") else { continue }
            let before = errors.count
            var table = TargetTable()
            let platforms = BootPlatform.allCases.map(\.rawValue)
            _ = read(keys, by: TableKey.target, into: &table, path: path, header: "[\(path)]", beside: platforms)
            checkWays(table, at: entry.place, path: path)
            // Those of a target of an earlier file that this one replaces are gone with it.
            settings.checksums[name] = nil
            noteChecksums(of: table, in: name, at: entry.place, path: path)
            var variants: [BootPlatform: BootAction] = [:]
            for key in keys {
                guard let platform = BootPlatform(rawValue: key.key) else { continue }
                variants[platform] = readVariant(key, of: name, over: table)
            }
            if table.action == nil, variants.isEmpty, errors.count == before {
                report(
                    entry.place, path,
                    "the target boots nothing; write a kernel, program, chain, memdisk or action, or a table of a "
                        + "platform such as [\(path).bios]")
            }
            settings.targets[name] = BootTarget(
                title: table.title ?? name, action: table.action, variants: variants, memory: table.memory)
        }
    }

    private mutating func readVariant(
        _ entry: TOMLNode.Entry, of target: String, over general: TargetTable
    ) -> BootAction? {
        let path = "target.\(target).\(entry.key)"
        var table = TargetTable()
        guard let keys = entries(of: entry.value, key: path, header: "[\(path)]") else { return nil }
        _ = read(keys, by: TableKey.variant, into: &table, path: path, header: "[\(path)]")
        checkWays(table, at: entry.place, path: path)
        noteChecksums(of: table, in: target, at: entry.place, path: path)
        let action = table.over(general).action
        if action == nil { report(entry.place, path, "nothing is said here of what this platform boots") }
        return action
    }

    private mutating func checkWays(_ table: TargetTable, at place: Place, path: String) {
        if table.ways.count > 1 {
            report(
                place, path, "\(table.ways.joined(separator: " and ")) exclude each other; take one or the other away")
        } else if table.ways != ["kernel"], !table.ways.isEmpty, table.initrds != nil || table.arguments != nil {
            report(place, path, "initrd and arguments belong to a kernel, and there is \(table.ways[0])")
        }
    }

    private mutating func noteChecksums(of table: TargetTable, in target: String, at place: Place, path: String) {
        for file in table.files {
            guard let checksum = file.checksum else { continue }
            notedChecksums.append(
                NotedChecksum(target: target, url: file.name, checksum: checksum, place: place, path: path))
            let known = settings.checksums[target, default: [:]].updateValue(checksum, forKey: file.name)
            if let known, known != checksum { reportOther(checksum: file.name, at: place, path) }
        }
    }

    private mutating func reportOther(checksum url: String, at place: Place, _ path: String) {
        report(place, path, "\(url) has another SHA-256 elsewhere; one of them is wrong")
    }

    /// A file has one content, whoever names it and however its URL is spelled.
    private mutating func checkChecksums() {
        let all = settings.checksums.values.flatMap { $0 }
        let known = Dictionary(grouping: all) { settings.file(of: $0.key) }.mapValues { Set($0.map(\.value)) }
        // Of a target that a later file replaces nothing holds.
        for noted in notedChecksums where settings.checksums[noted.target]?[noted.url] == noted.checksum {
            guard let file = settings.file(of: noted.url) else { continue }
            if known[file, default: []].count > 1 { reportOther(checksum: noted.url, at: noted.place, noted.path) }
            guard let listed = settings.mirrors[file.mirror]?.checksums[file.path.text], listed != noted.checksum
            else { continue }
            report(
                noted.place, "mirror.\(file.mirror).sha256",
                "\(noted.url) has another SHA-256 in [mirror.\(file.mirror).sha256]; one of them is wrong")
        }
    }

    mutating func readMenus(_ node: TOMLNode) {
        for (name, entry) in namedTables(node, key: "menu") {
            let path = "menu.\(name)"
            guard let keys = entries(of: entry.value, key: path, header: "[\(path)]") else { continue }
            var table = MenuTable()
            _ = read(keys, by: TableKey.menu, into: &table, path: path, header: "[\(path)]")
            if !keys.contains(where: { $0.key == "items" }) {
                report(entry.place, path, "the menu has no items; write for example items = [\"local\"]")
            }
            if let preferred = table.preferred, !table.items.contains(preferred) {
                report(
                    places["\(path).default"] ?? entry.place, "\(path).default",
                    "\"\(preferred)\" is none of the menu's items")
            }
            settings.menus[name] = table.menu(name)
            settings.menuPasswords[name] = table.password
        }
    }

    /// The tables of a table of tables, whose names are checked.
    mutating func namedTables(
        _ node: TOMLNode, key: String, _ check: (String) throws(Problem) -> String = Check.targetName
    ) -> [(name: String, entry: TOMLNode.Entry)] {
        (entries(of: node, key: key, header: "[\(key).NAME]") ?? []).filter { entry in
            do throws(Problem) {
                _ = try check(entry.key)
                return true
            } catch {
                report(entry.place, key, error.text)
                return false
            }
        }.map { ($0.key, $0) }
    }

    /// Once all files are read: whether the targets and menus are there that this text names.
    ///
    /// - Parameter whole: what all files say together.
    mutating func checkTargets(in whole: Settings) {
        settings = whole
        checkChecksums()
        for (index, rule) in settings.rules.enumerated() {
            guard case .boot(let plan) = rule.verdict, let name = plan.target else { continue }
            checkTarget(name, at: "rule[\(index)].target", "rule.target")
        }
        if let name = settings.usual { checkTarget(name, at: "boot.target", "boot.target") }
        if case .target(let name) = settings.strangers { checkTarget(name, at: "boot.unknown", "boot.unknown") }
        for (machine, table) in settings.machines.sorted(by: { $0.key < $1.key }) {
            guard let name = table.target else { continue }
            checkTarget(name, at: "machine.\(machine).target", "machine.\(machine).target")
        }
        for (menu, table) in settings.menus.sorted(by: { $0.key < $1.key }) {
            for name in table.items { checkTarget(name, at: "menu.\(menu).items", "menu.\(menu).items") }
            guard let place = places["menu.\(menu).items"] else { continue }
            if settings.targets[menu] != nil {
                report(place, "menu.\(menu)", "there is a target of the name \"\(menu)\" too; rename one of them")
            }
            if leads(from: menu, to: menu) {
                report(place, "menu.\(menu).items", "the menu leads back to itself; every menu has a way back anyway")
            } else if lines(of: menu, most: Self.mostLines + 1) > Self.mostLines {
                report(
                    place, "menu.\(menu).items",
                    "with the menus in it the menu has more than \(Self.mostLines) lines; show fewer of them more than once"
                )
            }
        }
    }

    private static let mostLines = 1000

    private mutating func checkTarget(_ name: String, at path: String, _ key: String) {
        guard let place = places[path], settings.targets[name] == nil, settings.menus[name] == nil,
            TargetBook.builtIn[name] == nil
        else { return }
        let names = Array(settings.targets.keys) + settings.menus.keys + TargetBook.builtIn.keys
        let advice = didYouMean(name, among: names)
        report(
            place, key,
            "there is no target or menu \"\(name)\"" + (advice.isEmpty ? "; write a table [target.\(name)]" : advice))
    }

    /// Lines of a menu and all that is in it, each time that it is: that is what PXELINUX and GRUB are given. No further than
    /// `most`.
    private func lines(of menu: String, most: Int) -> Int {
        var count = 0
        for name in settings.menus[menu]?.items ?? [] where count < most {
            count += 1 + lines(of: name, most: most - count)
        }
        return min(count, most)
    }

    private func leads(from menu: String, to goal: String) -> Bool {
        var seen: Set<String> = []
        var open = settings.menus[menu]?.items ?? []
        while let name = open.popLast() {
            if name == goal { return true }
            if seen.insert(name).inserted { open += settings.menus[name]?.items ?? [] }
        }
        return false
    }
}

/// What a target says of the contents of another server's file.
struct NotedChecksum {
    let target: String
    let url: String
    let checksum: String
    let place: Place
    let path: String
}

extension Settings {
    fileprivate func file(of url: String) -> UpstreamFiles.File? {
        (try? UpstreamURL(url)).map { UpstreamFiles.file(of: $0, among: mirrors) }
    }
}
