import Wire

/// Which datagram of a capture answers which: found in one pass from the end, so that a long capture takes no longer for each of
/// its questions than a short one.
struct RecordedAnswers {
    private struct Conversation: Hashable {
        let transaction: UInt32
        let hardware: ClientHardware
        let relay: IPv4Address
        /// Where it was asked, and whether for an offer.
        let port: UInt16
        let isDiscover: Bool
    }

    private struct Question: Hashable {
        let conversation: Conversation
        let type: DHCPMessageType?
    }

    private var answers: [Int: Int] = [:]
    /// The nearest behind the place that is looked at: answers, questions, what is sent to a TFTP client, what it asks.
    private var replies: [Conversation: Int] = [:]
    private var questions: [Question: Int] = [:]
    private var sent: [Endpoint: Int] = [:]
    private var requests: [Endpoint: Int] = [:]

    /// - Parameter isOurs: whether we sent a datagram.
    init(_ datagrams: [CapturedDatagram], isOurs: (CapturedDatagram) -> Bool) {
        for (place, datagram) in datagrams.enumerated().reversed() {
            let bootPorts: Set<UInt16> = [67, 68, 4011]
            if bootPorts.contains(datagram.source.port) || bootPorts.contains(datagram.destination.port) {
                hear(message: datagram, at: place, isOurs(datagram))
            } else {
                hear(transfer: datagram, at: place, isOurs(datagram))
            }
        }
    }

    /// The place of our answer to the question at a place, which comes before the same is asked again.
    subscript(place: Int) -> Int? { answers[place] }

    private mutating func hear(message datagram: CapturedDatagram, at place: Int, _ isOurs: Bool) {
        guard let message = try? DHCPMessage(datagram.payload.span.bytes) else { return }
        let (transaction, hardware, relay) = (message.transaction, message.hardware, message.relayAddress)
        func key(_ port: UInt16, _ isDiscover: Bool) -> Conversation {
            Conversation(
                transaction: transaction, hardware: hardware, relay: relay, port: port, isDiscover: isDiscover)
        }
        if message.isRequest {
            let conversation = key(datagram.destination.port, message.type == .discover)
            let question = Question(conversation: conversation, type: message.type)
            if let reply = replies[conversation], reply < questions[question] ?? .max { answers[place] = reply }
            questions[question] = place
        } else if isOurs, message.type == .offer || message.type == .acknowledge {
            replies[key(datagram.source.port, message.type == .offer)] = place
        }
    }

    private mutating func hear(transfer datagram: CapturedDatagram, at place: Int, _ isOurs: Bool) {
        let packet = datagram.payload.span.bytes
        if isOurs {
            if TFTPServerPacket.blockNumber(packet) != nil || TFTPServerPacket(packet) != .other {
                sent[datagram.destination] = place
            }
        } else if (try? ReadRequest(packet)) != nil {
            let client = datagram.source
            if let first = sent[client], first < requests[client] ?? .max { answers[place] = first }
            requests[client] = place
        }
    }
}
