import BootPolicy
import Support
import Testing
import Wire

/// What real firmware says, what we believe of it, and what it hears from us.
@Suite("captures of real firmware")
struct CaptureTests {
    /// What a client hears from a server at 10.77.0.2 with Debian's loaders.
    enum Heard: Sendable {
        case loader(ReplyShape, String)
        /// The script's URL, in the shape for iPXE.
        case script
        /// The loader's URL, in the shape for HTTP Boot.
        case url
        /// What its item of a menu stands for, the item echoed.
        case item
        case silent(Refusal)
    }

    /// A client's packet: its capture and place there, then what we should believe and do.
    struct Row: Sendable, CustomTestStringConvertible {
        let capture: String
        let number: Int
        let type: DHCPMessageType
        let architecture: UInt16
        let stage: BootStage
        /// The last octet of option 97, which the lab made the same as the last of the MAC address.
        let machine: UInt8
        let heard: Heard

        init(
            _ capture: String, _ number: Int, _ type: DHCPMessageType, _ architecture: UInt16, _ stage: BootStage,
            _ machine: UInt8, _ heard: Heard
        ) {
            self.capture = capture
            self.number = number
            self.type = type
            self.architecture = architecture
            self.stage = stage
            self.machine = machine
            self.heard = heard
        }

        var testDescription: String { "\(capture) #\(number)" }
    }

    private static let server = IPv4Address(10, 77, 0, 2)
    private static let router = IPv4Address(10, 77, 0, 1)

    @Test("facts and answer", arguments: rows)
    func factsAndAnswer(row: Row) throws {
        let packet = try PcapFile(fixture: row.capture).frames[row.number].packet
        let datagram = try UDPPacket(ipv4: packet.span.bytes, checksumReady: true)
        let message = try DHCPMessage(datagram.payload)
        let facts = try ClientFacts.read(message).get()
        let (source, payload, isBootService) = (
            datagram.source, datagram.payload.array, datagram.destination.port == 4011
        )

        #expect(facts.type == row.type)
        #expect(facts.clientClass == (row.stage == .httpFirmware ? .http : .pxe))
        #expect(facts.architecture == ClientArchitecture(row.architecture))
        #expect(facts.stage == row.stage)
        #expect(facts.features.canRunScript == (row.stage == .foreignIPXE))
        #expect(facts.hardware.mac == MACAddress(0x5254_00C1_1E00 | UInt64(row.machine)))
        let low = 0x9D06_A1B2_C3D4_E500 | UInt64(row.machine)
        #expect(facts.machine == MachineUUID(high: 0x529A_1D3F_847C_1E4B, low: low))
        #expect(facts.relayAddress == .any)
        #expect(facts.relayInformation == nil)
        #expect(facts.sizeLimit == (facts.intendedServer == Self.router && isEDK2(row) ? 1472 : 1444))

        #expect(facts.clientAddress.isAny != isBootService)
        let outcome = ask(
            payload, port: isBootService ? .bootService : .dhcp, from: source, server: Self.server)
        try check(outcome, row, facts, isBootService ? source : nil)
    }

    private func isEDK2(_ row: Row) -> Bool {
        row.stage == .firmware && row.architecture != 0
    }

    private func check(_ outcome: Outcome, _ row: Row, _ facts: ClientFacts, _ asker: Endpoint?) throws {
        if case .silent(let refusal) = row.heard {
            #expect(outcome.refusal == refusal)
            return
        }
        let answered = try #require(outcome.answered)
        let sent = answered.sent
        #expect(answered.decision.route == asker.map(ReplyRoute.unicast) ?? .broadcast)
        #expect(sent.type == (asker == nil ? .offer : .acknowledge))
        #expect(sent.transaction == facts.transaction)
        #expect(sent.hardware == facts.hardware)
        #expect(sent.clientAddress == (asker?.address ?? .any))
        #expect(sent.serverAddress == Self.server)
        #expect(sent[54] == Self.server.octets)
        #expect(sent.text(60) == facts.clientClass.text)
        #expect(sent[97]?.last == row.machine)
        try check(answered, row, asker)
    }

    private func check(_ answered: Answered, _ row: Row, _ asker: Endpoint?) throws {
        let sent = answered.sent
        switch row.heard {
        case .loader(let shape, let name):
            #expect(answered.decision.shape == shape)
            #expect(sent.file == name)
            #expect(sent[175] == nil)
            #expect(sent[67] == nil)
            let hasVendorOptions = shape == .direct && asker == nil
            #expect(sent[43] == (hasVendorOptions ? [6, 1, 8, 10, 4, 0] + Array("PXE".utf8) + [255] : nil))
        case .script:
            #expect(answered.decision.shape == .direct)
            #expect(sent.file == "http://10.77.0.2/boot.ipxe")
            #expect(sent[175] == [1, 1, 1, 255])
            #expect(sent[43] == (asker == nil ? [6, 1, 8, 255] : nil))
        case .url:
            #expect(answered.decision.shape == .http)
            #expect(sent.file == "http://10.77.0.2/snponly.efi")
            #expect(sent[67] == Array("http://10.77.0.2/snponly.efi".utf8) + [0])
            #expect(sent[43] == nil)
            #expect(sent[175] == nil)
        case .item:
            #expect(answered.decision.shape == .menu)
            #expect(sent.file == (row.stage == .firmware ? "undionly.kpxe" : "http://10.77.0.2/boot.ipxe"))
            #expect(sent[43] == [71, 4, 0x80, 0, 0, 0, 255])
        case .silent:
            break
        }
    }

    @Test(
        "with loaders of its own, arm64 hears of them on port 4011", arguments: rows.filter { $0.architecture == 0x0B })
    func arm64(row: Row) throws {
        let catalog = Catalog.debian.changing { $0.loaders[.uefiARM64] = [Loader(path: "arm64/snponly.efi")] }
        let packet = try PcapFile(fixture: row.capture).frames[row.number].packet
        let datagram = try UDPPacket(ipv4: packet.span.bytes, checksumReady: true)
        let (source, payload) = (datagram.source, datagram.payload.array)
        let isBootService = datagram.destination.port == 4011
        let outcome = ask(
            payload, port: isBootService ? .bootService : .dhcp, from: source, server: Self.server, in: catalog)
        switch (row.stage, row.type, isBootService) {
        case (.firmware, .discover, _), (.firmware, _, true):
            let answered = try #require(outcome.answered)
            #expect(answered.decision.shape == .binl)
            #expect(answered.sent.file == "arm64/snponly.efi")
            #expect(answered.sent[43] == nil)
        case (_, .discover, _):
            #expect(outcome.answered?.sent.file == "http://10.77.0.2/boot.ipxe")
        default:
            #expect(outcome.refusal == .notForUs)
        }
    }

    @Test("the table holds every packet of every client", arguments: PcapFile.fixtures)
    func tableIsComplete(capture: String) throws {
        var clients: [Int] = []
        for frame in try PcapFile(fixture: capture).frames {
            let packet = frame.packet
            let datagram = try UDPPacket(ipv4: packet.span.bytes, checksumReady: true)
            if try DHCPMessage(datagram.payload).isRequest { clients.append(frame.number) }
        }
        #expect(Self.rows.filter { $0.capture == capture }.map(\.number) == clients)
    }

    @Test("what servers say is watched and never answered", arguments: PcapFile.fixtures)
    func servers(capture: String) throws {
        var routers = 0
        for frame in try PcapFile(fixture: capture).frames {
            let packet = frame.packet
            let datagram = try UDPPacket(ipv4: packet.span.bytes, checksumReady: true)
            let message = try DHCPMessage(datagram.payload)
            let (source, payload) = (datagram.source, datagram.payload.array)
            let read = ObservedOffer(
                message, datagram: datagram.payload, source: source, at: Instant(nanoseconds: 0)
            ).map { ForeignOffer($0) }
            let contents = try PacketContents(payload)
            guard !contents.isRequest else {
                #expect(read == nil)
                continue
            }
            let offer = try #require(read)
            #expect(offer.server == source.address)
            #expect(offer.hardware == contents.hardware)
            #expect(offer.type == contents.type)
            #expect(offer.address == contents.yourAddress)
            // The router is an ISP's box: it leases addresses and knows nothing of booting.
            let isClassed = ["PXEClient", "HTTPClient"].contains(contents.text(60))
            #expect(offer.isBootServer == (offer.server == Self.server && isClassed))
            if offer.server == Self.router {
                routers += 1
                #expect(!offer.address.isAny)
            }
            #expect(ask(payload, server: Self.server).refusal == .notARequest)
            #expect(ask(payload, port: .bootService, server: Self.server).refusal == .notARequest)
        }
        #expect(routers >= 2)
    }
}

extension CaptureTests {
    static let rows = [
        Row("bios-anon-chain-dnsmasq", 0, .discover, 0x00, .firmware, 0x01, .loader(.direct, "undionly.kpxe")),
        Row("bios-anon-chain-dnsmasq", 3, .request, 0x00, .firmware, 0x01, .silent(.notForUs)),
        Row("bios-anon-chain-dnsmasq", 5, .request, 0x00, .firmware, 0x01, .item),
        Row("bios-anon-chain-dnsmasq", 7, .discover, 0x00, .foreignIPXE, 0x01, .script),
        Row("bios-anon-chain-dnsmasq", 10, .request, 0x00, .foreignIPXE, 0x01, .silent(.notForUs)),
        Row("bios-anon-pxelinux-dnsmasq", 0, .discover, 0x00, .firmware, 0x02, .loader(.direct, "undionly.kpxe")),
        Row("bios-anon-pxelinux-dnsmasq", 3, .request, 0x00, .firmware, 0x02, .silent(.notForUs)),
        Row("bios-anon-pxelinux-dnsmasq", 5, .request, 0x00, .firmware, 0x02, .item),
        Row("bios-grub-dnsmasq", 0, .discover, 0x00, .foreignIPXE, 0x03, .script),
        Row("bios-grub-dnsmasq", 3, .request, 0x00, .foreignIPXE, 0x03, .silent(.notForUs)),
        Row("bios-grub-dnsmasq", 5, .request, 0x00, .foreignIPXE, 0x03, .item),
        Row("bios-ipxe-dnsmasq", 0, .discover, 0x00, .foreignIPXE, 0x04, .script),
        Row("bios-ipxe-dnsmasq", 3, .request, 0x00, .foreignIPXE, 0x04, .silent(.notForUs)),
        Row("bios-ipxe-isc", 0, .discover, 0x00, .foreignIPXE, 0x04, .script),
        Row("bios-ipxe-isc", 3, .request, 0x00, .foreignIPXE, 0x04, .silent(.notForUs)),
        Row("bios-ipxe-new-literal-siaddr0", 0, .discover, 0x00, .foreignIPXE, 0x05, .script),
        Row("bios-ipxe-new-literal-siaddr0", 3, .request, 0x00, .foreignIPXE, 0x05, .silent(.notForUs)),
        Row("bios-ipxe-new-literal-siaddr0", 5, .request, 0x00, .foreignIPXE, 0x05, .script),
        Row("bios-ipxe-new-literal-siaddr0", 7, .request, 0x00, .foreignIPXE, 0x05, .script),
        Row("bios-ipxe-new-literal-siaddr0", 9, .request, 0x00, .foreignIPXE, 0x05, .script),
        Row("bios-ipxe-new-literal-siaddr0", 11, .request, 0x00, .foreignIPXE, 0x05, .script),
        Row("bios-pxelinux-dnsmasq", 0, .discover, 0x00, .foreignIPXE, 0x04, .script),
        Row("bios-pxelinux-dnsmasq", 3, .request, 0x00, .foreignIPXE, 0x04, .silent(.notForUs)),
        Row("bios-pxelinux-dnsmasq", 5, .request, 0x00, .foreignIPXE, 0x04, .item),
        Row("uefi-arm64-grub-isc", 0, .discover, 0x0B, .firmware, 0x08, .silent(.unknownArchitecture)),
        Row("uefi-arm64-grub-isc", 3, .request, 0x0B, .firmware, 0x08, .silent(.notForUs)),
        Row("uefi-arm64-grub-isc", 5, .request, 0x0B, .firmware, 0x08, .silent(.unknownArchitecture)),
        Row("uefi-arm64-ipxe-new-dnsmasq", 0, .discover, 0x0B, .firmware, 0x09, .silent(.unknownArchitecture)),
        Row("uefi-arm64-ipxe-new-dnsmasq", 3, .request, 0x0B, .firmware, 0x09, .silent(.notForUs)),
        Row("uefi-arm64-ipxe-new-dnsmasq", 5, .request, 0x0B, .firmware, 0x09, .silent(.unknownArchitecture)),
        Row("uefi-arm64-ipxe-new-dnsmasq", 7, .discover, 0x0B, .foreignIPXE, 0x09, .script),
        Row("uefi-arm64-ipxe-new-dnsmasq", 10, .request, 0x0B, .foreignIPXE, 0x09, .silent(.notForUs)),
        Row("uefi-arm64-uki-dnsmasq", 0, .discover, 0x0B, .firmware, 0x0A, .silent(.unknownArchitecture)),
        Row("uefi-arm64-uki-dnsmasq", 3, .request, 0x0B, .firmware, 0x0A, .silent(.notForUs)),
        Row("uefi-arm64-uki-dnsmasq", 5, .request, 0x0B, .firmware, 0x0A, .silent(.unknownArchitecture)),
        Row("uefi-x64-e1000-dnsmasq", 0, .discover, 0x07, .foreignIPXE, 0x07, .script),
        Row("uefi-x64-e1000-dnsmasq", 3, .discover, 0x07, .foreignIPXE, 0x07, .script),
        Row("uefi-x64-e1000-dnsmasq", 6, .request, 0x07, .foreignIPXE, 0x07, .silent(.notForUs)),
        Row("uefi-x64-grub-isc", 0, .discover, 0x07, .firmware, 0x0C, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-grub-isc", 3, .request, 0x07, .firmware, 0x0C, .silent(.notForUs)),
        Row("uefi-x64-grub-isc", 5, .request, 0x07, .firmware, 0x0C, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-http-dnsmasq", 0, .discover, 0x10, .httpFirmware, 0x0D, .url),
        Row("uefi-x64-http-dnsmasq", 3, .request, 0x10, .httpFirmware, 0x0D, .silent(.notForUs)),
        Row("uefi-x64-ipxe-dnsmasq", 0, .discover, 0x07, .firmware, 0x0E, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-ipxe-dnsmasq", 3, .request, 0x07, .firmware, 0x0E, .silent(.notForUs)),
        Row("uefi-x64-ipxe-dnsmasq", 5, .request, 0x07, .firmware, 0x0E, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-ipxe-dnsmasq", 7, .discover, 0x07, .foreignIPXE, 0x0E, .script),
        Row("uefi-x64-ipxe-dnsmasq", 10, .request, 0x07, .foreignIPXE, 0x0E, .silent(.notForUs)),
        Row("uefi-x64-ipxe-new-dnsmasq", 0, .discover, 0x07, .firmware, 0x0F, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-ipxe-new-dnsmasq", 3, .request, 0x07, .firmware, 0x0F, .silent(.notForUs)),
        Row("uefi-x64-ipxe-new-dnsmasq", 5, .request, 0x07, .firmware, 0x0F, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-ipxe-new-dnsmasq", 7, .discover, 0x07, .foreignIPXE, 0x0F, .script),
        Row("uefi-x64-ipxe-new-dnsmasq", 10, .request, 0x07, .foreignIPXE, 0x0F, .silent(.notForUs)),
        Row("uefi-x64-sb-http-isc", 0, .discover, 0x10, .httpFirmware, 0x11, .url),
        Row("uefi-x64-sb-http-isc", 3, .request, 0x10, .httpFirmware, 0x11, .silent(.notForUs)),
        Row("uefi-x64-sb-isc", 0, .discover, 0x07, .firmware, 0x10, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-sb-isc", 3, .request, 0x07, .firmware, 0x10, .silent(.notForUs)),
        Row("uefi-x64-sb-isc", 5, .request, 0x07, .firmware, 0x10, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-sb-unsigned-refused", 0, .discover, 0x07, .firmware, 0x10, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-sb-unsigned-refused", 3, .request, 0x07, .firmware, 0x10, .silent(.notForUs)),
        Row("uefi-x64-sb-unsigned-refused", 5, .request, 0x07, .firmware, 0x10, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-sb-unsigned-refused", 7, .discover, 0x10, .httpFirmware, 0x10, .url),
        Row("uefi-x64-sb-unsigned-refused", 9, .discover, 0x10, .httpFirmware, 0x10, .url),
        Row("uefi-x64-sb-unsigned-refused", 11, .discover, 0x10, .httpFirmware, 0x10, .url),
        Row("uefi-x64-sb-unsigned-refused", 13, .discover, 0x10, .httpFirmware, 0x10, .url),
        Row("uefi-x64-uki-dnsmasq", 0, .discover, 0x07, .firmware, 0x0C, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-uki-dnsmasq", 3, .request, 0x07, .firmware, 0x0C, .silent(.notForUs)),
        Row("uefi-x64-uki-dnsmasq", 5, .request, 0x07, .firmware, 0x0C, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-uki-kea", 0, .discover, 0x07, .firmware, 0x12, .loader(.binl, "snponly.efi")),
        Row("uefi-x64-uki-kea", 3, .request, 0x07, .firmware, 0x12, .silent(.notForUs)),
        Row("uefi-x64-uki-kea", 5, .request, 0x07, .firmware, 0x12, .loader(.binl, "snponly.efi")),
    ]
}
