import BootPolicy
import Support
import Testing
import Wire

/// Conformance statements of the basic OFFER and of its shapes; D is `PacketBuilder.discover`, S `Net.server`.
@Suite("conformance: OFFER")
struct ConformanceOfferTests {
    /// Clients that get an OFFER, one for every way to one.
    static let clients: [PacketBuilder] = [
        .discover, .discoverUEFI, .discoverIPXE, .discoverUEFI.with(77, "iPXE").with(175, PacketBuilder.capableEFI),
        .discover.with(77, "iPXE"), .discover.with(77, "pilotfish"),
    ]

    @Test("C01 D gets one reply, an OFFER", arguments: clients)
    func oneOffer(client: PacketBuilder) throws {
        let answered = try #require(offer(client))
        #expect(answered.sent.type == .offer)
        #expect(!answered.sent.isRequest)
    }

    @Test(
        "C02 broadcast, C03 flags 0x8000, whatever the client's flags", arguments: clients,
        [0, 0x8000, 0x0001] as [UInt16])
    func broadcast(client: PacketBuilder, flags: UInt16) throws {
        let answered = try #require(offer(client.changing { $0.flags = flags }))
        #expect(answered.decision.route == .broadcast)
        #expect(answered.sent.flags == 0x8000 | flags)
    }

    @Test("C04 op 2; htype, hlen, xid, all of chaddr equal; hops 0", arguments: clients)
    func header(client: PacketBuilder) throws {
        let asked = client.changing { packet in
            packet.hardwareType = 6
            packet.hardware = (1...16).map { UInt8($0) }
            packet.transaction = 0xDEAD_BEEF
            packet.hops = 4
        }
        let sent = try #require(offer(asked)).sent
        #expect(sent.octets[0..<8] == [2, 6, 6, 0, 0xDE, 0xAD, 0xBE, 0xEF])
        #expect(Array(sent.octets[28..<44]) == asked.hardware)
    }

    @Test("C05 yiaddr and ciaddr are zero, C20 siaddr is not", arguments: clients)
    func addresses(client: PacketBuilder) throws {
        let sent = try #require(offer(client)).sent
        #expect(sent.yourAddress == .any)
        #expect(sent.clientAddress == .any)
        #expect(sent.serverAddress == Net.server)
        #expect(!sent.file.isEmpty)
    }

    @Test("C06 53 first, C07 54 = S, C08 60 = nine octets PXEClient", arguments: clients)
    func identity(client: PacketBuilder) throws {
        let sent = try #require(offer(client)).sent
        #expect(sent.order.first == 53)
        #expect(sent[53] == [2])
        #expect(sent[54] == [192, 0, 2, 5])
        #expect(sent[60] == Array("PXEClient".utf8))
    }

    @Test(
        "C09 C10 C11 option 97 comes back whole or not at all",
        arguments: [
            (PacketBuilder.machine, true), (nil, false), (Array(PacketBuilder.machine.dropLast()), false),
            (PacketBuilder.machine + [0], false), ([1] + PacketBuilder.machine.dropFirst(), false), ([], false),
        ] as [([UInt8]?, Bool)])
    func machine(value: [UInt8]?, echoed: Bool) throws {
        let asked = value.map { PacketBuilder.discover.with(97, $0) } ?? .discover.without(97)
        #expect(try #require(offer(asked)).sent[97] == (echoed ? value : nil))
    }

    @Test("C12 C14 nothing of a DHCP server's, and no overload", arguments: clients)
    func nothingOfTheRouter(client: PacketBuilder) throws {
        // Everything is asked for by option 55, and half of it is said by the client itself.
        let asked = client.with(55, (1...254).map { UInt8($0) }).with(50, [192, 0, 2, 77]).with(51, [0, 0, 14, 16])
            .with(12, "client")
        let sent = try #require(offer(asked)).sent
        #expect(PacketRules.forbiddenOptions.isDisjoint(with: sent.order))
        #expect(Set(sent.order).isSubset(of: [43, 53, 54, 60, 97, 175]))
    }

    @Test("C13 ends with 255, padded with zeros to 300 octets", arguments: clients)
    func padding(client: PacketBuilder) throws {
        let octets = try #require(offer(client)).sent.octets
        #expect(octets.count >= 300)
        #expect(octets.last { $0 != 0 } == 255)
    }

    @Test(
        "C15 C16 C17 option 57 bounds the payload, within 548 and 1472",
        arguments: [
            ([0x02, 0x40], 548), ([0xFF, 0x00], 1472), ([0, 100], 548), ([0x05, 0xC0], 1444), (nil, 548), ([5], 548),
            ([0x05, 0xDC], 1472), ([0x05, 0xDD], 1472),
        ] as [([UInt8]?, Int)])
    func sizes(value: [UInt8]?, limit: Int) throws {
        let asked = value.map { PacketBuilder.discover.with(57, $0) } ?? .discover
        let answered = try #require(offer(asked))
        #expect(answered.decision.message.sizeLimit == limit)
        #expect(answered.sent.octets.count <= limit)
        // A relay's option of 255 octets makes an answer of 551 and more.
        let large = ask(
            asked.with(82, [UInt8](repeating: 7, count: 255)).changing { $0.relayAddress = 0xC633_6401 }.bytes)
        #expect(large.refusal == (limit == 548 ? .replyTooLarge : nil))
    }

    @Test("C18 the file's name is NUL terminated, and 67 says nothing else", arguments: clients)
    func file(client: PacketBuilder) throws {
        let sent = try #require(offer(client)).sent
        #expect(sent.octets[235] == 0)
        #expect(sent[67] == nil)
    }

    @Test(
        "C19 a loader's name of 127 octets stands in file, a longer one in 67, and none at all is no crash",
        arguments: [1, 126, 127, 128, 200, 254, 255])
    func longestName(count: Int) throws {
        let name = String(repeating: "n", count: count)
        let catalog = Catalog.debian.changing { catalog in
            catalog.loaders[.bios] = [Loader(path: "/srv/\(name)")]
            catalog.loaders[.biosIPXE] = [Loader(path: "/srv/\(name)")]
        }
        let asked = PacketBuilder.discover.with(57, [5, 220])
        guard count < 255 else {
            #expect(silence(asked, in: catalog) == .replyTooLarge)
            return
        }
        let sent = try #require(offer(asked, in: catalog)).sent
        #expect(sent.file == (count > 127 ? "" : name))
        #expect(sent[67] == (count > 127 ? Array(name.utf8) + [0] : nil))
        // As a URI it is longer.
        let uri = "tftp://192.0.2.5/\(name)"
        let chained = ask(asked.with(77, "iPXE").bytes, in: catalog)
        #expect(chained.refusal == (uri.utf8.count > 254 ? .replyTooLarge : nil))
        #expect(chained.answered.map { $0.sent.file + ($0.sent.text(67)?.dropLast() ?? "") } ?? uri == uri)
    }

    @Test("C22 the same question gets the same octets", arguments: clients)
    func stateless(client: PacketBuilder) {
        #expect(ask(client.bytes) == ask(client.bytes))
    }

    @Test("C47 C48 D of a BIOS: 43 begins 06 01 08, ends 255, lists no servers; file and siaddr are set")
    func direct() throws {
        let answered = try #require(offer(.discover))
        #expect(answered.decision.shape == .direct)
        let vendor = try #require(answered.sent[43])
        #expect(vendor.starts(with: [6, 1, 8]))
        #expect(vendor.last == 255)
        #expect(answered.decision.message.vendorOptions == .direct(prompt: true))
        var codes: [UInt8] = []
        var walk = Suboptions(try #require(ShortBytes(vendor)))
        while let (code, _) = walk.next() { codes.append(code) }
        #expect(codes == [6, 10])
        #expect(answered.sent.file == "undionly.kpxe")
    }

    @Test(
        "C49 x64 UEFI: no option 43, 60 present, siaddr S, also when TFTP is elsewhere",
        arguments: [nil, IPv4Address(192, 0, 2, 9)])
    func binl(tftp: IPv4Address?) throws {
        let answered = try #require(offer(.discoverUEFI, in: .debian.changing { $0.tftpAddress = tftp }))
        #expect(answered.decision.shape == .binl)
        #expect(answered.sent[43] == nil)
        #expect(answered.sent.text(60) == "PXEClient")
        #expect(answered.sent.serverAddress == Net.server)
        #expect(answered.sent.file == "snponly.efi")
    }

    @Test("C56 any option 43 fits one option and ends 255", arguments: clients)
    func vendorOptions(client: PacketBuilder) throws {
        let sent = try #require(offer(client)).sent
        #expect(sent.order.count { $0 == 43 } <= 1)
        #expect(sent[43].map { $0.last == 255 } ?? true)
    }
}
