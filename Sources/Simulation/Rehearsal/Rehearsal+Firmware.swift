import BootPolicy
import Wire

extension Rehearsal {
    /// What a machine was told: how its last answer read.
    struct Told {
        var reply: BootReply

        var file: String { reply.message.bootFile }
        var server: IPv4Address { reply.message.nextServer }

        /// Where the file is.
        var location: BootLocation {
            BootLocation(url: file) ?? BootLocation(.tftp, server: "\(server)", path: file)
        }
    }

    /// Firmware with a network stack of its own: DHCP, port 4011 where the offer wants that, and the loader.
    mutating func playFirmware() {
        guard let told = converse(as: .firmware, plan.kind.model, plan.kind.architecture) else { return }
        let location = told.location
        // EDK2 and the ROMs of BIOS cards ask for the size first, EDK2 by HTTP too (HEAD).
        guard let size = fetch(location, by: .firmware, isProbe: true) else { return }
        guard size.isThere else { return missing(location, size, by: .firmware) }
        guard let found = fetch(location, by: .firmware) else { return }
        start(found, from: location, by: .firmware)
    }

    /// Ends because something that is needed is not to be had.
    mutating func missing(
        _ location: BootLocation, _ found: RehearsalWorld.Found, by actor: RehearsalStep.Actor
    ) {
        guard case .refused(let reason) = found.answer else { return }
        stop(.fileMissing, "\(actor.rawValue) cannot have \(location.path): \(reason.summary) (\(reason.code))")
    }

    // MARK: DHCP

    /// One round of DHCP.
    ///
    /// - Parameters:
    ///   - model: whose messages these are.
    ///   - architecture: what option 93 says, where the model says something else.
    /// - Returns: nil when the rehearsal is over by that.
    mutating func converse(
        as actor: RehearsalStep.Actor, _ model: FirmwareModel, _ architecture: ClientArchitecture?
    ) -> Told? {
        var request = ClientRequest(
            model, .discover, hardware: plan.hardware, machine: plan.machine, transaction: 0x5049_0001)
        request.architecture = architecture
        guard let facts = facts(of: request), let offer = answer(to: facts, by: actor) else { return nil }
        if facts.stage.isFirmware { isUnderWay = true }
        switch offer.reply.shape {
        case .direct, .http, .raspberryPi, .raspberryPi3: return offer
        case .binl: return visit(facts, by: actor, item: nil)
        case .menu:
            guard let item = pick(by: actor) else { return nil }
            return visit(facts, by: actor, item: item)
        }
    }

    private mutating func facts(of request: ClientRequest) -> ClientFacts? {
        var writer = ByteWriter()
        request.write(into: &writer)
        let read: Result<ClientFacts, Refusal>
        do throws(DecodeError) {
            read = ClientFacts.read(try DHCPMessage(writer.bytes.span.bytes), classes: world.catalog.vendorClasses)
        } catch {
            read = .failure(.malformed)
        }
        switch read {
        case .success(let facts): return facts
        case .failure(let refusal):
            finish(.refused(refusal))
            return nil
        }
    }

    /// The item of the firmware's own menu that is taken: one that somebody chooses, else the first.
    private mutating func pick(by actor: RehearsalStep.Actor) -> PXEBootItem? {
        let items = world.catalog.menu.wire.items
        var item = items.first
        if let wish = choices.first, let wished = items.first(where: { $0.text == wish }) {
            choices.removeFirst()
            item = wished
        }
        note(actor, "menu of the firmware: \(item?.text ?? "nothing to choose")")
        guard let item, item.type != 0 else {
            finish(.disk)
            return nil
        }
        return PXEBootItem(type: item.type, layer: 0)
    }

    /// Port 4011, which tells the file.
    private mutating func visit(
        _ facts: ClientFacts, by actor: RehearsalStep.Actor, item: PXEBootItem?
    ) -> Told? {
        var facts = facts
        facts.type = .request
        facts.clientAddress = plan.address
        facts.bootItem = item
        return answer(to: facts, by: actor)
    }

    private mutating func answer(to facts: ClientFacts, by actor: RehearsalStep.Actor) -> Told? {
        let arrival = arrival(of: facts)
        var answer = ProxyDHCP.answer(facts, arrival: arrival, in: world.catalog)
        if case .ask(let question) = answer {
            note(actor, "would ask \(question.place), and goes on as if that left it to the rule")
            answer = ProxyDHCP.answer(
                facts, arrival: arrival, in: world.catalog, ruling: .decided(.boot(.usual)))
        }
        switch answer {
        case .reply(let reply):
            order = reply.order
            let told = RehearsalStep.Told(
                isOffer: facts.type == .discover, shape: reply.shape, file: reply.message.bootFile,
                server: reply.message.nextServer, stage: facts.stage)
            add(actor, .told(told))
            return Told(reply: reply)
        case .ignore(let refusal): finish(.refused(refusal))
        case .ask: finish(.refused(.undecided))
        }
        return nil
    }

    private func arrival(of facts: ClientFacts) -> Arrival {
        let isDiscover = facts.type == .discover
        var arrival = Arrival(
            port: isDiscover ? .dhcp : .bootService, interface: 0, interfaceName: plan.interfaceName,
            serverAddress: plan.server,
            source: isDiscover ? Endpoint(address: .any, port: 68) : Endpoint(address: plan.address, port: 4011),
            destination: isDiscover ? .broadcast : plan.server)
        arrival.history.isBootUnderWay = isUnderWay
        if facts.stage == .firmware, let lesson = plan.lessons[facts.fingerprint] {
            arrival.history.style = lesson.style
            arrival.history.loader = lesson.loader
            arrival.history.reason = .learned
        }
        return arrival
    }
}
