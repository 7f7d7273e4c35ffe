package import BootPolicy
package import Wire

/// The boots of all machines, made of the events that the engines tell. Each event costs the same, however many machines there are.
///
/// Bounded: of machines beyond the limit those that were silent for longest are forgotten.
package struct SessionTable: Sendable {
    package struct Limits: Sendable {
        package var machines = 20_000
        /// Of each machine.
        package var boots = 4

        package init() {}
    }

    /// Who else knows machines.
    package struct Names {
        /// The card that has an address.
        package var card: (IPAddress) -> MACAddress?
        /// The cards of a host.
        package var cards: (String) -> [MACAddress]

        package init(card: @escaping (IPAddress) -> MACAddress?, cards: @escaping (String) -> [MACAddress]) {
            self.card = card
            self.cards = cards
        }
    }

    private struct Machine: Sendable {
        /// The latest is the last.
        var boots: [BootSession] = []
        var addresses: [IPAddress] = []
        /// Its install is done: what it asks for after that sends it to its disk.
        var isInstalled = false
        /// What was told last of its trouble.
        var told: String?
    }

    package private(set) var times = StageTimes()
    private let limits: Limits
    private var machines: LatestFirst<ClientHardware, Machine>
    private var owners: [IPAddress: ClientHardware] = [:]
    /// Those of which something may still become clear.
    package private(set) var open: Set<ClientHardware> = []
    private var lastID: Int64 = 0

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
        machines = LatestFirst(capacity: max(limits.machines, 1))
    }

    // MARK: Reading

    package var count: Int { machines.count }

    /// All boots of a machine that are kept, the latest last.
    package func boots(of hardware: ClientHardware) -> [BootSession] { machines[hardware]?.boots ?? [] }

    /// The latest boot of each machine, those heard last first.
    package var latest: [BootSession] { machines.values.compactMap(\.boots.last) }

    /// Every boot that is kept.
    package var all: [BootSession] { machines.values.flatMap { $0.boots.reversed() } }

    /// How a machine's latest boot stands. One that fails again and again begins anew before its cause is clear: when it has come no
    /// further than the one before and is silent there, that one's cause is its own.
    package func standing(
        of boot: BootSession, at now: Int64, _ circumstances: Circumstances, progress: FetchProgress? = nil
    ) -> Standing {
        let own = boot.standing(at: now, circumstances, progress: progress)
        // Firmware that failed by PXE tries HTTP, which may not be served at all.
        let isOtherWay = own.state == .refused && boot.talk.stage == .httpFirmware
        guard own.state == .underWay || own.state == .over || isOtherWay, let boots = machines[boot.hardware]?.boots,
            let place = boots.firstIndex(where: { $0.id == boot.id }), place > 0
        else { return own }
        let before = boots[place - 1]
        guard boot.own(progress, at: now) == nil, boot.furthest <= before.furthest,
            boot.began - before.last < BootSession.shortPause * 5
        else { return own }
        let earlier = before.standing(at: now, circumstances)
        guard earlier.state == .stuck else { return own }
        let isRound =
            place > 1 && boots[place - 2].standing(at: now, circumstances).verdict?.code == earlier.verdict?.code
        return isOtherWay || boot.isStill(at: now, isRound: isRound) ? earlier : own
    }

    package func session(_ id: Int64) -> BootSession? {
        for machine in machines.values {
            if let boot = machine.boots.first(where: { $0.id == id }) { return boot }
        }
        return nil
    }

    /// Nothing more is to be expected of a machine's boot.
    package mutating func close(_ hardware: ClientHardware) {
        open.remove(hardware)
        machines.update(hardware) { $0.told = nil }
    }

    /// Remembers what is told of a machine's trouble, until nothing more is to be expected of it: who goes round and round has the
    /// same trouble in each boot.
    ///
    /// - Parameter code: the verdict's.
    /// - Returns: whether it is news.
    package mutating func noteTold(_ code: String, of hardware: ClientHardware) -> Bool {
        guard let machine = machines[hardware], machine.told != code else { return false }
        machines.update(hardware) { $0.told = code }
        return true
    }

    /// The wall clock was set: the times of all boots are moved with it.
    ///
    /// - Parameter jump: milliseconds, less than 0 when it was set back.
    package mutating func move(by jump: Int64) {
        machines.updateAll { machine in
            for place in machine.boots.indices { machine.boots[place].move(by: jump) }
        }
    }

    // MARK: Forgetting

    /// Events were lost, and the ends of transfers may have been among them: only what the engines say is under way is so.
    package mutating func forgetTransfers() {
        machines.updateAll { machine in
            if let last = machine.boots.indices.last { machine.boots[last].files.forgetRunning() }
        }
    }

    /// Machines that were silent for so long are of no interest, unless something is wrong with them.
    static let longestMemory: Int64 = 24 * 3_600_000
    private static let looks = 64

    /// Forgets machines whose boot is long over. A few are looked at in each call, so it costs the same however many there are.
    ///
    /// - Parameter now: milliseconds since 1970.
    package mutating func forgetOld(at now: Int64, _ circumstances: Circumstances) {
        for (hardware, machine) in machines.next(Self.looks) {
            guard let boot = machine.boots.last, now - boot.last > Self.longestMemory,
                boot.standing(at: now, circumstances).state != .stuck
            else { continue }
            if let gone = machines.remove(hardware) { forget(hardware, gone) }
        }
    }

    private mutating func forget(_ hardware: ClientHardware, _ machine: Machine) {
        for address in machine.addresses where owners[address] == hardware { owners[address] = nil }
        open.remove(hardware)
    }

    // MARK: Hearing

    /// Takes in what happened, in the order in which it did.
    ///
    /// - Parameter time: milliseconds since 1970.
    package mutating func hear(_ event: BootEvent, at time: Int64, _ names: Names) {
        switch event {
        case .answered(let client, let port, _, let reply):
            note(client, at: time) { $0.answered(client, port, reply, at: time) }
        case .refused(let client, _, let reason):
            note(client, at: time) { $0.refused(client, reason, at: time) }
        case .foreignOffer(let offer, _): hear(offer, at: time)
        case .transferStarted(let facts):
            note(facts.client.address, at: time, names) { $0.started(facts, at: time) }
        case .transferEnded(let facts, let ending):
            note(facts.client.address, at: time, names) { $0.ended(facts, ending, at: time) }
        case .transferRefused(let client, let name, let reason):
            note(client.address, at: time, names) { $0.refused(name, reason, at: time) }
        case .downloadEnded(let facts):
            note(facts.client.address, at: time, names) { $0.downloaded(facts, at: time) }
        case .unheard(let request):
            note(IPAddress(request.client), at: time, names) { boot in
                boot.unheard = (request.port, time)
                boot.note("its request to port \(request.port) came to this host and not to the service", at: time)
            }
        case .install(let event): hear(event, at: time, names)
        case .fleet(let event) where event.cause == .conflict: hear(event, at: time)
        case .decided, .learned, .found, .mirrored, .fleet, .hook, .interfaceChanged, .notice, .stuck, .untold,
            .untoldTransfers, .untoldDownloads, .untoldMirrored:
            break
        }
    }

    private mutating func hear(_ offer: ForeignOffer, at time: Int64) {
        // Machines that do not boot from the network are no concern of ours.
        guard machines[offer.hardware] != nil else { return }
        if !offer.address.isAny, offer.type == .acknowledge { own(IPAddress(offer.address), offer.hardware) }
        change(offer.hardware, at: time) { $0.foreign(offer, at: time) }
    }

    private mutating func hear(_ event: InstallEvent, at time: Int64, _ names: Names) {
        for card in names.cards(event.host) {
            let hardware = ClientHardware(card)
            guard machines[hardware] != nil else { continue }
            machines.update(hardware) { $0.isInstalled = event.to == "done" }
            change(hardware, at: time) { $0.installed(event, at: time) }
        }
    }

    private mutating func hear(_ conflict: HookEvent, at time: Int64) {
        for card in conflict.cards where machines[ClientHardware(card)] != nil {
            change(ClientHardware(card), at: time) { boot in
                boot.host = conflict.host ?? boot.host
                boot.install = boot.install ?? InstallWord(target: conflict.target ?? "", state: "", reason: "")
                boot.install?.conflict = conflict.reason
                boot.note(conflict.reason, at: time)
            }
        }
    }

    // MARK: Machines

    private mutating func note(_ client: BootClient, at time: Int64, _ body: (inout BootSession) -> Void) {
        let hardware = client.hardware
        // A client that shows no hardware address at all cannot be told from the next.
        guard hardware.length > 0 else { return }
        let current = machines[hardware]?.boots.last
        if current.map({ $0.isEnded(by: client, at: time) }) ?? true { beginBoot(of: hardware, at: time) }
        if !client.address.isAny { own(IPAddress(client.address), hardware) }
        change(hardware, at: time, body)
    }

    private mutating func note(
        _ address: IPAddress, at time: Int64, _ names: Names, _ body: (inout BootSession) -> Void
    ) {
        guard let hardware = owners[address] ?? names.card(address).map(ClientHardware.init) else { return }
        // It asked for its address before the service started, or in a storm.
        if machines[hardware]?.boots.last == nil { beginBoot(of: hardware, at: time) }
        own(address, hardware)
        change(hardware, at: time) { boot in
            boot.address = boot.address ?? address
            body(&boot)
        }
    }

    private mutating func beginBoot(of hardware: ClientHardware, at time: Int64) {
        lastID += 1
        let boot = BootSession(id: lastID, hardware: hardware, time: time)
        if let gone = machines.insert(hardware, otherwise: Machine()) { forget(gone.key, gone.value) }
        let most = max(limits.boots, 1)
        machines.update(hardware) { machine in
            if let last = machine.boots.indices.last { machine.boots[last].followed = time }
            if machine.boots.count >= most { machine.boots.removeFirst(machine.boots.count - most + 1) }
            machine.boots.append(boot)
        }
    }

    /// An address belongs to one machine: who had it before has it no longer.
    private mutating func own(_ address: IPAddress, _ hardware: ClientHardware) {
        let before = owners.updateValue(hardware, forKey: address)
        guard before != hardware else { return }
        if let before { machines.update(before) { $0.addresses.removeAll { $0 == address } } }
        machines.update(hardware) { machine in
            // A machine with many addresses is a router; the oldest goes.
            if machine.addresses.count >= 4 { machine.addresses.removeFirst() }
            machine.addresses.append(address)
        }
    }

    private mutating func change(_ hardware: ClientHardware, at time: Int64, _ body: (inout BootSession) -> Void) {
        open.insert(hardware)
        var finished: [(BootStep, Double)] = []
        machines.touch(hardware)
        machines.update(hardware) { machine in
            guard let last = machine.boots.indices.last else { return }
            let before = machine.boots[last].stages.count
            body(&machine.boots[last])
            if machine.isInstalled { machine.boots[last].noteLocalBoot(at: time) }
            finished = machine.boots[last].finished(since: before)
        }
        for (step, seconds) in finished { times.note(seconds, of: step) }
    }
}

extension BootSession {
    /// The stages that others came behind, with their seconds.
    fileprivate func finished(since count: Int) -> [(BootStep, Double)] {
        guard stages.count > count else { return [] }
        return (max(count, 1)..<stages.count).map { place in
            (stages[place - 1].step, Double(max(stages[place].began - stages[place - 1].began, 0)) / 1000)
        }
    }
}
