import Support
import Testing
import Wire

/// What is written reads as it was written.
@Suite("pcapng that we write")
struct PcapngWriterTests {
    private static let wan = CaptureInterface(name: "eth0", address: IPv4Address(10, 77, 0, 2))
    private static let bare = CaptureInterface(name: "", address: nil)

    @Test("packets, times, interfaces and the file's comment come back")
    func roundTrip() throws {
        var writer = PcapngWriter(application: "pilotfish", comment: "kept")
        let first = writer.add(Self.wan, link: .cooked)
        let second = writer.add(Self.bare, link: .rawIP)
        let time = Instant(nanoseconds: 1_700_000_000_123_456_789)
        writer.add([0x45, 1, 2], carried: 3, time: time, interface: second, isOutgoing: false)
        writer.add([9], carried: 40, time: time, interface: first, isOutgoing: true, comments: ["ö", "two"])
        writer.add([], carried: 0, time: Instant(nanoseconds: -5), interface: first, isOutgoing: true)
        let file = try CaptureFile(writer.bytes)
        #expect(file.damage == nil)
        #expect(file.comments == ["kept"])
        #expect(file.interfaces == [Self.wan, Self.bare])
        #expect(file.packets.map(\.octets) == [[0x45, 1, 2], [9], []])
        #expect(file.packets.map(\.time) == [time, time, Instant(nanoseconds: 0)])
        #expect(file.packets.map(\.interface) == [1, 0, 0])
        #expect(file.packets.map(\.isCut) == [false, true, false])
        #expect(file.packets[0].link == .rawIP)
    }

    @Test("texts of any length", arguments: [0, 1, 2, 3, 4, 5, 40_000])
    func texts(length: Int) throws {
        var writer = PcapngWriter(application: "", comment: String(repeating: "x", count: length))
        let number = writer.add(Self.wan, link: .cooked)
        let text = String(repeating: "ä", count: length)
        writer.add(
            [1], carried: 1, time: Instant(nanoseconds: 1), interface: number, isOutgoing: true, comments: [text])
        writer.add([2], carried: 1, time: Instant(nanoseconds: 2), interface: number, isOutgoing: true)
        let file = try CaptureFile(writer.bytes)
        #expect(file.damage == nil)
        #expect(file.packets.map(\.octets) == [[1], [2]])
        #expect(file.comments.first?.count ?? 0 == min(length, 32_000))
    }

    @Test(
        "a datagram in made-up headers is one that the packet socket's reader takes", arguments: [0, 1, 2, 300, 1472])
    func datagram(size: Int) throws {
        let source = Endpoint(address: IPv4Address(10, 77, 0, 2), port: 4011)
        let destination = Endpoint(address: IPv4Address(10, 77, 0, 9), port: 68)
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var writer = ByteWriter()
        CookedHeader.write(
            isOutgoing: true, isBroadcast: false, hardware: MACAddress(0x5254_0012_3456), family: .ipv4, into: &writer)
        DatagramFrame.write(
            from: IPEndpoint(source), to: IPEndpoint(destination), payload: payload, carried: size, into: &writer)
        let packet = CapturedPacket(
            number: 0, time: Instant(nanoseconds: 0), link: .cooked, octets: writer.bytes)
        #expect(packet.isOutgoing)
        let inner = try #require(packet.ipv4)
        let read = try UDPPacket(ipv4: inner.span.bytes, checksumReady: true)
        #expect(read.source == source)
        #expect(read.destination == destination)
        #expect(read.payload.byteCount == size)
    }

    @Test("an IPv6 datagram has its checksum over both addresses (RFC 8200 §8.1)")
    func ipv6() throws {
        let source = IPEndpoint(address: try #require(IPAddress("fd00::2")), port: 69)
        let destination = IPEndpoint(address: try #require(IPAddress("fd00::9")), port: 2070)
        var writer = ByteWriter()
        DatagramFrame.write(from: source, to: destination, payload: [1, 2, 3], carried: 3, into: &writer)
        let bytes = writer.bytes
        #expect(bytes.count == 51)
        #expect(Array(bytes[0..<8]) == [0x60, 0, 0, 0, 0, 11, 17, 64])
        // The pseudo header and the datagram add up to all ones.
        var octets = Array(bytes[8..<40]) + [0, 0, 0, 11, 0, 0, 0, 17] + bytes[40...]
        octets.append(0)
        var sum: UInt64 = 0
        for place in stride(from: 0, to: octets.count, by: 2) {
            sum += UInt64(octets[place]) << 8 | UInt64(octets[place + 1])
        }
        while sum >> 16 != 0 { sum = (sum & 0xFFFF) + (sum >> 16) }
        #expect(sum == 0xFFFF)
    }

    @Test("of a datagram that was cut, the headers tell the whole length and no checksum")
    func cut() {
        let endpoint = IPEndpoint(address: IPAddress(IPv4Address(10, 0, 0, 1)), port: 69)
        var writer = ByteWriter()
        DatagramFrame.write(from: endpoint, to: endpoint, payload: [0, 3, 0, 1], carried: 516, into: &writer)
        #expect(writer.bytes.count == 32)
        #expect(Array(writer.bytes[2..<4]) == PacketBuilder.octets(UInt16(544)))
        #expect(Array(writer.bytes[24..<28]) == PacketBuilder.octets(UInt16(524)) + [0, 0])
    }

    @Test(
        "octets as letters (RFC 4648 §10)",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(octets: String, letters: String) {
        #expect(Base64.encode(Array(octets.utf8)) == letters)
        #expect(Base64.decode(letters.utf8) == Array(octets.utf8))
    }
}
