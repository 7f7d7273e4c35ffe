import BootPolicy
import Wire

/// A menu as it is read.
struct PXELINUXPage {
    enum Item {
        case target(String)
        /// By its index.
        case page(Int)
        /// By its tag, which may come later.
        case goal(String, Directive)
    }

    var tag: String
    var title: String?
    /// What the menu around calls it.
    var caption: String?
    var items: [Item] = []
    /// The label that is marked.
    var marked: String?
    var preferred: (label: String, directive: Directive)?
    var onTimeout: (label: String, directive: Directive)?
    var timeout: TimeSpan?
    var showsMenu = false
    var prompts = false

    init(tag: String) {
        self.tag = tag
    }
}

extension PXELINUXConverter {
    /// Makes a target of the label that is read.
    mutating func finishLabel() {
        guard let label else { return }
        self.label = nil
        if let goal = label.goal {
            pages[current].items.append(.goal(goal, label.directive))
            return desk.settle(label.directive, .converted, weight: label.weight)
        }
        if label.program == "whichsys.c32", let way = label.wayOfPXELINUX {
            aliases[label.name] = way
            return desk.settle(
                label.directive, .nearly("PXELINUX goes on with \"\(Check.shown(way))\""), weight: label.weight)
        }
        guard !label.isHeading || label.kernel != nil else {
            return desk.settle(label.directive, .lost("menus have no headings"), weight: label.weight)
        }
        do throws(Problem) {
            try write(label)
        } catch {
            desk.settle(label.directive, .lost(error.text), weight: label.weight)
        }
    }

    private mutating func write(_ label: PXELINUXLabel) throws(Problem) {
        let made = try label.action()
        let builtIn = TargetBook.builtIn.first { $0.value.action == made.action }
        let title = Self.title(label.title ?? "", or: nil)
        let name: String
        if let builtIn, title == nil || title == builtIn.value.title {
            name = builtIn.key
        } else {
            name = desk.freeName(label.name, for: made.action)
            let variants: [BootPlatform: BootAction] = made.isForBIOS ? [.bios: made.action] : [:]
            desk.settings.targets[name] = BootTarget(
                title: title ?? name, action: made.isForBIOS ? nil : made.action, variants: variants)
        }
        targets[label.name] = name
        if !label.isHidden, !label.isHeading { pages[current].items.append(.target(name)) }
        desk.settle(label.directive, made.note.map { .nearly($0) } ?? .converted, weight: label.weight)
    }

    /// A title, if it can be one.
    private static func title(_ text: String, or other: String?) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return (try? Check.title(words)) ?? other
    }

    /// The name of the target or menu that a label stands for.
    private func target(_ label: String, _ names: [Int: String]) -> String? {
        var label = label
        for _ in 0..<8 {
            guard let next = aliases[label] else { break }
            label = next
        }
        if let name = targets[label] { return name }
        return pages.indices.first { $0 > 0 && pages[$0].tag == label }.flatMap { names[$0] }
    }

    /// Once everything is read: the menus, and what is booted first.
    mutating func writeMenus(of text: ConfigurationText) {
        let names = nameMenus()
        for index in names.keys.sorted(by: >) { write(index, names) }
        let root = pages[0]
        let chosen = root.preferred.flatMap { target($0.label, names) }
        let shown = root.showsMenu || root.prompts ? names[0] : chosen ?? names[0]
        guard let shown else {
            for choice in [root.preferred, root.onTimeout].compactMap(\.self) { settleMissing(choice) }
            return
        }
        if shown == chosen, shown != names[0] { noteOthers(text, shown) }
        // A name of its own may be shown to one machine only.
        if let machine = Self.machine(of: text.file) {
            var conditions = RuleConditions()
            conditions.hardware = [machine]
            settleStart(
                desk.plan(for: conditions, named: shown, \.target) { () throws(Problem) in shown }, text, shown)
        } else {
            settleStart(desk.boot(shown), text, shown)
        }
    }

    private mutating func settleStart(_ fate: Fate, _ text: ConfigurationText, _ shown: String) {
        guard case .lost = fate else { return }
        desk.settle(Directive(file: text.file, line: 1, what: "what boots here (\(shown))"), fate, weight: 0)
    }

    private mutating func settleMissing(_ choice: (label: String, directive: Directive)) {
        desk.settle(choice.directive, .lost("its label is not converted, or not there"), weight: 0)
    }

    /// Without a menu or prompt, PXELINUX starts the default at once.
    private mutating func noteOthers(_ text: ConfigurationText, _ shown: String) {
        guard let directive = pages[0].preferred?.directive else { return }
        let others = Set(targets.values).subtracting([shown])
        guard !others.isEmpty else { return }
        let why = "it starts at once, without a menu; a [[rule]] with target, or [menu.main], reaches the others"
        desk.settle(directive, .nearly(why), weight: 0)
    }

    /// The hardware address in the name of a file of PXELINUX for one machine: `01-52-54-00-12-34-56`.
    private static func machine(of file: String) -> HardwarePattern? {
        let name = file.lastPart
        guard name.utf8.count == 20, name.hasPrefix("01-") else { return nil }
        return HardwarePattern(String(name.dropFirst(3)))
    }

    /// A name for each menu that has items, by index, those of menus without any being left out.
    private mutating func nameMenus() -> [Int: String] {
        var names: [Int: String] = [:]
        let isNeeded = pages[0].showsMenu || pages[0].prompts || pages[0].preferred == nil
        for index in pages.indices where hasItems(index) && (index > 0 || isNeeded) {
            let name = desk.freeName(pages[index].tag)
            // Holds the name until the items are known.
            desk.settings.menus[name] = TargetMenu(title: name, items: [])
            names[index] = name
        }
        return names
    }

    private func hasItems(_ index: Int) -> Bool {
        pages[index].items.contains { item in
            switch item {
            case .target: true
            case .page(let inner): inner > index && hasItems(inner)
            case .goal: false
            }
        }
    }

    private mutating func write(_ index: Int, _ names: [Int: String]) {
        guard let name = names[index] else { return }
        let page = pages[index]
        var items: [String] = []
        var seen: Set<String> = []
        for item in page.items {
            guard let found = resolve(item, from: index, names), seen.insert(found).inserted else { continue }
            items.append(found)
        }
        let choices = [page.onTimeout, page.preferred].compactMap(\.self)
        let wanted = choices.map(\.label) + [page.marked].compactMap(\.self)
        let preferred = wanted.compactMap { target($0, names) }.first(where: items.contains)
        for choice in choices where !(target(choice.label, names).map(items.contains) ?? false) {
            settleMissing(choice)
        }
        desk.settings.menus[name] = TargetMenu(
            title: Self.title(page.title ?? page.caption ?? "", or: nil) ?? Self.title(page.caption ?? "", or: name)
                ?? name,
            items: items, preferred: preferred, timeout: page.timeout)
    }

    private mutating func resolve(_ item: PXELINUXPage.Item, from index: Int, _ names: [Int: String]) -> String? {
        switch item {
        case .target(let name): return name
        case .page(let inner): return names[inner]
        case .goal(let tag, let directive):
            // Menus inside of this one: all others lead back here, or might.
            let goal = pages.indices.first { $0 > index && pages[$0].tag == tag }
            if let name = goal.flatMap({ names[$0] }) { return name }
            desk.settle(directive, .needless("every menu has a way back anyway"), weight: 0)
            return nil
        }
    }
}

extension PXELINUXLabel {
    /// What stands behind `-pxe-` for whichsys.c32, which goes on by the loader it runs under.
    fileprivate var wayOfPXELINUX: String? {
        let words = (arguments ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        guard let mark = words.firstIndex(of: "-pxe-") else { return nil }
        let way = words[(mark + 1)...].prefix { !["-sys-", "-iso-", "-dos-"].contains($0) }
        return way.isEmpty ? nil : way.joined(separator: " ")
    }
}
