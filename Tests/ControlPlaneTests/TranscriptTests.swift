import BootPolicy
import ControlPlane
import Support
import Testing
import Wire

/// Every capture told in words, compared with what a person has read and found right.
///
/// To make an expectation anew: `pilotfish decode --server 10.77.0.2 --answers NAME.pcap > NAME.expected`, with Debian's
/// loaders and no settings; and read it.
@Suite("captures in words")
struct TranscriptTests {
    private static let server = IPv4Address(10, 77, 0, 2)
    private static let ours: Set = [server]

    /// What Debian's package of loaders serves.
    private static var debian: CaptureAnswerer {
        var catalog = Catalog()
        catalog.loaders = LoaderTable([
            .bios: [Loader(path: "/usr/lib/ipxe/undionly.kpxe"), Loader(path: "/usr/lib/ipxe/ipxe.pxe")],
            .biosIPXE: [Loader(path: "/usr/lib/ipxe/ipxe.pxe")],
            .uefiX64: [Loader(path: "/usr/lib/ipxe/snponly.efi"), Loader(path: "/usr/lib/ipxe/ipxe.efi")],
        ])
        return CaptureAnswerer(server: server, catalog: catalog)
    }

    @Test("the transcript of a capture is the expected one", arguments: PcapFile.fixtures)
    func golden(name: String) throws {
        let file = try CaptureFile(PcapFile.octets(ofFixture: name + ".pcap"))
        let expected = String(decoding: try PcapFile.octets(ofFixture: name + ".expected"), as: UTF8.self)
        let lines = CaptureTranscript(file, ours: Self.ours, answerer: Self.debian).text.split(
            separator: "\n", omittingEmptySubsequences: false)
        let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
        // The first difference is worth more than two whole texts.
        let first = zip(lines, wanted).first { $0 != $1 }
        #expect(first?.0 == first?.1, "\(name)")
        #expect(lines.count == wanted.count)
    }

    @Test("a transcript for programs has a packet for each message and a client for each try")
    func json() throws {
        let file = try CaptureFile(PcapFile.octets(ofFixture: "uefi-x64-uki-kea.pcap"))
        let json = CaptureTranscript(file, ours: Self.ours).json
        #expect(json.hasPrefix("{\"packets\":[{\"number\":0,\"seconds\":0.000000,\"source\":\"0.0.0.0:68\""))
        #expect(json.contains("\"kind\":\"uefi-x64\",\"verdict\":\"ours\",\"code\":\"PF-P002\""))
        #expect(json.split(separator: "\"what\":").count == 8)
        #expect(!json.contains("\n"))
    }

    @Test("without an \"us\" no boot is called ours or theirs")
    func neutral() throws {
        let file = try CaptureFile(PcapFile.octets(ofFixture: "uefi-x64-uki-kea.pcap"))
        let text = CaptureTranscript(file, ours: []).text
        #expect(text.contains("boots uki-x64.efi from 10.77.0.2, as port 4011 of 10.77.0.2 says\n"))
        #expect(!text.contains("PF-P"))
    }

    @Test("what is left of a capture that was cut short is told, and that it was")
    func cutShort() throws {
        let whole = try PcapFile.octets(ofFixture: "uefi-x64-uki-kea.pcap")
        let text = CaptureTranscript(try CaptureFile(Array(whole.dropLast(40))), ours: []).text
        #expect(text.contains("6 DHCP messages, 0 other packets"))
        #expect(text.contains("the rest is unreadable: the capture ends in the middle of a packet, at octet "))
    }

    @Test("kinds of client that ask at once, as one machine, are told apart by their transactions")
    func interleaved() throws {
        var packets: [[UInt8]] = []
        func note(_ message: [UInt8], from source: IPv4Address, to port: UInt16) {
            var writer = ByteWriter()
            UDPPacket.write(
                from: Endpoint(address: source, port: port == 67 ? 68 : 67),
                to: Endpoint(address: .broadcast, port: port), payload: message, identification: 1, into: &writer)
            packets.append(writer.bytes)
        }
        let kinds: [FirmwareModel] = [.edk2, .ipxeUEFI, .biosROM]
        let hardware = MACAddress(0x0200_0000_0001)
        for round in 0..<2 {
            for (index, kind) in kinds.enumerated() {
                var message = ByteWriter()
                ProbeDiscover.write(kind, hardware: hardware, transaction: UInt32(index + 1), into: &message)
                note(message.bytes, from: .any, to: 67)
            }
            for index in kinds.indices where round == 0 {
                let offer = PacketBuilder().changing { packet in
                    packet.operation = 2
                    packet.transaction = UInt32(index + 1)
                    packet.hardware = hardware.octets
                    packet.yourAddress = 0x0A4D_0064
                    packet.options = [(53, [2]), (54, [10, 77, 0, 1])]
                }
                note(offer.bytes, from: IPv4Address(10, 77, 0, 1), to: 68)
            }
        }
        let text = CaptureTranscript(try CaptureFile(Self.capture(packets)), ours: Self.ours).text
        #expect(text.split(separator: "\nclient 02:00:00:00:00:01, #").count == kinds.count + 1)
        #expect(text.split(separator: "lease OFFER (10.77.0.100) of 10.77.0.1").count == kinds.count + 1)
    }

    /// A capture of IPv4 packets without link headers, all of one moment.
    private static func capture(_ packets: [[UInt8]]) -> [UInt8] {
        let header: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 12) + [101, 0, 0, 0]
        return packets.reduce(into: header) { file, packet in
            let length = [UInt8(packet.count & 255), UInt8(packet.count >> 8), 0, 0]
            file += [UInt8](repeating: 0, count: 8) + length + length + packet
        }
    }

    @Test("nothing from the wire can draw on a terminal")
    func controlCharacters() throws {
        let packet = PacketBuilder.discover.with(12, [0x1B, 0x5B, 0x32, 0x4A]).with(60, "PXEClient\u{7}")
        var writer = ByteWriter()
        UDPPacket.write(
            from: Endpoint(address: .any, port: 68), to: Endpoint(address: .broadcast, port: 67),
            payload: packet.bytes, identification: 1, into: &writer)
        let transcript = CaptureTranscript(try CaptureFile(Self.capture([writer.bytes])), ours: [])
        #expect(transcript.text.contains("\"\\x1b[2J\""))
        for text in [transcript.text, transcript.json] {
            #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" })
        }
    }
}

@Suite("a probe's report")
struct ProbeReportTests {
    private static let start = Instant(nanoseconds: 1_000)

    private static func answer(_ packet: PacketBuilder, from server: IPv4Address, after: Int64) throws -> DecodedMessage
    {
        let octets = packet.bytes
        return try DecodedMessage(
            octets.span.bytes, source: Endpoint(address: server, port: 67),
            destination: Endpoint(address: .broadcast, port: 68), at: start + .milliseconds(after))
    }

    private static func offer(_ server: IPv4Address, address: UInt32, next: IPv4Address = .any) -> PacketBuilder {
        PacketBuilder().changing { packet in
            packet.operation = 2
            packet.yourAddress = address
            packet.serverAddress = next.value
            packet.options = [(53, [2]), (54, server.octets)]
        }
    }

    private let router = IPv4Address(10, 77, 0, 1)
    private let us = IPv4Address(10, 77, 0, 2)

    private func heard(_ kind: FirmwareModel) throws -> ProbeResult {
        var result = ProbeResult(kind: kind, hardware: MACAddress(0x0200_0000_0001), asked: Self.start)
        result.note(try Self.answer(Self.offer(router, address: 0x0A4D_0064), from: router, after: 2))
        let proxy = Self.offer(us, address: 0, next: us).with(60, "PXEClient")
        result.note(try Self.answer(proxy, from: us, after: 3))
        // The answer to a repeated DISCOVER.
        result.note(try Self.answer(proxy, from: us, after: 1003))
        return result
    }

    @Test("one JSON object a line, with kind, verdict, code, reason, remedy and offers")
    func json() throws {
        let report = ProbeReport([try heard(.edk2), try heard(.grubEFI206)], interface: "eth0", ours: [us], seconds: 8)
        let lines = report.json.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(
            lines[0].hasPrefix("{\"kind\":\"uefi-x64\",\"verdict\":\"ours\",\"code\":\"PF-P002\",\"reason\":\"boots"))
        #expect(lines[0].split(separator: "\"server\":").count == 3)
        #expect(lines[0].contains("\"ms\":3.0"))
        #expect(lines[1].hasPrefix("{\"kind\":\"grub-efi\",\"verdict\":\"none\",\"code\":\"PF-P035\""))
        #expect(lines.allSatisfy { $0.contains("\"contested\":false") && $0.contains("\"lease\":true") })
        #expect(!report.isAllOurs)
    }

    @Test("the text ends with one line for each kind, and a remedy where one is needed")
    func text() throws {
        let report = ProbeReport([try heard(.edk2)], interface: "eth0", ours: [us], seconds: 8)
        #expect(report.isAllOurs)
        #expect(report.text.contains("  2.0 ms  10.77.0.1  lease OFFER of 10.77.0.100\n"))
        #expect(
            report.text.hasSuffix(
                "uefi-x64  ours    PF-P002  boots from 10.77.0.2, as port 4011 of 10.77.0.2 will say\n"))
        let silent = ProbeResult(kind: .biosROM, hardware: MACAddress(0x0200_0000_0001), asked: Self.start)
        let nothing = ProbeReport([silent], interface: "eth0", ours: [us], seconds: 8)
        #expect(nothing.text.contains("nobody answered\n  no lease was heard within 8 s\n"))
        #expect(nothing.text.hasSuffix("ask again with --seconds 16.\n"))
        #expect(nothing.json.contains("\"lease\":false"))
        #expect(!report.text.contains("no lease"))
        #expect(nothing.text.contains("PF-P020"))
    }

    @Test("a race is told to programs")
    func contested() throws {
        var result = ProbeResult(kind: .ipxeUEFI, hardware: MACAddress(0x0200_0000_0001), asked: Self.start)
        let proxy = Self.offer(us, address: 0, next: us).with(60, "PXEClient").with(175, [1, 1, 1, 255])
        let lease = Self.offer(router, address: 0x0A4D_0064).with(60, "PXEClient")
        result.note(try Self.answer(proxy.with(67, "http://10.77.0.2/boot.ipxe"), from: us, after: 1))
        result.note(try Self.answer(lease, from: router, after: 2))
        let report = ProbeReport([result], interface: "eth0", ours: [us], seconds: 8)
        #expect(report.json.contains("\"verdict\":\"ours\",\"code\":\"PF-P005\""))
        #expect(report.json.contains("\"contested\":true"))
    }
}
