import Support
import Testing
import Wire

/// Option 43 octet by octet (PXE 2.1, table 2-1).
@Suite("PXE vendor options")
struct PXEVendorOptionTests {
    private static let server = IPv4Address(192, 0, 2, 5)

    /// Option 43 of a reply, as it stands in the packet.
    private static func field(_ options: PXEVendorOptions) throws -> [UInt8]? {
        var reply = DHCPReply(
            kind: .offer, transaction: 1, hardware: ClientHardware(MACAddress(1)), serverIdentifier: server)
        reply.vendorOptions = options
        reply.nextServer = server
        reply.bootFile = "f"
        reply.sizeLimit = DHCPReply.largestSizeLimit
        var writer = ByteWriter()
        try #require(DHCPReplyWriter.write(reply, into: &writer))
        #expect(PacketRules.violations(of: writer.bytes) == [])
        return try PacketContents(writer.bytes)[43]
    }

    private static func menu(_ items: [(UInt16, String)], _ discovery: PXEMenu.Discovery = .unicast) -> PXEMenu {
        PXEMenu(
            prompt: "PXE", timeout: 0, items: items.map { PXEMenu.Item(type: $0.0, text: $0.1) }, discovery: discovery)
    }

    @Test(
        "the samples of the reference, octet by octet",
        arguments: [
            (PXEVendorOptions.none, nil), (.direct(prompt: false), [6, 1, 8, 255]),
            (.direct(prompt: true), [6, 1, 8, 10, 4, 0, 0x50, 0x58, 0x45, 255]),
            (
                .menu(menu([(0x8000, "Linx")]), server: server),
                [
                    6, 1, 3, 10, 4, 0, 0x50, 0x58, 0x45, 8, 7, 0x80, 0, 1, 0xC0, 0, 2, 5, 9, 7, 0x80, 0, 4, 0x4C, 0x69,
                    0x6E,
                    0x78, 255,
                ]
            ),
            (.bootItem(PXEBootItem(type: 0x8000, layer: 0)), [0x47, 4, 0x80, 0, 0, 0, 255]),
            (
                .raspberryPi(firstGeneration: false),
                [6, 1, 3, 10, 4, 0, 0x50, 0x58, 0x45, 9, 0x14, 0, 0, 0x11] + Array("Raspberry Pi Boot".utf8) + [255]
            ),
            (
                .raspberryPi(firstGeneration: true),
                [6, 1, 3, 10, 4, 0, 0x50, 0x58, 0x45, 9, 0x17, 0, 0, 0x14] + Array("Raspberry Pi Boot   ".utf8) + [255]
            ),
        ] as [(PXEVendorOptions, [UInt8]?)])
    func samples(options: PXEVendorOptions, octets: [UInt8]?) throws {
        #expect(try Self.field(options) == octets)
    }

    @Test("C57 local boot is shown and has no server, C58 multicast names its group")
    func menus() throws {
        let items: [(UInt16, String)] = [(0x8000, "A"), (0, "Disk"), (0x8002, "")]
        let tail: [UInt8] =
            [10, 4, 0, 0x50, 0x58, 0x45, 8, 14, 0x80, 0, 1, 192, 0, 2, 5, 0x80, 2, 1, 192, 0, 2, 5]
            + [9, 14, 0x80, 0, 1, 0x41, 0, 0, 4] + Array("Disk".utf8) + [0x80, 2, 0, 255]
        for (discovery, head) in [
            (PXEMenu.Discovery.unicast, [6, 1, 3]), (.broadcast, [6, 1, 2]),
            (.multicast, [6, 1, 1, 7, 4, 224, 0, 1, 2]),
        ] as [(PXEMenu.Discovery, [UInt8])] {
            #expect(try Self.field(.menu(Self.menu(items, discovery), server: Self.server)) == head + tail)
        }
    }

    @Test(
        "C54 whether a menu fits is known before it is written, to the octet",
        arguments: PXEMenu.Discovery.allCases, [1, 2, 5, 25])
    func fits(discovery: PXEMenu.Discovery, count: Int) throws {
        var fitting = 0
        for length in 0...255 {
            var menu = Self.menu((0..<count).map { (UInt16(0x8000 + $0), "") }, discovery)
            menu.items[0] = PXEMenu.Item(type: count > 1 ? 0 : 0x8000, text: String(repeating: "x", count: length))
            guard menu.fits else {
                #expect(menu.encodedLength > 255)
                continue
            }
            fitting += 1
            #expect(try Self.field(.menu(menu, server: Self.server))?.count == menu.encodedLength)
        }
        // 25 items need more than there is even without a text.
        #expect((fitting > 0) == (count < 25))
        #expect(fitting < 256)
    }

    @Test(
        "43.71 has four octets or is none",
        arguments: [
            ([0x80, 0, 0, 0], PXEBootItem(type: 0x8000, layer: 0)),
            ([0, 1, 0x80, 2], PXEBootItem(type: 1, layer: 0x8002)),
            ([], nil), ([1], nil), ([1, 2, 3], nil), ([1, 2, 3, 4, 5], nil),
        ] as [([UInt8], PXEBootItem?)])
    func item(octets: [UInt8], item: PXEBootItem?) throws {
        let read = PXEBootItem(try #require(ShortBytes(octets)))
        #expect(read == item)
        #expect(read?.wantsCredentials == item.map { $0.layer >= 0x8000 })
    }

    @Test("66, 209, 210 and 67 of HTTP stand where their readers look, in ascending order")
    func names() throws {
        var reply = DHCPReply(
            kind: .offer, transaction: 1, hardware: ClientHardware(MACAddress(1)), serverIdentifier: Self.server)
        reply.vendorClass = .http
        reply.nextServer = Self.server
        reply.bootFile = "http://192.0.2.5/a"
        reply.repeatsServerAsText = true
        reply.configurationFile = "cfg"
        reply.pathPrefix = "p/"
        reply.ipxePriority = 1
        reply.relayInformation = ShortBytes([1, 1, 9])
        var writer = ByteWriter()
        #expect(DHCPReplyWriter.write(reply, into: &writer))
        #expect(PacketRules.violations(of: writer.bytes) == [])
        let read = try PacketContents(writer.bytes)
        #expect(read.order == [53, 54, 60, 66, 67, 175, 209, 210, 82])
        #expect(read.text(66) == "192.0.2.5")
        #expect(read[67] == Array("http://192.0.2.5/a".utf8) + [0])
        #expect(read.file == "http://192.0.2.5/a")
        #expect(read.text(209) == "cfg" && read.text(210) == "p/")
    }

    @Test("a class of the operator's own stands in 60 as it is")
    func otherClass() throws {
        var reply = DHCPReply(
            kind: .offer, transaction: 1, hardware: ClientHardware(MACAddress(1)), serverIdentifier: Self.server)
        reply.vendorClass = .other("HW-Client")
        var writer = ByteWriter()
        #expect(DHCPReplyWriter.write(reply, into: &writer))
        #expect(try PacketContents(writer.bytes).text(60) == "HW-Client")
    }
}
