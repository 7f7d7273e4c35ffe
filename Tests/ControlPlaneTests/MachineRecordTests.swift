import BootPolicy
import Exchange
import Fleet
import Foundation
import Inventory
import LinuxIO
import Support
import Testing
import Wire

@testable import ControlPlane

/// `show` and `events`: what is known of a machine, and what happened.
@Suite("a machine's record")
struct MachineRecordTests {
    private static let card = "52:54:00:00:00:01"
    private let inventory: Inventory
    private let commands: WatchCommands
    private let desk: InstallDesk

    /// A machine that was seen behind a relay, 510 events, and an install of its host under way.
    init() throws {
        inventory = try Inventory()
        let context = EngineContext(
            catalog: PublishedCatalog(Catalog()), events: EventRing(clock: { 0 }, wake: {}),
            memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal())
        desk = try InstallDesk(inventory: inventory, context: context)
        commands = WatchCommands(inventory: inventory, context: context, desk: desk)
        var bytes = [UInt8](repeating: 0, count: 236)
        bytes.replaceSubrange(0..<3, with: [1, 1, 6])
        bytes.replaceSubrange(24..<28, with: [10, 1, 0, 1])
        bytes.replaceSubrange(28..<34, with: try #require(MACAddress(Self.card)).octets)
        bytes += [99, 130, 83, 99, 53, 1, 1, 60, 9] + Array("PXEClient".utf8) + [93, 2, 0, 7]
        bytes += [82, 12, 1, 6] + Array("ge-1/0".utf8) + [2, 2, 0, 9, 255]
        let facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
        let client = BootClient(facts, interfaceName: "eth7")
        var events: [(time: Int64, event: BootEvent)] = [
            (1_000_000, .refused(client, interface: 1, reason: .loaderMissing))
        ]
        events += (1...510).map { (1_000_000 + Int64($0), .notice(Notice(.info, "notice \($0)"))) }
        try inventory.record(events)
    }

    private func arm() throws -> InstallToken {
        let token = InstallToken(high: 3, low: 9)
        let host = NamedMachine(
            name: "node1", hardware: [Self.card, "52:54:00:00:00:02"].compactMap { MACAddress($0) })
        _ = try inventory.begin(Rollout(target: "debian", width: 1), for: [host], now: 1) { token }
        try desk.refresh()
        return token
    }

    private func answer(_ question: String) throws -> String {
        try #require(try commands.answer(question.split(separator: " ").map(String.init)))
    }

    private func object(_ text: some StringProtocol) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("a machine that belongs to nobody is found by its card and by its words")
    func stranger() throws {
        let text = try answer("show \(Self.card)")
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.contains("    firmware  x64-uefi, class PXEClient, kind \(try fingerprint())"))
        #expect(lines.contains("    where     interface eth7, relay 10.1.0.1, circuit ge-1/0, remote 0x0009"))
        #expect(lines.contains("  events    the last one"))
        #expect(try answer("show \(lines[0])") == text)
        let found = try object(try answer("show \(Self.card) json"))
        #expect(found["host"] is NSNull && found["words"] as? String == lines[0])
        let machine = try #require((found["machines"] as? [[String: Any]])?.first)
        #expect(machine["interface"] as? String == "eth7" && machine["circuit"] as? String == "ge-1/0")
        #expect(machine["vendor_class"] as? String == "PXEClient" && machine["relay"] as? String == "10.1.0.1")
        #expect((found["events"] as? [Any])?.count == 1)
    }

    private func fingerprint() throws -> String {
        try #require(try inventory.machine(mac: Self.card)?.fingerprint)
    }

    @Test(
        "a host has all its cards, its install, and no token anywhere", arguments: ["node1", card, "52:54:00:00:00:02"])
    func host(name: String) throws {
        let token = try arm()
        let text = try answer("show \(name)")
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "node1")
        #expect(lines.contains { $0.hasPrefix("  install   debian by rollout 1: armed for ") })
        #expect(lines.contains("  card      52:54:00:00:00:02, never seen"))
        let json = try answer("show \(name) json")
        let install = try #require(try object(json)["install"] as? [String: Any])
        #expect(install["state"] as? String == "armed" && install["rollout"] as? Int == 1)
        #expect(!text.contains(token.text) && !json.contains(token.text))
    }

    @Test("the history is read by pages, each line JSON; of one machine too")
    func pages() throws {
        var (last, read) = ("0", 0)
        while true {
            let lines = try answer("events json after=\(last)").split(separator: "\n")
            #expect(lines.count <= WatchCommands.page + 1)
            read += lines.count - 1
            for line in lines.dropFirst() { #expect(try object(line)["kind"] is String) }
            if lines[0] == last { break }
            last = String(lines[0])
        }
        #expect(read == 511 && last == "511")
        let own = try answer("events machine=\(Self.card)").split(separator: "\n")
        #expect(own.count == 2 && own[0] == "1" && own[1].contains(" refused \(Self.card) "))
        #expect(try answer("events since=1h") == "0")
    }

    @Test("a machine that nobody knows is an error")
    func nobody() throws {
        for name in ["52:54:00:00:00:09", "nobody", "one-two-three"] {
            #expect(throws: CommandFailure.self) { try commands.answer(["show", name]) }
            #expect(throws: CommandFailure.self) { try commands.answer(["events", "machine=\(name)"]) }
        }
    }
}
