import BootPolicy
import Support
import Testing
import Wire

/// The models over what real firmware heard: they must say what the lab saw it do (lab.md §1).
@Suite("firmware models over captures")
struct SurveyCaptureTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let capture: String
        let model: FirmwareModel
        /// The try of the client, from 0: the first is its firmware's, the second the loader's.
        let attempt: Int
        /// The file that the lab saw it fetch, or nil when it did not boot.
        let file: String?
        let code: PredictionCode

        init(
            _ capture: String, _ model: FirmwareModel, try attempt: Int = 0, boots file: String? = nil,
            _ code: PredictionCode
        ) {
            self.capture = capture
            self.model = model
            self.attempt = attempt
            self.file = file
            self.code = code
        }

        var testDescription: String { "\(capture) \(model.rawValue) \(attempt)" }
    }

    private static let script = "http://10.77.0.2/boot.ipxe"

    @Test("the prediction is what happened", arguments: rows)
    func outcome(row: Row) throws {
        let hearings = try Self.hearings(row.capture)
        let hearing = try #require(hearings.count > row.attempt ? hearings[row.attempt] : nil)
        let prediction = row.model.predict(hearing, ours: [LAN.us])
        #expect(prediction.code == row.code, "\(prediction)")
        #expect(prediction.file == row.file, "\(prediction)")
        let boots = ![.noHTTPOffer, .bootServiceUnusable, .loaderAsksDHCPServer].contains(row.code)
        #expect(prediction.verdict == (boots ? .ours : .none))
        // Every boot of the lab was served by the anchor.
        #expect(prediction.fileServer == (boots ? LAN.us : nil))
    }

    @Test(
        "every capture has its rows, and every client's portrait is the model of its row", arguments: PcapFile.fixtures)
    func portraits(capture: String) throws {
        let rows = Self.rows.filter { $0.capture == capture && !Self.loaders.contains($0.model) }
        #expect(rows.count == (try Self.hearings(capture).count))
        var portraits: [FirmwareModel] = []
        try Self.discovers(capture) { message, _ in
            guard let portrait = ClientPortrait(message) else { return }
            portraits.append(portrait.model)
        }
        #expect(portraits == rows.map(\.model))
    }

    private static let loaders: Set<FirmwareModel> = [.grubEFI206, .grubBIOS, .shim, .pxelinux]

    /// The first DISCOVER of each transaction.
    private static func discovers(
        _ capture: String, _ body: (borrowing DHCPMessage, Int) -> Void
    ) throws {
        var seen: Set<UInt32> = []
        for frame in try PcapFile(fixture: capture).frames {
            let packet = frame.packet
            let datagram = try UDPPacket(ipv4: packet.span.bytes, checksumReady: true)
            let message = try DHCPMessage(datagram.payload)
            guard message.type == .discover, seen.insert(message.transaction).inserted else { continue }
            body(message, frame.number)
        }
    }

    private static func hearings(_ capture: String) throws -> [Hearing] {
        var starts: [(number: Int, transaction: UInt32)] = []
        try discovers(capture) { message, number in starts.append((number, message.transaction)) }
        let packets = try CaptureFile(PcapFile.octets(ofFixture: capture + ".pcap")).packets
        var hearings = starts.map { Hearing(asked: packets[$0.number].time) }
        for packet in packets {
            guard let index = starts.lastIndex(where: { $0.number <= packet.number }), let ipv4 = packet.ipv4 else {
                continue
            }
            let datagram = try UDPPacket(ipv4: ipv4.span.bytes, checksumReady: true)
            if datagram.destination.port == 4011 { hearings[index].hearsBootService = true }
            let message = try DHCPMessage(datagram.payload)
            let offer = ObservedOffer(message, datagram: datagram.payload, source: datagram.source, at: packet.time)
            if let offer { hearings[index].note(offer) }
        }
        return hearings
    }

    static let rows: [Row] = [
        Row("bios-anon-chain-dnsmasq", .biosROM, boots: "undionly.kpxe", .ourMenu),
        Row("bios-anon-chain-dnsmasq", .ipxeBIOS, try: 1, boots: script, .ourOffer),
        Row("bios-anon-pxelinux-dnsmasq", .biosROM, boots: "pxelinux.0", .ourMenu),
        Row("bios-anon-pxelinux-dnsmasq", .pxelinux, .ourBootService),
        Row("bios-grub-dnsmasq", .ipxeBIOS, boots: "grub-pc.0", .ourMenu),
        // lab.md: with the prefix (pxe) this GRUB asks the router; the run that boots has an address in its prefix.
        Row("bios-grub-dnsmasq", .grubBIOS, .loaderAsksDHCPServer),
        Row("bios-ipxe-dnsmasq", .ipxeBIOS, boots: script, .ourOffer),
        Row("bios-ipxe-isc", .ipxeBIOS, boots: script, .ourOffer),
        // lab.md 3 #2: siaddr 0, asked four times on port 4011, "Nothing to boot".
        Row("bios-ipxe-new-literal-siaddr0", .ipxeBIOS, .bootServiceUnusable),
        Row("bios-pxelinux-dnsmasq", .ipxeBIOS, boots: "pxelinux.0", .ourMenu),
        Row("uefi-arm64-grub-isc", .edk2ARM64, boots: "grubnetaa64.efi", .ourBootService),
        Row("uefi-arm64-grub-isc", .grubEFI206, .leaseNamesUs),
        Row("uefi-arm64-ipxe-new-dnsmasq", .edk2ARM64, boots: "ipxe-new-snponly-arm64.efi", .ourBootService),
        Row("uefi-arm64-ipxe-new-dnsmasq", .ipxeUEFI, try: 1, boots: script, .ourOffer),
        Row("uefi-arm64-uki-dnsmasq", .edk2ARM64, boots: "uki-aa64.efi", .ourBootService),
        Row("uefi-x64-e1000-dnsmasq", .ipxeUEFI, boots: script, .ourOffer),
        Row("uefi-x64-grub-isc", .edk2, boots: "grubnetx64.efi", .ourBootService),
        // lab.md 3 #1: GRUB drops to its prompt behind a DHCP server without next-server.
        Row("uefi-x64-grub-isc", .grubEFI206, .loaderAsksDHCPServer),
        Row("uefi-x64-http-dnsmasq", .edk2HTTP, boots: "http://10.77.0.2/uki-x64.efi", .ourOffer),
        Row("uefi-x64-ipxe-dnsmasq", .edk2, boots: "snponly.efi", .ourBootService),
        Row("uefi-x64-ipxe-dnsmasq", .ipxeUEFI, try: 1, boots: script, .ourOffer),
        Row("uefi-x64-ipxe-new-dnsmasq", .edk2, boots: "ipxe-new-snponly.efi", .ourBootService),
        Row("uefi-x64-ipxe-new-dnsmasq", .ipxeUEFI, try: 1, boots: script, .ourOffer),
        Row("uefi-x64-sb-http-isc", .edk2HTTP, boots: "http://10.77.0.2/shimx64.efi", .ourOffer),
        Row("uefi-x64-sb-isc", .edk2, boots: "shimx64.efi", .ourBootService),
        Row("uefi-x64-sb-isc", .shim, .ourBootService),
        Row("uefi-x64-sb-isc", .grubEFI206, .leaseNamesUs),
        // Fetched, and refused by Secure Boot; then HTTP Boot, for which the anchor had nothing.
        Row("uefi-x64-sb-unsigned-refused", .edk2, boots: "uki-x64.efi", .ourBootService),
        Row("uefi-x64-sb-unsigned-refused", .edk2HTTP, try: 1, .noHTTPOffer),
        Row("uefi-x64-uki-dnsmasq", .edk2, boots: "uki-x64.efi", .ourBootService),
        Row("uefi-x64-uki-kea", .edk2, boots: "uki-x64.efi", .ourBootService),
    ]
}
