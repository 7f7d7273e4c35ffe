package import Wire

/// Whom packets and events are kept of: a card, or an address whose card nobody has heard of.
package enum FlightClient: Hashable, Sendable {
    case card(ClientHardware)
    case address(IPAddress)
}

/// What is known of a packet beside its octets.
package struct FlightFacts: Sendable {
    /// What the octets are.
    package enum Content: UInt8, Sendable {
        /// An IPv4 packet from its header on, as the packet socket gave it.
        case packet
        /// What UDP carried; its headers can be made anew of the endpoints.
        case datagram
        /// No packet but a line of the log, in UTF-8.
        case event
    }

    package var content: Content
    /// On the monotonic clock.
    package var time: Instant
    package var isOutgoing: Bool
    /// Index of the interface; 0 when it is not known.
    package var interface: Int32 = 0
    /// The link-layer sender, if the socket said so.
    package var hardware: MACAddress?
    /// Of a datagram.
    package var source = IPEndpoint(address: IPAddress(.any), port: 0)
    package var destination = IPEndpoint(address: IPAddress(.any), port: 0)
    /// Octets of a datagram of which only the beginning is kept; 0 for one that is kept whole.
    package var carried = 0

    package init(_ content: Content, time: Instant, isOutgoing: Bool) {
        self.content = content
        self.time = time
        self.isOutgoing = isOutgoing
    }
}

/// A packet or an event that was kept.
package struct FlightRecord: Sendable {
    /// What a record takes in a file besides its octets.
    static let overhead = 128

    package let client: FlightClient
    package let facts: FlightFacts
    package let octets: [UInt8]

    package init(client: FlightClient, facts: FlightFacts, octets: [UInt8]) {
        self.client = client
        self.facts = facts
        self.octets = octets
    }
}

/// How full a flight recorder is.
package struct FlightUsage: Equatable, Sendable {
    package var clients = 0
    package var records = 0
    /// Octets of memory that it may take at most, and those that hold something.
    package var capacity = 0
    package var used = 0
    /// Clients that were forgotten for others.
    package var forgotten = 0
    /// Packets of clients that were not heard of before and came too many at once.
    package var leftOut = 0

    package init() {}
}
