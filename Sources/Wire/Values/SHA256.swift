/// SHA-256 (FIPS 180-4 §6.2); never on a packet's road of the service.
package struct SHA256: Sendable {
    /// FIPS 180-4 §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: InlineArray<64, UInt32> = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]

    /// FIPS 180-4 §5.3.3.
    private var state: InlineArray<8, UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    /// The schedule of the block under way; its first 16 words are the message.
    private var schedule = InlineArray<64, UInt32>(repeating: 0)
    private var filled = 0
    private var length: UInt64 = 0

    package init() {}

    /// Adds octets to the message.
    package mutating func update(_ octets: RawSpan) {
        length &+= UInt64(octets.byteCount)
        var offset = 0
        while offset < octets.byteCount, filled > 0 {
            append(octets.octet(at: offset))
            offset += 1
        }
        let whole = (octets.byteCount - offset) / 64 * 64
        compressBlocks(octets.extracting(offset..<offset + whole))
        for rest in offset + whole..<octets.byteCount { append(octets.octet(at: rest)) }
    }

    /// Whole blocks go word by word, which is several times as fast.
    private mutating func compressBlocks(_ octets: RawSpan) {
        var reader = ByteReader(octets)
        while reader.remaining > 0 {
            for index in 0..<16 { schedule[index] = (try? reader.u32()) ?? 0 }
            compress()
        }
    }

    /// The digest of all that was added, as hexadecimal digits; the message may go on afterwards.
    package var digest: String {
        var copy = self
        copy.append(0x80)
        while copy.filled != 56 { copy.append(0) }
        let bits = length &* 8
        for shift: UInt64 in [56, 48, 40, 32, 24, 16, 8, 0] { copy.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        var text = ""
        for index in 0..<8 {
            let digits = String(copy.state[index], radix: 16)
            text += String(repeating: "0", count: 8 - digits.count) + digits
        }
        return text
    }

    private mutating func append(_ octet: UInt8) {
        let index = filled >> 2
        schedule[index] = schedule[index] << 8 | UInt32(octet)
        filled += 1
        if filled == 64 {
            compress()
            filled = 0
        }
    }

    private mutating func compress() {
        for index in 16..<64 {
            let first = schedule[index - 15]
            let second = schedule[index - 2]
            let low = Self.rotate(first, 7) ^ Self.rotate(first, 18) ^ first >> 3
            let high = Self.rotate(second, 17) ^ Self.rotate(second, 19) ^ second >> 10
            schedule[index] = schedule[index - 16] &+ low &+ schedule[index - 7] &+ high
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let high = Self.rotate(e, 6) ^ Self.rotate(e, 11) ^ Self.rotate(e, 25)
            let first = h &+ high &+ (e & f ^ ~e & g) &+ Self.constants[index] &+ schedule[index]
            let low = Self.rotate(a, 2) ^ Self.rotate(a, 13) ^ Self.rotate(a, 22)
            let second = low &+ (a & b ^ a & c ^ b & c)
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ second)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
    }

    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value >> count | value << (32 - count)
    }
}
