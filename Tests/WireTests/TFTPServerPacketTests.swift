import Testing
import Wire

@Suite("what a TFTP client hears and asks")
struct TFTPServerPacketTests {
    private static func packet(_ octets: [UInt8]) -> TFTPServerPacket {
        TFTPServerPacket(octets.span.bytes)
    }

    private static func number(_ octets: [UInt8]) -> BlockNumber? {
        TFTPServerPacket.blockNumber(octets.span.bytes)
    }

    private static func octets(_ opcode: UInt8, _ text: String) -> [UInt8] {
        [0, opcode] + text.utf8
    }

    @Test("a block's number")
    func blockNumber() {
        #expect(Self.number([0, 3, 1, 2]) == BlockNumber(258))
        #expect(Self.number([0, 3, 255, 255, 9]) == BlockNumber(65_535))
        for other: [UInt8] in [[], [0, 3, 1], [0, 4, 0, 1], [1, 3, 0, 1], [0, 6, 0, 1]] {
            #expect(Self.number(other) == nil)
        }
    }

    @Test(
        "an OACK, and whether there is anything odd in it",
        arguments: [
            ("blksize\u{0}1468\u{0}", TransferOptions(blockSize: 1_468), false),
            ("WindowSize\u{0}16\u{0}tsize\u{0}0\u{0}", TransferOptions(transferSize: 0, windowSize: 16), false),
            ("", TransferOptions(), false), ("blksize\u{0}x\u{0}", TransferOptions(), true),
            ("multicast\u{0}1\u{0}blksize\u{0}9\u{0}", TransferOptions(blockSize: 9), true),
            ("blksize\u{0}512\u{0}blksize\u{0}512\u{0}", TransferOptions(blockSize: 512), true),
        ])
    func optionAcknowledge(text: String, options: TransferOptions, isOdd: Bool) {
        #expect(Self.packet(Self.octets(6, text)) == .optionAcknowledge(options, isOdd: isOdd))
    }

    @Test("errors, and what no server sends")
    func others() {
        #expect(Self.packet([0, 5, 0, 1, 0]) == .error(code: 1))
        for octets: [UInt8] in [[], [0], [0, 5, 0], [0, 1, 0, 0], [0, 4, 0, 1], [0, 9, 0, 0]] {
            #expect(Self.packet(octets) == .other)
        }
    }

    @Test("our request is what our server reads")
    func request() throws {
        let options = TransferOptions(blockSize: 1_468, transferSize: 0, timeout: 3, windowSize: 16)
        var writer = ByteWriter()
        TFTPRequestWriter.read(name: Array("a/b".utf8), options: options, into: &writer)
        let request = try ReadRequest(writer.bytes.span.bytes)
        #expect(request.name == Array("a/b".utf8))
        #expect(request.options == options)
        writer.clear()
        TFTPRequestWriter.read(name: Array("x".utf8), options: TransferOptions(), into: &writer)
        #expect(writer.bytes == [0, 1, 0x78, 0] + Array("octet".utf8) + [0])
    }
}
