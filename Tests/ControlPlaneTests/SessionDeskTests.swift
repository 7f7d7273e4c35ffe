import BootPolicy
import Exchange
import Foundation
import Inventory
import LinuxIO
import Synchronization
import Testing
import Wire

@testable import ControlPlane

/// `status`, `sessions` and `session`: the same facts for programs and for people.
@Suite("boots at the desk")
struct SessionDeskTests {
    private static let card = "52:54:00:00:00:01"
    private static let address = IPv4Address(10, 0, 0, 77)
    private let context: EngineContext
    private let desk: SessionDesk
    private let commands: SessionCommands
    private let started = Clock.wallMilliseconds

    init() throws {
        let inventory = try Inventory()
        var catalog = Catalog()
        catalog.mode = .armed
        let host = NamedMachine(name: "web2", hardware: [MACAddress(0x5254_0000_0002)])
        catalog.machines = MachineBook([host])
        context = EngineContext(
            catalog: PublishedCatalog(catalog), events: EventRing(clock: { 7 }, wake: {}),
            memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal())
        desk = SessionDesk(context: context, inventory: inventory, root: nil, version: "0.7.0")
        commands = SessionCommands(desk: desk, installs: try InstallDesk(inventory: inventory, context: context))
    }

    // MARK: A story

    private func client(_ number: UInt8) throws -> BootClient {
        var bytes = [UInt8](repeating: 0, count: 236)
        bytes.replaceSubrange(0..<3, with: [1, 1, 6])
        bytes.replaceSubrange(28..<34, with: [0x52, 0x54, 0, 0, 0, number])
        bytes += [99, 130, 83, 99, 53, 1, 1, 60, 9] + Array("PXEClient".utf8) + [93, 2, 0, 7, 255]
        let facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
        return BootClient(facts, interfaceName: "eth0")
    }

    /// - Parameter age: how many seconds ago it happened.
    private func hear(_ event: BootEvent, age: Int64) {
        desk.hear(RecordedEvent(time: started - age * 1000, event: event))
    }

    private func offer(_ number: UInt8, age: Int64) throws {
        let client = try client(number)
        var message = DHCPReply(
            kind: .offer, transaction: 1, hardware: client.hardware, serverIdentifier: IPv4Address(10, 0, 0, 2))
        message.bootFile = "snponly.efi"
        let reply = BootReply(message: message, route: .broadcast, shape: .binl)
        hear(.answered(client, port: .dhcp, interface: 1, reply: reply), age: age)
    }

    private func lease(_ number: UInt8, age: Int64) throws {
        let offer = ForeignOffer(
            hardware: try client(number).hardware, type: .acknowledge, server: IPv4Address(10, 0, 0, 1),
            address: Self.address, isBootServer: false)
        hear(.foreignOffer(offer, interface: 1), age: age)
    }

    /// One that was never heard at port 4011, and one that has just begun.
    private func play() throws {
        hear(.interfaceChanged(name: "eth0", address: IPv4Address(10, 0, 0, 2), isUp: true), age: 100)
        try offer(1, age: 60)
        try lease(1, age: 59)
        try offer(2, age: 1)
    }

    private func ask(_ question: String) throws -> String {
        try #require(try commands.answer(question.split(separator: " ").map(String.init)))
    }

    private func object(_ text: some StringProtocol) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    // MARK: Tests

    @Test("sessions: those that are stuck first, with code, cause and fix")
    func sessions() throws {
        try play()
        let lines = try ask("sessions json").split(separator: "\n").map { try object($0) }
        #expect(lines.map { $0["mac"] as? String } == [Self.card, "52:54:00:00:00:02"])
        let stuck = try #require(lines.first)
        #expect(stuck["state"] as? String == "stuck" && stuck["stage"] as? String == "addressed")
        #expect((stuck["verdict"] as? [String: Any])?["code"] as? String == "PF-V005")
        #expect(stuck["address"] as? String == "10.0.0.77" && stuck["firmware"] as? String == "x64-uefi")
        #expect((stuck["words"] as? String)?.split(separator: "-").count == 3 && stuck["host"] is NSNull)
        #expect(
            (stuck["stages"] as? [[String: Any]])?.map { $0["stage"] as? String } == ["asked", "offered", "addressed"])
        let young = try #require(lines.last)
        #expect(young["state"] as? String == "under-way" && young["host"] as? String == "web2")
        #expect(young["verdict"] is NSNull)
        for key in [
            "id", "uuid", "interface", "relay", "began", "last", "file", "octets", "size", "rate", "retransmits",
            "total_octets",
        ] {
            #expect(young[key] != nil, "\(key)")
        }
        #expect(try ask("sessions machine=\(Self.card) json").split(separator: "\n").count == 1)
        #expect(try ask("sessions machine=web2 all json").contains("web2"))
        #expect(throws: CommandFailure.self) { try ask("sessions wrong") }
    }

    @Test("sessions for people: what to do stands beneath, and trouble is red where colours are wanted")
    func text() throws {
        try play()
        let lines = try ask("sessions").split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("MACHINE") && lines[0].contains("FETCHED"))
        #expect(lines[1].contains("stuck") && lines[1].contains("PF-V005 it has an address"))
        #expect(lines[2].hasPrefix("    fix: let UDP port 4011 through"))
        #expect(lines[3].contains("web2") && lines[3].contains("under-way"))
        #expect(!lines.joined().contains("\u{1B}"))
        let colored = try ask("sessions color").split(separator: "\n").map(String.init)
        #expect(colored[1] == "\u{1B}[31m\(lines[1])\u{1B}[0m" && colored[3] == lines[3])
    }

    @Test("a line is read again by the command that draws it")
    func line() throws {
        try play()
        let text = try #require(try ask("sessions json").split(separator: "\n").first)
        let line = try #require(SessionLine(json: text, now: started))
        #expect(line.isTrouble && line.code == "PF-V005" && line.stage == "addressed" && line.seconds == 59)
        let table = SessionText.table([line], height: 2, width: 30, hasColor: true)
        #expect(table.count == 2 && table[0].count <= 30 && table[1] == "and 2 lines more")
        #expect(SessionLine(json: "{}", now: 0) == nil)
        #expect(SessionText.table([]).isEmpty)
    }

    @Test("one boot in full")
    func session() throws {
        try play()
        let one = try object(try ask("session 1 json"))
        let events = try #require(one["events"] as? [[String: Any]])
        #expect(events.first?["summary"] as? String == "firmware asked and was offered snponly.efi (binl)")
        let lines = try ask("session 1").split(separator: "\n").map(String.init)
        #expect(lines[0].hasSuffix("stuck, addressed"))
        #expect(lines.contains { $0.contains("10.0.0.1 gave it the address 10.0.0.77") })
        #expect(throws: CommandFailure.self) { try ask("session 99") }
        #expect(throws: CommandFailure.self) { try ask("session") }
    }

    @Test("status: all keys, the same facts in words")
    func status() throws {
        try play()
        let request = UnheardRequest(client: Self.address, port: 69, interface: 1)
        hear(.unheard(request), age: 1)
        let status = try object(try ask("status json"))
        let keys = [
            "version", "mode", "since", "now", "readonly", "root", "interfaces", "servers", "findings", "machines",
            "rollouts", "transfers", "octets", "stages", "counters",
        ]
        #expect(keys.filter { status[$0] == nil } == [])
        #expect(status["mode"] as? String == "armed")
        #expect((status["servers"] as? [[String: Any]])?.first?["role"] as? String == "dhcp")
        #expect((status["findings"] as? [[String: Any]])?.first?["code"] as? String == "PF-V007")
        #expect(
            (status["machines"] as? [String: Int]) == ["under_way": 1, "stuck": 1, "booted": 0, "refused": 0, "all": 2])
        let text = try ask("status")
        #expect(text.contains("pilotfish 0.7.0, armed"))
        #expect(text.contains("1 under way, 1 stuck, 0 booted, 0 refused of 2"))
        #expect(text.contains("PF-V007") && text.contains("10.0.0.1, DHCP server"))
    }

    @Test("an engine that does not answer is waited for once, by whoever asks")
    func busyEngine() throws {
        try play()
        _ = context.transfers.join {}
        let began = Clock.now
        for _ in 0..<20 { _ = try ask("sessions machine=\(Self.card) json") }
        desk.judge()
        _ = try ask("status json")
        #expect(Clock.now - began < .seconds(3))
        #expect(!desk.currentTraffic.isKnown)
        context.stop.raise()
        desk.judge()
    }

    @Test(
        "octets that were acknowledged of a transfer are counted while it goes on, and only once; earlier boots get none"
    )
    func underWay() throws {
        try play()
        hear(
            .foreignOffer(
                ForeignOffer(
                    hardware: try client(1).hardware, type: .acknowledge, server: IPv4Address(10, 0, 0, 1),
                    address: Self.address, isBootServer: false), interface: 1), age: 40)
        let board = context.transfers
        let number = Mutex(0)
        let worker = board.join {
            let facts = TransferFacts(
                client: IPEndpoint(address: IPAddress(Self.address), port: 7), name: "vmlinuz", size: 1000,
                blockSize: 512,
                windowSize: 1)
            board.answer(
                [
                    TransferProgress(
                        facts: facts, install: nil, bytes: 500, retransmitted: 0, age: .seconds(1), silence: .zero)
                ], of: number.withLock { $0 })
        }
        number.withLock { $0 = worker }
        let status = try object(try ask("status json"))
        #expect((status["octets"] as? [String: Int])?["tftp"] == 500)
        let line = try #require(try ask("sessions machine=\(Self.card)").split(separator: "\n").dropFirst().first)
        #expect(line.contains("vmlinuz") && line.contains("50% of"))
    }

    @Test("who wants few gets the worst of them; also of all boots that are kept")
    func most() throws {
        try play()
        for question in ["sessions most=1 json", "sessions all most=1 json"] {
            let lines = try ask(question).split(separator: "\n")
            #expect(lines.count == 1 && lines[0].contains(Self.card))
        }
    }

    @Test("who is stuck is told once")
    func told() throws {
        try play()
        desk.judge()
        let stuck = context.events.drain().events.compactMap { recorded -> StuckBoot? in
            if case .stuck(let stuck) = recorded.event { stuck } else { nil }
        }
        #expect(stuck.map(\.code) == ["PF-V005"])
        #expect(stuck.map(\.id) == [1] && stuck.map(\.stage) == ["addressed"])
        #expect(stuck.first.map { "\($0.hardware)" } == Self.card)
        desk.judge()
        #expect(context.events.drain().events.isEmpty)
        #expect(desk.patience != nil)
    }
}
