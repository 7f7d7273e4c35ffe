import BootPolicy
import Wire

/// Where what boots whom is put together, whatever language said it: loaders, targets, and the rules between them.
struct BootDesk {
    private var conversion = Conversion()
    var settings = Settings()
    private var rules: [Rule] = []
    /// Loaders for everybody: each is for the machines that no other line names.
    private var general: [(file: String, directive: Directive)] = []
    private var namedRoles: Set<LoaderTable.Role> = []
    /// The last number that was put behind a name: looking for a free one from 2 each time takes for ever in generated files.
    private var lastNumbers: [String: Int] = [:]

    mutating func settle(_ directive: Directive, _ fate: Fate, weight: Int = 1) {
        conversion.settle(directive, fate, weight: weight)
    }

    /// Changes the settings, unless that would set them at odds with themselves.
    mutating func set(_ change: (inout Settings) throws(Problem) -> Void) -> Fate {
        var changed = settings
        let fate = Fate.of { () throws(Problem) in try change(&changed) }
        if case .converted = fate, let conflict = changed.conflicts.first { return .lost(conflict.message) }
        settings = changed
        return fate
    }

    mutating func setRoot(_ path: String) -> Fate {
        set { settings throws(Problem) in settings.root = try Check.directory(path) }
    }

    /// A boot file: a loader for firmware, a script for iPXE.
    mutating func boot(_ file: String, for audiences: [Audience], named name: String, _ directive: Directive) {
        guard !audiences.isEmpty else {
            return settle(directive, .lost("what it asks of a machine is nothing that a [[rule]] can ask"))
        }
        if audiences.contains(where: { $0.isLoaderForAll }), !file.contains("://") {
            general.append((file, directive))
            return
        }
        var fates: [Fate] = []
        for audience in audiences { fates.append(boot(file, for: audience, named: name)) }
        settle(directive, fates.first { $0.verdict != .converted } ?? fates.first { $0.why != nil } ?? .converted)
    }

    private mutating func boot(_ file: String, for audience: Audience, named name: String) -> Fate {
        if audience.isHTTPFirmware { return .needless("UEFI HTTP Boot gets a URL of the same loader as PXE") }
        if audience.isIPXE == true || file.contains("://") { return chain(file, for: audience, named: name) }
        var rest = audience.conditions
        rest.architectures = []
        guard rest == RuleConditions() else {
            let path = beneathRoot(file)
            return plan(for: audience.conditions, named: name, \.loader) { () throws(Problem) in
                Loader(path: try Check.loader(path))
            }
        }
        var fates: [Fate] = []
        for architecture in audience.conditions.architectures {
            let unknown = Fate.lost("no loader is known for the architecture \(architecture)")
            fates.append(architecture.role.map { load(file, as: $0) } ?? unknown)
        }
        return fates.first { $0.verdict != .converted } ?? .converted
    }

    /// Names the loader of a role; x64 UEFI has two numbers, and one loader for both.
    mutating func load(_ file: String, as role: LoaderTable.Role) -> Fate {
        let path: String
        do throws(Problem) {
            path = try Check.loader(beneathRoot(file))
        } catch {
            return .lost(error.text)
        }
        guard namedRoles.insert(role).inserted || settings.loaders[role] == [path] else {
            let first = settings.loaders[role].first ?? ""
            return .lost("\(role.rawValue) machines have the loader \(first) already; a [[rule]] may tell them apart")
        }
        return set { $0.loaders[role] = [path] }
    }

    private mutating func chain(_ file: String, for audience: Audience, named name: String) -> Fate {
        guard file != "boot.ipxe", file != "/boot.ipxe" else {
            return .needless("iPXE gets boot.ipxe anyway, and a real file of that name in the root wins")
        }
        let url: String
        do throws(Problem) {
            url = try Check.url(file.contains("://") ? file : "${base}/" + beneathRoot(file))
        } catch {
            return .lost(error.text)
        }
        let target = target(chaining: url)
        guard audience.conditions == RuleConditions() else {
            return plan(for: audience.conditions, named: name, \.target) { () throws(Problem) in target }
        }
        return boot(target)
    }

    /// What machines boot for whom no rule names anything else.
    mutating func boot(_ target: String) -> Fate {
        guard settings.usual == nil || settings.usual == target else {
            return .lost("boot.target is \"\(settings.usual ?? "")\" already; a [[rule]] may tell the machines apart")
        }
        settings.usual = target
        return .converted
    }

    private mutating func target(chaining url: String) -> String {
        let action = BootAction.chain(url: VariableText(url))
        if let known = settings.targets.first(where: { $0.value.action == action }) { return known.key }
        let file = url.split { $0 == "?" || $0 == "#" }.first.map { $0.lastPart } ?? ""
        let name = freeName(String(file.prefix { $0 != "." }))
        settings.targets[name] = BootTarget(title: name, action: action)
        return name
    }

    /// A name like `wish` that no target or menu has yet.
    ///
    /// - Parameter action: what it is for; only the same may have the name of what is always there.
    mutating func freeName(_ wish: String, for action: BootAction? = nil) -> String {
        let clean = wish.map { ($0.isASCII && ($0.isLetter || $0.isNumber)) || "._-".contains($0) ? $0 : "-" }
            .drop { !$0.isLetter && !$0.isNumber }.prefix(48)
        let name = clean.isEmpty ? "target" : String(clean)
        var number = lastNumbers[name] ?? 1
        var free = number == 1 ? name : "\(name)-\(number)"
        while settings.targets[free] != nil || settings.menus[free] != nil
            || TargetBook.builtIn[free].map({ $0.action != action }) ?? false
        {
            number += 1
            free = "\(name)-\(number)"
        }
        lastNumbers[name] = number
        return free
    }

    /// What the program called a file, as a path beneath the root.
    func beneathRoot(_ file: String) -> String {
        var path = Substring(file)
        if path.hasPrefix(settings.root + "/") { path = path.dropFirst(settings.root.count) }
        return String(path.drop { $0 == "/" || $0 == ":" })
    }
}

extension BootDesk {
    /// Says one thing of the machines that meet conditions.
    mutating func plan<Value: Equatable>(
        for conditions: RuleConditions, named name: String, _ field: WritableKeyPath<BootPlan, Value>,
        value: () throws(Problem) -> Value
    ) -> Fate {
        let index = rules.firstIndex { $0.conditions == conditions && $0.verdict != .silence } ?? rules.endIndex
        var plan = BootPlan()
        if index < rules.endIndex, case .boot(let present) = rules[index].verdict { plan = present }
        let before = plan[keyPath: field]
        let fate = Fate.of { () throws(Problem) in plan[keyPath: field] = try value() }
        guard case .converted = fate else { return fate }
        guard before == BootPlan()[keyPath: field] || before == plan[keyPath: field] else {
            return .lost("an earlier line says something else of the same machines")
        }
        if index == rules.endIndex {
            rules.append(Rule(name: Self.label(name), conditions: conditions, verdict: .boot(plan)))
        } else {
            rules[index].verdict = .boot(plan)
        }
        return .converted
    }

    /// The same for several audiences; conditions on iPXE mean nothing to options, which everybody gets.
    mutating func plan<Value: Equatable>(
        for audiences: [Audience], named name: String, _ field: WritableKeyPath<BootPlan, Value>,
        value: () throws(Problem) -> Value
    ) -> Fate {
        guard !audiences.isEmpty else { return .lost("what it asks of a machine is nothing that a [[rule]] can ask") }
        var fates: [Fate] = []
        for audience in audiences { fates.append(plan(for: audience.conditions, named: name, field, value: value)) }
        return fates.first { $0.verdict != .converted } ?? .converted
    }

    mutating func silence(_ audiences: [Audience], named name: String) -> Fate {
        guard !audiences.isEmpty, audiences.allSatisfy({ $0.isIPXE == nil }) else {
            return .lost("what it asks of a machine is nothing that a [[rule]] can ask")
        }
        for audience in audiences {
            rules.insert(Rule(name: Self.label(name), conditions: audience.conditions, verdict: .silence), at: 0)
        }
        return .converted
    }

    private static func label(_ text: String) -> String { (try? Check.label(text)) ?? "" }

    /// Everything in its place: single machines before many, and each with what is said of all that it belongs to.
    mutating func finish() -> Conversion {
        for (file, directive) in general {
            let role: LoaderTable.Role = file.lowercased().hasSuffix(".efi") ? .uefiX64 : .bios
            if namedRoles.contains(role), settings.loaders[role] != [beneathRoot(file)] {
                settle(directive, .needless("other lines name the loader of \(role.rawValue) machines"))
            } else {
                let fate = load(file, as: role)
                let note = "by its name it is for \(role.rawValue) machines; [loaders] says what others start"
                settle(directive, fate.verdict == .converted ? .nearly(note) : fate)
            }
        }
        let ordered = [0, 1, 2].flatMap { rank in rules.filter { $0.rank == rank } }
        settings.rules = ordered.map { rule in
            guard case .boot(var plan) = rule.verdict else { return rule }
            for other in ordered where other != rule && other.conditions.cover(rule.conditions) {
                if case .boot(let wider) = other.verdict { plan.fill(from: wider) }
            }
            var rule = rule
            rule.verdict = .boot(plan)
            return rule
        }
        conversion.settings = settings
        return conversion
    }
}

extension Audience {
    /// Nothing is asked, or only that it is no iPXE.
    fileprivate var isLoaderForAll: Bool { isIPXE != true && conditions == RuleConditions() }
}

extension Rule {
    /// How wide it is: a machine, some, all.
    fileprivate var rank: Int { conditions == RuleConditions() ? 2 : conditions.hardware.isEmpty ? 1 : 0 }
}

extension BootPlan {
    /// Only the first rule that fits a machine decides, so it has to say all.
    fileprivate mutating func fill(from wider: BootPlan) {
        target = target ?? wider.target
        loader = loader ?? wider.loader
        shape = shape ?? wider.shape
        if delay == .zero { delay = wider.delay }
        if configurationFile.isEmpty { configurationFile = wider.configurationFile }
        if pathPrefix.isEmpty { pathPrefix = wider.pathPrefix }
    }
}
