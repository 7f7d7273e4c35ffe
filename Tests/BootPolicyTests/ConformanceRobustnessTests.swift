import BootPolicy
import Support
import Testing
import Wire

@Suite("conformance: relays")
struct ConformanceRelayTests {
    private static func relayed(_ address: UInt32, _ packet: PacketBuilder = .discover) -> PacketBuilder {
        packet.changing { packet in
            packet.relayAddress = address
            packet.hops = 1
        }
    }

    @Test(
        "C100 the answer goes to the relay's port 67, giaddr kept, hops 0, flags copied",
        arguments: [0, 0x8000] as [UInt16])
    func toRelay(flags: UInt16) throws {
        let asked = Self.relayed(Net.relay.value).changing { $0.flags = flags }
        let answered = try #require(offer(asked))
        #expect(answered.decision.route == .relay(Net.relay))
        #expect(answered.sent.relayAddress == Net.relay)
        #expect(answered.sent.hops == 0)
        #expect(answered.sent.flags == flags)
    }

    @Test(
        "C101 option 82 comes back as it was, last",
        arguments: [[], [1, 4, 0, 1, 0, 2], [UInt8](repeating: 7, count: 100)] as [[UInt8]])
    func relayInformation(value: [UInt8]) throws {
        let sent = try #require(offer(Self.relayed(Net.relay.value, .discoverIPXE).adding(82, value).adding(12, [65])))
            .sent
        #expect(sent[82] == value)
        #expect(sent.order.last == 82)
    }

    @Test(
        "C102 the subnet of 82.5, else of 118, chooses the rule; the answer still goes to giaddr",
        arguments: [
            ([5, 4, 10, 9, 0, 0], nil, true), ([1, 1, 7, 5, 4, 10, 9, 0, 0], nil, true), (nil, [10, 9, 0, 0], true),
            ([5, 4, 10, 8, 0, 0], [10, 9, 0, 0], false), ([5, 3, 10, 9, 0], [10, 9, 0, 0], true),
            (nil, nil, false), (nil, [10, 9, 0], false),
        ] as [([UInt8]?, [UInt8]?, Bool)])
    func subnet(relay: [UInt8]?, client: [UInt8]?, isChosen: Bool) throws {
        var plan = BootPlan()
        plan.target = "lab"
        let catalog = Catalog.ruled(.boot(plan)) {
            $0.subnets = [IPv4Network(address: IPv4Address(10, 9, 0, 0), prefixLength: 16)]
        }
        var asked = Self.relayed(Net.relay.value, .discoverIPXE)
        if let relay { asked = asked.with(82, relay) }
        if let client { asked = asked.with(118, client) }
        let answered = try #require(offer(asked, in: catalog))
        #expect(answered.sent.file == "http://192.0.2.5/" + (isChosen ? "boot/lab.ipxe" : "boot.ipxe"))
        #expect(answered.decision.route == .relay(Net.relay))
        #expect(answered.sent[82] == relay)
    }

    @Test(
        "C105 a relay of no permitted network gets silence",
        arguments: [
            (true, nil, nil), (false, nil, .networkNotServed), (false, IPv4Address(198, 51, 100, 0), nil),
            (false, IPv4Address(198, 51, 101, 0), .networkNotServed),
        ] as [(Bool, IPv4Address?, Refusal?)])
    func permitted(isLocal: Bool, network: IPv4Address?, refusal: Refusal?) {
        let catalog = Catalog.debian.changing { catalog in
            catalog.networks = [network].compactMap { $0 }.map { IPv4Network(address: $0, prefixLength: 24) }
        }
        let asked = Self.relayed(Net.relay.value).bytes
        #expect(
            ask(asked, from: Endpoint(address: Net.relay, port: 67), isLocal: isLocal, in: catalog).refusal == refusal)
    }

    @Test("C106 a relay that overrides the server identifier (82.11) does not change 54")
    func identifier() throws {
        let asked = Self.relayed(Net.relay.value).with(82, [11, 4] + Net.relay.octets)
        #expect(try #require(offer(asked)).sent[54] == Net.server.octets)
    }

    @Test(
        "C103 our own address as relay, C104 one that is no host's: silence",
        arguments: [
            Net.server.value, 0xFFFF_FFFF, 0x7F00_0001, 0x0000_0001, 0xE000_0102, 0xF000_0001,
        ] as [UInt32])
    func unservable(address: UInt32) {
        #expect(silence(Self.relayed(address)) == .unservableRelay)
    }

    @Test("more than 16 hops is a loop", arguments: [0, 1, 16, 17, 255] as [UInt8])
    func hops(count: UInt8) {
        let asked = Self.relayed(Net.relay.value).changing { $0.hops = count }
        #expect(silence(asked) == (count > 16 ? .tooManyHops : nil))
    }
}

@Suite("conformance: robustness")
struct ConformanceRobustnessTests {
    @Test("C107 too short, C108 wrong cookie: silence", arguments: [0, 1, 28, 239])
    func short(count: Int) {
        let bytes = PacketBuilder.discover.bytes
        #expect(ask(Array(bytes[..<count])).refusal == .malformed)
        #expect(silence(.discover.changing { $0.cookie = 0x6382_5362 }) == .malformed)
        #expect(ask(Array(bytes[..<240])).refusal == .noMessageType)
    }

    @Test("C109 no end mark", arguments: [[], [0], [0, 0, 0]] as [[UInt8]])
    func noEnd(tail: [UInt8]) {
        #expect(offer(.discover.changing { $0.tail = tail }) != nil)
    }

    @Test("C110 option 60 runs past the end: silence; a later one does not matter")
    func overrun() {
        let class60: [UInt8] = [60, 40] + Array("PXEClient".utf8)
        #expect(silence(.discover.without(60).changing { $0.tail = class60 }) == .noBootClient)
        #expect(offer(.discover.changing { $0.tail = [43, 40, 1] }) != nil)
    }

    @Test(
        "C111 C112 C113 option 60 in file or sname counts when 52 says so",
        arguments: [
            ([1], true, false), ([2], false, true), ([3], true, true), ([0], false, false), ([4], false, false),
            ([1, 1], false, false), ([], false, false),
        ]
            as [([UInt8], Bool, Bool)])
    func overload(value: [UInt8], file: Bool, serverName: Bool) {
        let class60: [UInt8] = [60, 9] + Array("PXEClient".utf8) + [255]
        let bare = PacketBuilder.discover.without(60).with(52, value)
        #expect((offer(bare.changing { $0.file = class60 }) != nil) == file)
        #expect((offer(bare.changing { $0.serverName = class60 }) != nil) == serverName)
        // Where 52 is none, what stands in the fields is no option either.
        #expect(offer(PacketBuilder.discover.with(52, value).changing { $0.file = [53, 1, 3, 255] }) != nil || file)
    }

    @Test(
        "C114 option 60 in pieces",
        arguments: [["PXECl", "ient:Arch:00000"], ["", "PXEClient"], ["P", "XE", "Client"]])
    func pieces(texts: [String]) {
        let asked = texts.reduce(PacketBuilder.discover.without(60)) { $0.adding(60, Array($1.utf8)) }
        #expect(offer(asked) != nil)
    }

    @Test(
        "C115 hlen 0 is answered, 17 is not; C116 hlen 16 with a GUID comes back whole",
        arguments: [0, 6, 16, 17, 255] as [UInt8])
    func hardwareLength(length: UInt8) {
        let asked = PacketBuilder.discover.changing { packet in
            packet.hardwareLength = length
            packet.hardware = (1...16).map { UInt8($0) }
        }
        guard length <= 16 else {
            #expect(silence(asked) == .malformed)
            return
        }
        let answered = offer(asked)
        #expect(answered?.decision.route == .broadcast)
        #expect(answered?.sent.octets[2] == length)
        #expect(answered.map { Array($0.sent.octets[28..<44]) } == asked.hardware)
    }

    @Test("C117 a DISCOVER with ciaddr is answered by broadcast, ciaddr zero")
    func clientAddress() throws {
        let answered = try #require(offer(.discover.changing { $0.clientAddress = Net.client.value }))
        #expect(answered.decision.route == .broadcast)
        #expect(answered.sent.clientAddress == .any)
    }

    /// From frame to answer, as the raw socket brings it.
    private static func hear(_ packet: [UInt8], checksumReady: Bool) -> Outcome {
        guard let payload = try? UDPPacket(ipv4: packet.span.bytes, checksumReady: checksumReady).payload.array else {
            return .silent(.malformed)
        }
        return ask(payload)
    }

    @Test(
        "C119 UDP checksum 0, C120 a bad one, C121 a fragment",
        arguments: [
            ("whole", [:], true, true), ("C119", [26: 0, 27: 0], true, true), ("C120", [26: 1, 27: 2], true, false),
            ("C120 not ready", [26: 1, 27: 2], false, true), ("C121 first", [6: 0x20, 10: 0], false, false),
        ] as [(String, [Int: UInt8], Bool, Bool)])
    func frames(name: String, changes: [Int: UInt8], checksumReady: Bool, isAnswered: Bool) {
        var writer = ByteWriter()
        UDPPacket.write(
            from: Net.nobody, to: Endpoint(address: .broadcast, port: 67), payload: PacketBuilder.discover.bytes,
            identification: 1, into: &writer)
        var packet = writer.bytes
        for (offset, octet) in changes { packet[offset] = octet }
        #expect((Self.hear(packet, checksumReady: checksumReady).answered != nil) == isAnswered)
    }
}
