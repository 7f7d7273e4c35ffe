import BootPolicy
import Support
import Testing
import Wire

/// Conformance statements about Raspberry Pis and about loaders that read options of their own.
@Suite("conformance: Raspberry Pi and loaders")
struct ConformanceRaspberryPiTests {
    private static let makers: [[UInt8]] = [
        [0xB8, 0x27, 0xEB], [0xDC, 0xA6, 0x32], [0xE4, 0x5F, 0x01], [0xD8, 0x3A, 0xDD], [0x28, 0xCD, 0xC1],
        [0x2C, 0xCF, 0x67],
    ]
    private static let text = Array("Raspberry Pi Boot".utf8)
    private static let field: [UInt8] = [6, 1, 3, 10, 4, 0, 0x50, 0x58, 0x45, 9, 0x14, 0, 0, 0x11] + text + [255]

    private static func pi(_ maker: [UInt8] = makers[0]) -> PacketBuilder {
        .discover.changing { $0.hardware = maker + [1, 2, 3] }
    }

    @Test("C128 by its maker's number it gets the text it looks for, and no x86 file", arguments: makers)
    func maker(maker: [UInt8]) throws {
        let answered = try #require(offer(Self.pi(maker)))
        #expect(answered.decision.shape == .raspberryPi)
        #expect(answered.sent[43] == Self.field)
        #expect(answered.sent.file.isEmpty)
        #expect(answered.sent[67] == nil)
    }

    @Test("C129 the first generation's text has three blanks behind it, and both lengths count them")
    func firstGeneration() throws {
        let sent = try #require(offer(Self.pi(), in: .planned { $0.shape = .raspberryPi3 })).sent
        #expect(
            sent[43] == [6, 1, 3, 10, 4, 0, 0x50, 0x58, 0x45, 9, 0x17, 0, 0, 0x14] + Self.text + [32, 32, 32, 255])
        #expect(sent[43]?.count == Self.field.count + 3)
    }

    @Test("C130 66 is S as text without NUL, siaddr, sname and 54 are S as well")
    func addresses() throws {
        let sent = try #require(offer(Self.pi())).sent
        #expect(sent[66] == Array("192.0.2.5".utf8))
        #expect(sent.serverAddress == Net.server)
        #expect(sent.serverName == "192.0.2.5")
        #expect(sent[54] == Net.server.octets)
    }

    @Test(
        "C131 by option 97 as well, whatever the card",
        arguments: [
            ([0x52, 0x50, 0x69, 0x34], 0, true), ([0x52, 0x50, 0x69, 0x35], 0, false),
            ([0x34, 0x69, 0x50, 0x52], 0, false),
            // Another architecture is none.
            ([0x52, 0x50, 0x69, 0x34], 7, false),
        ] as [([UInt8], UInt8, Bool)])
    func machine(tag: [UInt8], number: UInt8, isPi: Bool) throws {
        let asked = PacketBuilder.discover.with(97, [0] + tag + [UInt8](repeating: 9, count: 12)).with(93, [0, number])
        let answered = try #require(offer(asked))
        #expect((answered.decision.shape == .raspberryPi) == isPi)
        #expect(answered.sent.file.isEmpty == isPi)
    }

    @Test("a PC with a card of that maker is none, nor is an iPXE, and no Pi is acknowledged anything")
    func others() throws {
        let uefi = PacketBuilder.discoverUEFI.changing { $0.hardware = Self.makers[0] + [1, 2, 3] }
        #expect(try #require(offer(uefi)).sent.file == "snponly.efi")
        let ipxe = Self.pi().with(77, "iPXE").with(175, PacketBuilder.capableBIOS)
        #expect(try #require(offer(ipxe)).sent.file == "http://192.0.2.5/boot.ipxe")
        #expect(askBootService(Self.pi().with(53, [3])).refusal == .notForUs)
        let item = Self.pi().with(53, [3]).with(43, [71, 4, 0x80, 0, 0, 0, 255])
        #expect(askBootService(item).refusal == .notForUs)
    }

    @Test("a rule's loader is named to a Raspberry Pi")
    func ruledLoader() throws {
        let sent = try #require(offer(Self.pi(), in: .planned { $0.loader = Loader(path: "bootcode.bin") })).sent
        #expect(sent.file == "bootcode.bin")
    }

    @Test(
        "C132 209 and 210 stand in the packet that carries the file, C133 with BINL in the ACK",
        arguments: [("pxelinux.cfg/site", "http://192.0.2.5/p/"), ("a", ""), ("", "b/"), ("", "")])
    func loaderOptions(file: String, prefix: String) throws {
        let catalog = Catalog.planned { plan in
            plan.loader = Loader(path: "lpxelinux.0")
            plan.configurationFile = file
            plan.pathPrefix = prefix
        }
        let direct = try #require(offer(.discover, in: catalog)).sent
        let acknowledged = try #require(askBootService(.bootRequest, in: catalog).answered).sent
        for sent in [direct, acknowledged] {
            #expect(sent.file == "lpxelinux.0")
            #expect(sent.text(209) == (file.isEmpty ? nil : file))
            #expect(sent.text(210) == (prefix.isEmpty ? nil : prefix))
        }
    }

    @Test("C137 whatever carries 67 ends it with its one NUL", arguments: [1, 127, 128, 200, 254])
    func endOfName(count: Int) throws {
        let catalog = Catalog.debian.changing { catalog in
            for role in LoaderTable.Role.allCases {
                catalog.loaders[role] = [Loader(path: String(repeating: "f", count: count))]
            }
        }
        var carried = 0
        let http = PacketBuilder.discoverUEFI.with(60, "HTTPClient").with(93, [0, 16])
        for asked in ConformanceOfferTests.clients + [http] {
            // `ask` looks for it in every reply.
            let answers = [ask(asked.bytes, in: catalog), askBootService(asked.with(53, [3]), in: catalog)]
            carried += answers.compactMap { $0.answered?.sent[67] }.count { $0.last == 0 && $0.count > 1 }
        }
        #expect(carried > 0)
    }
}
