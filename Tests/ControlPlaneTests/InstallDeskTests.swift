import BootPolicy
import Exchange
import Fleet
import Inventory
import Testing
import Wire

@testable import ControlPlane

/// Installs from the request for a script to the inventory, and what a plan says of the machines in it.
@Suite("the desk of installs")
struct InstallDeskTests {
    private let inventory: Inventory
    private let context: EngineContext
    private let desk: InstallDesk

    init() throws {
        inventory = try Inventory()
        context = EngineContext(
            catalog: PublishedCatalog(Self.catalog), events: EventRing(clock: { 0 }, wake: {}),
            memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal())
        desk = try InstallDesk(inventory: inventory, context: context)
    }

    private static var catalog: Catalog {
        var catalog = Catalog()
        catalog.targets = TargetBook(["lab": .target(BootTarget(title: "Lab", action: .linux(LinuxBoot())))])
        catalog.loaders[.uefiX64] = [Loader(path: "snponly.efi")]
        catalog.loaders[.bios] = [Loader(path: "lpxelinux.0")]
        return catalog
    }

    private static func card(_ number: Int) -> MACAddress { MACAddress(0x5254_0000_0000 + UInt64(number)) }

    private static func host(_ number: Int) -> NamedMachine {
        NamedMachine(name: "node\(number)", hardware: [card(number)])
    }

    private func answer(to number: Int) throws -> InstallAnswer {
        let path = try RequestPath("boot.ipxe".utf8)
        let requester = context.requester(at: IPAddress(IPv4Address(10, 0, 0, UInt8(number))), asking: path)
        return desk.take(.ask(.ipxe), of: try #require(requester.enrolment))
    }

    @Test("two machines with one UUID, and no event was written down of either: the second is not installed")
    func untoldClones() throws {
        _ = try inventory.begin(Rollout(target: "lab", width: 2), for: (1...2).map(Self.host), now: 0) {
            InstallToken(high: .random(in: 0 ... .max), low: 1)
        }
        try desk.refresh()
        for number in 1...2 {
            let hardware = ClientHardware(Self.card(number))
            var sketch = ClientSketch()
            sketch.hardware = Self.card(number)
            sketch.machine = MachineUUID(high: 7, low: 7)
            context.addresses.note(BootSighting(try client(sketch), at: 1000), of: hardware)
            context.addresses.note(IPv4Address(10, 0, 0, UInt8(number)), hardware)
        }
        #expect(try answer(to: 1) == .install(attempt: 1))
        guard case .wait(let why, _) = try answer(to: 2) else {
            Issue.record("a clone is installed")
            return
        }
        #expect(why.hasPrefix("PF-I001"))
        #expect(try inventory.machines().count == 2)
    }

    // MARK: Remarks in a plan

    private func client(_ sketch: ClientSketch) throws -> BootClient {
        let message = sketch.discover
        return BootClient(try ClientFacts.read(DHCPMessage(message.span.bytes)).get(), interfaceName: "eth0")
    }

    /// What was seen of a machine, and what the settings say.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rules: [Rule]
        let change: @Sendable (inout Catalog) -> Void
        let sketch: @Sendable (inout ClientSketch) -> Void
        let address: IPv4Address?
        let lines: [String]

        init(
            _ what: String, _ rules: [Rule] = [], address: IPv4Address? = nil,
            change: @escaping @Sendable (inout Catalog) -> Void = { _ in },
            sketch: @escaping @Sendable (inout ClientSketch) -> Void = { _ in }, _ lines: [String]
        ) {
            (testDescription, self.rules, self.change, self.sketch) = (what, rules, change, sketch)
            (self.address, self.lines) = (address, lines)
        }
    }

    private static func rule(
        _ name: String, _ verdict: Rule.Verdict = .silence, _ describe: (inout RuleConditions) -> Void = { _ in }
    ) -> Rule {
        var conditions = RuleConditions()
        describe(&conditions)
        return Rule(name: name, conditions: conditions, verdict: verdict)
    }

    private static func plan(_ change: (inout BootPlan) -> Void) -> Rule.Verdict {
        var plan = BootPlan()
        change(&plan)
        return .boot(plan)
    }

    private static let silence = ["    but rule \"guests\" keeps silent for it"]
    private static let guests = IPv4Network(address: IPv4Address(10, 9, 0, 0), prefixLength: 16)
    private static let guest = IPv4Address(10, 9, 0, 5)

    static let rows: [Row] = [
        Row("no rule", [], []),
        Row("a rule for all", [rule("guests")], silence),
        Row("a rule for its architecture", [rule("guests") { $0.architectures = [.uefiX64] }], silence),
        Row("a rule for another architecture", [rule("guests") { $0.architectures = [ClientArchitecture(0x0B)] }], []),
        Row(
            "a rule for its UUID", [rule("guests") { $0.machines = [MachineUUID(high: 7, low: 7)] }],
            sketch: { $0.machine = MachineUUID(high: 7, low: 7) }, silence),
        Row("an earlier rule lets it boot", [rule("all", .boot(.usual)), rule("guests")], []),
        Row("the network that it was in", [rule("guests") { $0.subnets = [guests] }], address: guest, silence),
        Row(
            "another network", [rule("guests") { $0.subnets = [guests] }], address: IPv4Address(10, 8, 0, 5), []),
        Row("a network, and nobody knows its own", [rule("guests") { $0.subnets = [guests] }], []),
        Row(
            "an earlier rule asks what nobody knows",
            [rule("relayed", .boot(.usual)) { $0.relays = [guests] }, rule("guests")], []),
        Row(
            "an earlier rule asks for a version of the firmware",
            [
                rule("slow", .boot(.usual)) { $0.vendorClasses = ["PXEClient:Arch:00007:UNDI:003016"] }, rule("guests"),
            ], []),
        Row(
            "an earlier rule asks for another kind of firmware",
            [rule("web", .boot(.usual)) { $0.vendorClasses = ["HTTPClient"] }, rule("guests")], silence),
        Row(
            "an iPXE before which no firmware was heard",
            [rule("guests") { $0.stages = [.ownIPXE] }], sketch: { $0.stage = .ownIPXE }, silence),
        Row(
            "PXELINUX by the table of loaders", sketch: { $0.architecture = .biosX86 },
            ["    but the table [loaders] gives it lpxelinux.0, which cannot install"]),
        Row(
            "PXELINUX by a rule",
            [rule("old", plan { $0.loader = Loader(path: "sys/syslinux.efi") })],
            ["    but rule \"old\" gives it sys/syslinux.efi, which cannot install"]),
        Row(
            "another server's loader",
            [
                rule(
                    "far",
                    plan {
                        $0.loader = Loader(path: "x.efi")
                        $0.nextServer = IPv4Address(10, 0, 0, 9)
                    })
            ],
            ["    but rule \"far\" sends it to 10.0.0.9, and nobody knows whether it asks here again"]),
        Row(
            "a loader that is not there", change: { $0.loaders[.uefiX64] = [Loader(path: "a.efi", isPresent: false)] },
            ["    but it gets no answer: the loader file is missing, or not readable [PF-D011]"]),
        Row(
            "a firmware menu that begins with the disk", [rule("menu", plan { $0.shape = .menu })],
            change: {
                $0.menu = FirmwareMenu(
                    prompt: "?", timeout: 1, items: [.init("Disk", .localBoot), .init("Network", .usual)])
            },
            ["    but the firmware's menu comes first for it, and begins with \"Disk\""]),
        Row("a firmware menu as ours", [rule("menu", plan { $0.shape = .menu })], []),
        Row("the mode is said once, and not for each", change: { $0.mode = .frozen }, []),
    ]

    @Test(arguments: rows) func plansSayWhoNeverAsks(_ row: Row) throws {
        var sketch = ClientSketch()
        (sketch.hardware, sketch.architecture) = (Self.card(1), .uefiX64)
        row.sketch(&sketch)
        let client = try client(sketch)
        try inventory.record([(time: 1000, event: .refused(client, interface: 2, reason: .observing))])
        if let address = row.address {
            let offer = ForeignOffer(
                hardware: client.hardware, type: .acknowledge, server: IPv4Address(10, 0, 0, 1), address: address,
                isBootServer: false)
            try inventory.record([(time: 1001, event: .foreignOffer(offer, interface: 2))])
        }
        var catalog = Self.catalog
        catalog.rules = RuleBook(row.rules)
        row.change(&catalog)
        let remarks = try PlanRemarks(on: [Self.host(1), Self.host(2)], inventory, catalog)
        #expect(remarks.lines(for: Self.host(1)) == row.lines)
        #expect(remarks.lines(for: Self.host(2)).isEmpty, "it was never seen")
        #expect(remarks.general.isEmpty == (catalog.mode == .armed))
    }

    @Test("of several cards each is named")
    func severalCards() throws {
        for number in 1...2 {
            var sketch = ClientSketch()
            (sketch.hardware, sketch.architecture) = (Self.card(number), .uefiX64)
            let event = BootEvent.refused(try client(sketch), interface: 2, reason: .observing)
            try inventory.record([(time: 1000, event: event)])
        }
        var catalog = Self.catalog
        catalog.rules = RuleBook([
            Self.rule("guests") { $0.hardware = [HardwarePattern("52:54:00:00:00:02")].compactMap(\.self) }
        ])
        let host = NamedMachine(name: "web7", hardware: [Self.card(1), Self.card(2), Self.card(3)])
        let remarks = try PlanRemarks(on: [host], inventory, catalog)
        #expect(remarks.lines(for: host) == ["    but rule \"guests\" keeps silent for 52:54:00:00:00:02"])
    }

    @Test("a plan that was asked for, line by line")
    func plan() throws {
        try inventory.keep(Self.host(1))
        try inventory.keep(Self.host(2))
        try desk.refresh()
        var sketch = ClientSketch()
        (sketch.hardware, sketch.architecture) = (Self.card(1), .uefiX64)
        try inventory.record([(time: 1000, event: .refused(try client(sketch), interface: 2, reason: .observing))])
        var catalog = Self.catalog
        catalog.rules = RuleBook([Self.rule("guests")])
        catalog.mode = .observe
        context.catalog.publish(catalog)
        let commands = InstallCommands(
            inventory: inventory, context: context, desk: desk,
            waker: try Waker(socket: nil, context: context, isCrowded: { false }))
        let text = try commands.answer(["install", "plan", "target=lab", "hosts=node[1-2]"])
        #expect(
            text?.split(separator: "\n").dropFirst().map(String.init) == [
                "  but the mode is observe: nothing begins before \"pilotfish arm\"",
                "  wipe node1 (52:54:00:00:00:01)", "    but rule \"guests\" keeps silent for it",
                "  wipe node2 (52:54:00:00:00:02)",
            ])
    }
}
