import Wire

/// The one place that decides whether and how a client is answered.
package enum ProxyDHCP {
    /// The answer to one message.
    ///
    /// A pure function of its arguments: the same message with the same history gets the same answer, also after a
    /// restart (EDK2 repeats port 4011 four times).
    ///
    /// - Parameter ruling: what the endpoint said of this machine that its rule asks; nil when that is not known.
    package static func answer(
        _ facts: ClientFacts, arrival: Arrival, in catalog: Catalog, ruling: WebhookRuling? = nil
    ) -> ProxyAnswer {
        if let refusal = Admission.refusal(of: facts, arrival: arrival, in: catalog) {
            return .ignore(refusal)
        }
        let rule = catalog.rules.match(facts, arrival)
        let machine = catalog.machine(of: facts.hardware.mac)
        var plan: BootPlan
        switch rule?.verdict ?? (machine == nil ? catalog.strangers : nil) {
        case .silence: return .ignore(rule == nil ? .unknownMachine : .silencedByRule)
        case .boot(let own): plan = own
        case nil: plan = .usual
        }
        if let own = machine?.target { plan.target = own }
        // Nobody is asked about a machine whose target is settled, nor about one that can be told nothing.
        guard let webhook = plan.webhook, machine?.target == nil else {
            return answer(facts, arrival, plan, BootOrder(name: plan.target), catalog)
        }
        guard let ruling else {
            let otherwise = answer(facts, arrival, plan, BootOrder(name: plan.target), catalog)
            if case .ignore = otherwise { return otherwise }
            return WebhookQuestion(of: facts, arrival, to: webhook, machine: machine).map(ProxyAnswer.ask)
                ?? (webhook.fallback == .open ? otherwise : .ignore(.undecided))
        }
        switch webhook.order(by: ruling, otherwise: plan.target, among: catalog.targets) {
        case .failure(let refusal): return .ignore(refusal)
        case .success(let order): return answer(facts, arrival, plan, order, catalog)
        }
    }

    private static func answer(
        _ facts: ClientFacts, _ arrival: Arrival, _ plan: BootPlan, _ order: BootOrder, _ catalog: Catalog
    ) -> ProxyAnswer {
        var plan = plan
        // What was made up for one machine has no name: its script is that of who asks.
        plan.target = order.made == nil ? order.name : IPXEScript.decided
        switch BootChoice.make(for: facts, arrival: arrival, plan: plan, in: catalog) {
        case .failure(let refusal):
            return .ignore(refusal)
        case .success(let choice):
            return .reply(reply(choice, plan, order, to: facts, arrival: arrival, in: catalog))
        }
    }

    private static func reply(
        _ choice: BootChoice, _ plan: BootPlan, _ order: BootOrder, to facts: ClientFacts, arrival: Arrival,
        in catalog: Catalog
    ) -> BootReply {
        let isOffer = facts.type == .discover
        var message = DHCPReply(
            kind: isOffer ? .offer : .acknowledge, transaction: facts.transaction,
            hardware: facts.hardware, serverIdentifier: arrival.serverAddress)
        message.vendorClass = facts.clientClass
        message.machine = facts.machine
        message.relayAddress = facts.relayAddress
        message.relayInformation = facts.relayInformation
        message.sizeLimit = facts.sizeLimit
        message.nextServer = plan.tftpServer(arrival, catalog)
        message.bootFile = choice.file
        message.configurationFile = plan.configurationFile
        message.pathPrefix = plan.pathPrefix
        // Current iPXE prefers the DHCP server's file name over the proxy's; priority 1 turns that round.
        if choice.beatsRouter { message.ipxePriority = 1 }
        if isOffer {
            shape(&message, choice, arrival, catalog)
        } else {
            // RFC 2131 §4.3.5: the client's own address is copied; yiaddr stays zero. No menu in option 43: EDK2 would
            // start over with it.
            message.clientAddress = facts.clientAddress
            if let item = facts.bootItem { message.vendorOptions = .bootItem(item) }
        }
        let route = route(facts, arrival)
        // The client cannot be reached but by broadcast, whatever it thinks; relays and port 4011 get a copy.
        message.flags = route == .broadcast ? facts.flags | 0x8000 : facts.flags
        let standby = isOffer ? catalog.standby : nil
        var reply = BootReply(
            message: message, route: route, shape: choice.shape, reason: choice.reason,
            delay: isOffer ? max(choice.delay, standby ?? .zero) : .zero, isStandby: standby != nil)
        reply.isLoaderFixed = plan.loader != nil
        reply.order = order
        return reply
    }

    /// What makes an OFFER of one shape differ from that of another.
    private static func shape(
        _ message: inout DHCPReply, _ choice: BootChoice, _ arrival: Arrival, _ catalog: Catalog
    ) {
        switch choice.shape {
        case .direct:
            // Some ROMs stop with PXE-E74 without a prompt; "PXE" after 0 seconds is never shown.
            message.vendorOptions = .direct(prompt: !choice.beatsRouter)
        case .binl:
            // The file is named here too, for firmware that reads it. EDK2 visits siaddr's port 4011, so in the OFFER
            // siaddr is ourselves even when TFTP is elsewhere.
            message.nextServer = arrival.serverAddress
        case .menu:
            // The items are asked for at our address. The file stands here too, for whoever aborts the prompt.
            message.nextServer = arrival.serverAddress
            message.vendorOptions = .menu(catalog.menu.wire, server: arrival.serverAddress)
        case .http:
            break
        case .raspberryPi, .raspberryPi3:
            message.vendorOptions = .raspberryPi(firstGeneration: choice.shape == .raspberryPi3)
            // Which of siaddr, 66 and 54 counts differs by generation, so all are the same.
            message.repeatsServerAsText = true
        }
    }

    private static func route(_ facts: ClientFacts, _ arrival: Arrival) -> ReplyRoute {
        switch arrival.port {
        case .bootService:
            return .unicast(arrival.source)
        case .dhcp where !facts.relayAddress.isAny:
            // RFC 2131 §4.1: "If the 'giaddr' field in a DHCP message from a client is non-zero, the server sends any
            // return messages to the 'DHCP server' port on the BOOTP relay agent."
            return .relay(facts.relayAddress)
        case .dhcp where facts.type != .discover:
            // PXE 2.1 §2.2.1: the boot server's ACK goes to the port that the client asked from.
            return .dhcpUnicast(arrival.source)
        case .dhcp:
            // The unicast rule of RFC 2131 §4.1 means "to yiaddr", which a proxy has none of.
            return .broadcast
        }
    }
}
