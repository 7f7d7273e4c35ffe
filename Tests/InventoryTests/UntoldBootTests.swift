import BootPolicy
import Fleet
import Inventory
import Testing
import Wire

/// In a storm no event tells of a boot, or it comes after the machine has asked for its install: what was heard of the boot
/// comes with the request, and counts all the same.
@Suite("installs of machines whose boots no event told")
struct UntoldBootTests {
    private let bench: InstallBench

    init() throws {
        bench = InstallBench(inventory: try Inventory())
    }

    /// As `client` shows it in an event.
    private static func uuid(_ number: UInt8) -> MachineUUID {
        let octets = UInt64(number) * 0x0101_0101_0101_0101
        return MachineUUID(high: octets, low: octets ^ 0x5A)
    }

    /// - Parameter seconds: when the first and the latest message of the boot were heard.
    private func ask(
        _ number: Int, showing uuid: UInt8?, heard seconds: ClosedRange<Int64>
    ) throws -> InstallOutcome {
        let token = try #require(try bench.tokens()["node\(number)"])
        var request = InstallRequest(.ask(.ipxe), token: token, card: InstallBench.card(number))
        request.boot = BootSighting(
            machine: uuid.map(Self.uuid), architecture: .uefiX64, stage: .ownIPXE,
            since: bench.now + seconds.lowerBound * 1000, last: bench.now + seconds.upperBound * 1000)
        return try #require(try bench.inventory.carryOut([request], bench.rules, now: bench.now).first)
    }

    private func kind(_ outcome: InstallOutcome) -> Conflict.Kind? { outcome.conflict?.conflict.kind }

    /// Seconds between two machines that show one UUID.
    @Test(
        "one UUID with two cards, at the same time or later: the second machine is not installed", arguments: [2, 300])
    func clone(seconds: Int64) throws {
        try bench.begin(3, Rollout(target: "debian", width: 3))
        #expect(try ask(1, showing: 7, heard: 0...8).answer == .install(attempt: 1))
        #expect(kind(try ask(2, showing: 7, heard: seconds...(seconds + 8))) == .clonedUUID)
        #expect(try ask(3, showing: 9, heard: 0...8).answer == .install(attempt: 1))
        #expect(try bench.states() == [.claimed, .armed, .claimed])
    }

    @Test("clones that are heard first, and ask both in one transaction: the second has a conflict")
    func together() throws {
        try bench.begin(2, Rollout(target: "debian", width: 2))
        let tokens = try bench.tokens()
        let requests = try (1...2).map { number in
            let token = try #require(tokens["node\(number)"])
            var request = InstallRequest(.ask(.grub), token: token, card: InstallBench.card(number))
            request.boot = BootSighting(machine: Self.uuid(7), since: bench.now, last: bench.now + 5000)
            return request
        }
        let outcomes = try bench.inventory.carryOut(requests, bench.rules, now: bench.now)
        #expect(outcomes.map { kind($0) } == [nil, .clonedUUID])
    }

    @Test("a card that came into another machine")
    func swappedCard() throws {
        try bench.begin(2, Rollout(target: "debian", width: 2))
        for number in 1...2 {
            #expect(try ask(number, showing: 6 + UInt8(number), heard: 0...8).answer == .install(attempt: 1))
        }
        #expect(kind(try ask(1, showing: 8, heard: 600...608)) == .swappedCard)
    }

    @Test("what the request says of the boot comes before what was written down of an earlier one")
    func requestFirst() throws {
        try bench.begin(1, Rollout(target: "debian", width: 1))
        #expect(try ask(1, showing: 7, heard: 900...908).answer == .install(attempt: 1))
        #expect(kind(try ask(1, showing: 8, heard: 0...8)) == .swappedCard, "the clock was set back between the two")
    }

    @Test("where the boot showed none, the UUID that was written down last counts")
    func noUUID() throws {
        try bench.begin(1, Rollout(target: "debian", width: 1))
        #expect(try ask(1, showing: 7, heard: 0...8).answer == .install(attempt: 1))
        try bench.inventory.record([
            (time: bench.now + 900_000, event: answered(try client(InstallBench.card(1).description, uuid: 8)))
        ])
        #expect(kind(try ask(1, showing: nil, heard: 1000...1008)) == .swappedCard)
    }

    @Test("the machine is known from then on, with its UUID; who asks again writes nothing")
    func written() throws {
        try bench.begin(2, Rollout(target: "debian", width: 1))
        #expect(try ask(1, showing: 7, heard: 0...8).answer == .install(attempt: 1))
        #expect(try ask(2, showing: 8, heard: 0...8).conflict == nil)
        let machine = try #require(try bench.inventory.machine(mac: InstallBench.card(2).description))
        #expect(machine.uuid == Self.uuid(8).description && machine.architecture == .uefiX64)
        #expect(machine.firstSeen == bench.now && machine.lastSeen == bench.now + 8000 && machine.boots == 0)
        let faults = try bench.inventory.faults()
        faults.failing(at: 1)
        guard case .wait = try ask(2, showing: 8, heard: 0...8).answer else {
            Issue.record("it has to wait")
            return
        }
        #expect(!faults.failing(at: nil))
    }

    @Test("events that come later say the same, and a boot is one boot whoever told first")
    func laterEvents() throws {
        try bench.begin(1, Rollout(target: "debian", width: 1))
        #expect(try ask(1, showing: 7, heard: 0...8).answer == .install(attempt: 1))
        let card = InstallBench.card(1).description
        try bench.inventory.record([(time: bench.now + 1, event: answered(try client(card, uuid: 7)))])
        #expect(try bench.inventory.machine(mac: card)?.boots == 1)
        #expect(try ask(1, showing: 7, heard: 0...8).answer == .install(attempt: 2))
    }
}
