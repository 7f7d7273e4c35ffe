package import BootPolicy
package import Exchange
package import LinuxIO
import Wire

/// The ProxyDHCP engine: one thread that hears port 67 by its door and port 4011 by a bound socket.
///
/// A packet's way through it: receive → `Wire` view → `ClientFacts` → `ProxyDHCP.answer` → `DHCPReplyWriter` → send.
package struct DHCPEngine: ~Copyable {
    private let sockets: DHCPSockets
    private let context: EngineContext
    private let wake: WakeUp
    private let pulse: Pulse
    private let epoll: Epoll
    private var batch = ReceiveBatch()
    private var links: ServedLinks
    private var sender = ReplySender()
    private var memory: ClientMemory
    private var pending = PendingReplies()
    private var parked = ParkedRequests()
    /// Who else answers here.
    private var survey = Survey()
    private var membership = GroupMembership(group: PXEMenu.group)
    /// The generation of the catalog that the links were chosen by.
    private var chosenGeneration = 0
    /// Asking the kernel for its interfaces failed; to be tried again.
    private var owesRefresh = false
    private var arrivals = ArrivalWatch()
    private var budget: EventBudget
    /// When port 67 was last read, and whether packets come so fast that it is read less often.
    private var lastRead = Instant(nanoseconds: 0)
    private var isStormy = false

    private enum Token: UInt64 {
        case packets = 1
        case bootService
        case network
        case wake
        case arrivals
    }

    /// - Parameters:
    ///   - lessons: what earlier runs learned of firmware.
    ///   - wake: stirred to make the engine look at the stop signal, the catalog, and what its memory was told.
    init(sockets: DHCPSockets, context: EngineContext, lessons: [Lesson], wake: WakeUp) throws(SystemError) {
        let epoll = try Epoll()
        try sockets.door.watch(on: epoll, token: Token.packets.rawValue, arrivals: Token.arrivals.rawValue)
        try epoll.add(sockets.bootService.descriptor, token: Token.bootService.rawValue)
        try epoll.add(sockets.network.changes, token: Token.network.rawValue)
        try epoll.add(wake.descriptor, token: Token.wake.rawValue)
        links = ServedLinks(table: try sockets.network.interfaces())
        memory = ClientMemory(lessons: lessons)
        budget = EventBudget(now: Clock.now)
        self.sockets = sockets
        self.context = context
        self.wake = wake
        pulse = context.roll.join(Self.threadName) { _ in wake.signal() }
        self.epoll = epoll
    }

    private static let threadName = "pf-dhcp"

    /// Starts the engine on a thread of its own.
    ///
    /// - Throws: `SystemError` when the kernel refuses what the engine needs.
    package static func start(
        sockets: DHCPSockets, context: EngineContext, lessons: [Lesson], wake: WakeUp
    ) throws(SystemError) -> EngineThread {
        let engine = HandOver(try DHCPEngine(sockets: sockets, context: context, lessons: lessons, wake: wake))
        return try EngineThread(name: threadName, role: .packets) { engine.take().run() }
    }

    /// Serves until the stop signal is raised.
    consuming func run() {
        chooseLinks()
        while !context.stop.isRaised {
            pulse.beat()
            do throws(SystemError) {
                try weatherStorm()
                let count = try epoll.wait(patience())
                if count == 0, owesRefresh { try refreshLinks() }
                for index in 0..<count { try serve(epoll[index].token) }
                giveUpWaiting()
                sendPending()
                tellUntold()
                tellUnheard()
            } catch {
                context.events.record(.notice(Notice(.error, "DHCP: \(error)")))
            }
        }
    }

    /// Waking for every packet costs more than the answer to it: in a storm several are let come first, and what else
    /// may have stirred is asked for only every few rounds.
    private mutating func weatherStorm() throws(SystemError) {
        for _ in 1..<Self.stormRounds where isStormy {
            napThroughRound()
            try receivePackets()
            sendPending()
        }
        if isStormy { napThroughRound() }
        isStormy = false
    }

    private func napThroughRound() {
        Clock.nap(max(.zero, lastRead + Self.stormRound - Clock.now))
    }

    /// How long to wait for something to happen; nil for ever.
    private func patience() -> TimeSpan? {
        let due = min(
            pending.deadline ?? .never, budget.deadline ?? .never, context.decisions.deadline ?? .never,
            arrivals.deadline ?? .never)
        let untilDue = due == .never ? nil : max(.zero, due - Clock.now)
        return owesRefresh ? min(untilDue ?? .seconds(1), .seconds(1)) : untilDue
    }

    private mutating func serve(_ token: UInt64) throws(SystemError) {
        switch Token(rawValue: token) {
        case .packets: try receivePackets()
        case .bootService: try receiveBootService()
        case .network: try refreshLinks()
        case .wake: wakeUp()
        case .arrivals: try receiveArrivals()
        case nil: break
        }
    }

    /// In a storm port 67 is read once in this time, however long the answers take of it: no client notices (EDK2
    /// collects offers for 4 s). And the pace of packets that it is for, which has to be the slower one.
    private static let stormRound = TimeSpan.microseconds(600)
    private static let stormPace = TimeSpan.microseconds(800)
    /// Rounds until the other descriptors and the stop signal have their turn.
    private static let stormRounds = 8

    private mutating func receivePackets() throws(SystemError) {
        let previous = lastRead
        lastRead = Clock.now
        isStormy = false
        let catalog = context.catalog.current
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try sockets.door.receive(into: &batch)
            // A read that brings nothing ends the storm.
            if batch.count > 0 { isStormy = lastRead - previous < Self.stormPace }
            context.counters.add(.dhcpReceived, batch.count)
            let (now, wall) = (Clock.now, Clock.wallMilliseconds)
            for index in 0..<batch.count { act(on: hear(index, catalog, now), catalog, now, wall: wall) }
            flush()
        }
    }

    /// What one of the packets of the batch says, as the door has brought it.
    private func hear(_ index: Int, _ catalog: Catalog, _ now: Instant) -> Heard {
        switch sockets.door {
        case .packets:
            let origin = batch.origin(index)
            let heard = PacketReader.read(
                batch.payload(index), origin: origin, links: links, classes: catalog.vendorClasses)
            context.flight.keep(batch.payload(index), heard, origin, in: memory, now: now)
            return heard
        case .bound:
            guard let destination = batch.destination(index), let address = destination.address.ipv4,
                let source = batch.source(index).ipv4
            else { return .nothing(.malformed) }
            let heard = PacketReader.read(
                datagram: batch.payload(index), source: source, interface: destination.interface,
                destination: address, links: links, classes: catalog.vendorClasses)
            context.flight.keep(datagram: batch.payload(index), heard, now: now)
            return heard
        }
    }

    private mutating func receiveBootService() throws(SystemError) {
        let catalog = context.catalog.current
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try batch.receive(from: sockets.bootService.descriptor)
            context.counters.add(.dhcpReceived, batch.count)
            let (now, wall) = (Clock.now, Clock.wallMilliseconds)
            for index in 0..<batch.count {
                guard let destination = batch.destination(index), let address = destination.address.ipv4,
                    let source = batch.source(index).ipv4
                else { continue }
                context.requests.note(source.address, port: DHCPSockets.bootServicePort, now: now)
                let heard = PacketReader.readBootService(
                    batch.payload(index), source: source, interface: destination.interface,
                    destination: address, links: links, classes: catalog.vendorClasses)
                context.flight.keep(datagram: batch.payload(index), heard, now: now)
                act(on: heard, catalog, now, wall: wall)
            }
        }
    }

    /// What the card brought for ports 69 and 4011, which others read.
    private mutating func receiveArrivals() throws(SystemError) {
        try sockets.door.receiveArrivals(into: &batch)
        let now = Clock.now
        for index in 0..<batch.count {
            let origin = batch.origin(index)
            guard let request = PacketReader.request(batch.payload(index), origin: origin, links: links),
                request.destination.port == DHCPSockets.bootServicePort || context.requests.isOpen(request.destination)
            else { continue }
            arrivals.note(request.client, port: request.destination.port, interface: origin.interface, now: now)
        }
    }

    /// Tells of requests that came to this host and not to the service.
    private mutating func tellUnheard() {
        let requests = context.requests
        let unheard = arrivals.due(now: Clock.now) { requests.wasHeard($0, port: $1, since: $2) }
        for request in unheard { context.events.record(.unheard(request)) }
    }

    /// - Parameters:
    ///   - now: one reading of the clock for a whole batch, which takes less than a millisecond.
    ///   - wall: likewise, in milliseconds since 1970.
    private mutating func act(on heard: consuming Heard, _ catalog: Catalog, _ now: Instant, wall: Int64) {
        switch heard {
        case .nothing(let refusal):
            context.counters.add(refusal == .malformed ? .dhcpMalformed : .dhcpIgnored)
        case .server(let offer, let interface):
            hear(offer, interface, catalog)
        case .refusal(let hardware):
            memory.noteRefusal(hardware)
        case .client(var request):
            let (history, learned) = memory.hear(request.facts, on: request.arrival.port, now: now)
            request.arrival.history = history
            tell(learned)
            context.addresses.note(BootSighting(request.facts, at: wall), of: request.facts.hardware)
            // Its own word, for switches that keep the DHCP server's from us; in a DISCOVER it is a wish only.
            if request.facts.type != .discover {
                context.addresses.note(
                    request.facts.requestedAddress ?? request.facts.clientAddress, request.facts.hardware)
            }
            answer(request, catalog, now)
        }
    }

    /// Another server spoke to somebody.
    private mutating func hear(_ offer: ObservedOffer, _ interface: Int32, _ catalog: Catalog) {
        // What we said on one link comes back to us on another of the same network.
        if survey.isOwn(offer) { return }
        if offer.isRival(classes: catalog.vendorClasses) {
            memory.noteRival(now: offer.arrival)
            pending.standDown(offer.hardware)
        }
        // The talk of other machines with their DHCP server is none of the operator's worries.
        guard memory.knows(offer.hardware) else { return }
        for finding in survey.note(offer, now: offer.arrival) {
            context.events.record(.found(finding, interface: interface))
        }
        memory.noteLease(offer.hardware, address: offer.address)
        context.addresses.note(offer.address, offer.hardware)
        if budget.take(now: offer.arrival, count: { $0.others += 1 }) {
            context.events.record(
                .foreignOffer(ForeignOffer(offer, codes: survey.codes(of: offer)), interface: interface))
        }
    }

    /// Tells how much of a storm was not told one by one.
    private mutating func tellUntold() {
        guard let untold = budget.due(now: Clock.now) else { return }
        context.events.record(
            .untold(answered: untold.answered, refused: untold.refused, others: untold.others))
    }

    private mutating func answer(
        _ request: PreparedReply.Request, _ catalog: Catalog, _ now: Instant, ruling: WebhookRuling? = nil
    ) {
        switch ProxyDHCP.answer(request.facts, arrival: request.arrival, in: catalog, ruling: ruling) {
        case .ignore(let refusal):
            refuse(request, refusal, now)
        case .reply(let reply):
            let prepared = PreparedReply(request: request, reply: reply)
            switch pending.turn(of: prepared, now: now) {
            case .now: send(reply, to: request, now)
            case .later: break
            case .never: context.counters.add(.dhcpRefused)
            }
        case .ask(let question): consult(question, for: request, catalog, now)
        }
    }

    /// What an endpoint said of a machine, if that still holds; else it is asked, and the request waits.
    private mutating func consult(
        _ question: WebhookQuestion, for request: PreparedReply.Request, _ catalog: Catalog, _ now: Instant
    ) {
        let standing = context.decisions.consult(question, now: now)
        switch standing {
        case .known(let ruling): return answer(request, catalog, now, ruling: ruling)
        case .crowded:
            context.counters.add(.webhookCrowded)
            return answer(request, catalog, now, ruling: .failed)
        case .waiting, .toAsk: break
        }
        if !parked.add(request, for: question.key) { answer(request, catalog, now, ruling: .failed) }
        if standing == .toAsk {
            context.counters.add(.webhookAsked)
            context.ask(question)
        }
    }

    /// Takes an endpoint's word, and answers all who waited for it.
    private mutating func hear(_ report: WebhookReport) {
        let now = Clock.now
        // Of one that was given up all is told, unless it brought a decision after all.
        if !context.decisions.settle(report, now: now), report.ruling == .failed { return }
        conclude(report, now)
    }

    /// The questions that nobody answered, not even by a failure.
    private mutating func giveUpWaiting() {
        guard let deadline = context.decisions.deadline, deadline <= Clock.now else { return }
        let now = Clock.now
        for question in context.decisions.expire(now: now) {
            let wait = question.webhook.timeout
            let reason = "no answer within \(wait.nanoseconds / 1_000_000) ms"
            conclude(WebhookReport(question, .failed(reason), duration: wait), now)
        }
    }

    private mutating func conclude(_ report: WebhookReport, _ now: Instant) {
        if report.ruling == .failed { context.counters.add(.webhookFailed) }
        if budget.take(now: now, count: { $0.others += 1 }) { context.events.record(.decided(report)) }
        let catalog = context.catalog.current
        for request in parked.take(report.question.key) { answer(request, catalog, now, ruling: report.ruling) }
    }

    private mutating func sendPending() {
        guard pending.deadline != nil else { return flush() }
        // The operator's word counts from when it is published on, not from when we are woken for it.
        followCatalog()
        let now = Clock.now
        while let due = pending.next(now: now) {
            switch due {
            case .send(let prepared): send(prepared.reply, to: prepared.request, now)
            case .calledOff(let request): refuse(request, .standingBy, now)
            }
        }
        flush()
    }

    private mutating func flush() {
        var failures = 0
        var last: SystemError?
        sender.flush(over: sockets) { error in
            failures += 1
            last = error
        }
        guard let last else { return }
        context.counters.add(.dhcpSendFailed, failures)
        if budget.take(now: Clock.now, count: { $0.others += failures }) {
            context.events.record(.notice(Notice(.error, "\(failures) DHCP answers did not leave: \(last)")))
        }
    }

    private mutating func send(_ reply: BootReply, to request: PreparedReply.Request, _ now: Instant) {
        if sender.isFull { flush() }
        switch sender.send(reply, arrival: request.arrival, relayHardware: request.sender, over: sockets) {
        case .sent:
            context.counters.add(.dhcpAnswered)
            context.flight.keep(answer: sender.latest, reply, to: request, now: now)
            memory.noteOffer(reply, to: request.facts, now: now)
            context.addresses.note(reply.order, of: request.facts.hardware)
            if budget.take(now: now, count: { $0.answered += 1 }) {
                let (port, interface) = (request.arrival.port, request.arrival.interface)
                let client = BootClient(request.facts, interfaceName: request.arrival.interfaceName)
                context.events.record(.answered(client, port: port, interface: interface, reply: reply))
            }
        case .tooLarge:
            refuse(request, .replyTooLarge, now)
        case .failed(let error):
            context.counters.add(.dhcpSendFailed)
            if budget.take(now: now, count: { $0.others += 1 }) {
                context.events.record(.notice(Notice(.error, "DHCP answer to \(request.facts.hardware): \(error)")))
            }
        }
    }

    private mutating func refuse(_ request: PreparedReply.Request, _ refusal: Refusal, _ now: Instant) {
        context.counters.add(refusal.concernsBootClient ? .dhcpRefused : .dhcpIgnored)
        // What was decided for it before holds no longer.
        if refusal == .leftAlone { context.addresses.note(.usual, of: request.facts.hardware) }
        if refusal.concernsBootClient, budget.take(now: now, count: { $0.refused += 1 }) {
            let client = BootClient(request.facts, interfaceName: request.arrival.interfaceName)
            context.events.record(.refused(client, interface: request.arrival.interface, reason: refusal))
        }
    }

    private func tell(_ lesson: Lesson?) {
        if let lesson { context.events.record(.learned(lesson)) }
    }

    private mutating func refreshLinks() throws(SystemError) {
        sockets.network.clearChanges()
        owesRefresh = true
        links.table = try sockets.network.interfaces()
        owesRefresh = false
        chooseLinks()
    }

    private mutating func chooseLinks() {
        let catalog = context.catalog.current
        let changes = links.choose(names: catalog.interfaces)
        // Answers that wait were decided by other settings or for other links.
        if !changes.isEmpty || catalog.generation != chosenGeneration {
            pending.removeAll()
            parked.removeAll()
        }
        chosenGeneration = catalog.generation
        for event in changes { context.events.record(event) }
        context.interfaces.tell(links.indices)
        survey.ours = links.addresses
        joinGroup(catalog)
    }

    /// Boot servers are asked at a group only if a menu of ours names it; otherwise we are no member, and an observer
    /// sends no membership report either.
    private mutating func joinGroup(_ catalog: Catalog) {
        let isWanted = catalog.menu.discovery == .multicast && catalog.mode.continuesBoots
        for failure in membership.update(isWanted ? links.indices : [], of: sockets.bootService) {
            context.events.record(.notice(Notice(.warning, "multicast discovery: \(failure)")))
        }
    }

    /// A new catalog may name other interfaces.
    private mutating func followCatalog() {
        if context.catalog.current.generation != chosenGeneration { chooseLinks() }
    }

    /// There is a new catalog, or the other engines have told how far a client came.
    private mutating func wakeUp() {
        wake.clear()
        followCatalog()
        for item in context.memory.drain() {
            switch item {
            case .file(let progress): tell(memory.noteFile(progress, now: Clock.now))
            case .decision(let report): hear(report)
            case .forget(let kind): memory.forgetLessons(about: kind)
            }
        }
    }
}
