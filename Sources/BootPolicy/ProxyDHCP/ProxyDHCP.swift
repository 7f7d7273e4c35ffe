import Wire

/// The one place that decides whether and how a client is answered.
package enum ProxyDHCP {
    /// The answer to one message.
    ///
    /// Stateless: the same message gets the same answer, also after a restart (EDK2 repeats port 4011 four times).
    package static func answer(_ facts: ClientFacts, arrival: Arrival, in catalog: Catalog) -> ProxyAnswer {
        if let refusal = refusal(of: facts, arrival: arrival, mode: catalog.mode) {
            return .ignore(refusal)
        }
        switch offer(for: facts, arrival: arrival, in: catalog) {
        case .failure(let refusal):
            return .ignore(refusal)
        case .success(let boot):
            return .reply(reply(boot, to: facts, arrival: arrival, in: catalog))
        }
    }

    /// Reasons that do not depend on what the client would boot.
    private static func refusal(of facts: ClientFacts, arrival: Arrival, mode: ServiceMode) -> Refusal? {
        switch arrival.port {
        case .dhcp:
            // A REQUEST on port 67 is the lease's business: an ACK with yiaddr 0 would cost the client its address.
            // The one exception, a boot item picked by broadcast (43.71), belongs to menus, which we do not offer.
            guard facts.type == .discover else { return facts.asksForBootItem ? .bootMenuNotOffered : .notForUs }
        case .bootService:
            guard facts.type == .request || facts.type == .inform else { return .notForUs }
            // PXE 2.1 table 2-1, tag 8: a boot server must not answer for a type it does not serve.
            if facts.asksForBootItem { return .bootMenuNotOffered }
            // Another proxy's client: two ACKs would race.
            if let server = facts.intendedServer, server != arrival.serverAddress { return .otherServer }
        }
        if !facts.relayAddress.isAny, !facts.relayAddress.isUnicast || facts.relayAddress == arrival.serverAddress {
            return .unservableRelay
        }
        if arrival.serverAddress.isAny { return .interfaceWithoutAddress }
        return mode.continuesBoots ? frozen(facts, arrival, mode) : .observing
    }

    /// When frozen, the loader of a boot under way still gets its script; whoever begins anew gets nothing.
    private static func frozen(_ facts: ClientFacts, _ arrival: Arrival, _ mode: ServiceMode) -> Refusal? {
        guard arrival.port == .dhcp, !mode.beginsBoots else { return nil }
        let isLoader = facts.stage == .ownIPXE || facts.stage == .foreignIPXE
        return isLoader && arrival.isBootUnderWay ? nil : .frozen
    }

    /// What a client boots, and in which shape it hears of it.
    private struct Boot {
        var shape: ReplyShape
        var file: String
        /// Whether the reply must beat a file name of the DHCP server (option 175.1).
        var beatsRouter: Bool
    }

    private static func offer(
        for facts: ClientFacts, arrival: Arrival, in catalog: Catalog
    ) -> Result<Boot, Refusal> {
        switch facts.stage {
        case .ownIPXE:
            return .success(script(arrival, catalog))
        case .foreignIPXE where facts.features.canRunScript:
            return .success(script(arrival, catalog))
        case .foreignIPXE:
            // A crippled iPXE gets a whole one. As a URI, which makes it independent of any next-server.
            return loader(for: facts, in: catalog).map { loader in
                let server = catalog.tftpAddress ?? arrival.serverAddress
                return Boot(shape: .direct, file: "tftp://\(server)/\(URLPath.escaped(loader.name))", beatsRouter: true)
            }
        case .firmware:
            // EDK2 NetworkPkg of 2010-2017 throws away any proxy OFFER that holds 43.6...10, and EDK2 before 2013 does
            // not know bit 3: BINL is what all UEFI understands. BIOS ROMs take the file from the OFFER.
            let shape: ReplyShape = facts.architecture?.isBIOS == true ? .direct : .binl
            return loader(for: facts, in: catalog).map { Boot(shape: shape, file: $0.name, beatsRouter: false) }
        case .httpFirmware:
            return .failure(.noShapeForClient)
        }
    }

    private static func script(_ arrival: Arrival, _ catalog: Catalog) -> Boot {
        let url = catalog.baseURL(local: arrival.serverAddress) + "/" + IPXEScript.path
        return Boot(shape: .direct, file: url, beatsRouter: true)
    }

    private static func loader(for facts: ClientFacts, in catalog: Catalog) -> Result<Loader, Refusal> {
        guard let architecture = facts.architecture, let role = role(of: architecture, stage: facts.stage),
            let loader = catalog.loaders[role]
        else { return .failure(.unknownArchitecture) }
        // An offer of a file that is not there would end in PXE-E32 or E53, far from its cause.
        return loader.isPresent ? .success(loader) : .failure(.loaderMissing)
    }

    private static func role(of architecture: ClientArchitecture, stage: BootStage) -> LoaderTable.Role? {
        if architecture.isX64UEFI { return .uefiX64 }
        guard architecture.isBIOS else { return nil }
        // undionly.kpxe cannot be started from an iPXE ROM, which already holds the UNDI driver.
        return stage == .foreignIPXE ? .biosIPXE : .bios
    }

    private static func reply(_ boot: Boot, to facts: ClientFacts, arrival: Arrival, in catalog: Catalog) -> BootReply {
        var message = DHCPReply(
            kind: arrival.port == .dhcp ? .offer : .acknowledge, transaction: facts.transaction,
            hardware: facts.hardware, serverIdentifier: arrival.serverAddress)
        message.vendorClass = facts.clientClass
        message.machine = facts.machine
        message.relayAddress = facts.relayAddress
        message.relayInformation = facts.relayInformation
        message.sizeLimit = facts.sizeLimit
        message.nextServer = catalog.tftpAddress ?? arrival.serverAddress
        message.bootFile = boot.file
        if boot.beatsRouter {
            // Current iPXE prefers the DHCP server's file name over the proxy's; priority 1 turns that round.
            message.ipxeOptions = [IPXEOption.priority, 1, 1, 255]
        }
        switch arrival.port {
        case .dhcp:
            shape(&message, boot, arrival)
        case .bootService:
            // RFC 2131 §4.3.5: the client's own address is copied; yiaddr stays zero. No option 43: EDK2 would look
            // for a menu in it.
            message.clientAddress = facts.clientAddress
        }
        let route = route(facts, arrival)
        // The client cannot be reached but by broadcast, whatever it thinks; relays and port 4011 get a copy.
        message.flags = route == .broadcast ? facts.flags | 0x8000 : facts.flags
        return BootReply(message: message, route: route, shape: boot.shape)
    }

    private static func shape(_ message: inout DHCPReply, _ boot: Boot, _ arrival: Arrival) {
        switch boot.shape {
        case .direct:
            message.vendorOptions = [PXEOption.discoveryControl, 1, PXEOption.useFileNamed]
            if !boot.beatsRouter {
                // Some ROMs stop with PXE-E74 without a prompt; "PXE" after 0 seconds is never shown.
                message.vendorOptions += [PXEOption.menuPrompt, 4, 0] + Array("PXE".utf8)
            }
            message.vendorOptions.append(DHCPOptionCode.end.rawValue)
        case .binl:
            // The file is named here too, for firmware that reads it. EDK2 visits siaddr's port 4011, so in the OFFER
            // siaddr is ourselves even when TFTP is elsewhere.
            message.nextServer = arrival.serverAddress
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
        case .dhcp:
            // The unicast rule of RFC 2131 §4.1 means "to yiaddr", which a proxy has none of.
            return .broadcast
        }
    }
}
