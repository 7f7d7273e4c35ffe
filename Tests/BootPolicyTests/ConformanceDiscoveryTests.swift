import BootPolicy
import Support
import Testing
import Wire

/// Conformance statements about boot server discovery: a menu's item and who answers for it.
@Suite("conformance: boot server discovery")
struct ConformanceDiscoveryTests {
    private static let menu = FirmwareMenu(
        prompt: "PXE", timeout: 0,
        items: [
            .init("Usual", .usual), .init("Disk", .localBoot), .init("Rescue", .loader(Loader(path: "rescue.efi"))),
            .init("Gone", .loader(Loader(path: "gone.efi", isPresent: false))),
        ])
    private static let catalog = Catalog.debian.changing { $0.menu = menu }
    private static let atClientPort = Endpoint(address: Net.client, port: 68)

    @Test("C76 an item asked for by broadcast: ACK by unicast to C:68 from port 67, the item echoed")
    func broadcast() throws {
        let asked = PacketBuilder.item(0x8000).changing { $0.flags = 0x8000 }
        let answered = try #require(ask(asked.bytes, from: Self.atClientPort, in: Self.catalog).answered)
        #expect(answered.decision.route == .dhcpUnicast(Self.atClientPort))
        #expect(answered.sent.type == .acknowledge)
        #expect(answered.sent[43] == [71, 4, 0x80, 0, 0, 0, 255])
        #expect(answered.sent.clientAddress == Net.client)
        #expect(answered.sent.yourAddress == .any)
        #expect(answered.sent.serverAddress == Net.server)
        // A client without an address cannot be told.
        #expect(ask(asked.bytes, in: Self.catalog).refusal == .notForUs)
        // RFC 768: nobody can be answered at port 0.
        let noPort = Endpoint(address: Net.client, port: 0)
        #expect(ask(asked.bytes, from: noPort, in: Self.catalog).refusal == .notForUs)
    }

    @Test(
        "C77 an item asked for at S:4011: ACK to the source, 43.71 echoed, siaddr = S, the item's file",
        arguments: [
            (0x8000, "snponly.efi"), (0x8002, "rescue.efi"),
        ] as [(UInt16, String)], [4011, 68] as [UInt16])
    func unicast(row: (type: UInt16, file: String), port: UInt16) throws {
        let source = Endpoint(address: Net.client, port: port)
        let answered = try #require(askBootService(.item(row.type), from: source, in: Self.catalog).answered)
        #expect(answered.decision.route == .unicast(source))
        #expect(answered.sent[43] == [71, 4] + PacketBuilder.octets(row.type) + [0, 0, 255])
        #expect(answered.sent.serverAddress == Net.server)
        #expect(answered.sent.file == row.file)
        #expect(answered.sent[54] == Net.server.octets)
        #expect(answered.sent.text(60) == "PXEClient")
        #expect(answered.sent[97] == PacketBuilder.machine)
    }

    @Test("C78 an item asked for at the group's port 4011 is acknowledged by unicast")
    func multicast() throws {
        let asked = PacketBuilder.item(0x8000)
        let bytes = asked.bytes
        let facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
        let arrival = Arrival(
            port: .bootService, interface: 2, serverAddress: Net.server, source: Self.atClientPort,
            destination: PXEMenu.group)
        guard case .reply(let reply) = ProxyDHCP.answer(facts, arrival: arrival, in: Self.catalog) else {
            Issue.record("silence")
            return
        }
        #expect(reply.route == .unicast(Self.atClientPort))
        #expect(reply.message.serverIdentifier == Net.server)
    }

    @Test(
        "C79 a type that is not served gets silence, on either port",
        arguments: [0, 1, 0x7FFF, 0x8001, 0x8004, 0x9000, 0xFFFF] as [UInt16])
    func otherTypes(type: UInt16) {
        #expect(askBootService(.item(type), in: Self.catalog).refusal == .bootMenuNotOffered)
        let broadcast = ask(PacketBuilder.item(type).bytes, from: Self.atClientPort, in: Self.catalog)
        #expect(broadcast.refusal == .bootMenuNotOffered)
    }

    @Test("an item whose file is not there gets silence")
    func missing() {
        #expect(askBootService(.item(0x8003), in: Self.catalog).refusal == .loaderMissing)
    }

    @Test("C80 credentials wanted (layer bit 15): silence", arguments: [0x8000, 0x8001, 0xFFFF] as [UInt16])
    func credentials(layer: UInt16) {
        #expect(askBootService(.item(0x8000, layer: layer), in: Self.catalog).refusal == .bootMenuNotOffered)
    }

    @Test(
        "C81 43.71 of another length gets silence, on either port, and means nothing in a DISCOVER",
        arguments: [[], [0x80], [0x80, 0, 0], [0x80, 0, 0, 0, 0]] as [[UInt8]])
    func length(value: [UInt8]) {
        let asked = PacketBuilder.bootRequest.with(43, [71, UInt8(value.count)] + value + [255])
        #expect(ask(asked.bytes, from: Self.atClientPort, in: Self.catalog).refusal == .notForUs)
        #expect(askBootService(asked, in: Self.catalog).refusal == .notForUs)
        #expect(askBootService(asked.with(53, [8]), in: Self.catalog).refusal == .notForUs)
        #expect(silence(asked.with(53, [1]), in: Self.catalog) == nil)
    }

    @Test(
        "C82 a layer gets the configured name, without a suffix, and comes back", arguments: [0, 1, 0x7FFF] as [UInt16])
    func layer(layer: UInt16) throws {
        let sent = try #require(askBootService(.item(0x8002, layer: layer), in: Self.catalog).answered).sent
        #expect(sent.file == "rescue.efi")
        #expect(sent[43] == [71, 4, 0x80, 2] + PacketBuilder.octets(layer) + [255])
    }

    @Test("an item for another server is that server's (54), and INFORM is as good as REQUEST")
    func otherServer() throws {
        #expect(askBootService(.item(0x8000).with(54, [192, 0, 2, 6]), in: Self.catalog).refusal == .otherServer)
        #expect(askBootService(.item(0x8000).with(54, Net.server.octets), in: Self.catalog).refusal == nil)
        for port in [Arrival.Port.dhcp, .bootService] {
            let asked = PacketBuilder.item(0x8000).with(53, [8]).bytes
            #expect(
                ask(asked, port: port, from: Self.atClientPort, in: Self.catalog).answered?.sent.type == .acknowledge)
        }
    }

    @Test("an iPXE that picks the usual item gets its script")
    func script() throws {
        let asked = PacketBuilder.item(0x8000).with(77, "iPXE").with(175, PacketBuilder.capableEFI)
        let sent = try #require(askBootService(asked, in: Self.catalog).answered).sent
        #expect(sent.file == "http://192.0.2.5/boot.ipxe")
        #expect(sent[175] == [1, 1, 1, 255])
    }
}
