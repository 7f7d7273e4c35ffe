import BootPolicy
import Support
import Testing
import Wire

@Suite("rules")
struct RuleTests {
    /// A client of whom every condition can say something.
    private static let client = PacketBuilder.discoverIPXE.with(77, [3, 0x66, 0x6F, 0x6F, 4, 0x69, 0x50, 0x58, 0x45])
        .with(82, [1, 4] + Array("sw-1".utf8) + [2, 3] + Array("abc".utf8)).relayed(by: Net.relay)

    private static func facts(_ packet: PacketBuilder = client) throws -> ClientFacts {
        let bytes = packet.bytes
        return try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
    }

    private static func arrival(_ name: String = "eth0") -> Arrival {
        Arrival(
            port: .dhcp, interface: 2, interfaceName: name, serverAddress: Net.server, source: Net.nobody,
            destination: .broadcast)
    }

    private static func network(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ length: Int) -> IPv4Network {
        IPv4Network(address: IPv4Address(a, b, c, 0), prefixLength: length)
    }

    private static func identifiers(_ texts: String...) -> [RelayIdentifier] {
        texts.compactMap(RelayIdentifier.init)
    }

    private static func conditions(_ change: (inout RuleConditions) -> Void) -> RuleConditions {
        var conditions = RuleConditions()
        change(&conditions)
        return conditions
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let condition: RuleConditions.Condition
        let fits: [RuleConditions]
        let fails: [RuleConditions]
        var testDescription: String { condition.rawValue }

        init(
            _ condition: RuleConditions.Condition, _ fits: [@Sendable (inout RuleConditions) -> Void],
            not fails: [@Sendable (inout RuleConditions) -> Void]
        ) {
            self.condition = condition
            self.fits = fits.map(RuleTests.conditions)
            self.fails = fails.map(RuleTests.conditions)
        }
    }

    static let rows = [
        Row(
            .hardware,
            [
                { $0.hardware = ["52:54:00:c1:1e:01"].compactMap(HardwarePattern.init) },
                { $0.hardware = ["b8:27:eb:*", "52:54:*"].compactMap(HardwarePattern.init) },
            ], not: [{ $0.hardware = ["52:54:00:c1:1e:02", "b8:27:eb"].compactMap(HardwarePattern.init) }]),
        Row(
            .machine,
            [{ $0.machines = [MachineUUID(high: 0x1011_1213_1415_1617, low: 0x1819_1A1B_1C1D_1E1F)] }],
            not: [{ $0.machines = [MachineUUID(high: 1, low: 2)] }]),
        Row(
            .architecture, [{ $0.architectures = [.uefiX64, .biosX86] }], not: [{ $0.architectures = [.uefiX64] }]),
        Row(.stage, [{ $0.stages = [.foreignIPXE] }], not: [{ $0.stages = [.ownIPXE, .firmware] }]),
        Row(
            .vendorClass, [{ $0.vendorClasses = ["X", "PXEClient:Arch:00000"] }, { $0.vendorClasses = [""] }],
            not: [{ $0.vendorClasses = ["PXEClient:Arch:00007", "pxe"] }]),
        Row(
            .userClass, [{ $0.userClasses = ["fo"] }, { $0.userClasses = ["bar", "iPXE"] }],
            not: [{ $0.userClasses = ["oo", "foo2"] }]),
        Row(
            .features, [{ $0.features = [.http] }, { $0.features = [.http, .bzImage] }],
            not: [{ $0.features = [.http, .efi] }]),
        Row(
            .subnet, [{ $0.subnets = [network(10, 0, 0, 8), network(198, 51, 100, 24)] }],
            not: [{ $0.subnets = [network(192, 0, 2, 24)] }]),
        Row(.interface, [{ $0.interfaces = ["eth1", "eth0"] }], not: [{ $0.interfaces = ["eth", "eth00"] }]),
        Row(.relay, [{ $0.relays = [network(198, 51, 100, 25)] }], not: [{ $0.relays = [network(198, 51, 101, 24)] }]),
        Row(
            .circuit, [{ $0.circuits = identifiers("sw-1") }, { $0.circuits = identifiers("x", "0x73772d31") }],
            not: [{ $0.circuits = identifiers("sw-", "sw-11", "abc", "0x7377") }]),
        Row(.remote, [{ $0.remotes = identifiers("abc") }], not: [{ $0.remotes = identifiers("ab", "sw-1") }]),
    ]

    @Test("every kind of condition fits and fails", arguments: rows)
    func conditions(row: Row) throws {
        let facts = try Self.facts()
        for fits in row.fits { #expect(fits.failure(for: facts, Self.arrival()) == nil) }
        for fails in row.fails { #expect(fails.failure(for: facts, Self.arrival()) == row.condition) }
    }

    @Test("there is a row for every condition, and who says nothing fails all but the general ones")
    func everyCondition() throws {
        #expect(Self.rows.map(\.condition) == RuleConditions.Condition.allCases)
        let bare = try Self.facts(PacketBuilder.discover.without(97).without(93).with(60, "PXEClient"))
        for row in Self.rows where ![.hardware, .vendorClass, .interface].contains(row.condition) {
            #expect(row.fits[0].failure(for: bare, Self.arrival()) == row.condition, "\(row)")
        }
        #expect(RuleConditions().failure(for: bare, Self.arrival()) == nil)
    }

    @Test("all conditions of a rule must hold, and the first that fails is named")
    func together() throws {
        let facts = try Self.facts()
        for first in Self.rows {
            for second in Self.rows where first.condition != second.condition {
                // Two rows changed at once: laid over each other by a rule of both.
                let trace = RuleBook([
                    Rule(name: "a", conditions: first.fails[0], verdict: .silence),
                    Rule(name: "b", conditions: second.fits[0], verdict: .silence),
                    Rule(name: "c", conditions: first.fits[0], verdict: .silence),
                ]).trace(facts, Self.arrival())
                #expect(trace.map(\.rule.name) == ["a", "b"])
                #expect(trace.map(\.failed) == [first.condition, nil])
            }
        }
        let both = Self.conditions { both in
            both.interfaces = ["eth0"]
            both.stages = [.firmware]
            both.architectures = [.uefiX64]
        }
        #expect(both.failure(for: facts, Self.arrival()) == .architecture)
        #expect(both.failure(for: try Self.facts(.discoverUEFI), Self.arrival("eth1")) == .interface)
        #expect(both.failure(for: try Self.facts(.discoverUEFI), Self.arrival()) == nil)
    }

    @Test(
        "the first rule that fits decides",
        arguments: [([0, 1], "0"), ([1, 0], "1"), ([2, 1, 0], "1"), ([2], nil)] as [([Int], String?)])
    func firstWins(order: [Int], winner: String?) throws {
        let rules = [
            Rule(name: "0", conditions: RuleConditions(), verdict: .silence),
            Rule(name: "1", conditions: Self.rows[0].fits[0], verdict: .boot(.usual)),
            Rule(name: "2", conditions: Self.rows[0].fails[0], verdict: .silence),
        ]
        let book = RuleBook(order.map { rules[$0] })
        #expect(book.match(try Self.facts(), Self.arrival())?.name == winner)
    }

    @Test("where a client is: 82.5, 118, the relay, itself, else we")
    func place() throws {
        func isIn(_ network: IPv4Network, _ packet: PacketBuilder) throws -> Bool {
            Self.conditions { $0.subnets = [network] }.failure(for: try Self.facts(packet), Self.arrival()) == nil
        }
        let plain = PacketBuilder.discover
        let asking = PacketBuilder.bootRequest.changing { $0.clientAddress = 0x0A01_0101 }
        #expect(try isIn(Self.network(192, 0, 2, 24), plain))
        #expect(try isIn(Self.network(10, 1, 1, 24), asking))
        #expect(try isIn(Self.network(198, 51, 100, 24), asking.relayed(by: Net.relay)))
        #expect(try isIn(Self.network(10, 2, 2, 24), asking.relayed(by: Net.relay).with(118, [10, 2, 2, 1])))
        let selected = plain.relayed(by: Net.relay).with(118, [10, 2, 2, 1]).with(82, [5, 4, 10, 3, 3, 0])
        #expect(try isIn(Self.network(10, 3, 3, 24), selected))
    }

    @Test("a rule behind one that takes all of its clients is shadowed, whatever the condition", arguments: rows)
    func shadowed(row: Row) {
        func names(_ rules: [RuleConditions]) -> [String] {
            RuleBook(
                rules.enumerated().map { Rule(name: "\($0.offset)", conditions: $0.element, verdict: .silence) }
            ).shadowed.map { "\($0.rule.name)<\($0.by.name)" }
        }
        let narrow = row.fits[0]
        #expect(names([RuleConditions(), narrow]) == ["1<0"])
        #expect(names([narrow, RuleConditions()]) == [])
        #expect(names([narrow, narrow, narrow]) == ["1<0", "2<0"])
        #expect(names([row.fails[0], narrow]) == [] || row.condition == .features)
    }

    @Test("what takes more covers what takes less")
    func covers() {
        func pair(_ wide: (inout RuleConditions) -> Void, _ narrow: (inout RuleConditions) -> Void) -> [Bool] {
            let (wide, narrow) = (Self.conditions(wide), Self.conditions(narrow))
            return [wide.cover(narrow), narrow.cover(wide)]
        }
        let hardware = { (texts: [String]) in texts.compactMap(HardwarePattern.init) }
        #expect(pair({ $0.hardware = hardware(["52:*"]) }, { $0.hardware = hardware(["52:54:*"]) }) == [true, false])
        #expect(
            pair({ $0.hardware = hardware(["52:*"]) }, { $0.hardware = hardware(["52:54:*", "53:*"]) }) == [
                false, false,
            ])
        #expect(
            pair({ $0.subnets = [Self.network(10, 0, 0, 8)] }, { $0.subnets = [Self.network(10, 1, 0, 16)] })
                == [true, false])
        #expect(pair({ $0.vendorClasses = ["PXE"] }, { $0.vendorClasses = ["PXEClient"] }) == [true, false])
        #expect(pair({ $0.features = [.http] }, { $0.features = [.http, .efi] }) == [true, false])
        #expect(pair({ $0.stages = [.firmware, .ownIPXE] }, { $0.stages = [.firmware] }) == [true, false])
        #expect(pair({ $0.stages = [.firmware] }, { $0.interfaces = ["a"] }) == [false, false])
        // The union of two earlier rules is not looked at: each must do it alone.
        let halves = RuleBook([
            Rule(name: "a", conditions: Self.conditions { $0.interfaces = ["a"] }, verdict: .silence),
            Rule(name: "b", conditions: Self.conditions { $0.interfaces = ["b"] }, verdict: .silence),
            Rule(name: "c", conditions: Self.conditions { $0.interfaces = ["a", "b"] }, verdict: .silence),
        ])
        #expect(halves.shadowed.isEmpty)
    }

    @Test(
        "hardware patterns",
        arguments: [
            ("52:54:00:12:34:56", "52:54:00:12:34:56"), ("52-54-00-12-34-56", "52:54:00:12:34:56"),
            ("B8:27:EB:*", "b8:27:eb:*"), ("b8:27:eb", "b8:27:eb:*"), ("b8-27-eb-*", "b8:27:eb:*"), ("02", "02:*"),
            ("02:*", "02:*"), ("52:54:00:12:34:*", "52:54:00:12:34:*"), ("*", nil), ("", nil), (":", nil),
            ("52:54:00:12:34:56:*", nil), ("52:54:00:12:34:56:78", nil), ("b8:27:eb:", nil), (":b8", nil),
            ("b8:*:eb", nil), ("b8:27:e*", nil), ("b8:27:g0", nil), ("b827eb", nil), ("b8:27:eb*", nil),
            ("b8:2:eb", nil),
            ("+8:27", nil), ("b8::eb", nil),
        ] as [(String, String?)])
    func patterns(text: String, description: String?) {
        #expect(HardwarePattern(text)?.description == description)
        if let description { #expect(HardwarePattern(description)?.description == description) }
    }

    @Test(
        "which addresses a pattern takes",
        arguments: [
            ("52:54:00:12:34:56", 0x5254_0012_3456, true), ("52:54:00:12:34:56", 0x5254_0012_3457, false),
            ("52:54", 0x5254_FFFF_FFFF, true), ("52:54", 0x5255_0000_0000, false), ("00", 0x00FF_FFFF_FFFF, true),
            ("ff:*", 0xFEFF_FFFF_FFFF, false), ("52:54:00:12:34:*", 0x5254_0012_34FF, true),
        ] as [(String, UInt64, Bool)])
    func matches(text: String, address: UInt64, fits: Bool) throws {
        #expect(try #require(HardwarePattern(text)).matches(MACAddress(address)) == fits)
    }

    @Test(
        "what relays say, as text or as octets",
        arguments: [
            ("sw-1", [0x73, 0x77, 0x2D, 0x31], "sw-1"), ("0x0004", [0, 4], "0x0004"), ("0x7377", [0x73, 0x77], "sw"),
            ("0x", nil, ""), ("0x1", nil, ""), ("0xzz", nil, ""), ("", nil, ""), ("ä", [0xC3, 0xA4], "0xc3a4"),
            ("0x3078", [0x30, 0x78], "0x3078"), (String(repeating: "x", count: 256), nil, ""),
        ] as [(String, [UInt8]?, String)])
    func relayIdentifiers(text: String, octets: [UInt8]?, description: String) {
        let read = RelayIdentifier(text)
        #expect(read?.octets == octets)
        if let read {
            #expect(read.description == description)
            #expect(RelayIdentifier(description) == read)
        }
    }
}
