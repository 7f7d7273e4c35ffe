/// Writes a capture that Wireshark, tcpdump and `CaptureFile` read: pcapng in one section, big-endian, times in nanoseconds
/// (draft-ietf-opsawg-pcapng).
package struct PcapngWriter: Sendable {
    private var writer: ByteWriter
    private var interfaces: [CaptureInterface] = []

    /// Numbers of options that stand in several blocks, or in one.
    private enum Option {
        static let end: UInt16 = 0
        static let comment: UInt16 = 1
        static let application: UInt16 = 4
        static let interfaceName: UInt16 = 2
        static let interfaceAddress: UInt16 = 4
        static let resolution: UInt16 = 9
        static let packetFlags: UInt16 = 2
    }

    /// The longest text of an option; its length field would hold twice as much.
    private static let longestText = 32_000

    /// - Parameters:
    ///   - application: who wrote the file.
    ///   - comment: what is to be known of all of it; empty for nothing.
    package init(application: String, comment: String = "") {
        writer = ByteWriter(capacity: 4096)
        block(PcapngBlock.section) { writer in
            writer.u32(0x1A2B_3C4D)
            // Version 1.0.
            writer.u16(1)
            writer.u16(0)
            // The section's length is left open.
            writer.u64(.max)
            Self.text(Option.application, application, &writer)
            Self.text(Option.comment, comment, &writer)
        }
    }

    /// The whole file so far.
    package var bytes: [UInt8] { writer.bytes }

    /// Describes an interface.
    ///
    /// - Returns: the number that its packets name it by.
    package mutating func add(_ interface: CaptureInterface, link: LinkType) -> Int {
        interfaces.append(interface)
        block(PcapngBlock.interface) { writer in
            writer.u16(UInt16(truncatingIfNeeded: link.rawValue))
            writer.u16(0)
            // No limit to a packet's length.
            writer.u32(0)
            Self.text(Option.interfaceName, interface.name, &writer)
            if let address = interface.address {
                writer.u16(Option.interfaceAddress)
                writer.u16(8)
                writer.u32(address.value)
                // The mask: what is known is this host's address only.
                writer.u32(.max)
            }
            writer.u16(Option.resolution)
            writer.u16(1)
            writer.u8(9)
            writer.pad(to: writer.count + 3)
        }
        return interfaces.count - 1
    }

    /// Adds a packet.
    ///
    /// - Parameters:
    ///   - octets: from the link header on, as far as they were kept.
    ///   - carried: octets that the link carried; no fewer than were kept.
    ///   - time: since 1970.
    ///   - interface: a number that `add` has given.
    ///   - isOutgoing: whether this host sent it.
    ///   - comments: what is to be read beside it.
    package mutating func add(
        _ octets: [UInt8], carried: Int, time: Instant, interface: Int, isOutgoing: Bool, comments: [String] = []
    ) {
        precondition(interfaces.indices.contains(interface), "an interface has to be described first")
        block(PcapngBlock.enhancedPacket) { writer in
            writer.u32(UInt32(interface))
            writer.u64(UInt64(max(time.nanoseconds, 0)))
            writer.u32(UInt32(octets.count))
            writer.u32(UInt32(max(carried, octets.count)))
            Self.padded(octets, &writer)
            for comment in comments { Self.text(Option.comment, comment, &writer) }
            writer.u16(Option.packetFlags)
            writer.u16(4)
            writer.u32(isOutgoing ? 2 : 1)
        }
    }

    /// A block: its type, its length before and behind, and the end of its options.
    private mutating func block(_ type: UInt32, _ body: (inout ByteWriter) -> Void) {
        let start = writer.count
        writer.u32(type)
        writer.u32(0)
        body(&writer)
        writer.u32(UInt32(Option.end))
        let length = writer.count - start + 4
        writer.u32(UInt32(length))
        writer.patch(u16: UInt16(truncatingIfNeeded: length >> 16), at: start + 4)
        writer.patch(u16: UInt16(truncatingIfNeeded: length), at: start + 6)
    }

    private static func text(_ code: UInt16, _ text: String, _ writer: inout ByteWriter) {
        guard !text.isEmpty else { return }
        // What is cut off in the middle of a letter becomes one that stands for nothing.
        let octets = Array(
            text.utf8.count <= longestText
                ? text.utf8 : String(decoding: text.utf8.prefix(longestText), as: UTF8.self).utf8)
        writer.u16(code)
        writer.u16(UInt16(octets.count))
        padded(octets, &writer)
    }

    /// Octets, and zeros up to a multiple of four.
    private static func padded(_ octets: [UInt8], _ writer: inout ByteWriter) {
        writer.append(octets)
        writer.pad(to: writer.count + (4 - octets.count % 4) % 4)
    }
}

/// The types of pcapng's blocks that are read or written here.
enum PcapngBlock {
    static let section: UInt32 = 0x0A0D_0D0A
    static let interface: UInt32 = 1
    static let obsoletePacket: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let enhancedPacket: UInt32 = 6
}

/// An interface that packets of a capture came by.
package struct CaptureInterface: Hashable, Sendable {
    /// Empty when the file does not say.
    package var name: String
    /// The first IPv4 address that it had.
    package var address: IPv4Address?

    package init(name: String, address: IPv4Address?) {
        self.name = name
        self.address = address
    }
}
