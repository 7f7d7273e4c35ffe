import BootPolicy
import Wire

/// `pxe-service` and `pxe-prompt`: one loader for each kind of firmware, or a menu that the firmware shows.
struct DnsmasqMenu {
    private struct Item {
        let directive: Directive
        let name: String
        let audiences: [Audience]
        let architecture: ClientArchitecture
        let text: String
        /// Nil for the local disk.
        let file: String?

        /// What an iPXE goes on with is no item of its firmware's menu.
        var isForIPXE: Bool {
            file?.contains("://") == true || !audiences.isEmpty && audiences.allSatisfy { $0.isIPXE == true }
        }

        /// Whether all machines of this kind of firmware get it.
        var isForAll: Bool {
            let kind = Audience { $0.architectures = [architecture] }
            return audiences.contains { $0.and(kind)?.conditions == kind.conditions }
        }

        func isLike(_ other: Item) -> Bool { text == other.text && file == other.file && audiences == other.audiences }
    }

    private var items: [Item] = []
    private var prompt: (line: DnsmasqLine, text: String, timeout: UInt8?)?

    /// dnsmasq's names for the numbers of option 93.
    private static let architectures: [String: UInt16] = [
        "x86pc": 0, "pc98": 1, "ia64_efi": 2, "alpha": 3, "arc_x86": 4, "intel_lean_client": 5, "ia32_efi": 6,
        "bc_efi": 7, "xscale_efi": 8, "x86-64_efi": 9, "arm32_efi": 10, "arm64_efi": 11,
    ]

    mutating func read(_ line: DnsmasqLine, at desk: inout BootDesk, _ tags: inout DnsmasqTags) {
        if line.key == "pxe-prompt" { return readPrompt(line, at: &desk) }
        let values = line.values
        guard values.count >= 2 else {
            return desk.settle(line.directive, .lost("it does not say which firmware and what stands in the menu"))
        }
        guard let number = Self.architectures[values[0].lowercased()] ?? UInt16(values[0]) else {
            return desk.settle(line.directive, .lost("the kind of firmware is unknown"))
        }
        let file = values.count > 2 ? values[2] : "0"
        if let type = UInt16(file), type != 0 {
            let why = "it names a boot server by its type, which only firmware's own menu of servers knows"
            return desk.settle(line.directive, .lost(why))
        }
        let architecture = ClientArchitecture(number)
        items.append(
            Item(
                directive: line.directive, name: line.ruleName, audiences: tags.audiences(line.requiredTags),
                architecture: architecture, text: values[1], file: file == "0" ? nil : Self.completed(file)))
    }

    /// dnsmasq completes a name without suffix by the layer's number.
    private static func completed(_ file: String) -> String { file.contains(".") ? file : file + ".0" }

    private mutating func readPrompt(_ line: DnsmasqLine, at desk: inout BootDesk) {
        let timeout = line.values.count > 1 ? UInt8(line.values[1]) : nil
        guard let text = line.values.first, line.values.count < 2 || timeout != nil else {
            return desk.settle(line.directive, .lost("it says no text, or no number of seconds up to 255"))
        }
        if let earlier = prompt { desk.settle(earlier.line.directive, .needless("a later line says it again")) }
        prompt = (line, text, timeout)
    }

    /// Once all lines are read: firmware that has a choice gets the menu, and all others their loader.
    mutating func write(at desk: inout BootDesk) {
        for item in items where item.isForIPXE { boot(item, at: &desk) }
        items.removeAll(where: \.isForIPXE)
        var shown: [Item] = []
        for architecture in seenArchitectures {
            let own = items.filter { $0.architecture == architecture }
            let isSame = own.count == shown.count && zip(own, shown).allSatisfy { $0.isLike($1) }
            if own.count == 1 {
                boot(own[0], at: &desk)
            } else if (shown.isEmpty || isSame) && own.allSatisfy(\.isForAll) {
                show(own, with: shown.isEmpty, at: &desk)
                shown = own
            } else {
                bootFirst(of: own, at: &desk)
            }
        }
        guard let prompt else { return }
        let hasMenu = desk.settings.firmwareMenu != .usual
        let single = Fate.needless("where there is one item, there is nothing to choose, and it boots at once")
        desk.settle(prompt.line.directive, hasMenu ? .converted : single)
    }

    private var seenArchitectures: [ClientArchitecture] {
        items.reduce(into: []) { seen, item in
            if !seen.contains(item.architecture) { seen.append(item.architecture) }
        }
    }

    private func boot(_ item: Item, at desk: inout BootDesk) {
        guard let file = item.file else {
            return desk.settle(item.directive, .lost("a [[rule]] with silence = true leaves machines to their disks"))
        }
        let machines = item.audiences.and([Audience { $0.architectures = [item.architecture] }])
        desk.boot(file, for: machines, named: item.name, item.directive)
    }

    private func bootFirst(of own: [Item], at desk: inout BootDesk) {
        let first = own.firstIndex { $0.file != nil } ?? 0
        for (index, item) in own.enumerated() {
            if index == first {
                boot(item, at: &desk)
            } else {
                desk.settle(item.directive, .lost("there is one [firmware-menu], and another firmware has it"))
            }
        }
    }

    /// - Parameter isNew: whether the menu is to be written, or only shown to one kind of firmware more.
    private func show(_ own: [Item], with isNew: Bool, at desk: inout BootDesk) {
        if isNew {
            let menu = menu(own)
            guard menu.items.count <= 24, menu.wire.fits else {
                return bootFirst(of: own, at: &desk)
            }
            let fate = desk.set { settings throws(Problem) in
                for item in menu.items {
                    _ = try Check.menuText(item.text)
                    if case .loader(let loader) = item.choice { _ = try Check.loader(loader.path) }
                }
                _ = try Check.menuText(menu.prompt)
                settings.firmwareMenu = menu
            }
            guard fate.verdict == .converted else {
                for item in own { desk.settle(item.directive, fate) }
                return
            }
        }
        var conditions = RuleConditions()
        conditions.architectures = [own[0].architecture]
        conditions.stages = [.firmware]
        let fate = desk.plan(for: conditions, named: "firmware's own menu", \.shape) { () throws(Problem) in .menu }
        for item in own { desk.settle(item.directive, fate) }
        if let file = own.lazy.compactMap(\.file).first, let role = own[0].architecture.role {
            _ = desk.load(file, as: role)
        }
    }

    private func menu(_ own: [Item]) -> FirmwareMenu {
        FirmwareMenu(
            prompt: prompt?.text ?? FirmwareMenu.usual.prompt, timeout: prompt.map(\.timeout) ?? nil,
            items: own.map { item in
                let path = item.file.map { String($0.drop { $0 == "/" }) }
                return FirmwareMenu.Item(item.text, path.map { .loader(Loader(path: $0)) } ?? .localBoot)
            })
    }
}
