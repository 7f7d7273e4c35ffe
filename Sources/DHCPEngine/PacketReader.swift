import BootPolicy
import LinuxIO
import Wire

/// What a packet turned out to be.
enum Heard {
    /// Nothing that concerns us, and why.
    case nothing(Refusal)
    /// A DHCP server's word to a client.
    case server(ForeignOffer, interface: Int32)
    /// A client that asks for a boot; `sender` is the link-layer address that brought the packet.
    case client(ClientFacts, Arrival, sender: MACAddress?)
}

/// From octets to facts; the last place that sees a packet.
enum PacketReader {
    /// Reads what the packet socket brought.
    static func read(_ packet: RawSpan, origin: PacketOrigin, links: borrowing ServedLinks) -> Heard {
        guard !origin.isOutgoing, !origin.isForeign, let interface = links[origin.interface] else {
            return .nothing(.notForUs)
        }
        do {
            let datagram = try UDPPacket(ipv4: packet, checksumReady: origin.isChecksumReady)
            let message = try DHCPMessage(datagram.payload)
            guard message.isRequest else {
                guard let offer = ForeignOffer(message, source: datagram.source) else { return .nothing(.notARequest) }
                return .server(offer, interface: interface.index)
            }
            guard datagram.destination.port == DHCPSockets.serverPort,
                let server = links.serverAddress(on: interface, for: datagram.destination.address)
            else { return .nothing(.notForUs) }
            let arrival = Arrival(
                port: .dhcp, interface: interface.index, serverAddress: server, source: datagram.source,
                destination: datagram.destination.address)
            return client(message, arrival, sender: origin.hardware)
        } catch {
            return .nothing(.malformed)
        }
    }

    /// Reads what came to port 4011, which is always unicast to one of our addresses.
    static func readBootService(
        _ datagram: RawSpan, source: Endpoint, interface: Int32, destination: IPv4Address,
        links: borrowing ServedLinks
    ) -> Heard {
        // Nobody can be answered at port 0 (RFC 768).
        guard source.port != 0, let link = links[interface],
            link.networks.contains(where: { $0.address == destination })
        else {
            return .nothing(.notForUs)
        }
        do {
            let message = try DHCPMessage(datagram)
            let arrival = Arrival(
                port: .bootService, interface: interface, serverAddress: destination, source: source,
                destination: destination)
            return client(message, arrival, sender: nil)
        } catch {
            return .nothing(.malformed)
        }
    }

    private static func client(_ message: borrowing DHCPMessage, _ arrival: Arrival, sender: MACAddress?) -> Heard {
        switch ClientFacts.read(message) {
        case .success(let facts): .client(facts, arrival, sender: sender)
        case .failure(let refusal): .nothing(refusal)
        }
    }
}
