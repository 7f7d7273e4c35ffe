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
        frames.flush(on: sockets.frames, refused: refused)
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
                let everyone = Endpoint(address: .broadcast, port: DHCPSockets.clientPort)
                sendFrame(to: everyone, hardware: .broadcast, arrival)
            case .relay(let relay):
                let relay = Endpoint(address: relay, port: DHCPSockets.serverPort)
                try send(toNeighbour: relay, relayHardware, arrival, sockets)
            case .dhcpUnicast(let client):
                try send(toNeighbour: client, relayHardware, arrival, sockets)
            case .unicast(let client):
                try sockets.bootService.send(
                    message.bytes, to: IPEndpoint(client), from: IPAddress(arrival.serverAddress),
                    interface: arrival.interface, with: &batch)
            }
            return .sent
        } catch {
            return .failed(error)
        }
    }

    private mutating func send(
        toNeighbour relay: Endpoint, _ hardware: MACAddress?, _ arrival: Arrival, _ sockets: DHCPSockets
    ) throws(SystemError) {
        switch sockets.claim {
        case .some(let claim):
            // The routing table knows the way; the source port must be 67.
            try claim.socket.send(
                message.bytes, to: IPEndpoint(relay), from: IPAddress(arrival.serverAddress), interface: 0, with: &batch
            )
        case .none:
            // Port 67 belongs to another daemon: back to the neighbour that brought the request.
            sendFrame(to: relay, hardware: hardware ?? .broadcast, arrival)
        }
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
