import Support
import Testing
import Wire

@Suite("UDP inside IPv4")
struct FrameTests {
    private static let source = Endpoint(address: IPv4Address(192, 0, 2, 5), port: 67)
    private static let destination = Endpoint(address: .broadcast, port: 68)

    private static func packet(_ payload: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        UDPPacket.write(from: source, to: destination, payload: payload, identification: 0x1234, into: &writer)
        return writer.bytes
    }

    /// A whole packet with `octets` changed and, if asked, the header's checksum made right again.
    private static func damaged(_ changes: [Int: UInt8], repaired: Bool = true) -> [UInt8] {
        var packet = packet([1, 2, 3, 4])
        for (offset, octet) in changes { packet[offset] = octet }
        guard repaired else { return packet }
        packet[10] = 0
        packet[11] = 0
        var sum = InternetChecksum()
        sum.add(packet.span.bytes.extracting(0..<min(packet.count, Int(packet[0] & 15) * 4)))
        packet[10] = UInt8(sum.value >> 8)
        packet[11] = UInt8(sum.value & 255)
        return packet
    }

    private static func reads(_ packet: [UInt8], checksumReady: Bool = true) -> Bool {
        (try? UDPPacket(ipv4: packet.span.bytes, checksumReady: checksumReady).payload.byteCount) != nil
    }

    @Test("C23 C24 what is written reads back: DF clear, both checksums right", arguments: [0, 1, 2, 300, 547, 1472])
    func roundTrip(length: Int) throws {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let bytes = Self.packet(payload)
        #expect(bytes.count == 28 + length)
        #expect(bytes[6] & 0x40 == 0)
        let packet = try UDPPacket(ipv4: bytes.span.bytes, checksumReady: true)
        let (from, to, read) = (packet.source, packet.destination, packet.payload.array)
        #expect(from == Self.source)
        #expect(to == Self.destination)
        #expect(read == payload)
    }

    private static func payload(_ packet: [UInt8]) throws -> [UInt8] {
        try UDPPacket(ipv4: packet.span.bytes, checksumReady: true).payload.array
    }

    @Test("octets behind the packet are link padding")
    func padding() throws {
        let bytes = Self.packet([1, 2, 3]) + [UInt8](repeating: 0xEE, count: 18)
        #expect(try Self.payload(bytes) == [1, 2, 3])
    }

    @Test("a packet behind others in the writer is whole")
    func secondInWriter() {
        var writer = ByteWriter()
        writer.append([9, 9, 9])
        UDPPacket.write(from: Self.source, to: Self.destination, payload: [1], identification: 0x1234, into: &writer)
        #expect(Array(writer.bytes.dropFirst(3)) == Self.packet([1]))
    }

    @Test("every cut is seen")
    func truncated() {
        let bytes = Self.packet([1, 2, 3, 4])
        for count in 0..<bytes.count {
            #expect(!Self.reads(Array(bytes[..<count])), "\(count) octets")
        }
    }

    /// What stands where in the header, and what is wrong with it.
    static let damages: [(String, [Int: UInt8])] = [
        ("version 6", [0: 0x65]),
        ("header of 16 octets", [0: 0x44]),
        ("header longer than the packet", [0: 0x4F]),
        ("total length below the header", [2: 0, 3: 19]),
        ("total length beyond the packet", [2: 0, 3: 200]),
        ("total length without UDP header", [2: 0, 3: 24]),
        ("TCP", [9: 6]),
        ("C121 more fragments", [6: 0x20]),
        ("C121 second fragment", [7: 1]),
        ("C121 last fragment far away", [6: 0x1F, 7: 0xFF]),
        ("UDP length 0", [24: 0, 25: 0]),
        ("UDP length 7", [24: 0, 25: 7]),
        ("UDP length beyond the packet", [24: 0, 25: 13]),
    ]

    @Test("a damaged header is no packet", arguments: damages)
    func damage(name: String, changes: [Int: UInt8]) {
        #expect(!Self.reads(Self.damaged(changes), checksumReady: false))
    }

    @Test("reserved and DF bits do not matter", arguments: [0x40, 0x80, 0xC0] as [UInt8])
    func harmlessFlags(octet: UInt8) {
        #expect(Self.reads(Self.damaged([6: octet])))
    }

    @Test("a wrong header checksum is no packet, even when the UDP checksum is not ready")
    func headerChecksum() {
        #expect(!Self.reads(Self.damaged([8: 63], repaired: false), checksumReady: false))
        #expect(Self.reads(Self.damaged([8: 63])))
    }

    @Test("header options are stepped over")
    func headerOptions() throws {
        var bytes = Self.packet([1, 2, 3, 4])
        bytes.insert(contentsOf: [1, 1, 1, 0], at: 20)
        bytes[0] = 0x46
        bytes[3] += 4
        bytes[10] = 0
        bytes[11] = 0
        var sum = InternetChecksum()
        sum.add(bytes.span.bytes.extracting(0..<24))
        bytes[10] = UInt8(sum.value >> 8)
        bytes[11] = UInt8(sum.value & 255)
        #expect(try Self.payload(bytes) == [1, 2, 3, 4])
    }

    @Test("C119 UDP checksum 0 means that the sender made none")
    func noChecksum() {
        #expect(Self.reads(Self.damaged([26: 0, 27: 0])))
    }

    @Test("C120 a wrong UDP checksum is no packet, unless hardware was to fill it in")
    func wrongChecksum() {
        let bytes = Self.damaged([28: 0x55])
        #expect(!Self.reads(bytes))
        #expect(Self.reads(bytes, checksumReady: false))
    }

    @Test("RFC 768: a checksum that comes out as zero is sent as all ones")
    func zeroChecksum() throws {
        let plain = Self.packet([0, 0])
        let checksum = [plain[26], plain[27]]
        // Adding the checksum to the payload makes the sum all ones, and its complement zero.
        let bytes = Self.packet(checksum)
        #expect(Array(bytes[26..<28]) == [0xFF, 0xFF])
        #expect(Self.reads(bytes))
    }
}
