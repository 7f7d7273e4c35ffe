import BootPolicy
import Exchange
import LinuxIO
import Wire

/// What a flight recorder keeps of DHCP: all that boot clients say, all that is said to them, and all that we answer.
extension FlightRecorder {
    /// Keeps a packet as the packet socket gave it, if it is of a boot client.
    ///
    /// - Parameter memory: who is a boot client, when a DHCP server speaks.
    func keep(_ packet: RawSpan, _ heard: Heard, _ origin: PacketOrigin, in memory: ClientMemory, now: Instant) {
        guard isOn, let client = Self.client(heard, in: memory) else { return }
        var facts = FlightFacts(.packet, time: now, isOutgoing: false)
        facts.interface = origin.interface
        facts.hardware = origin.hardware
        keep(packet, facts, of: .card(client))
    }

    private static func client(_ heard: Heard, in memory: ClientMemory) -> ClientHardware? {
        switch heard {
        case .nothing: nil
        case .server(let offer, _): memory.knows(offer.hardware) ? offer.hardware : nil
        case .refusal(let hardware): memory.knows(hardware) ? hardware : nil
        case .client(let request): request.facts.hardware
        }
    }

    /// Keeps what a boot client said to a bound socket of ours.
    func keep(datagram: RawSpan, _ heard: Heard, now: Instant) {
        guard isOn, case .client(let request) = heard else { return }
        var facts = FlightFacts(.datagram, time: now, isOutgoing: false)
        facts.interface = request.arrival.interface
        facts.source = IPEndpoint(request.arrival.source)
        facts.destination = IPEndpoint(
            Endpoint(address: request.arrival.destination, port: request.arrival.port.number))
        keep(datagram, facts, of: .card(request.facts.hardware))
    }

    /// Keeps an answer of ours.
    func keep(answer message: [UInt8], _ reply: BootReply, to request: PreparedReply.Request, now: Instant) {
        guard isOn else { return }
        var facts = FlightFacts(.datagram, time: now, isOutgoing: true)
        facts.interface = request.arrival.interface
        facts.source = IPEndpoint(Endpoint(address: request.arrival.serverAddress, port: request.arrival.port.number))
        facts.destination = IPEndpoint(reply.route.destination)
        keep(message.span.bytes, facts, of: .card(request.facts.hardware))
    }
}

extension Arrival.Port {
    /// The UDP port.
    fileprivate var number: UInt16 {
        switch self {
        case .dhcp: DHCPSockets.serverPort
        case .bootService: DHCPSockets.bootServicePort
        }
    }
}
