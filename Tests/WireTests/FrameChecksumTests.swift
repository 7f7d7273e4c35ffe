import Testing
import Wire

@Suite("Internet checksum")
struct FrameChecksumTests {
    private func checksum(_ pieces: [UInt8]...) -> UInt16 {
        var sum = InternetChecksum()
        for piece in pieces { sum.add(piece.span.bytes) }
        return sum.value
    }

    @Test("the example of RFC 1071 §3: 0001 f203 f4f5 f6f7 sum to ddf2")
    func example() {
        #expect(checksum([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]) == ~0xDDF2)
    }

    @Test(
        "odd lengths are padded with zero, nothing sums to ones, carries wrap round",
        arguments: [
            ([], 0xFFFF), ([0], 0xFFFF), ([0x12], ~0x1200), ([0x12, 0x34, 0x56], ~0x6834),
            ([0xFF, 0xFF], 0), ([0xFF, 0xFF, 0, 1], ~1), ([0xFF, 0xFF, 0xFF, 0xFF, 0, 1], ~1),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF], ~0xFF00),
        ] as [([UInt8], UInt16)])
    func values(octets: [UInt8], expected: UInt16) {
        #expect(checksum(octets) == expected)
    }

    @Test("pieces and numbers count like one run of octets")
    func pieces() {
        let whole: [UInt8] = [0xC0, 0x00, 0x02, 0x05, 0xFF, 0xFE, 0x12]
        var sum = InternetChecksum()
        sum.add(u32: 0xC000_0205)
        sum.add(u16: 0xFFFE)
        sum.add([0x12].span.bytes)
        #expect(sum.value == checksum(whole))
        #expect(checksum(Array(whole[..<4]), Array(whole[4...])) == checksum(whole))
    }

    @Test("what holds its own right checksum sums to zero, and no single changed bit goes unseen")
    func verifies() {
        // The header of a well-known example: 45 00 00 73 … with checksum b861.
        let header: [UInt8] = [
            0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0xB8, 0x61, 0xC0, 0xA8, 0, 1, 0xC0, 0xA8, 0, 0xC7,
        ]
        #expect(checksum(header) == 0)
        for bit in 0..<header.count * 8 {
            var damaged = header
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(checksum(damaged) != 0, "bit \(bit)")
        }
    }
}
