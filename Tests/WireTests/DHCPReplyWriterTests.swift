import Support
import Testing
import Wire

@Suite("reply writer")
struct DHCPReplyWriterTests {
    private static let server = IPv4Address(192, 0, 2, 5)

    private static func full() -> DHCPReply {
        var reply = DHCPReply(
            kind: .acknowledge, transaction: 0x0102_0304,
            hardware: ClientHardware(type: 6, length: 16, high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10),
            serverIdentifier: server)
        reply.flags = 0x8000
        reply.clientAddress = IPv4Address(192, 0, 2, 77)
        reply.nextServer = IPv4Address(192, 0, 2, 6)
        reply.relayAddress = IPv4Address(198, 51, 100, 1)
        reply.bootFile = "loader.efi"
        reply.machine = MachineUUID(high: 0x1011_1213_1415_1617, low: 0x1819_1A1B_1C1D_1E1F)
        reply.vendorOptions = .direct(prompt: false)
        reply.ipxePriority = 1
        reply.relayInformation = ShortBytes([1, 2, 0xAA, 0xBB])
        reply.sizeLimit = DHCPReply.largestSizeLimit
        return reply
    }

    private static func write(_ reply: DHCPReply) -> [UInt8]? {
        var writer = ByteWriter()
        writer.append([9, 9, 9])
        guard DHCPReplyWriter.write(reply, into: &writer) else { return nil }
        return writer.bytes
    }

    @Test("every field and option stands where the client looks")
    func fields() throws {
        let bytes = try #require(Self.write(Self.full()))
        #expect(PacketRules.violations(of: bytes) == [])
        let read = try PacketContents(bytes)
        #expect(!read.isRequest)
        #expect(read.hops == 0)
        #expect(read.transaction == 0x0102_0304)
        #expect(read.flags == 0x8000)
        #expect(read.clientAddress == IPv4Address(192, 0, 2, 77))
        #expect(read.yourAddress == .any)
        #expect(read.serverAddress == IPv4Address(192, 0, 2, 6))
        #expect(read.relayAddress == IPv4Address(198, 51, 100, 1))
        #expect(read.hardware == Self.full().hardware)
        #expect(read.serverName == "192.0.2.6")
        #expect(read.file == "loader.efi")
        #expect(read.order == [53, 43, 54, 60, 97, 175, 82])
        #expect(read[53] == [5])
        #expect(read[43] == [6, 1, 8, 255])
        #expect(read[54] == [192, 0, 2, 5])
        #expect(read.text(60) == "PXEClient")
        #expect(read[97] == PacketBuilder.machine)
        #expect(read[175] == [1, 1, 1, 255])
        #expect(read[82] == [1, 2, 0xAA, 0xBB])
    }

    @Test("build, read, build again: the same octets")
    func again() throws {
        let bytes = try #require(Self.write(Self.full()))
        let read = try PacketContents(bytes)
        var copy = DHCPReply(
            kind: read.type == .offer ? .offer : .acknowledge, transaction: read.transaction, hardware: read.hardware,
            serverIdentifier: IPv4Address(192, 0, 2, 5))
        copy.flags = read.flags
        copy.clientAddress = read.clientAddress
        copy.nextServer = read.serverAddress
        copy.relayAddress = read.relayAddress
        copy.bootFile = read.file
        copy.machine = MachineUUID(high: 0x1011_1213_1415_1617, low: 0x1819_1A1B_1C1D_1E1F)
        copy.vendorOptions = read[43] == [6, 1, 8, 255] ? .direct(prompt: false) : .none
        copy.ipxePriority = read[175]?[2]
        copy.relayInformation = read[82].flatMap { ShortBytes($0) }
        copy.sizeLimit = DHCPReply.largestSizeLimit
        #expect(copy == Self.full())
        #expect(Self.write(copy) == bytes)
    }

    @Test("what is empty is not written")
    func empty() throws {
        var reply = DHCPReply(
            kind: .offer, transaction: 1, hardware: ClientHardware(MACAddress(1)), serverIdentifier: Self.server)
        reply.vendorClass = .http
        let bytes = try #require(Self.write(reply))
        let read = try PacketContents(bytes)
        #expect(read.order == [53, 54, 60])
        #expect(read.text(60) == "HTTPClient")
        #expect(read.serverName.isEmpty)
        #expect(read.file.isEmpty)
        #expect(bytes.count == 300)
    }

    @Test("C19 a file name of 127 octets keeps its NUL", arguments: [1, 126, 127])
    func longestFile(length: Int) throws {
        var reply = Self.full()
        reply.bootFile = String(repeating: "f", count: length)
        let bytes = try #require(Self.write(reply))
        #expect(PacketRules.violations(of: bytes) == [])
        #expect(try PacketContents(bytes).file.count == length)
    }

    @Test("C19 a longer one stands in 67 only, its NUL inside the length", arguments: [128, 129, 200, 253, 254])
    func longFile(length: Int) throws {
        var reply = Self.full()
        reply.bootFile = String(repeating: "f", count: length)
        let bytes = try #require(Self.write(reply))
        #expect(PacketRules.violations(of: bytes) == [])
        let read = try PacketContents(bytes)
        #expect(read.file.isEmpty)
        #expect(read[67] == [UInt8](repeating: 0x66, count: length) + [0])
    }

    @Test("C19 one of more than 254 is not written, and nothing is left in the writer", arguments: [255, 256, 5000])
    func tooLongFile(length: Int) {
        var reply = Self.full()
        reply.bootFile = String(repeating: "f", count: length)
        var writer = ByteWriter()
        #expect(!DHCPReplyWriter.write(reply, into: &writer))
        #expect(writer.count == 0)
    }

    @Test("nothing larger than the client takes is written", arguments: [547, 548, 549])
    func sizeLimit(limit: Int) throws {
        var reply = Self.full()
        reply.sizeLimit = limit
        // 240 + 53 (3) + 43 (6) + 54 (6) + 60 (11) + 97 (19) + 175 (6) + end (1) leaves 256 of 548 for option 82.
        reply.relayInformation = ShortBytes([UInt8](repeating: 7, count: 254))
        #expect((Self.write(reply) != nil) == (limit >= 548))
    }
}
