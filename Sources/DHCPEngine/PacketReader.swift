import BootPolicy
import LinuxIO
import Wire

/// What a packet turned out to be.
enum Heard {
    /// Nothing that concerns us, and why.
    case nothing(Refusal)
    /// A DHCP server's word to a client.
    case server(ObservedOffer, interface: Int32)
    /// A DHCP server took its word back (DHCPNAK).
    case refusal(ClientHardware)
    /// A client that asks for a boot.
    case client(PreparedReply.Request)
}

/// From octets to facts; the last place that sees a packet.
enum PacketReader {
    /// Reads what the packet socket brought.
    ///
    /// - Parameter classes: beginnings of option 60 that are served beside the two usual ones.
    static func read(
        _ packet: RawSpan, origin: PacketOrigin, links: borrowing ServedLinks, classes: [String]
    ) -> Heard {
        guard !origin.isOutgoing, !origin.isForeign, let interface = links[origin.interface] else {
            return .nothing(.notForUs)
        }
        do {
            let datagram = try UDPPacket(ipv4: packet, checksumReady: origin.isChecksumReady)
            return read(
                datagram.payload, from: datagram.source, to: datagram.destination, on: interface,
                sender: origin.hardware, links, classes)
        } catch {
            return .nothing(.malformed)
        }
    }

    /// Reads what came to a socket that is bound to port 67: whatever the kernel takes for this host's own.
    static func read(
        datagram: RawSpan, source: Endpoint, interface: Int32, destination: IPv4Address,
        links: borrowing ServedLinks, classes: [String]
    ) -> Heard {
        guard let interface = links[interface] else { return .nothing(.notForUs) }
        return read(
            datagram, from: source, to: Endpoint(address: destination, port: DHCPSockets.serverPort), on: interface,
            sender: nil, links, classes)
    }

    private static func read(
        _ datagram: RawSpan, from source: Endpoint, to destination: Endpoint, on interface: NetworkInterface,
        sender: MACAddress?, _ links: borrowing ServedLinks, _ classes: [String]
    ) -> Heard {
        do {
            let message = try DHCPMessage(datagram)
            guard message.isRequest else {
                if message.type == .refuse { return .refusal(message.hardware) }
                guard let offer = ObservedOffer(message, datagram: datagram, source: source, at: Clock.now) else {
                    return .nothing(.notARequest)
                }
                return .server(offer, interface: interface.index)
            }
            guard destination.port == DHCPSockets.serverPort,
                let server = links.serverAddress(on: interface, for: destination.address)
            else { return .nothing(.notForUs) }
            let asker = message.relayAddress.isAny ? source.address : message.relayAddress
            guard !links.isManyHosts(asker) else { return .nothing(.unservableRelay) }
            let arrival = Arrival(
                port: .dhcp, interface: interface.index, interfaceName: interface.name, serverAddress: server,
                source: source, destination: destination.address, isLocal: interface.reaches(asker))
            return client(message, arrival, sender: sender, classes)
        } catch {
            return .nothing(.malformed)
        }
    }

    /// Reads what came to port 4011: by unicast to one of our addresses, or to the boot servers' group if we joined it.
    static func readBootService(
        _ datagram: RawSpan, source: Endpoint, interface: Int32, destination: IPv4Address,
        links: borrowing ServedLinks, classes: [String]
    ) -> Heard {
        // Nobody can be answered at port 0 (RFC 768).
        guard source.port != 0, !links.isManyHosts(source.address), let link = links[interface],
            let server = link.bootServiceAddress(for: destination)
        else { return .nothing(.notForUs) }
        do {
            let message = try DHCPMessage(datagram)
            let arrival = Arrival(
                port: .bootService, interface: interface, interfaceName: link.name, serverAddress: server,
                source: source, destination: destination, isLocal: link.reaches(source.address))
            return client(message, arrival, sender: nil, classes)
        } catch {
            return .nothing(.malformed)
        }
    }

    /// Reads the head of a request to one of our addresses, at port 4011 or by TFTP.
    ///
    /// - Returns: who asks and where; nil for what is none of ours, and for the acknowledgements of transfers from port 69.
    static func request(
        _ packet: RawSpan, origin: PacketOrigin, links: borrowing ServedLinks
    ) -> (client: IPv4Address, destination: Endpoint)? {
        guard !origin.isOutgoing, !origin.isForeign, let interface = links[origin.interface] else { return nil }
        do {
            let datagram = try UDPPacket(ipv4: packet, checksumReady: origin.isChecksumReady)
            let (source, destination) = (datagram.source, datagram.destination)
            guard source.address.isUnicast, source.port != 0,
                interface.networks.contains(where: { $0.address == destination.address })
            else { return nil }
            let isRequest =
                destination.port == DHCPSockets.bootServicePort || TFTPClientPacket(datagram.payload) == .readRequest
            return isRequest ? (source.address, destination) : nil
        } catch {
            return nil
        }
    }

    private static func client(
        _ message: borrowing DHCPMessage, _ arrival: Arrival, sender: MACAddress?, _ classes: [String]
    ) -> Heard {
        switch ClientFacts.read(message, classes: classes) {
        case .success(let facts):
            .client(PreparedReply.Request(facts: facts, arrival: arrival, sender: sender))
        case .failure(let refusal): .nothing(refusal)
        }
    }
}

extension NetworkInterface {
    /// Whether an address is of a host in one of its networks.
    fileprivate func reaches(_ address: IPv4Address) -> Bool {
        networks.contains { $0.hasHost(address) }
    }

    /// Our address for a request to port 4011, or nil when it was not meant for us.
    fileprivate func bootServiceAddress(for destination: IPv4Address) -> IPv4Address? {
        if destination == PXEMenu.group { return address }
        return networks.first { $0.address == destination }?.address
    }
}
