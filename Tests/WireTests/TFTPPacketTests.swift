import Support
import Testing
import Wire

private func packet(_ octets: [UInt8]) -> TFTPClientPacket {
    TFTPClientPacket(octets.span.bytes)
}

@Suite struct TFTPPacketTests {
    @Test("T62 acknowledgements of four octets and more") func acknowledgements() {
        #expect(packet([0, 4, 0x12, 0x34]) == .acknowledge(BlockNumber(0x1234)))
        #expect(packet([0, 4, 0, 0, 4]) == .acknowledge(BlockNumber(0)))
        #expect(packet([0, 4, 0xFF, 0xFF] + [UInt8](repeating: 9, count: 16)) == .acknowledge(BlockNumber(0xFFFF)))
    }

    @Test("T117, T118, T119, T120 what else comes to a transfer's port is told apart") func others() {
        #expect(packet([0, 5, 0, 8]) == .error(code: 8))
        #expect(packet([0, 5, 0x12, 0x34, 0x41]) == .error(code: 0x1234))
        #expect(packet([0, 3, 0, 1]) == .other(opcode: 3))
        #expect(packet([1, 4, 0, 1]) == .other(opcode: 0x104))
        #expect(packet([0, 1]) == .readRequest)
        for short: [UInt8] in [[], [0], [0, 4], [0, 4, 1], [0, 5], [0, 5, 0]] {
            #expect(packet(short) == .malformed)
        }
    }

    @Test("R85, T129 an ERROR's text is made harmless") func errorText() {
        func text(_ octets: [UInt8]) -> String { TFTPClientPacket.errorText(([0, 5, 0, 0] + octets).span.bytes) }
        #expect(text(Array("User aborted the transfer\u{0}rest".utf8)) == "User aborted the transfer")
        #expect(text([0x41, 0x1B, 0x5B, 0xC3, 0xA4, 0x0A]) == "A?[???")
        #expect(text([UInt8](repeating: 0x61, count: 500)).count == 64)
        #expect(text([]).isEmpty)
        #expect(TFTPClientPacket.errorText([UInt8]().span.bytes).isEmpty)
    }

    @Test("T67, T79 numbers wrap to 0 and compare by distance") func wrap() {
        #expect(BlockNumber(absolute: 65_535, rollover: .toZero).rawValue == 65_535)
        #expect(BlockNumber(absolute: 65_536, rollover: .toZero).rawValue == 0)
        #expect(BlockNumber(absolute: 131_073, rollover: .toZero).rawValue == 1)
        #expect(BlockNumber(2).distance(after: 65_534, rollover: .toZero) == 4)
        #expect(BlockNumber(7).distance(after: 65_536 * 3 + 7, rollover: .toZero) == 0)
        #expect(BlockNumber(6).distance(after: 7, rollover: .toZero) == 65_535)
    }

    @Test("T69 numbers that wrap to 1: 0 is the OACK's, and no block's") func wrapToOne() {
        func number(_ block: Int64) -> UInt16 { BlockNumber(absolute: block, rollover: .toOne).rawValue }
        #expect([0, 1, 65_535, 65_536, 65_537].map(number) == [0, 1, 65_535, 1, 2])
        #expect([131_070, 131_071, 65_535 * 9].map(number) == [65_535, 1, 65_535])
        func distance(_ number: UInt16, _ block: Int64) -> Int64 {
            BlockNumber(number).distance(after: block, rollover: .toOne)
        }
        #expect(distance(0, 0) == 0)
        #expect(distance(1, 0) == 1)
        #expect(distance(65_535, 0) == 65_535)
        #expect(distance(0, 1) == 65_535)
        #expect(distance(0, 65_535) == 65_535)
        #expect(distance(1, 65_535) == 1)
        #expect(distance(65_535, 65_535) == 0)
        #expect(distance(3, 65_530) == 8)
        #expect(distance(1, 65_536) == 0)
        #expect(distance(65_535, 65_536) == 65_534)
    }

    @Test(
        "T67, T69, T79 a number leads back to its block, wherever the window stands",
        arguments: [Rollover.toZero, .toOne])
    func numbersLeadBack(_ rollover: Rollover) {
        for base: Int64 in [0, 1, 2, 32_767, 65_533, 65_534, 65_535, 65_536, 131_069, 131_071, 1 << 33] {
            for ahead: Int64 in [0, 1, 2, 3, 64, 256, 65_533] {
                let number = BlockNumber(absolute: base + ahead, rollover: rollover)
                #expect(number.distance(after: base, rollover: rollover) == ahead, "\(base) + \(ahead)")
            }
        }
    }

    @Test("T12, T23, T24 the OACK's octets") func optionAck() {
        var writer = ByteWriter()
        TFTPReplyWriter.optionAcknowledge(
            TransferOptions(blockSize: 1468, transferSize: 4_294_967_297, timeout: 5, windowSize: 4, rollover: .toOne),
            into: &writer)
        let text =
            "blksize\u{0}1468\u{0}tsize\u{0}4294967297\u{0}timeout\u{0}5\u{0}windowsize\u{0}4\u{0}rollover\u{0}1\u{0}"
        #expect(writer.bytes == [0, 6] + Array(text.utf8))
        writer.clear()
        TFTPReplyWriter.optionAcknowledge(TransferOptions(transferSize: 0), into: &writer)
        #expect(writer.bytes == [0, 6] + Array("tsize\u{0}0\u{0}".utf8))
    }

    @Test("R85 the ERROR's octets") func error() {
        var writer = ByteWriter()
        TFTPReplyWriter.error(.fileNotFound, text: "File not found", into: &writer)
        #expect(writer.bytes == [0, 5, 0, 1] + Array("File not found\u{0}".utf8))
        writer.clear()
        TFTPReplyWriter.error(.undefined, text: "a\nb\u{0}c" + String(repeating: "d", count: 200), into: &writer)
        #expect(writer.count == 4 + TFTPReplyWriter.longestText + 1)
        #expect(writer.bytes[4..<9] == [0x61, 0x3F, 0x62, 0x3F, 0x63])
        #expect(writer.bytes.dropFirst(4).firstIndex(of: 0) == writer.count - 1)
    }

    @Test("T128 random octets never do harm") func fuzz() {
        var random = SeededRandom(seed: 128)
        let seeds: [[UInt8]] = [
            [0, 1] + Array("grubx64.efi\u{0}octet\u{0}tsize\u{0}0\u{0}blksize\u{0}1468\u{0}windowsize\u{0}4\u{0}".utf8),
            [0, 4, 0, 0], [0, 5, 0, 8] + Array("User aborted\u{0}".utf8),
        ]
        var requests = 0
        for round in 0..<20_000 {
            var octets = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                octets[Int.random(in: 0..<octets.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            octets.removeLast(Int.random(in: 0...octets.count, using: &random) * (round & 1))
            if let parsed = try? ReadRequest(octets.span.bytes) {
                requests += 1
                #expect(parsed.options.blockSize.map { 8...65_464 ~= $0 } ?? true)
                #expect(parsed.options.windowSize.map { 1...65_535 ~= $0 } ?? true)
                #expect(parsed.name.count < octets.count && !parsed.name.contains(0))
            }
            if case .malformed = packet(octets) { #expect(octets.count < 4) }
            #expect(TFTPClientPacket.errorText(octets.span.bytes).utf8.count <= 64)
        }
        #expect(requests > 1000)
    }
}
