import Testing
import Wire

@Suite("the packet that wakes a card")
struct MagicPacketTests {
    @Test(
        "six octets of ones, and the card's address sixteen times",
        arguments: [
            ("52:54:00:12:34:56", [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]),
            ("00:00:00:00:00:01", [0, 0, 0, 0, 0, 1]),
            ("FE-DC-BA-98-76-54", [0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54]),
        ] as [(String, [UInt8])])
    func octets(card: String, address: [UInt8]) throws {
        let payload = MagicPacket.payload(waking: try #require(MACAddress(card)))
        #expect(payload.count == 102)
        #expect(Array(payload.prefix(6)) == [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        for place in 0..<16 { #expect(Array(payload[(6 + place * 6)..<(12 + place * 6)]) == address) }
        #expect(MagicPacket.etherType == 0x0842)
    }
}
