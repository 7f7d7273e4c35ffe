import Assets
import BootPolicy
import Exchange
import Fleet
import Foundation
import Inventory
import LinuxIO
import Simulation
import Testing
import Wire

@testable import ControlPlane

/// What the running service says that a machine would do.
@Suite("machines that are simulated by the service")
struct SimulateTests {
    private let inventory: Inventory
    private let context: EngineContext
    private let desk: InstallDesk
    private let commands: SimulateCommands

    init() throws {
        inventory = try Inventory()
        var catalog = Catalog()
        let boot = LinuxBoot(kernel: "vmlinuz", initrds: [], arguments: "ip=${mac}")
        catalog.targets = TargetBook(["lab": .target(BootTarget(title: "Lab", action: .linux(boot)))])
        context = EngineContext(
            catalog: PublishedCatalog(catalog), events: EventRing(clock: { 0 }, wake: {}),
            memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal())
        desk = try InstallDesk(inventory: inventory, context: context)
        // Only a file that is there is found; what lies beneath the root of a test is its sources.
        let root = ServedRoot(try RootDirectory.empty(insteadOf: "/srv/pilotfish"))
        commands = SimulateCommands(inventory: inventory, context: context, desk: desk, root: root)
    }

    private func ask(_ line: String) throws -> String? {
        try commands.answer(line.split(separator: " ").map(String.init))
    }

    @Test("a transcript for people, and the same for programs")
    func transcript() throws {
        let lines = try #require(try ask("simulate ipxe server=10.0.0.2 mac=52:54:00:00:00:01"))
        #expect(
            lines.split(separator: "\n") == [
                "failed", "1  iPXE      OFFER  direct: file http://10.0.0.2/boot.ipxe",
                "2  iPXE      http   /boot.ipxe: iPXE's script for \"Network boot\", made up, 422 octets",
                "3  iPXE      http   /vmlinuz: file not found [PF-T001]",
                "stops: iPXE cannot have /vmlinuz: File not found (PF-T001) [PF-R001]",
            ])
        let json = try #require(try ask("simulate ipxe server=10.0.0.2 mac=52:54:00:00:00:01 json"))
        #expect(json.hasPrefix(#"{"failed":true,"kind":"ipxe","mac":"52:54:00:00:00:01","steps":[{"n":1,"by":"iPXE""#))
        #expect(RehearsalText.read(json).isFailure)
        let value = try #require(JSONValue(Array(json.utf8)))
        guard case .object(let object) = value, case .list(let steps)? = object["steps"],
            case .object(let end)? = object["end"]
        else {
            Issue.record("no object: \(json)")
            return
        }
        #expect(steps.count == 3)
        #expect(end["outcome"] == .text("stopped") && end["code"] == .text("PF-R001"))
    }

    @Test("a host of the inventory is played by its install, which does not begin by that")
    func installs() throws {
        let host = NamedMachine(name: "node1", hardware: [MACAddress(0x5254_0000_0001)])
        _ = try inventory.begin(Rollout(target: "lab", width: 1), for: [host], now: 0) {
            InstallToken(high: 3, low: 4)
        }
        try desk.refresh()
        let before = try inventory.standings().map(\.row.lease)
        let answer = try #require(try ask("simulate ipxe server=10.0.0.2 mac=52:54:00:00:00:01"))
        #expect(answer.contains("what its install has for it"))
        #expect(!answer.contains(InstallToken(high: 3, low: 4).text))
        #expect(try inventory.standings().map(\.row.lease) == before)
        #expect(context.events.drain().events.isEmpty)
    }

    @Test(
        "what is wrong with a question is said",
        arguments: [
            ("simulate", "simulate wants one of these machines first: bios, uefi, uefi-http, arm64, ia32, ipxe, pi"),
            ("simulate uefi mac=1", "simulate does not understand \"mac=1\""),
            ("simulate uefi dance", "simulate does not understand \"dance\""),
            ("simulate uefi interface=nowhere", "nowhere is no interface that is served"),
            ("simulate uefi", "no interface is served now: name our address with server=ADDRESS"),
        ])
    func questions(line: String, message: String) {
        let failure = #expect(throws: CommandFailure.self) { try ask(line) }
        #expect(failure?.description == message)
    }

    @Test("a question says itself, blanks and all")
    func words() throws {
        var question = RehearsalQuestion(.bios)
        question.hardware = MACAddress(0x5254_0000_0001)
        question.choices = ["Boot it", "50%"]
        question.isJSON = true
        #expect(question.line == "bios mac=52:54:00:00:00:01 choose=Boot%20it choose=50%25 json")
        let read = try RehearsalQuestion(question.line.split(separator: " ").map(String.init))
        #expect(read.line == question.line && read.choices == question.choices)
        #expect(try ask("other") == nil)
    }
}
