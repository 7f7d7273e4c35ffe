import Wire

/// Who is answered at all, whatever it would boot.
enum Admission {
    static func refusal(of facts: ClientFacts, arrival: Arrival, in catalog: Catalog) -> Refusal? {
        conversation(facts, arrival) ?? network(facts, arrival, catalog) ?? mode(facts, arrival, catalog)
    }

    /// Whether the message is of a kind that a proxy answers on that port.
    private static func conversation(_ facts: ClientFacts, _ arrival: Arrival) -> Refusal? {
        let picksItem = facts.bootItem != nil && (facts.type == .request || facts.type == .inform)
        switch arrival.port {
        case .dhcp:
            // A REQUEST on port 67 is the lease's business: an ACK with yiaddr 0 would cost the client its address. The
            // one exception is a menu's item asked for by broadcast (43.71), and it needs an address to be answered at.
            guard facts.type == .discover || picksItem && arrival.source.isOneHost else { return .notForUs }
        case .bootService:
            guard facts.type == .request || facts.type == .inform else { return .notForUs }
            // The loader is told by URL in the OFFER; a visit here is somebody else's idea.
            if facts.clientClass == .http { return .notForUs }
        }
        // A Raspberry Pi knows its files by itself and asks nobody for them; an ACK could name none.
        if facts.type != .discover, facts.stage == .raspberryPi { return .notForUs }
        // Another proxy's client: two ACKs would race.
        if facts.type != .discover, let server = facts.intendedServer, server != arrival.serverAddress {
            return .otherServer
        }
        return nil
    }

    /// Whether it comes from where it may come from; answering anybody would make a reflector of us.
    ///
    /// A limited broadcast passes no router (RFC 1812 §5.3.5.1), so it comes from the link, whatever its source says.
    private static func network(_ facts: ClientFacts, _ arrival: Arrival, _ catalog: Catalog) -> Refusal? {
        let relay = facts.relayAddress
        if !relay.isAny, !relay.isUnicast || relay == arrival.serverAddress { return .unservableRelay }
        if arrival.serverAddress.isAny { return .interfaceWithoutAddress }
        let isRelayed = arrival.port == .dhcp && !relay.isAny
        if !isRelayed, facts.type == .discover, arrival.destination == .broadcast { return nil }
        let asker = isRelayed ? relay : arrival.source.address
        let isKnown = arrival.isLocal || catalog.networks.contains { $0.hasHost(asker) }
        return isKnown ? nil : .networkNotServed
    }

    private static func mode(_ facts: ClientFacts, _ arrival: Arrival, _ catalog: Catalog) -> Refusal? {
        guard catalog.mode.continuesBoots else { return .observing }
        if catalog.yieldsToRivals, arrival.history.isRivalPresent, facts.type == .discover { return .yielding }
        guard !catalog.mode.beginsBoots else { return nil }
        // When frozen, the loader of a boot under way still gets its script, and firmware that has our OFFER its ACK;
        // whoever begins anew gets nothing. The DHCP server's word sends some to port 4011 without any OFFER of ours.
        let begins = facts.type == .discover && facts.stage.isFirmware
        return !begins && arrival.history.isBootUnderWay ? nil : .frozen
    }
}

extension Endpoint {
    /// Whether an answer can be sent to it; nobody can be answered at port 0 (RFC 768).
    fileprivate var isOneHost: Bool { address.isUnicast && port != 0 }
}
