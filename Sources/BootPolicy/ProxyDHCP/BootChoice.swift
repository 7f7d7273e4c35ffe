import Wire

/// What a client boots, and in which shape it hears of it.
struct BootChoice {
    var shape: ReplyShape
    var reason: StyleReason
    /// A name for TFTP or a URL; empty for a client that knows what to ask for.
    var file: String
    /// Whether the reply must beat a file name of the DHCP server (option 175.1).
    var beatsRouter = false
    var delay = TimeSpan.zero

    static func make(
        for facts: ClientFacts, arrival: Arrival, plan: BootPlan, in catalog: Catalog
    ) -> Result<BootChoice, Refusal> {
        // In a DISCOVER the field means nothing: no menu was shown yet.
        if facts.type != .discover, let item = facts.bootItem {
            return menuItem(item, facts, arrival, plan, catalog)
        }
        return usual(for: facts, arrival, plan, catalog)
    }

    private static func usual(
        for facts: ClientFacts, _ arrival: Arrival, _ plan: BootPlan, _ catalog: Catalog
    ) -> Result<BootChoice, Refusal> {
        switch facts.stage {
        case .ownIPXE:
            return .success(script(arrival, plan, catalog))
        case .foreignIPXE where facts.features.canRunScript:
            return .success(script(arrival, plan, catalog))
        case .foreignIPXE:
            return wholeIPXE(facts, arrival, plan, catalog)
        case .firmware:
            return firmware(facts, arrival, plan, catalog)
        case .httpFirmware:
            return httpFirmware(facts, arrival, plan, catalog)
        case .raspberryPi:
            let shape: ReplyShape = plan.shape == .raspberryPi3 ? .raspberryPi3 : .raspberryPi
            return .success(BootChoice(shape: shape, reason: .stage, file: plan.loader?.name ?? "", delay: plan.delay))
        }
    }

    private static func script(_ arrival: Arrival, _ plan: BootPlan, _ catalog: Catalog) -> BootChoice {
        let lock = plan.target.flatMap { catalog.targets[$0]?.lock }
        let path = lock.map { IPXEScript.gatePath(of: $0.menu) } ?? IPXEScript.path(of: plan.target)
        let url = catalog.baseURL(local: IPAddress(arrival.serverAddress)) + "/" + URLPath.escaped(path)
        return BootChoice(shape: .direct, reason: .stage, file: url, beatsRouter: true, delay: plan.delay)
    }

    /// A crippled iPXE gets a whole one. As a URI, which makes it independent of any next-server.
    private static func wholeIPXE(
        _ facts: ClientFacts, _ arrival: Arrival, _ plan: BootPlan, _ catalog: Catalog
    ) -> Result<BootChoice, Refusal> {
        loader(for: facts, arrival, plan, catalog).map { loader in
            let server = plan.tftpServer(arrival, catalog)
            return BootChoice(
                shape: .direct, reason: .stage, file: "tftp://\(server)/\(URLPath.escaped(loader.name))",
                beatsRouter: true, delay: plan.delay)
        }
    }

    private static func firmware(
        _ facts: ClientFacts, _ arrival: Arrival, _ plan: BootPlan, _ catalog: Catalog
    ) -> Result<BootChoice, Refusal> {
        loader(for: facts, arrival, plan, catalog).map { loader in
            let (style, reason) = style(for: facts, arrival, plan, catalog)
            return BootChoice(
                shape: style.shape, reason: reason, file: loader.name,
                delay: style.isDelayed ? max(OfferStyle.pause, plan.delay) : plan.delay)
        }
    }

    private static func style(
        for facts: ClientFacts, _ arrival: Arrival, _ plan: BootPlan, _ catalog: Catalog
    ) -> (OfferStyle, StyleReason) {
        var style = arrival.history.style ?? OfferStyle.ladder(for: facts.architecture)[0]
        var reason = arrival.history.reason
        if let shape = plan.shape, shape.isChoosable {
            (style, reason) = (OfferStyle(shape), .rule)
        }
        // A menu of one is unreliable on UEFI (dnsmasq collapses it too). And EDK2 downloads from the address that 43.8
        // lists, which is ours and not another TFTP server's (PxeBcBoot.c). BINL says the same as either.
        let isTFTPElsewhere = plan.tftpServer(arrival, catalog) != arrival.serverAddress
        if style.shape == .menu, facts.architecture?.isUEFI == true, catalog.menu.items.count < 2 || isTFTPElsewhere {
            style.shape = .binl
        }
        return (style, reason)
    }

    private static func httpFirmware(
        _ facts: ClientFacts, _ arrival: Arrival, _ plan: BootPlan, _ catalog: Catalog
    ) -> Result<BootChoice, Refusal> {
        guard catalog.servesHTTP else { return .failure(.httpNotServed) }
        return loader(for: facts, arrival, plan, catalog).map { loader in
            // An address, never a name: the firmware would need a name server from the router for that.
            let url = catalog.baseURL(local: IPAddress(arrival.serverAddress)) + "/" + URLPath.escaped(loader.name)
            return BootChoice(shape: .http, reason: .stage, file: url, delay: plan.delay)
        }
    }

    /// PXE 2.1 table 2-1, tag 8: a boot server must not answer for a type that it does not serve.
    private static func menuItem(
        _ item: PXEBootItem, _ facts: ClientFacts, _ arrival: Arrival, _ plan: BootPlan, _ catalog: Catalog
    ) -> Result<BootChoice, Refusal> {
        guard !item.wantsCredentials, let choice = catalog.menu.choice(of: item.type) else {
            return .failure(.bootMenuNotOffered)
        }
        guard case .loader(let loader) = choice else {
            return usual(for: facts, arrival, plan, catalog).map { choice in
                BootChoice(shape: .menu, reason: .stage, file: choice.file, beatsRouter: choice.beatsRouter)
            }
        }
        guard loader.isPresent else { return .failure(.loaderMissing) }
        return .success(BootChoice(shape: .menu, reason: .stage, file: loader.name))
    }

    private static func loader(
        for facts: ClientFacts, _ arrival: Arrival, _ plan: BootPlan, _ catalog: Catalog
    ) -> Result<Loader, Refusal> {
        // On another server only its own administrator knows what is there.
        if let loader = plan.loader, plan.nextServer != nil { return .success(loader) }
        if let loader = plan.loader { return loader.isPresent ? .success(loader) : .failure(.loaderMissing) }
        guard let role = role(of: facts) else { return .failure(.unknownArchitecture) }
        let candidates = catalog.loaders[role]
        guard !candidates.isEmpty else { return .failure(.unknownArchitecture) }
        // An offer of a file that is not there would end in PXE-E32 or E53, far from its cause.
        let present = candidates.count(where: \.isPresent)
        guard present > 0 else { return .failure(.loaderMissing) }
        // What was learned is of the list for PXE firmware; a crippled iPXE and HTTP Boot have lists of their own kind.
        var left = facts.stage == .firmware ? arrival.history.loader % present : 0
        for loader in candidates where loader.isPresent {
            if left == 0 { return .success(loader) }
            left -= 1
        }
        return .failure(.loaderMissing)
    }

    private static func role(of facts: ClientFacts) -> LoaderTable.Role? {
        guard let role = facts.architecture?.role else { return nil }
        // undionly.kpxe cannot be started from an iPXE ROM, which already holds the UNDI driver.
        return role == .bios && facts.stage == .foreignIPXE ? .biosIPXE : role
    }
}

extension BootPlan {
    /// Where the client fetches by TFTP.
    func tftpServer(_ arrival: Arrival, _ catalog: Catalog) -> IPv4Address {
        nextServer ?? catalog.tftpAddress ?? arrival.serverAddress
    }
}
