package import Wire

/// What one client heard after it asked.
package struct Hearing: Sendable {
    /// When it asked first.
    package var asked: Instant
    /// The OFFERs, in the order of their arrival.
    package private(set) var offers: [ObservedOffer] = []
    /// The ACKs: of the DHCP server, and of boot services on port 4011.
    package private(set) var acknowledgements: [ObservedOffer] = []
    /// Whether answers of port 4011 would have been heard. They are unicast: a capture at the client has them, a probe
    /// that never sends a REQUEST has not.
    package var hearsBootService: Bool

    /// Messages kept for one client: EDK2 keeps 16 OFFERs.
    private static let limit = 64

    package init(asked: Instant, offers: [ObservedOffer] = [], hearsBootService: Bool = false) {
        self.asked = asked
        self.hearsBootService = hearsBootService
        for offer in offers { note(offer) }
    }

    /// Adds a message; the 65th of its kind and later ones are left out, and answers to INFORM.
    package mutating func note(_ message: ObservedOffer) {
        if message.answersInform { return }
        if message.type == .offer {
            if offers.count < Self.limit { offers.append(message) }
        } else if acknowledgements.count < Self.limit {
            acknowledgements.append(message)
        }
    }

    /// The DHCP server's ACK, which firmware hands on to what it boots; nil when only OFFERs are known.
    var leaseAcknowledgement: ObservedOffer? { acknowledgements.last { !$0.isBootService } }
}
