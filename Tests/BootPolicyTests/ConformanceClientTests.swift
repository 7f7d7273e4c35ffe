import BootPolicy
import Support
import Testing
import Wire

/// Conformance statements about who is answered, and about port 4011.
@Suite("conformance: who is answered")
struct ConformanceClientTests {
    @Test(
        "C26 C27 no class, or another one: silence",
        arguments: [nil, "MSFT 5.0", "", "PXEClien", "pxeclient", " PXEClient", "HTTPClien", "U-Boot.armv8"]
            as [String?])
    func ordinaryMachines(text: String?) {
        let asked = text.map { PacketBuilder.discover.with(60, $0) } ?? .discover.without(60)
        #expect(silence(asked) == .noBootClient)
    }

    @Test(
        "C28 the class's prefix is enough",
        arguments: ["PXEClient", "PXEClient:", "PXEClient:Arch:00000:UNDI:002001", "PXEClientX"])
    func prefix(text: String) throws {
        let answered = try #require(offer(.discoverUEFI.with(60, text)))
        #expect(answered.sent.file == "snponly.efi")
    }

    @Test(
        "C29 C31 without a legal option 93 the architecture stands in option 60",
        arguments: [
            (nil, "PXEClient:Arch:00007:UNDI:003016", "snponly.efi"),
            (nil, "PXEClient:Arch:00000:UNDI:002001", "undionly.kpxe"),
            ([0, 7, 0], "PXEClient:Arch:00000:UNDI:002001", "undionly.kpxe"),
            ([], "PXEClient:Arch:00007", "snponly.efi"),
            ([7], "PXEClient:Arch:00007", "snponly.efi"), (nil, "PXEClient:Arch:0000x", nil),
            (nil, "PXEClient:Arch:7", nil),
            (nil, "PXEClient", nil), (nil, "PXEClient:Arch:99999", nil), (nil, "PXEClient:Arch:65543", nil),
        ] as [([UInt8]?, String, String?)])
    func architectureText(list: [UInt8]?, text: String, file: String?) {
        let plain = PacketBuilder.discover.with(60, text)
        let asked = list.map { plain.with(93, $0) } ?? plain.without(93)
        #expect(offer(asked)?.sent.file == file)
        if file == nil { #expect(silence(asked) == .unknownArchitecture) }
    }

    @Test(
        "C30 the first known of several architectures, C32 9 is 7, C34 an unknown one gets silence",
        arguments: [
            ([0, 7, 0, 0], "snponly.efi"), ([0, 0, 0, 7], "undionly.kpxe"), ([0x42, 0x42, 0, 7], "snponly.efi"),
            ([0, 7], "snponly.efi"),
            ([0, 9], "snponly.efi"),
            ([0, 0], "undionly.kpxe"), ([0x42, 0x42], nil), ([0, 6], nil), ([0xFF, 0xFF], nil),
        ] as [([UInt8], String?)])
    func architecture(list: [UInt8], file: String?) {
        let asked = PacketBuilder.discover.with(93, list)
        #expect(offer(asked)?.sent.file == file)
        if file == nil { #expect(silence(asked) == .unknownArchitecture) }
    }

    @Test(
        "C33 ARM64, RISC-V, LoongArch without a loader of theirs: never that of another",
        arguments: [0x0B, 0x1B, 0x27] as [UInt8])
    func otherArchitectures(number: UInt8) {
        #expect(silence(.discoverUEFI.with(93, [0, number])) == .unknownArchitecture)
    }

    @Test("a loader that is not on the disk is not offered", arguments: LoaderTable.Role.allCases)
    func missingLoader(role: LoaderTable.Role) {
        let catalog = Catalog().changing { $0.loaders[role] = [Loader(path: "loader", isPresent: false)] }
        let numbers = (0...0xFFFF as ClosedRange<UInt16>).filter { number in
            ClientArchitecture(number).role == (role == .biosIPXE ? .bios : role)
        }
        #expect(!numbers.isEmpty)
        for number in numbers {
            let plain = PacketBuilder.discover.with(93, PacketBuilder.octets(number))
            let asked = role == .biosIPXE ? plain.with(77, "iPXE") : plain
            #expect(silence(asked, in: catalog) == .loaderMissing)
            #expect(silence(asked, in: catalog.changing { $0.loaders[role][0].isPresent = true }) == nil)
            #expect(silence(asked, in: Catalog()) == .unknownArchitecture)
        }
    }

    @Test("C37 a server's message, C38 BOOTP and unknown types")
    func notOurs() {
        #expect(silence(.discover.changing { $0.operation = 2 }) == .notARequest)
        #expect(silence(.discover.without(53)) == .noMessageType)
        for type in [0, 9, 13, 255] as [UInt8] {
            #expect(silence(.discover.with(53, [type])) == .noMessageType)
        }
        #expect(silence(.discover.with(53, [])) == .noMessageType)
        #expect(silence(.discover.with(53, [1, 3])) == .noMessageType)
    }

    @Test(
        "C39 C40 C41 a broadcast REQUEST is the lease's business",
        arguments: [Net.router, Net.server, nil] as [IPv4Address?], [0, 0xC000_024D] as [UInt32])
    func requests(server: IPv4Address?, clientAddress: UInt32) {
        let plain = PacketBuilder.discover.with(53, [3]).with(50, [192, 0, 2, 77]).changing {
            $0.clientAddress = clientAddress
        }
        let asked = server.map { plain.with(54, $0.octets) } ?? plain
        #expect(silence(asked) == .notForUs)
    }

    @Test(
        "C42 DECLINE, RELEASE, INFORM and what servers say: silence on port 67",
        arguments: [2, 4, 5, 6, 7, 8] as [UInt8])
    func otherTypes(type: UInt8) {
        #expect(silence(.discover.with(53, [type])) == .notForUs)
    }

    @Test("C43 an interface without an address is not served", arguments: [Arrival.Port.dhcp, .bootService])
    func noAddress(port: Arrival.Port) {
        let asked = port == .dhcp ? PacketBuilder.discoverUEFI : .bootRequest
        #expect(ask(asked.bytes, port: port, server: .any).refusal == .interfaceWithoutAddress)
    }

    @Test(
        "frozen: the loader of a boot under way gets its script, a machine that begins anew nothing",
        arguments: [
            (PacketBuilder.discover.with(77, "pilotfish"), true, nil),
            (.discover.with(77, "pilotfish"), false, .frozen),
            (.discover, true, .frozen), (.discoverUEFI, true, .frozen), (.discoverUEFI, false, .frozen),
        ] as [(PacketBuilder, Bool, Refusal?)])
    func frozen(asked: PacketBuilder, isBootUnderWay: Bool, refusal: Refusal?) {
        let catalog = Catalog.debian.changing { $0.mode = .frozen }
        var history = ClientHistory()
        history.isBootUnderWay = isBootUnderWay
        let outcome = ask(asked.bytes, history: history, in: catalog)
        #expect(outcome.refusal == refusal)
        if refusal == nil { #expect(outcome.answered?.sent.file == "http://\(Net.server)/boot.ipxe") }
    }

    @Test(
        "observe is silent everywhere, frozen lets boots under way finish and begins none through port 4011",
        arguments: [
            (ServiceMode.armed, nil, nil), (.observe, .observing, .observing), (.frozen, .frozen, .frozen),
        ] as [(ServiceMode, Refusal?, Refusal?)])
    func modes(mode: ServiceMode, discover: Refusal?, request: Refusal?) {
        let catalog = Catalog.debian.changing { $0.mode = mode }
        #expect(silence(.discoverUEFI, in: catalog) == discover)
        #expect(askBootService(.bootRequest, in: catalog).refusal == request)
        let source = Endpoint(address: Net.client, port: 68)
        #expect(ask(PacketBuilder.item(0x8000).bytes, from: source, in: catalog).refusal == request)
        var history = ClientHistory()
        history.isBootUnderWay = true
        let later = mode == .observe ? Refusal.observing : nil
        let again = ask(PacketBuilder.bootRequest.bytes, port: .bootService, history: history, in: catalog)
        #expect(again.refusal == later)
    }
}

@Suite("conformance: port 4011")
struct ConformanceBootServiceTests {
    private static let atRandomPort = Endpoint(address: Net.client, port: 68)

    @Test("C60 C63 the ACK goes back to the port asked from, with everything EDK2 wants")
    func acknowledge() throws {
        let answered = try #require(askBootService(.bootRequest).answered)
        #expect(answered.decision.route == .unicast(Endpoint(address: Net.client, port: 4011)))
        let sent = answered.sent
        #expect(sent.type == .acknowledge)
        #expect(sent[54] == Net.server.octets)
        #expect(sent.yourAddress == .any)
        #expect(sent.clientAddress == Net.client)
        #expect(sent.serverAddress == Net.server)
        #expect(sent.file == "snponly.efi")
        #expect(sent.text(60) == "PXEClient")
        #expect(sent[97] == PacketBuilder.machine)
        #expect(sent.transaction == 0x4152_3776)
        #expect(sent.flags == 0)
    }

    @Test("C61 iPXE asks from port 68 and names us")
    func fromIPXE() throws {
        let asked = PacketBuilder.discoverIPXE.with(53, [3]).with(54, Net.server.octets).changing { packet in
            packet.flags = 0x8000
            packet.clientAddress = Net.client.value
        }
        let answered = try #require(askBootService(asked, from: Self.atRandomPort).answered)
        #expect(answered.decision.route == .unicast(Self.atRandomPort))
        #expect(answered.sent.flags == 0x8000)
        #expect(answered.sent.file == "http://192.0.2.5/boot.ipxe")
    }

    @Test("C62 a request that names another server is another's")
    func otherServer() {
        let asked = PacketBuilder.bootRequest.with(54, [192, 0, 2, 6])
        #expect(askBootService(asked).refusal == .otherServer)
    }

    @Test(
        "C64 no option 43 in the ACK, whoever asks", arguments: [PacketBuilder.discover, .discoverUEFI, .discoverIPXE])
    func noVendorOptions(client: PacketBuilder) throws {
        let answered = try #require(askBootService(client.with(53, [3])).answered)
        #expect(answered.sent[43] == nil)
    }

    @Test("C65 C66 no DISCOVER need come before", arguments: [0, 1, 0xFFFF_FFFF] as [UInt32])
    func unheardOf(transaction: UInt32) throws {
        let asked = PacketBuilder.bootRequest.changing { $0.transaction = transaction }
        #expect(try #require(askBootService(asked).answered).sent.transaction == transaction)
    }

    @Test("C67 without ciaddr the ACK still goes to the source")
    func noClientAddress() throws {
        let asked = PacketBuilder.bootRequest.changing { $0.clientAddress = 0 }
        let answered = try #require(askBootService(asked, from: Self.atRandomPort).answered)
        #expect(answered.decision.route == .unicast(Self.atRandomPort))
        #expect(answered.sent.clientAddress == .any)
    }

    @Test("C69 another class, C70 DISCOVER and the rest: silence")
    func silent() {
        #expect(askBootService(.bootRequest.with(60, "MSFT 5.0")).refusal == .noBootClient)
        #expect(askBootService(.bootRequest.without(60)).refusal == .noBootClient)
        for type in [1, 2, 4, 5, 6, 7] as [UInt8] {
            #expect(askBootService(.bootRequest.with(53, [type])).refusal == .notForUs)
        }
    }

    @Test("C71 INFORM gets an ACK without yiaddr")
    func inform() throws {
        let sent = try #require(askBootService(.bootRequest.with(53, [8])).answered).sent
        #expect(sent.type == .acknowledge)
        #expect(sent.yourAddress == .any)
    }

    @Test("C72 four tries get four identical ACKs")
    func retries() {
        let answers = (0..<4).map { second in
            askBootService(.bootRequest.changing { $0.seconds = UInt16(second) })
        }
        #expect(answers.allSatisfy { $0 == answers[0] && $0.answered != nil })
    }

    @Test("C75 HTTP firmware has no business on port 4011")
    func http() {
        let asked = PacketBuilder.bootRequest.with(60, "HTTPClient:Arch:00016:UNDI:003016").with(93, [0, 16])
        #expect(askBootService(asked).refusal == .notForUs)
    }

    @Test("TFTP elsewhere: the ACK names it, the identifier stays ours")
    func tftpElsewhere() throws {
        let catalog = Catalog.debian.changing { $0.tftpAddress = IPv4Address(192, 0, 2, 9) }
        let sent = try #require(askBootService(.bootRequest, in: catalog).answered).sent
        #expect(sent.serverAddress == IPv4Address(192, 0, 2, 9))
        #expect(sent.serverName == "192.0.2.9")
        #expect(sent[54] == Net.server.octets)
    }

    @Test(
        "C79 an item of nobody's menu is refused on both ports, C81 one of another length, too; without one it is plain",
        arguments: [
            ([0x47, 4, 0x80, 9, 0, 0, 255], .bootMenuNotOffered), ([0x47, 4, 0x80, 9, 0, 0], .bootMenuNotOffered),
            ([6, 1, 8, 0x47, 4, 0, 0, 0, 0], .bootMenuNotOffered),
            ([0x47, 3, 0x80, 0, 0, 255], .notForUs), ([0x47, 4, 0x80, 0], nil), ([255, 0x47, 4, 0, 0, 0, 0], nil),
            ([], nil),
        ] as [([UInt8], Refusal?)])
    func bootItem(field: [UInt8], refusal: Refusal?) {
        let asked = PacketBuilder.bootRequest.with(43, field)
        #expect(askBootService(asked).refusal == refusal)
        let broadcast = ask(asked.bytes, from: Endpoint(address: Net.client, port: 68))
        #expect(broadcast.refusal == refusal ?? .notForUs)
    }
}
