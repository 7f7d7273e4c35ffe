/// The blocks of a pcapng file that hold packets, and those needed to understand them; all others are stepped over.
struct PcapngReader {
    private(set) var packets: [CapturedPacket] = []
    /// Of all sections, in the file's order.
    private(set) var described: [CaptureInterface] = []
    /// The first section's comments.
    private(set) var comments: [String] = []
    private var numbers: FileNumbers
    private var interfaces: [Interface] = []

    /// Interfaces of one section; more than this is no capture of a machine.
    private static let interfaceLimit = 4096

    private struct Interface {
        var link: LinkType
        var keptLength: Int
        var clock = TickClock(resolution: 6)
        /// Its place in `described`.
        let place: Int
    }

    init(_ file: [UInt8]) {
        numbers = FileNumbers(octets: file, isBigEndian: false)
    }

    /// Reads to the end, or to what cannot be read.
    mutating func read() -> CaptureError? {
        var offset = 0
        while offset < numbers.octets.count {
            if let error = startSection(at: offset) { return error }
            guard let type = numbers.u32(at: offset), let length = numbers.u32(at: offset + 4).map(Int.init) else {
                return .cutShort(offset: offset)
            }
            guard length >= 12, length % 4 == 0 else { return .badLength(offset: offset + 4, length: length) }
            guard offset + length <= numbers.octets.count else { return .cutShort(offset: offset) }
            if let error = block(type, offset + 8..<offset + length - 4) { return error }
            offset += length
        }
        return nil
    }

    /// A section header begins anew: byte order and interfaces are its own.
    private mutating func startSection(at offset: Int) -> CaptureError? {
        // The type of a section header reads the same in both orders.
        guard numbers.u32(at: offset) == PcapngBlock.section else { return nil }
        guard let magic = numbers.u32(at: offset + 8) else { return .cutShort(offset: offset) }
        switch magic {
        case 0x1A2B_3C4D: break
        case 0x4D3C_2B1A: numbers.isBigEndian.toggle()
        default: return offset == 0 ? .unknownFormat : .badLength(offset: offset + 8, length: Int(magic))
        }
        interfaces = []
        if offset == 0 { readComments() }
        return nil
    }

    private mutating func readComments() {
        guard let length = numbers.u32(at: 4).map(Int.init), length >= 28, length <= numbers.octets.count else {
            return
        }
        for option in options(in: 24..<length - 4) where option.code == 1 {
            comments.append(String(decoding: numbers.octets[option.value], as: UTF8.self))
        }
    }

    private mutating func block(_ type: UInt32, _ body: Range<Int>) -> CaptureError? {
        switch type {
        case PcapngBlock.interface:
            guard interfaces.count < Self.interfaceLimit, let link = numbers.u16(at: body.lowerBound), body.count >= 8,
                let limit = numbers.u32(at: body.lowerBound + 4).map(Int.init)
            else { return .badLength(offset: body.lowerBound, length: body.count) }
            describe(LinkType(UInt32(link)), limit: limit, options(in: body.dropFirst(8)))
            return nil
        case PcapngBlock.enhancedPacket, PcapngBlock.obsoletePacket:
            return packet(body, isObsolete: type == PcapngBlock.obsoletePacket)
        case PcapngBlock.simplePacket:
            guard let interface = interfaces.first else { return .unknownInterface(offset: body.lowerBound) }
            guard let carried = numbers.u32(at: body.lowerBound).map(Int.init), body.count >= 4 else {
                return .badLength(offset: body.lowerBound, length: body.count)
            }
            let kept = min(carried, interface.keptLength)
            return add(kept, carried, at: body.dropFirst(4), Instant(nanoseconds: 0), interface)
        default:
            return nil
        }
    }

    private mutating func packet(_ body: Range<Int>, isObsolete: Bool) -> CaptureError? {
        let start = body.lowerBound
        let index = isObsolete ? numbers.u16(at: start).map(Int.init) : numbers.u32(at: start).map(Int.init)
        guard body.count >= 20, let index, let high = numbers.u32(at: start + 4), let low = numbers.u32(at: start + 8),
            let kept = numbers.u32(at: start + 12).map(Int.init),
            let carried = numbers.u32(at: start + 16).map(Int.init)
        else { return .badLength(offset: start, length: body.count) }
        guard index < interfaces.count else { return .unknownInterface(offset: start) }
        let interface = interfaces[index]
        let time = interface.clock.instant(ticks: UInt64(high) << 32 | UInt64(low))
        return add(kept, carried, at: body.dropFirst(20), time, interface)
    }

    private mutating func add(
        _ kept: Int, _ carried: Int, at room: Range<Int>.SubSequence, _ time: Instant, _ interface: Interface
    ) -> CaptureError? {
        guard packets.count < CaptureFile.packetLimit else { return .tooManyPackets(offset: room.lowerBound) }
        guard kept <= room.count, kept <= CaptureFile.lengthLimit else {
            return .badLength(offset: room.lowerBound, length: kept)
        }
        packets.append(
            CapturedPacket(
                number: packets.count, time: time, link: interface.link,
                octets: Array(numbers.octets[room.lowerBound..<room.lowerBound + kept]), isCut: kept < carried,
                interface: interface.place))
        return nil
    }

    /// Options if_name (2), if_IPv4addr (4) and if_tsresol (9); without the last, times are microseconds.
    private mutating func describe(_ link: LinkType, limit: Int, _ options: [Option]) {
        var known = CaptureInterface(name: "", address: nil)
        var clock = TickClock(resolution: 6)
        for option in options {
            switch option.code {
            case 2: known.name = String(decoding: numbers.octets[option.value], as: UTF8.self)
            case 4 where option.value.count == 8 && known.address == nil:
                // An address is in the order of the wire, whatever the file's is.
                known.address = IPv4Address(numbers.octets[option.value.prefix(4)].reduce(0) { $0 << 8 | UInt32($1) })
            case 9 where !option.value.isEmpty: clock = TickClock(resolution: numbers.octets[option.value.lowerBound])
            default: break
            }
        }
        interfaces.append(
            Interface(link: link, keptLength: limit == 0 ? .max : limit, clock: clock, place: described.count))
        described.append(known)
    }

    /// An option of a block, and where its value stands.
    private typealias Option = (code: UInt16, value: Range<Int>)

    /// The options up to their end, or to one that does not fit.
    private func options(in room: Range<Int>) -> [Option] {
        var found: [Option] = []
        var offset = room.lowerBound
        while offset + 4 <= room.upperBound, let code = numbers.u16(at: offset),
            let length = numbers.u16(at: offset + 2).map(Int.init), code != 0, offset + 4 + length <= room.upperBound
        {
            found.append((code, offset + 4..<offset + 4 + length))
            offset += 4 + (length + 3) / 4 * 4
        }
        return found
    }
}

/// The unit of a pcapng interface's times: a negative power of ten, or of two when the top bit is set.
struct TickClock {
    let resolution: UInt8

    /// Never before 1970 and never overflowing: a nonsensical time reads as the last one there is.
    func instant(ticks: UInt64) -> Instant {
        let nanoseconds: UInt64
        let exponent = UInt64(resolution & 0x7F)
        if resolution & 0x80 != 0 {
            let shift = min(exponent, 63)
            let fraction = (ticks & ((1 << shift) - 1)).multipliedFullWidth(by: 1_000_000_000)
            // The fraction is below 2^shift, so the product shifted back fits one word.
            let part = shift == 0 ? 0 : fraction.high << (64 - shift) | fraction.low >> shift
            let whole = (ticks >> shift).multipliedReportingOverflow(by: 1_000_000_000)
            let sum = whole.partialValue.addingReportingOverflow(part)
            nanoseconds = whole.overflow || sum.overflow ? .max : sum.partialValue
        } else if exponent <= 9 {
            let product = ticks.multipliedReportingOverflow(by: Self.power(9 - exponent))
            nanoseconds = product.overflow ? .max : product.partialValue
        } else {
            nanoseconds = ticks / Self.power(min(exponent - 9, 19))
        }
        return Instant(nanoseconds: Int64(clamping: nanoseconds))
    }

    private static func power(_ exponent: UInt64) -> UInt64 {
        (0..<exponent).reduce(1) { value, _ in value * 10 }
    }
}
