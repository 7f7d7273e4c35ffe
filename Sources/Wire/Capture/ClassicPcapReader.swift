/// Numbers in a file whose byte order only the file itself tells.
struct FileNumbers {
    let octets: [UInt8]
    var isBigEndian: Bool

    /// The number in two octets, or nil past the end.
    func u16(at offset: Int) -> UInt16? {
        guard offset >= 0, offset + 2 <= octets.count else { return nil }
        let (a, b) = (UInt16(octets[offset]), UInt16(octets[offset + 1]))
        return isBigEndian ? a << 8 | b : b << 8 | a
    }

    /// The number in four octets, or nil past the end.
    func u32(at offset: Int) -> UInt32? {
        guard let first = u16(at: offset), let second = u16(at: offset + 2) else { return nil }
        return isBigEndian ? UInt32(first) << 16 | UInt32(second) : UInt32(second) << 16 | UInt32(first)
    }
}

/// The classic format: 24 octets for the file, then 16 octets before each packet.
struct ClassicPcapReader {
    private static let fileHeader = 24
    private static let packetHeader = 16

    private let numbers: FileNumbers
    private let hasNanoseconds: Bool
    private let link: LinkType

    init(_ file: [UInt8]) throws(CaptureError) {
        var numbers = FileNumbers(octets: file, isBigEndian: false)
        guard var magic = numbers.u32(at: 0) else { throw .unknownFormat }
        if magic == 0xD4C3_B2A1 || magic == 0x4D3C_B2A1 {
            numbers.isBigEndian = true
            magic = magic.byteSwapped
        }
        // 0xA1B2C3D4 counts microseconds, 0xA1B23C4D nanoseconds.
        guard magic == 0xA1B2_C3D4 || magic == 0xA1B2_3C4D else { throw .unknownFormat }
        guard let type = numbers.u32(at: 20) else { throw .cutShort(offset: file.count) }
        hasNanoseconds = magic == 0xA1B2_3C4D
        // The upper bits tell of a frame check sequence behind each packet, which lengths inside the packet hide.
        link = LinkType(type & 0x0FFF_FFFF)
        self.numbers = numbers
    }

    func read() -> ([CapturedPacket], CaptureError?) {
        var packets: [CapturedPacket] = []
        var offset = Self.fileHeader
        let end = numbers.octets.count
        while offset < end {
            guard packets.count < CaptureFile.packetLimit else { return (packets, .tooManyPackets(offset: offset)) }
            guard let seconds = numbers.u32(at: offset), let fraction = numbers.u32(at: offset + 4),
                let kept = numbers.u32(at: offset + 8).map(Int.init),
                let carried = numbers.u32(at: offset + 12).map(Int.init)
            else { return (packets, .cutShort(offset: offset)) }
            guard kept <= CaptureFile.lengthLimit else {
                return (packets, .badLength(offset: offset + 8, length: kept))
            }
            let start = offset + Self.packetHeader
            guard start + kept <= end else { return (packets, .cutShort(offset: offset)) }
            let nanoseconds = Int64(fraction) * (hasNanoseconds ? 1 : 1000)
            packets.append(
                CapturedPacket(
                    number: packets.count, time: Instant(nanoseconds: Int64(seconds) * 1_000_000_000 + nanoseconds),
                    link: link, octets: Array(numbers.octets[start..<start + kept]), isCut: kept < carried))
            offset = start + kept
        }
        return (packets, nil)
    }
}
