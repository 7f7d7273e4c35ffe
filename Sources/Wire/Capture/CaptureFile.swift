/// A file of captured packets: classic pcap in all its forms, or pcapng as far as `tcpdump` and Wireshark write it.
///
/// Total on any bytes: what cannot be read is named with its offset, what came before it is kept. At most
/// `packetLimit` packets are read.
package struct CaptureFile: Equatable, Sendable {
    package private(set) var packets: [CapturedPacket] = []
    /// Why reading ended before the file did: a capture that was cut short, or one with rubbish in it.
    package private(set) var damage: CaptureError?
    /// The interfaces that the file describes; none in a classic one.
    package private(set) var interfaces: [CaptureInterface] = []
    /// What the file says of itself.
    package private(set) var comments: [String] = []

    /// The most packets taken from one file.
    package static let packetLimit = 1_000_000
    /// The most octets of one packet; the limit that libpcap uses for what is no packet any more.
    static let lengthLimit = 262_144

    /// - Parameter file: the whole file.
    /// - Throws: `CaptureError` when not even its beginning is that of a capture.
    package init(_ file: [UInt8]) throws(CaptureError) {
        if file.starts(with: [0x0A, 0x0D, 0x0D, 0x0A]) {
            var reader = PcapngReader(file)
            damage = reader.read()
            packets = reader.packets
            interfaces = reader.described
            comments = reader.comments
            if packets.isEmpty, let damage { throw damage }
        } else {
            let reader = try ClassicPcapReader(file)
            (packets, damage) = reader.read()
        }
    }
}

/// One packet of a capture.
package struct CapturedPacket: Equatable, Sendable {
    /// Its place in the file, from 0.
    package let number: Int
    /// When it was captured, counted from 1970; files of unsynchronised clocks mean only the differences.
    package let time: Instant
    package let link: LinkType
    /// From the link header on.
    package let octets: [UInt8]
    /// Whether the capture kept less than the link carried.
    package let isCut: Bool
    /// Its place in `CaptureFile.interfaces`; nil where the file describes none.
    package let interface: Int?

    package init(
        number: Int, time: Instant, link: LinkType, octets: [UInt8], isCut: Bool = false, interface: Int? = nil
    ) {
        self.number = number
        self.time = time
        self.link = link
        self.octets = octets
        self.isCut = isCut
        self.interface = interface
    }
}

/// What a captured packet begins with (the LINKTYPE_ numbers of tcpdump.org).
package struct LinkType: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32

    package init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let ethernet = Self(1)
    /// IPv4 or IPv6 without a link header; 12 and 14 are its older numbers.
    package static let rawIP = Self(101)
    /// Linux "cooked", as `tcpdump -i any` leaves it: 16 octets, protocol last.
    package static let cooked = Self(113)
    package static let ipv4 = Self(228)
    /// Linux "cooked" version 2: 20 octets, protocol first.
    package static let cooked2 = Self(276)

    package var description: String { "link type \(rawValue)" }
}

extension CapturedPacket {
    /// The IPv4 packet inside, from its header on; nil when the packet carries something else. VLAN tags are stepped over.
    package var ipv4: [UInt8]? {
        switch link {
        case .ethernet: behind(typeAt: 12)
        case .cooked: behind(typeAt: 14)
        case .cooked2: isIPv4(protocolAt: 0) && octets.count >= 20 ? Array(octets[20...]) : nil
        case .rawIP, .ipv4, LinkType(12), LinkType(14): octets.first.map { $0 >> 4 } == 4 ? octets : nil
        default: nil
        }
    }

    /// Whether the host that captured it sent it, as far as its link header tells (packet(7), PACKET_OUTGOING).
    package var isOutgoing: Bool {
        switch link {
        case .cooked: octets.count >= 16 && octets[0] == 0 && octets[1] == 4
        case .cooked2: octets.count >= 20 && octets[10] == 4
        default: false
        }
    }

    private func behind(typeAt start: Int) -> [UInt8]? {
        var offset = start
        // IEEE 802.1Q and 802.1ad: at most two tags of four octets stand before the type.
        for _ in 0..<2 where isTag(at: offset) { offset += 4 }
        guard isIPv4(protocolAt: offset) else { return nil }
        return Array(octets[(offset + 2)...])
    }

    private func isIPv4(protocolAt offset: Int) -> Bool {
        octets.count >= offset + 2 && octets[offset] == 0x08 && octets[offset + 1] == 0x00
    }

    private func isTag(at offset: Int) -> Bool {
        guard octets.count >= offset + 6 else { return false }
        return (octets[offset] == 0x81 && octets[offset + 1] == 0x00)
            || (octets[offset] == 0x88 && octets[offset + 1] == 0xA8)
    }
}

/// Why a file, or the rest of it, is no capture; offsets are octets from the file's beginning.
package enum CaptureError: Error, Equatable, Sendable {
    /// Neither pcap nor pcapng.
    case unknownFormat
    /// The file ends inside a header or a packet.
    case cutShort(offset: Int)
    /// A length that no packet or block has.
    case badLength(offset: Int, length: Int)
    /// A pcapng packet of an interface that was not described.
    case unknownInterface(offset: Int)
    /// More than `CaptureFile.packetLimit` packets.
    case tooManyPackets(offset: Int)
}

extension CaptureError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownFormat: "neither pcap nor pcapng; make one with: tcpdump -i IF -w FILE 'port 67 or 68 or 4011'"
        case .cutShort(let offset): "the capture ends in the middle of a packet, at octet \(offset)"
        case .badLength(let offset, let length): "a length of \(length) at octet \(offset) is none that a packet has"
        case .unknownInterface(let offset): "the packet at octet \(offset) is of an interface that the file never named"
        case .tooManyPackets(let offset):
            "more than \(CaptureFile.packetLimit) packets; the rest, from octet \(offset), is left out"
        }
    }
}
