import BootPolicy
import Fleet
import Inventory
import Testing
import Wire

@Suite("machines that nobody named yet")
struct AdoptionTests {
    private let inventory: Inventory
    private let cards = [InstallBench.card(1), InstallBench.card(2)]

    init() throws {
        inventory = try Inventory()
        for (number, card) in cards.enumerated() { try see(card, uuid: UInt8(7 + number), minute: 0) }
    }

    private func see(_ card: MACAddress, uuid: UInt8, minute: Int64) throws {
        let seen = answered(try client(card.description, uuid: uuid))
        try inventory.record([(time: 1_700_000_000_000 + minute * 60_000, event: seen)])
    }

    private func adopt(_ card: MACAddress, _ name: String) throws -> Adoption {
        try inventory.adopt(card, as: name, now: 1_700_000_100_000)
    }

    @Test("they are listed with words that tell them apart, until they belong to a host")
    func list() throws {
        let all = try inventory.newcomers()
        #expect(Set(all.map(\.card)) == Set(cards) && all.allSatisfy { $0.conflict == nil })
        #expect(Set(all.map { "\($0.words)" }).count == 2)
        #expect(try adopt(cards[0], "web1") == .adopted(cards: [cards[0]], isNewHost: true))
        #expect(try inventory.newcomers().map(\.card) == [cards[1]])
        #expect(try inventory.newcomers(limit: 0).isEmpty)
    }

    @Test("a machine is told of when it is seen for the first time, unless it is a host, or with its conflict")
    func firstSight() throws {
        func seen(_ number: Int, uuid: UInt8) throws -> Happening {
            (time: 1_700_000_000_000, event: answered(try client(InstallBench.card(number).description, uuid: uuid)))
        }
        try inventory.keep(NamedMachine(name: "web4", hardware: [InstallBench.card(4)]))
        let new = try inventory.record(
            [
                try seen(1, uuid: 7), try seen(3, uuid: 33), try seen(4, uuid: 44), try seen(3, uuid: 33),
                try seen(5, uuid: 55), (time: 1_700_000_000_000, event: notice("x")),
            ], isGreeting: true)
        #expect(new.map(\.card) == [InstallBench.card(3), InstallBench.card(5)])
        #expect(new.allSatisfy { $0.conflict == nil })
        #expect(try inventory.record([try seen(3, uuid: 33)], isGreeting: true).isEmpty)
        _ = try adopt(cards[0], "web1")
        let clone = try inventory.record([try seen(6, uuid: 7)], isGreeting: true)
        #expect(clone.map { $0.conflict?.hosts.first?.name } == ["web1"])
    }

    @Test("one more card of a host, and a card of another one")
    func severalCards() throws {
        _ = try adopt(cards[0], "web1")
        #expect(try adopt(cards[1], "web1") == .adopted(cards: cards, isNewHost: false))
        #expect(try adopt(cards[1], "web2") == .belongs(to: "web1"))
        #expect(try inventory.hosts().map(\.name) == ["web1"])
    }

    @Test(
        "a card that was moved is on the list with its reason; adopted under its host's name again, the record is renewed"
    )
    func conflict() throws {
        _ = try adopt(cards[0], "web1")
        try see(cards[0], uuid: 99, minute: 30)
        let odd = try #require(try inventory.newcomers().first { $0.card == cards[0] })
        #expect(odd.conflict?.kind == .swappedCard)
        #expect(odd.conflict?.cause.contains("web1") == true && odd.conflict?.cure.isEmpty == false)
        _ = try adopt(cards[0], "web1")
        let uuid = try #require(try inventory.hosts().first?.uuid)
        #expect(uuid == MachineUUID("63636363-6363-6363-6363-636363636339")?.eitherOrder)
    }

    @Test("a host that is protected is not installed, and one that is being installed is not changed")
    func protection() throws {
        _ = try adopt(cards[0], "web1")
        #expect(try inventory.protect("web1", true) && !inventory.protect("web9", true))
        #expect(try inventory.plan(inventory.hosts()).map(\.obstacle) == [.protected])
        #expect(try inventory.protect("web1", false))
        _ = try inventory.begin(
            Rollout(target: "debian", width: 1), for: inventory.hosts(), now: 1_700_000_200_000,
            token: InstallBench.token)
        #expect(try adopt(cards[0], "web1") == .adopted(cards: [cards[0]], isNewHost: false), "it has not begun")
    }

    @Test("a host is released, and forgotten when nothing of it is under way")
    func release() throws {
        _ = try adopt(cards[0], "web1")
        #expect(try inventory.release("web1", now: 0) == nil)
        let bench = InstallBench(inventory: inventory)
        _ = try inventory.begin(
            Rollout(target: "debian", width: 1), for: inventory.hosts(), now: bench.now, token: InstallBench.token)
        #expect(try inventory.forget(host: "web1") == .underWay(.armed))
        let token = try bench.tokens()["web1"]
        _ = try bench.take(.ask(.ipxe), token)
        _ = try bench.take(.begin(attempt: 1, .ipxe), token)
        #expect(try inventory.release("web1", now: 0)?.state == .installing)
        #expect(try inventory.standings().count == 1)
        _ = try bench.take(.done, token)
        #expect(try inventory.release("web1", now: 0)?.state == .done)
        #expect(try inventory.standings().isEmpty)
        #expect(try inventory.forget(host: "web1") == .forgotten)
        #expect(try inventory.forget(host: "web1") == .unknown)
        #expect(try inventory.hosts().isEmpty && inventory.newcomers().count == 2)
    }

    @Test("two boards with one UUID, adopted by their cards: neither record has the UUID")
    func clones() throws {
        for card in cards { try see(card, uuid: 50, minute: 60) }
        for (card, name) in zip(cards, ["web1", "web2"]) { _ = try adopt(card, name) }
        #expect(try inventory.hosts().map { $0.uuid == nil } == [true, true])
    }
}

@Suite("what is known of hosts")
struct HostTests {
    private let inventory: Inventory
    private static let full: NamedMachine = {
        var host = NamedMachine(
            name: "a", hardware: [InstallBench.card(1), InstallBench.card(2)], serial: "S", target: "debian",
            variables: ["text": .text("t"), "list": .list(["a", "b"]), "flag": .flag(true)])
        host.groups = ["g"]
        host.tags = ["t"]
        host.note = "says \"something\""
        return host
    }()

    init() throws {
        inventory = try Inventory()
    }

    @Test("all of it comes back as it was written, and is changed as a whole or not at all")
    func edits() throws {
        let other = NamedMachine(name: "b", hardware: [InstallBench.card(3)])
        let new = ["a": Self.full, "b": other]
        let trial = try inventory.edit(["a", "b"], isTrial: true) { name, _ in new[name] ?? Self.full }
        #expect(trial.allSatisfy { $0.before == nil && $0.conflict == nil })
        #expect(try inventory.hosts().isEmpty)
        _ = try inventory.edit(["a", "b"]) { name, _ in new[name] ?? Self.full }
        #expect(try inventory.hosts() == [Self.full, other])
        let changes = try inventory.edit(["b"]) { _, known in
            var host = known ?? other
            host.hardware.append(InstallBench.card(1))
            host.note = "lost"
            return host
        }
        #expect(changes.first?.conflict?.card == InstallBench.card(1) && changes.first?.conflict?.owner == "a")
        #expect(try inventory.hosts() == [Self.full, other])
    }

    @Test("cards may change their hosts within one edit, but not belong to two")
    func exchange() throws {
        let cards = ["a": InstallBench.card(1), "b": InstallBench.card(2)]
        func edit(_ change: (String) -> MACAddress?) throws -> [HostChange] {
            try inventory.edit(["a", "b"]) { name, _ in
                NamedMachine(name: name, hardware: [change(name)].compactMap(\.self))
            }
        }
        _ = try edit { cards[$0] }
        #expect(try edit { _ in cards["a"] }.contains { $0.conflict?.owner == "a" })
        #expect(try edit { cards[$0 == "a" ? "b" : "a"] }.allSatisfy { $0.conflict == nil })
        #expect(try inventory.hosts().map(\.hardware) == [[InstallBench.card(2)], [InstallBench.card(1)]])
    }
}

extension HostTests {
    @Test("what the settings say of a machine's cards holds for its record, and no other host keeps them")
    func aligned() throws {
        try inventory.keep(NamedMachine(name: "web1", hardware: [InstallBench.card(1)]))
        try inventory.keep(NamedMachine(name: "spare", hardware: [InstallBench.card(2)]))
        var machine = NamedMachine(name: "web1", hardware: [InstallBench.card(2)])
        machine.isProtected = true
        #expect(try inventory.align([machine, NamedMachine(name: "nobody", hardware: [InstallBench.card(9)])]))
        #expect(try !inventory.align([machine]))
        let hosts = try inventory.hosts()
        #expect(hosts.map(\.name) == ["spare", "web1"] && hosts.map(\.hardware) == [[], [InstallBench.card(2)]])
        #expect(hosts.allSatisfy { !$0.isProtected }, "that is the settings' to say and to take back")
    }
}
