import BootPolicy
import LinuxIO
import Wire

/// From a decision to octets on the wire.
struct ReplySender: ~Copyable {
    enum Outcome {
        case sent
        /// Larger than the client takes (option 57).
        case tooLarge
        case failed(SystemError)
    }

    private var message = ByteWriter()
    private var packet = ByteWriter()
    private var batch = SendBatch(messages: 1, vectors: 1)
    private var frames = PacketBatch()
    /// The IPv4 identification of the next packet.
    private var identification: UInt16 = 0

    /// Sends the frames that wait.
    ///
    /// - Parameter refused: called for each that did not go out.
    mutating func flush(over sockets: DHCPSockets, refused: (SystemError) -> Void) {
        guard frames.count > 0 else { return }
        switch sockets.door {
        case .packets(let door): frames.flush(on: door.sockets.frames, refused: refused)
        case .bound: break
        }
    }

    /// The DHCP message that was sent last.
    var latest: [UInt8] { message.bytes }

    /// Whether `flush` has to come before the next `send`.
    var isFull: Bool { frames.isFull }

    /// Sends an answer; one that goes by frame waits for `flush`.
    ///
    /// - Parameter relayHardware: the link-layer address that brought the request, for those that cannot be reached by a
    ///   socket of ours.
    mutating func send(
        _ reply: BootReply, arrival: Arrival, relayHardware: MACAddress?, over sockets: DHCPSockets
    ) -> Outcome {
        guard DHCPReplyWriter.write(reply.message, into: &message) else { return .tooLarge }
        do throws(SystemError) {
            switch reply.route {
            case .broadcast:
                try sendToEveryone(arrival, sockets)
            case .relay(let relay):
                let relay = Endpoint(address: relay, port: DHCPSockets.serverPort)
                try send(toNeighbour: relay, relayHardware, arrival, sockets)
            case .dhcpUnicast(let client):
                try send(toNeighbour: client, relayHardware, arrival, sockets)
            case .unicast(let client):
                try send(by: sockets.bootService, to: client, arrival, interface: arrival.interface)
            }
            return .sent
        } catch {
            return .failed(error)
        }
    }

    private mutating func sendToEveryone(_ arrival: Arrival, _ sockets: DHCPSockets) throws(SystemError) {
        let everyone = Endpoint(address: .broadcast, port: DHCPSockets.clientPort)
        switch sockets.door {
        case .packets: sendFrame(to: everyone, hardware: .broadcast, arrival)
        // By the interface and not by a route: the address is that of every link.
        case .bound(let socket): try send(by: socket, to: everyone, arrival, interface: arrival.interface)
        }
    }

    private mutating func send(
        toNeighbour relay: Endpoint, _ hardware: MACAddress?, _ arrival: Arrival, _ sockets: DHCPSockets
    ) throws(SystemError) {
        switch sockets.door {
        // The routing table knows the way; the source port must be 67.
        case .bound(let socket): try send(by: socket, to: relay, arrival)
        case .packets(let door):
            switch door.claim {
            case .some(let claim): try send(by: claim.socket, to: relay, arrival)
            case .none:
                // Port 67 belongs to another daemon: back to the neighbour that brought the request.
                sendFrame(to: relay, hardware: hardware ?? .broadcast, arrival)
            }
        }
    }

    /// - Parameter interface: 0 leaves the way to the routing table.
    private mutating func send(
        by socket: borrowing DatagramSocket, to destination: Endpoint, _ arrival: Arrival, interface: Int32 = 0
    ) throws(SystemError) {
        try socket.send(
            message.bytes, to: IPEndpoint(destination), from: IPAddress(arrival.serverAddress), interface: interface,
            with: &batch)
    }

    private mutating func sendFrame(
        to destination: Endpoint, hardware: MACAddress, _ arrival: Arrival
    ) {
        packet.clear()
        identification &+= 1
        UDPPacket.write(
            from: Endpoint(address: arrival.serverAddress, port: DHCPSockets.serverPort), to: destination,
            payload: message.bytes, identification: identification, into: &packet)
        frames.add(packet.bytes, interface: arrival.interface, to: hardware)
    }
}
