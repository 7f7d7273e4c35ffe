import Fleet
import Support
import Testing
import Wire

/// Random fleets whose truth is known: whatever the server may see, it takes no machine for another.
@Suite("identity of random fleets")
struct IdentityPropertyTests {
    /// What a machine really is.
    struct Machine {
        let id: Int64
        var cards: [MACAddress]
        var uuid: MachineUUID?
        var serial: String?
        var isClone = false
    }

    struct World {
        var machines: [Machine] = []
        var dongles: [MACAddress] = []
        var records: [KnownHost] = []
        /// Cards that were put into another machine; their first boots there show a UUID.
        var moved: Set<MACAddress> = []
        /// The dongles were seen in several machines before, and the operator put one on a host's record.
        let donglesAreKnown: Bool
        var random: SeededRandom

        init(seed: UInt64) {
            random = SeededRandom(seed: seed)
            donglesAreKnown = seed.isMultiple(of: 2)
            for id in 1...40 as ClosedRange<Int64> { machines.append(machine(id)) }
            dongles = (0..<3).map { MACAddress(0x00E0_4C00_0000 | $0) }
            clone()
            for machine in machines where random.happens(0.6) { records.append(record(machine)) }
            for _ in 0..<4 { moveCard() }
        }

        private mutating func machine(_ id: Int64) -> Machine {
            let cards = (0..<Int64.random(in: 1...3, using: &random)).map {
                MACAddress(0x5254_0000_0000 | UInt64(id << 8 | $0))
            }
            let uuid = MachineUUID(high: random.next(), low: random.next())
            return Machine(
                id: id, cards: cards, uuid: random.happens(0.9) ? uuid : nil,
                serial: random.happens(0.8) ? "S\(id)Z" : nil)
        }

        /// Some machines have another's UUID; both then say their serials.
        private mutating func clone() {
            for _ in 0..<6 {
                let (one, other) = (Int.random(in: 0..<40, using: &random), Int.random(in: 0..<40, using: &random))
                guard one != other, !machines[one].isClone, !machines[other].isClone else { continue }
                machines[other].uuid = machines[one].uuid
                for index in [one, other] {
                    machines[index].isClone = true
                    machines[index].serial = "C\(index)Z"
                }
            }
        }

        /// What the inventory knows is true, but not all.
        private mutating func record(_ machine: Machine) -> KnownHost {
            let dongle = donglesAreKnown && records.isEmpty ? 1 : 0
            return KnownHost(
                id: machine.id, name: "m\(machine.id)",
                cards: Array(machine.cards.shuffled(using: &random).prefix(2)) + Array(dongles.prefix(dongle)),
                uuid: random.happens(0.9) ? machine.uuid : nil, serial: random.happens(0.5) ? machine.serial : nil)
        }

        /// The inventory has not heard of it.
        private mutating func moveCard() {
            guard let record = records.randomElement(using: &random), record.uuid != nil else { return }
            let (from, to) = (Int(record.id) - 1, Int.random(in: 0..<40, using: &random))
            guard from != to, machines[to].uuid != nil, machines[from].cards.count > 1 else { return }
            let card = machines[from].cards.removeFirst()
            machines[to].cards.append(card)
            moved.insert(card)
        }

        /// A boot of any machine. A new dongle without a UUID, or with a cloned one, is what no server can see through.
        mutating func boot() -> (machine: Machine, evidence: Evidence) {
            let machine = machines.randomElement(using: &random) ?? machines[0]
            let isByDongle = machine.uuid != nil && !machine.isClone && random.happens(0.15)
            let card = (isByDongle ? dongles : machine.cards).randomElement(using: &random)
            let showsUUID = isByDongle && !donglesAreKnown || card.map(moved.contains) == true
            return (
                machine,
                Evidence(
                    card: card, uuid: showsUUID || random.happens(0.9) ? machine.uuid : nil,
                    serial: machine.isClone || random.happens(0.5) ? machine.serial : nil)
            )
        }
    }

    @Test(
        "no machine is taken for another, and what the inventory learns is true",
        arguments: 1...150 as ClosedRange<UInt64>)
    func neverAnother(seed: UInt64) {
        var world = World(seed: seed)
        var index = HostIndex(world.records)
        var history = CardHistory()
        if world.donglesAreKnown {
            for (hour, dongle) in zip(Moment(-100)..., world.dongles + world.dongles) {
                let stranger = MachineUUID(high: 77, low: UInt64(hour + 100))
                _ = history.note(Evidence(card: dongle, uuid: stranger), boot: hour...hour)
            }
        }
        var counts = (hosts: 0, conflicts: 0)
        for hour in 0..<300 as Range<Moment> {
            let (machine, evidence) = world.boot()
            _ = history.note(evidence, boot: hour * 3_600_000...hour * 3_600_000 + 1000)
            let answer = Identification.of(evidence, among: index, seenElsewhere: history)
            if case .conflict = answer { counts.conflicts += 1 }
            guard case .host(let id, let news) = answer else { continue }
            counts.hosts += 1
            #expect(id == machine.id, "\(evidence)")
            learn(evidence, news, of: id, into: &index)
        }
        #expect(counts.hosts > 50)
        #expect(counts.conflicts > 3)
    }

    /// A further card was nobody's before, and is that host's only.
    private func learn(_ evidence: Evidence, _ news: Marks, of id: Int64, into index: inout HostIndex) {
        guard let host = index[id], !news.isEmpty else { return }
        if news.contains(.card), let card = evidence.card { #expect(index.hosts(with: card).isEmpty) }
        let further = news.contains(.card) ? [evidence.card].compactMap(\.self) : []
        index.insert(
            KnownHost(
                id: id, name: host.name, cards: host.cards + further,
                uuid: news.contains(.uuid) ? evidence.uuid : host.uuid,
                serial: news.contains(.serial) ? evidence.serial : host.serial))
        for card in index[id]?.cards ?? [] { #expect(index.hosts(with: card).map(\.id) == [id]) }
    }

    @Test("the order of the hosts, and the way they came, make no difference", arguments: 1...20 as ClosedRange<UInt64>)
    func anyOrder(seed: UInt64) {
        var world = World(seed: seed)
        // Records that contradict each other, too.
        let twins = world.records.prefix(5).map {
            KnownHost(id: $0.id + 100, name: "twin", cards: $0.cards, uuid: $0.uuid, serial: $0.serial)
        }
        let doubled = world.records + twins
        let index = HostIndex(doubled)
        var other = HostIndex(doubled.shuffled(using: &world.random))
        for host in doubled.shuffled(using: &world.random) {
            if world.random.happens(0.5) { other.remove(host.id) }
            other.insert(host)
        }
        var history = CardHistory()
        for hour in 0..<200 as Range<Moment> {
            let (_, evidence) = world.boot()
            _ = history.note(evidence, boot: hour...hour)
            #expect(
                Identification.of(evidence, among: index, seenElsewhere: history)
                    == Identification.of(evidence, among: other, seenElsewhere: history))
        }
    }

    @Test("a host that was taken out leaves nothing behind")
    func removal() {
        var index = HostIndex(IdentityFleet.hosts)
        for host in IdentityFleet.hosts { index.remove(host.id) }
        #expect(index.count == 0)
        for letter in ["A", "B", "C", "E", "F"] {
            let evidence = IdentityFleet.evidence(letter, letter, letter)
            #expect(Identification.of(evidence, among: index, seenElsewhere: CardHistory()) == .unknown)
        }
    }
}
