import Support
import Testing
import Wire

/// Capture files of every kind, made octet by octet, and damaged.
@Suite("capture files")
struct CaptureFileTests {
    private static let packet: [UInt8] = [0x45, 0, 0, 4]

    private static func number32(_ value: UInt32, _ isBig: Bool) -> [UInt8] {
        let big = PacketBuilder.octets(value)
        return isBig ? big : big.reversed()
    }

    private static func number16(_ value: UInt16, _ isBig: Bool) -> [UInt8] {
        let big = PacketBuilder.octets(value)
        return isBig ? big : big.reversed()
    }

    private static func classic(
        magic: UInt32 = 0xA1B2_C3D4, big: Bool = false, link: UInt32 = 101, packets: [[UInt8]], fraction: UInt32 = 7
    ) -> [UInt8] {
        var file = number32(magic, big) + number16(2, big) + number16(4, big)
        file += [UInt8](repeating: 0, count: 8) + number32(65_535, big) + number32(link, big)
        for packet in packets {
            file += number32(3, big) + number32(fraction, big)
            file += number32(UInt32(packet.count), big) + number32(UInt32(packet.count), big) + packet
        }
        return file
    }

    private static func block(_ type: UInt32, _ body: [UInt8], _ big: Bool) -> [UInt8] {
        let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        let length = number32(UInt32(padded.count + 12), big)
        return number32(type, big) + length + padded + length
    }

    private static func pcapng(big: Bool, resolution: UInt8? = nil, ticks: UInt64 = 3_000_007) -> [UInt8] {
        let section =
            number32(0x1A2B_3C4D, big) + number16(1, big) + number16(0, big) + [UInt8](repeating: 0xFF, count: 8)
        var interface = number16(101, big) + number16(0, big) + number32(0, big)
        if let resolution { interface += number16(9, big) + number16(1, big) + [resolution, 0, 0, 0] }
        let length = number32(4, big)
        var enhanced = number32(0, big) + number32(UInt32(ticks >> 32), big)
        enhanced += number32(UInt32(truncatingIfNeeded: ticks), big) + length + length + packet
        // A block of names, which is stepped over.
        return block(0x0A0D_0D0A, section, big) + block(1, interface, big) + block(4, [1, 2, 3], big)
            + block(6, enhanced, big) + block(3, length + packet, big)
    }

    @Test("classic, in both byte orders, with micro- and nanoseconds", arguments: [false, true], [false, true])
    func classicForms(isBig: Bool, hasNanoseconds: Bool) throws {
        let magic: UInt32 = hasNanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4
        let file = try CaptureFile(Self.classic(magic: magic, big: isBig, packets: [Self.packet, Self.packet]))
        #expect(file.damage == nil)
        #expect(file.packets.map(\.number) == [0, 1])
        #expect(file.packets[1].time == Instant(nanoseconds: 3_000_000_000 + (hasNanoseconds ? 7 : 7000)))
        #expect(file.packets[1].ipv4 == Self.packet)
        #expect(!file.packets[1].isCut)
    }

    @Test("pcapng, in both byte orders", arguments: [false, true])
    func pcapng(isBig: Bool) throws {
        let file = try CaptureFile(Self.pcapng(big: isBig))
        #expect(file.damage == nil)
        #expect(file.packets.count == 2)
        #expect(file.packets[0].time == Instant(nanoseconds: 3_000_007_000))
        #expect(file.packets.allSatisfy { $0.ipv4 == Self.packet })
    }

    @Test(
        "units of time in pcapng",
        arguments: [
            (9, 3_000_000_007, 3_000_000_007), (6, 3, 3000), (0, 2, 2_000_000_000), (12, 5_000_999, 5000),
            (0x80, 2, 2_000_000_000), (0x8A, 1536, 1_500_000_000), (0xBF, 1 << 62, 500_000_000), (19, 1 << 40, 109),
            (0, .max, .max), (0x80, .max, .max),
        ] as [(UInt8, UInt64, Int64)])
    func units(resolution: UInt8, ticks: UInt64, nanoseconds: Int64) throws {
        let file = try CaptureFile(Self.pcapng(big: false, resolution: resolution, ticks: ticks))
        #expect(file.packets[0].time == Instant(nanoseconds: nanoseconds))
    }

    @Test("pcapng sections of different byte orders, one after the other")
    func sections() throws {
        let file = try CaptureFile(Self.pcapng(big: true) + Self.pcapng(big: false) + Self.pcapng(big: true))
        #expect(file.damage == nil)
        #expect(file.packets.map(\.number) == Array(0..<6))
    }

    @Test(
        "the IPv4 packet behind each link header",
        arguments: [
            (1, [UInt8](repeating: 2, count: 12) + [8, 0]),
            (1, [UInt8](repeating: 2, count: 12) + [0x81, 0, 0, 9, 8, 0]),
            (1, [UInt8](repeating: 2, count: 12) + [0x88, 0xA8, 0, 9, 0x81, 0, 0, 9, 8, 0]),
            (113, [UInt8](repeating: 0, count: 14) + [8, 0]),
            (276, [8, 0] + [UInt8](repeating: 0, count: 18)), (101, []), (228, []), (12, []),
        ] as [(UInt32, [UInt8])])
    func links(link: UInt32, header: [UInt8]) throws {
        let file = try CaptureFile(Self.classic(link: link, packets: [header + Self.packet]))
        #expect(file.packets[0].ipv4 == Self.packet)
    }

    @Test(
        "what is no IPv4 packet is none",
        arguments: [
            (1, [UInt8](repeating: 2, count: 12) + [0x86, 0xDD, 0x60]), (1, [1, 2, 3]), (1, []), (101, [0x60, 0]),
            (101, []), (276, [8, 0, 0]), (113, [8, 0]), (147, [0x45, 0, 0, 4]),
            (1, [UInt8](repeating: 2, count: 12) + [0x81, 0, 0, 9, 0x81, 0, 0, 9, 0x81, 0, 0, 9, 8, 0]),
        ] as [(UInt32, [UInt8])])
    func otherLinks(link: UInt32, octets: [UInt8]) throws {
        #expect(try CaptureFile(Self.classic(link: link, packets: [octets])).packets[0].ipv4 == nil)
    }

    @Test("errors name the place, and what came before them is kept")
    func damage() throws {
        let whole = Self.classic(packets: [Self.packet, Self.packet])
        let short = try CaptureFile(Array(whole.dropLast(2)))
        #expect(short.packets.count == 1)
        #expect(short.damage == .cutShort(offset: 44))
        var long = whole
        long.replaceSubrange(32..<36, with: [0, 0, 0, 0x7F])
        #expect(try CaptureFile(long).damage == .badLength(offset: 32, length: 0x7F00_0000))
        let cut = try CaptureFile(Array(Self.pcapng(big: false).dropLast(3)))
        // Section 28, interface 20, names 16, packet 36.
        #expect(cut.packets.count == 1 && cut.damage == .cutShort(offset: 28 + 20 + 16 + 36))
        let orphan = Self.block(
            0x0A0D_0D0A, Self.number32(0x1A2B_3C4D, false) + [1, 0, 0, 0] + Array(repeating: 0xFF, count: 8), false)
        #expect(throws: CaptureError.unknownInterface(offset: 36)) {
            try CaptureFile(orphan + Self.block(3, [4, 0, 0, 0] + Self.packet, false))
        }
        #expect(throws: CaptureError.unknownFormat) { try CaptureFile([]) }
        #expect(throws: CaptureError.unknownFormat) { try CaptureFile(Array("#!/bin/sh".utf8)) }
        #expect(throws: CaptureError.cutShort(offset: 20)) { try CaptureFile(Array(whole.prefix(20))) }
        #expect("\(CaptureError.cutShort(offset: 44))".contains("octet 44"))
    }

    @Test("a file with nothing but its header holds nothing, and that is no error")
    func empty() throws {
        let file = try CaptureFile(Self.classic(packets: []))
        #expect(file.packets.isEmpty && file.damage == nil)
    }

    @Test("every prefix, and every octet changed: read or refused, and never more than the file holds")
    func total() throws {
        for whole in [
            Self.classic(packets: [Self.packet, Self.packet]), Self.pcapng(big: false), Self.pcapng(big: true),
        ] {
            for length in 0...whole.count {
                guard let file = try? CaptureFile(Array(whole.prefix(length))) else { continue }
                #expect(file.packets.count <= 2)
            }
            for place in whole.indices {
                for value: UInt8 in [0, 1, 4, 0x7F, 0x80, 0xFF] {
                    var damaged = whole
                    damaged[place] = value
                    guard let file = try? CaptureFile(damaged) else { continue }
                    #expect(file.packets.reduce(0) { $0 + $1.octets.count } <= whole.count)
                    for packet in file.packets { _ = packet.ipv4 }
                }
            }
        }
    }
}
