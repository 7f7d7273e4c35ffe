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
            guard facts.type == .discover || picksItem && arrival.source.address.isUnicast else { return .notForUs }
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
    private static func network(_ facts: ClientFacts, _ arrival: Arrival, _ catalog: Catalog) -> Refusal? {
        let relay = facts.relayAddress
        if !relay.isAny, !relay.isUnicast || relay == arrival.serverAddress { return .unservableRelay }
        if arrival.serverAddress.isAny { return .interfaceWithoutAddress }
        let asker = arrival.port == .dhcp && facts.type == .discover ? relay : arrival.source.address
        let isKnown = asker.isAny || arrival.isLocal || catalog.networks.contains { $0.contains(asker) }
        return isKnown ? nil : .networkNotServed
    }

    private static func mode(_ facts: ClientFacts, _ arrival: Arrival, _ catalog: Catalog) -> Refusal? {
        guard catalog.mode.continuesBoots else { return .observing }
        if catalog.yieldsToRivals, arrival.history.isRivalPresent, facts.type == .discover { return .yielding }
        // When frozen, the loader of a boot under way still gets its script; whoever begins anew gets nothing.
        guard facts.type == .discover, !catalog.mode.beginsBoots else { return nil }
        return !facts.stage.isFirmware && arrival.history.isBootUnderWay ? nil : .frozen
    }
}
