import BootPolicy
import Support
import Testing
import Wire

/// Conformance statements about iPXE: recognised, judged by what it can do, and never sent to itself.
@Suite("conformance: iPXE")
struct ConformanceIPXETests {
    private static let script = "http://192.0.2.5/boot.ipxe"
    private static let framed: [UInt8] = [4] + Array("iPXE".utf8)

    @Test(
        "C84 C85 C86 C88 what makes a client an iPXE that gets the script",
        arguments: [
            .discoverIPXE,
            .discoverIPXE.with(77, framed),
            .discoverIPXE.with(77, [3, 0x66, 0x6F, 0x6F] + framed),
            .discoverIPXE.with(77, "gPXE"),
            .discoverIPXE.without(77),
            .discoverIPXE.with(77, []),
            .discover.with(77, "pilotfish"),
            .discover.with(77, [9] + Array("pilotfish".utf8)),
            .discover.with(77, framed + [9] + Array("pilotfish".utf8)),
            .discoverIPXE.with(60, "PXEClient"),
            .discoverUEFI.with(77, "iPXE").with(175, PacketBuilder.capableEFI),
            .discoverUEFI.with(93, [0, 11]).with(77, "iPXE").with(175, PacketBuilder.capableEFI),
        ] as [PacketBuilder])
    func getsScript(client: PacketBuilder) throws {
        let answered = try #require(offer(client))
        #expect(answered.sent.file == Self.script)
        #expect(answered.decision.shape == .direct)
    }

    @Test(
        "C87 an iPXE without HTTP or a way to start Linux gets a whole one, by a URI that needs no next-server",
        arguments: [
            ([0x18, 1, 1], nil), ([0x13, 1, 0, 0x18, 1, 1], nil), ([0x13, 1, 1], nil), ([0x13, 0, 0x18, 1, 1], nil),
            ([], nil),
            ([0x13, 1, 1, 0x18, 9, 1], nil), ([0xB1, 1, 1], IPv4Address(192, 0, 2, 9)),
        ] as [([UInt8], IPv4Address?)])
    func crippled(features: [UInt8], tftp: IPv4Address?) throws {
        let catalog = Catalog.debian.changing { $0.tftpAddress = tftp }
        let host = tftp ?? Net.server
        let bios = try #require(offer(.discover.with(77, "iPXE").with(175, features), in: catalog))
        #expect(bios.sent.file == "tftp://\(host)/ipxe.lkrn")
        let uefi = try #require(offer(.discoverUEFI.with(77, "iPXE").with(175, features), in: catalog))
        #expect(uefi.sent.file == "tftp://\(host)/snponly.efi")
        #expect(uefi.decision.shape == .direct)
    }

    @Test(
        "C89 siaddr set, 43.6 = 8, an absolute URI; C90 175 = 01 01 01 ff",
        arguments: [
            PacketBuilder.discoverIPXE, .discover.with(77, "iPXE"), .discover.with(77, "pilotfish"),
        ])
    func whatIPXEWants(client: PacketBuilder) throws {
        let sent = try #require(offer(client)).sent
        #expect(sent.serverAddress == Net.server)
        #expect(sent[43] == [6, 1, 8, 255])
        #expect(sent.file.hasPrefix("http://") || sent.file.hasPrefix("tftp://"))
        #expect(sent[175] == [1, 1, 1, 255])
    }

    @Test("C91 firmware gets no option 175", arguments: [PacketBuilder.discover, .discoverUEFI])
    func noPriority(client: PacketBuilder) throws {
        #expect(try #require(offer(client)).sent[175] == nil)
        #expect(try #require(askBootService(client.with(53, [3])).answered).sent[175] == nil)
    }

    @Test("C92 iPXE on UEFI needs no visit to port 4011")
    func noBINL() throws {
        let answered = try #require(offer(.discoverUEFI.with(77, "iPXE").with(175, PacketBuilder.capableEFI)))
        #expect(answered.decision.shape == .direct)
        #expect(answered.sent.file == Self.script)
        #expect(answered.sent[43]?.starts(with: [6, 1, 8]) == true)
    }

    @Test(
        "a user class that is no iPXE's stays firmware",
        arguments: ["", "foo", "IPXE", "xiPXE", "\u{5}iPXE", "\u{3}iPXE"])
    func otherUserClasses(text: String) throws {
        #expect(try #require(offer(.discover.with(77, text))).sent.file == "undionly.kpxe")
    }

    @Test(
        "the script's URL follows the catalog",
        arguments: [
            (nil, 80, "http://192.0.2.5/boot.ipxe"), (nil, 8080, "http://192.0.2.5:8080/boot.ipxe"),
            (IPv4Address(10, 1, 2, 3), 80, "http://10.1.2.3/boot.ipxe"),
        ] as [(IPv4Address?, UInt16, String)])
    func scriptURL(address: IPv4Address?, port: UInt16, url: String) throws {
        let catalog = Catalog.debian.changing { catalog in
            catalog.httpAddress = address
            catalog.httpPort = port
        }
        #expect(try #require(offer(.discoverIPXE, in: catalog)).sent.file == url)
    }

    @Test("an iPXE of HTTP firmware's class is an iPXE")
    func httpClass() throws {
        let firmware = PacketBuilder.discoverUEFI.with(60, "HTTPClient:Arch:00016:UNDI:003016").with(93, [0, 16])
        let sent = try #require(offer(firmware.with(77, "iPXE").with(175, PacketBuilder.capableEFI))).sent
        #expect(sent.text(60) == "HTTPClient")
    }

    @Test(
        "without HTTP the script comes by TFTP, and names its files there",
        arguments: [
            (nil, "tftp://192.0.2.5"), (IPv4Address(192, 0, 2, 9), "tftp://192.0.2.9"),
        ] as [(IPv4Address?, String)])
    func withoutHTTP(tftp: IPv4Address?, base: String) throws {
        let catalog = Catalog.debian.changing { catalog in
            catalog.servesHTTP = false
            catalog.tftpAddress = tftp
        }
        for asked in [PacketBuilder.discoverIPXE, .discover.with(77, "pilotfish")] {
            #expect(try #require(offer(asked, in: catalog)).sent.file == base + "/boot.ipxe")
        }
        let script = IPXEScript.render(
            catalog.targets.usual, of: catalog.targets,
            catalog.setting(for: Requester(address: IPAddress(Net.client)), local: IPAddress(Net.server)))
        #expect(script.contains("kernel \(base)/vmlinuz ") && !script.contains("http://"))
    }
}
