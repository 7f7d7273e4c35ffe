import Support
import Testing
import Wire

@Suite("DHCP message")
struct DHCPMessageTests {
    private static func value(_ packet: PacketBuilder, _ code: DHCPOptionCode) throws -> OptionValue {
        let bytes = packet.bytes
        return try DHCPMessage(bytes.span.bytes).value(of: code)
    }

    private static func present(_ octets: [UInt8]) -> OptionValue? {
        ShortBytes(octets).map(OptionValue.present)
    }

    @Test("every field of the header")
    func header() throws {
        let packet = PacketBuilder().changing { packet in
            packet.hops = 3
            packet.transaction = 0x0102_0304
            packet.seconds = 0x0506
            packet.flags = 0x8001
            packet.clientAddress = 0x0A00_0001
            packet.yourAddress = 0x0A00_0002
            packet.serverAddress = 0x0A00_0003
            packet.relayAddress = 0x0A00_0004
            packet.hardware = (1...16).map { UInt8($0) }
        }
        let bytes = packet.bytes
        let message = try PacketContents(bytes)
        #expect(message.isRequest)
        #expect(message.hops == 3)
        #expect(message.transaction == 0x0102_0304)
        #expect(message.flags == 0x8001)
        #expect(message.clientAddress == IPv4Address(10, 0, 0, 1))
        #expect(message.yourAddress == IPv4Address(10, 0, 0, 2))
        #expect(message.serverAddress == IPv4Address(10, 0, 0, 3))
        #expect(message.relayAddress == IPv4Address(10, 0, 0, 4))
        #expect(message.hardware.high == 0x0102_0304_0506_0708)
        #expect(message.hardware.low == 0x090A_0B0C_0D0E_0F10)
        #expect(message.type == nil)
        let (seconds, wantsBroadcast) = try Self.secondsAndBroadcast(bytes)
        #expect(seconds == 0x0506)
        #expect(wantsBroadcast)
    }

    private static func secondsAndBroadcast(_ bytes: [UInt8]) throws -> (UInt16, Bool) {
        let message = try DHCPMessage(bytes.span.bytes)
        return (message.seconds, message.wantsBroadcast)
    }

    @Test("any prefix of a message reads or fails, and fails below the cookie's end")
    func prefixes() {
        let bytes = PacketBuilder.discoverIPXE.bytes
        for count in 0...bytes.count {
            let prefix = Array(bytes[..<count])
            let type = try? DHCPMessage(prefix.span.bytes).type
            #expect((type != nil) == (count >= 243), "\(count) octets")
        }
    }

    @Test(
        "what is no DHCP message",
        arguments: [
            { $0.operation = 0 }, { $0.operation = 3 }, { $0.hardwareLength = 17 }, { $0.hardwareLength = 255 },
            { $0.cookie = 0 }, { $0.cookie = 0x6382_5364 }, { $0.cookie = 0x5363_6382 },
        ] as [@Sendable (inout PacketBuilder) -> Void])
    func refused(change: @Sendable (inout PacketBuilder) -> Void) {
        let bytes = PacketBuilder.discover.changing(change).bytes
        #expect(throws: DecodeError.self) { try PacketContents(bytes) }
    }

    @Test("message types", arguments: 0...12 as ClosedRange<UInt8>)
    func types(number: UInt8) throws {
        let bytes = PacketBuilder().with(53, [number]).bytes
        #expect(try PacketContents(bytes).type == DHCPMessageType(rawValue: number))
    }

    @Test("RFC 3396: pieces are joined in order of appearance")
    func joined() throws {
        let packet = PacketBuilder().adding(60, [1, 2]).adding(53, [1]).adding(60, []).adding(60, [3])
        #expect(try Self.value(packet, .vendorClass) == Self.present([1, 2, 3]))
    }

    @Test("RFC 3396 §5: options, then file, then sname")
    func joinedAcrossFields() throws {
        let packet = PacketBuilder().adding(60, [1]).adding(52, [3]).changing { packet in
            packet.file = [60, 1, 2, 255]
            packet.serverName = [0, 60, 1, 3, 255]
        }
        #expect(try Self.value(packet, .vendorClass) == Self.present([1, 2, 3]))
    }

    @Test(
        "option 52 opens file (1), sname (2), both (3), and nothing else does",
        arguments: [
            ([1], [1, 2]), ([2], [1, 3]), ([3], [1, 2, 3]), ([0], [1]), ([4], [1]), ([255], [1]), ([], [1]),
            ([1, 2], [1]),
        ] as [([UInt8], [UInt8])])
    func overload(value: [UInt8], expected: [UInt8]) throws {
        let packet = PacketBuilder().adding(60, [1]).adding(52, value).changing { packet in
            packet.file = [60, 1, 2, 255]
            packet.serverName = [60, 1, 3, 255]
        }
        #expect(try Self.value(packet, .vendorClass) == Self.present(expected))
    }

    @Test("option 52 inside an overloaded field opens nothing")
    func overloadInside() throws {
        let packet = PacketBuilder().adding(52, [1]).changing { packet in
            packet.file = [52, 1, 3, 255]
            packet.serverName = [60, 1, 3, 255]
        }
        #expect(try Self.value(packet, .vendorClass) == .absent)
    }

    @Test("an overloaded field without end mark ends with the field")
    func overloadUnended() throws {
        let packet = PacketBuilder().adding(52, [2]).changing { packet in
            packet.serverName = [60, 62] + [UInt8](repeating: 7, count: 62)
            packet.file = [60, 1, 9]
        }
        #expect(try Self.value(packet, .vendorClass) == Self.present([UInt8](repeating: 7, count: 62)))
        let over = packet.changing { $0.serverName[1] = 63 }
        #expect(try Self.value(over, .vendorClass) == .absent)
    }

    @Test(
        "more than 255 octets joined are refused, exactly 255 are not",
        arguments: [(255, 0), (200, 55), (200, 56), (255, 1)])
    func joinedLimit(first: Int, second: Int) throws {
        let packet = PacketBuilder().adding(43, [UInt8](repeating: 1, count: first))
            .adding(43, [UInt8](repeating: 2, count: second)).adding(43, [])
        let value = try Self.value(packet, .vendorSpecific)
        if first + second <= 255 {
            #expect(value.bytes.count == first + second)
        } else {
            #expect(value == .malformed)
            #expect(value.bytes.isEmpty)
        }
    }

    @Test(
        "a fixed-length option said twice counts once",
        arguments: [
            ([[10, 0, 0, 1]], 0x0A00_0001), ([[10, 0, 0, 1], [10, 0, 0, 2]], 0x0A00_0001),
            ([[10, 0], [0, 1]], 0x0A00_0001),
            ([[10, 0, 0]], nil), ([[10, 0, 0, 1, 2]], nil), ([[10, 0, 0], [10, 0, 0, 1]], nil), ([], nil),
        ] as [([[UInt8]], UInt32?)])
    func fixedLength(pieces: [[UInt8]], expected: UInt32?) throws {
        let bytes = pieces.reduce(PacketBuilder()) { $0.adding(54, $1) }.bytes
        let address = try DHCPMessage(bytes.span.bytes).address(of: .serverIdentifier)
        #expect(address?.value == expected)
    }

    @Test("every packet of every capture reads, checksums and all", arguments: PcapFile.fixtures)
    func captures(name: String) throws {
        let capture = try PcapFile(fixture: name)
        #expect(capture.frames.count >= 5)
        for frame in capture.frames {
            let packet = frame.packet
            let datagram = try UDPPacket(ipv4: packet.span.bytes, checksumReady: true)
            let contents = try PacketContents(datagram.payload.array)
            let isFromServer = ["10.77.0.1", "10.77.0.2"].contains(datagram.source.address.description)
            #expect(contents.isRequest != isFromServer)
            #expect(contents.order.first == 53)
            #expect(contents.type != nil)
            #expect(contents.hardware.mac.map { $0.value >> 8 } == 0x52_5400_C11E)
            #expect(contents[54] == nil || contents[54]?.starts(with: [10, 77, 0]) == true)
        }
    }

    @Test("a file that is no capture is refused")
    func noCapture() {
        #expect(throws: PcapFile.Problem.unknownFormat) { try PcapFile([UInt8](repeating: 0, count: 64)) }
        #expect(throws: PcapFile.Problem.self) { try PcapFile(fixture: "no-such-capture") }
    }
}
