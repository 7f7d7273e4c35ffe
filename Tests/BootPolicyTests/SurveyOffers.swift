import BootPolicy
import Support
import Wire

/// The servers of the tables, and what they say to one client.
enum LAN {
    static let router = IPv4Address(10, 77, 0, 1)
    static let us = IPv4Address(10, 77, 0, 2)
    static let rival = IPv4Address(10, 77, 0, 3)
    static let third = IPv4Address(10, 77, 0, 4)

    static let asked = Instant(nanoseconds: 5_000_000_000)
}

/// A server's message in a table: octets first, so that reading them is tested as well.
struct Said: Sendable {
    var packet: PacketBuilder
    var source: Endpoint
    var milliseconds: Int64

    /// A plain lease OFFER of the router.
    static func lease(
        _ server: IPv4Address = LAN.router, next: IPv4Address = .any, file: String = "", ms: Int64 = 1
    ) -> Said {
        Said(server, address: 0x0A4D_0064, next: next, file: file, ms: ms)
    }

    /// A proxy OFFER of class PXEClient without option 43: BINL.
    static func binl(_ server: IPv4Address, next: IPv4Address? = nil, file: String = "", ms: Int64 = 2) -> Said {
        Said(server, address: 0, next: next ?? server, file: file, ms: ms).option(60, "PXEClient")
    }

    /// A proxy OFFER with 43.6 bit 3 and a file: direct.
    static func direct(_ server: IPv4Address, next: IPv4Address? = nil, file: String, ms: Int64 = 2) -> Said {
        binl(server, next: next, file: file, ms: ms).option(43, [6, 1, 8, 255])
    }

    /// A proxy OFFER with a menu of one item and unicast discovery.
    static func menu(_ server: IPv4Address, type: UInt8 = 0x80, control: UInt8 = 3, ms: Int64 = 2) -> Said {
        let list: [UInt8] = [8, 7, type, 0, 1] + server.octets
        let text: [UInt8] = [9, 7, type, 0, 4] + Array("boot".utf8)
        return binl(server, ms: ms).option(43, [6, 1, control] + list + text + [10, 4, 0] + Array("PXE".utf8) + [255])
    }

    /// A proxy OFFER to UEFI HTTP Boot.
    static func http(_ server: IPv4Address, url: String, ms: Int64 = 2) -> Said {
        Said(server, address: 0, next: server, file: url, ms: ms).option(60, "HTTPClient")
    }

    /// What a boot service answers on port 4011.
    static func service(_ server: IPv4Address, next: IPv4Address? = nil, file: String, ms: Int64 = 5000) -> Said {
        var said = Said(server, address: 0, next: next ?? server, file: file, ms: ms).option(60, "PXEClient")
        said.packet = said.packet.with(53, [5])
        said.source.port = 4011
        return said
    }

    private init(_ server: IPv4Address, address: UInt32, next: IPv4Address, file: String, ms: Int64) {
        packet = PacketBuilder().changing { packet in
            packet.operation = 2
            packet.yourAddress = address
            packet.serverAddress = next.value
            packet.file = Array(file.utf8)
            packet.options = [(53, [2]), (54, server.octets)]
        }
        source = Endpoint(address: server, port: 67)
        milliseconds = ms
    }

    func option(_ code: UInt8, _ value: [UInt8]) -> Said {
        var copy = self
        copy.packet = packet.with(code, value)
        return copy
    }

    func option(_ code: UInt8, _ text: String) -> Said { option(code, Array(text.utf8)) }

    func without(_ code: UInt8) -> Said {
        var copy = self
        copy.packet = packet.without(code)
        return copy
    }

    /// Without option 255 at the end.
    var unended: Said {
        var copy = self
        copy.packet.tail = []
        return copy
    }

    /// The DHCP server's ACK instead of its OFFER.
    var acknowledged: Said { option(53, [5]) }

    var observed: ObservedOffer? {
        let octets = packet.bytes
        guard let message = try? DHCPMessage(octets.span.bytes) else { return nil }
        return ObservedOffer(
            message, datagram: octets.span.bytes, source: source, at: LAN.asked + .milliseconds(milliseconds))
    }
}

extension Hearing {
    /// Everything said, in its order.
    init(_ said: [Said]) {
        let all = said.compactMap(\.observed)
        self.init(asked: LAN.asked, hearsBootService: all.contains { $0.isBootService })
        for message in all { note(message) }
    }
}
