import BootPolicy
import Inventory
import Wire

/// What the settings do to machines that shall be installed: who is not answered, or boots what cannot install, never asks for
/// its install. The operator's word stands all the same, so the plan says it.
///
/// What was seen of a machine stands for what it will show. Of one that was never seen nothing is said.
struct PlanRemarks {
    private let catalog: Catalog
    /// What is read of all hosts at once: there may be many.
    private let machines: [MACAddress: Machine]
    private let lessons: [String: Lesson]
    /// Holds for all hosts.
    let general: [String]

    init(on hosts: [NamedMachine], _ inventory: Inventory, _ catalog: Catalog) throws(InventoryError) {
        let mode = catalog.mode
        general =
            mode.beginsBoots ? [] : ["  but the mode is \(mode.rawValue): nothing begins before \"pilotfish arm\""]
        var catalog = catalog
        catalog.mode = .armed
        self.catalog = catalog
        machines = try inventory.machines(with: hosts.flatMap(\.hardware))
        lessons = Dictionary(try inventory.lessons().map { ("\($0.fingerprint)", $0) }) { first, _ in first }
    }

    /// The lines beneath that of a host; none where nothing stands against its install, as far as that can be told.
    func lines(for host: NamedMachine) -> [String] {
        host.hardware.compactMap { card in
            guard let machine = machines[card], let obstacle = obstacle(to: machine, card) else { return nil }
            return "    but " + obstacle(host.hardware.count == 1 ? "it" : "\(card)")
        }
    }

    /// What stands against the install of a machine: a sentence about the name that it is given.
    private typealias Obstacle = (String) -> String

    private func obstacle(to machine: Machine, _ card: MACAddress) -> Obstacle? {
        guard let sketch = ClientSketch(machine, card), let facts = facts(of: sketch) else { return nil }
        let arrival = arrival(of: machine)
        guard case .some(let rule) = rule(for: facts, arrival, isPlaceKnown: sketch.subnet != nil) else { return nil }
        switch answer(facts, arrival) {
        case .ignore(.silencedByRule): return { "rule \"\(rule?.name ?? "")\" keeps silent for \($0)" }
        case .ignore(let refusal): return { "\($0) gets no answer: \(refusal.summary) [\(refusal.code)]" }
        case .reply(let reply): return obstacle(in: reply, by: rule)
        case .ask: return nil
        }
    }

    private func facts(of sketch: ClientSketch) -> ClientFacts? {
        let message = sketch.discover
        return try? ClientFacts.read(DHCPMessage(message.span.bytes), classes: catalog.vendorClasses).get()
    }

    /// What a machine hears. One that an endpoint decides about is taken for one that it lets boot.
    private func answer(_ facts: ClientFacts, _ arrival: Arrival) -> ProxyAnswer {
        let answer = ProxyDHCP.answer(facts, arrival: arrival, in: catalog)
        guard case .ask = answer else { return answer }
        return ProxyDHCP.answer(facts, arrival: arrival, in: catalog, ruling: .decided(.boot(.usual)))
    }

    /// The rule that decides; none inside of the optional where the usual boot is. Nil where an earlier rule asks what nobody
    /// knows before the machine is here.
    private func rule(for facts: ClientFacts, _ arrival: Arrival, isPlaceKnown: Bool) -> Rule?? {
        // The rest of the class, the version of its network stack, was not written down.
        let known = facts.vendorClass.printable.split(separator: ":").prefix(3).joined(separator: ":")
        for rule in catalog.rules.rules {
            switch rule.conditions.failure(for: facts, arrival) {
            case nil: return rule
            case .vendorClass where rule.conditions.vendorClasses.contains { $0.hasPrefix(known) }: return nil
            case .subnet where !isPlaceKnown: return nil
            case .interface where arrival.interfaceName.isEmpty: return nil
            case .relay, .circuit, .remote: return nil
            default: continue
            }
        }
        return .some(nil)
    }

    /// What of an answer leads to no install.
    private func obstacle(in reply: BootReply, by rule: Rule?) -> Obstacle? {
        if reply.shape == .menu, let item = catalog.menu.items.first {
            switch item.choice {
            case .localBoot: return { "the firmware's menu comes first for \($0), and begins with \"\(item.text)\"" }
            case .loader(let loader): return Self.obstacle(loader.name, "the firmware's menu")
            case .usual: break
            }
        }
        guard case .boot(let plan) = rule?.verdict, let rule else {
            return Self.obstacle(reply.message.bootFile, "the table [loaders]")
        }
        let giver = plan.loader == nil ? "the table [loaders]" : "rule \"\(rule.name)\""
        if let obstacle = Self.obstacle(reply.message.bootFile, giver) { return obstacle }
        guard reply.reason != .stage, let elsewhere = plan.nextServer else { return nil }
        return { "rule \"\(rule.name)\" sends \($0) to \(elsewhere), and nobody knows whether it asks here again" }
    }

    private static func obstacle(_ loader: String, _ giver: String) -> Obstacle? {
        guard Loader.cannotInstall(loader) else { return nil }
        return { "\(giver) gives \($0) \(loader), which cannot install" }
    }

    /// An address of ours has to be named, but decides nothing: the client says where it is.
    private func arrival(of machine: Machine) -> Arrival {
        let interface = catalog.interfaces.count == 1 ? catalog.interfaces[0] : ""
        var arrival = Arrival(
            port: .dhcp, interface: 0, interfaceName: interface, serverAddress: IPv4Address(192, 0, 2, 1),
            source: Endpoint(address: .any, port: 68), destination: .broadcast)
        if let lesson = machine.fingerprint.flatMap({ lessons[$0] }) {
            arrival.history.style = lesson.style
            arrival.history.loader = lesson.loader
            arrival.history.reason = .learned
        }
        return arrival
    }
}

extension ClientSketch {
    /// How a machine begins its boot, by what was seen of it; nil where too little was.
    fileprivate init?(_ machine: Machine, _ card: MACAddress) {
        guard let architecture = machine.architecture, let last = BootStage(machine.lastStage) else { return nil }
        self.init()
        hardware = card
        self.architecture = architecture
        // An iPXE before which no firmware was heard is the machine's own.
        stage = last.isFirmware || machine.fingerprint == nil ? last : .firmware
        self.machine = machine.uuid.flatMap { MachineUUID($0) }
        subnet = machine.lastAddress
    }
}
