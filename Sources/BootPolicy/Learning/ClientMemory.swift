package import Wire

/// What is remembered of the boot clients heard last, and what was learned of their kinds.
///
/// A pure state machine: messages, requests and the clock come in as arguments. It is bounded; who was heard of first is
/// forgotten first, so a flood of made-up clients costs nothing but itself.
package struct ClientMemory: Sendable {
    /// How far the boot came that the last offer began.
    private enum Step: Equatable, Sendable {
        /// Nothing was heard since the offer.
        case offered
        /// It asked port 4011, or for a menu's item.
        case visited
        /// It asked for the loader.
        case fetching
        /// It has the whole loader, since then.
        case loaded(Instant)
        /// The loader is at work: it asked for something else.
        case running
    }

    private struct Client: Sendable {
        let hardware: ClientHardware
        /// Its hash in `places`.
        let hash: UInt32
        var fingerprint: Fingerprint
        var step = Step.running
        /// When its firmware was last answered, in whatever way it boots.
        var begun: Instant?
        /// When its PXE firmware was last offered a loader.
        var offered: Instant?
        /// The offer's style, where on the ladder it began and how often it climbed since, and the file named in it.
        var style: OfferStyle?
        var entry = 0
        var rung = 0
        var retries = 0
        var loader = 0
        var isLoaderFixed = false
        var file = ""
        /// Whether the DHCP server was heard to offer an address since the client asked; it may be faster than we.
        var hasLeaseOffer = false
        /// The DHCP server took its word back, so that the client has to begin again through no fault of ours.
        var isExcused = false
        var address: IPv4Address?

        init(hardware: ClientHardware, hash: UInt32, fingerprint: Fingerprint) {
            self.hardware = hardware
            self.hash = hash
            self.fingerprint = fingerprint
        }

        mutating func noteOffer(_ reply: BootReply, now: Instant) {
            offered = now
            step = .offered
            // What a rule fixes teaches nothing: it may be there because of this one machine.
            style = reply.reason == .rule ? nil : OfferStyle(reply.shape, isDelayed: style?.isDelayed == true)
            isLoaderFixed = reply.isLoaderFixed
            file = reply.message.bootFile
        }
    }

    /// A ring: the one after the last that was added is the oldest.
    private var clients: [Client] = []
    private var oldest = 0
    /// Where in the ring a client is.
    private var places: HashedPlaces
    /// Where the client is that was heard last: what is noted of it next needs no search.
    private var latest = 0
    private var owners: [IPv4Address: ClientHardware] = [:]
    private var kinds: KindTable
    private var rivalHeard: Instant?
    /// Whether offers of leases are heard here at all: some servers send them to one client only, whatever it wants.
    private var hearsLeases = false
    private let capacity: Int

    /// A retry comes after 4 s at least (PXE 2.1 §2.2.3, EDK2); what comes sooner is the same try heard twice.
    private static let retrySpacing = TimeSpan.milliseconds(1500)
    /// Behind this a DISCOVER begins another boot: EDK2's last slot ends 60 s after its first DISCOVER.
    private static let oneBoot = TimeSpan.seconds(70)
    /// From the offer to the loader's own DISCOVER, with a slow TFTP transfer between.
    private static let longestLoad = TimeSpan.seconds(300)
    /// A loader that works asks for something within this; iPXE of 2019 waits 15 s for a router, but says DISCOVER first.
    private static let mute = TimeSpan.seconds(4)
    private static let rivalMemory = TimeSpan.seconds(600)
    /// Failures after which another style that worked may take a lesson's place: one broken machine is not enough.
    private static let failuresToForget = 2

    /// - Parameter lessons: what earlier runs learned, the newest first.
    package init(lessons: [Lesson] = [], capacity: Int = 16_384) {
        self.capacity = capacity
        places = HashedPlaces(capacity: capacity)
        kinds = KindTable(lessons)
    }

    /// Everything learned, in no order.
    package var lessons: [Lesson] { kinds.lessons }

    package mutating func forgetLessons(about fingerprint: Fingerprint?) {
        kinds.forget(fingerprint)
    }

    package func knows(_ hardware: ClientHardware) -> Bool { place(of: hardware) != nil }

    private func place(of hardware: ClientHardware) -> Int? {
        if latest < clients.count, clients[latest].hardware == hardware { return latest }
        return place(of: hardware, HashedPlaces.hash(hardware))
    }

    private func place(of hardware: ClientHardware, _ hash: UInt32) -> Int? {
        places.find(hash) { clients[$0].hardware == hardware }
    }
}

extension ClientMemory {
    /// Notes a message of a boot client and tells what is remembered of it. For a DISCOVER of firmware this is where the
    /// ladder is climbed.
    ///
    /// - Parameter port: where it came to.
    package mutating func hear(
        _ facts: ClientFacts, on port: Arrival.Port, now: Instant
    ) -> (history: ClientHistory, learned: Lesson?) {
        let hash = HashedPlaces.hash(facts.hardware)
        let place = place(of: facts.hardware, hash) ?? add(facts, hash)
        latest = place
        var client = clients[place]
        var learned: Lesson?
        switch facts.type {
        case .discover where facts.stage == .firmware && !facts.isProbe:
            // Only here: what it asks port 4011 may list other parameters.
            client.fingerprint = facts.fingerprint
            tryAgain(&client, facts, now)
        case .discover where facts.stage.isFirmware:
            // HTTP Boot comes after PXE has failed; a loader that comes by it proves nothing of PXE.
            client.style = nil
        case .discover where !facts.isProbe:
            // The loader speaks: what brought it here works.
            learned = prove(&client, isRunning: true, now)
        case .request, .inform:
            let isVisit = port == .bootService || facts.bootItem != nil
            if isVisit, client.step == .offered { client.step = .visited }
        default:
            break
        }
        clients[place] = client
        if facts.type != .discover {
            note(facts.requestedAddress ?? facts.clientAddress, of: place)
        }
        return (history(of: client, now), learned)
    }

    /// Notes that an answer went out to a client's firmware.
    package mutating func noteOffer(_ reply: BootReply, to facts: ClientFacts, now: Instant) {
        // A probe boots nothing, so there is nothing to be learned from what it was offered.
        guard facts.stage.isFirmware, !facts.isProbe, let place = place(of: facts.hardware) else { return }
        clients[place].begun = now
        guard facts.stage == .firmware, facts.type == .discover else { return }
        clients[place].noteOffer(reply, now: now)
    }

    /// Notes that a DHCP server offered or gave an address to a client.
    package mutating func noteLease(_ hardware: ClientHardware, address: IPv4Address) {
        // Another proxy's OFFER has no address, and its ACK on port 4011 neither.
        guard address.isUnicast, let place = place(of: hardware) else { return }
        hearsLeases = hearsLeases || address.isUnicast
        clients[place].hasLeaseOffer = true
        note(address, of: place)
    }

    /// Notes that a DHCP server refused a client the address that it had offered (DHCPNAK).
    package mutating func noteRefusal(_ hardware: ClientHardware) {
        if let place = place(of: hardware) { clients[place].isExcused = true }
    }

    /// Notes that another proxy answered somebody.
    package mutating func noteRival(now: Instant) { rivalHeard = now }

    /// Notes that a file was asked for, or was sent whole, by TFTP or HTTP.
    ///
    /// - Returns: what was learned by it, if it is news.
    package mutating func noteFile(_ progress: FileProgress, now: Instant) -> Lesson? {
        guard let place = owners[progress.address].flatMap({ place(of: $0) }) else { return nil }
        var client = clients[place]
        let isLoader = progress.file == client.file
        let learned = prove(&client, isRunning: !isLoader, now)
        switch (isLoader, progress.isComplete) {
        case (true, true): client.step = .loaded(now)
        case (true, false): client.step = .fetching
        case (false, _): client.step = .running
        }
        clients[place] = client
        return learned
    }

    /// Makes room for a client, if need be by forgetting the oldest.
    ///
    /// - Returns: its place.
    private mutating func add(_ facts: ClientFacts, _ hash: UInt32) -> Int {
        let client = Client(hardware: facts.hardware, hash: hash, fingerprint: facts.fingerprint)
        guard clients.count == capacity else {
            clients.append(client)
            places.insert(hash, place: clients.count - 1)
            return clients.count - 1
        }
        let place = oldest
        let forgotten = clients[place].hardware
        if let address = clients[place].address, owners[address] == forgotten { owners[address] = nil }
        places.remove(clients[place].hash, place: place)
        places.insert(hash, place: place)
        clients[place] = client
        oldest = place + 1 == capacity ? 0 : place + 1
        return place
    }

    private mutating func note(_ address: IPv4Address, of place: Int) {
        let hardware = clients[place].hardware
        guard address.isUnicast, owners[address] != hardware else { return }
        if let old = clients[place].address, owners[old] == hardware { owners[old] = nil }
        clients[place].address = address
        owners[address] = hardware
    }

    private func history(of client: Client, _ now: Instant) -> ClientHistory {
        var history = ClientHistory()
        history.isBootUnderWay = client.begun.map { now - $0 < Self.longestLoad } ?? false
        history.isRivalPresent = rivalHeard.map { now - $0 < Self.rivalMemory } ?? false
        history.loader = client.loader
        history.style = client.style
        if client.retries > 0 {
            history.reason = .retry(client.retries)
        } else if let kind = kinds[client.fingerprint], kind.lesson.style == client.style {
            history.reason = .learned
        }
        return history
    }
}

extension ClientMemory {
    /// Firmware asks for a boot: for the first time, again because the last offer did not help, or anew.
    private mutating func tryAgain(_ client: inout Client, _ facts: ClientFacts, _ now: Instant) {
        let ladder = OfferStyle.ladder(for: facts.architecture)
        guard let offered = client.offered, now - offered < Self.oneBoot else {
            return begin(&client, ladder)
        }
        // The same try, heard a second time (a relay's copy, a nervous ROM).
        if now - offered < Self.retrySpacing { return }
        switch client.step {
        case .offered, .visited:
            // A client that got no address repeats itself for that, not because of us. Only broadcast offers can be
            // heard, so of a client that wants none, or that is behind a relay, nothing is known; nor of any beside
            // Kea, which sends broadcasts in frames to one card.
            let isHeard = facts.wantsBroadcast && facts.relayAddress.isAny && hearsLeases
            let isServed = client.hasLeaseOffer || client.step == .visited || !isHeard
            guard isServed, !client.isExcused else {
                client.isExcused = false
                return
            }
            climb(&client, ladder)
        case .loaded(let since) where now - since >= Self.mute && !client.isLoaderFixed:
            distrustLoader(&client)
            restart(&client, ladder, kinds[client.fingerprint]?.lesson)
        case .fetching, .loaded, .running:
            begin(&client, ladder)
        }
    }

    /// Another boot, with what worked before.
    private mutating func begin(_ client: inout Client, _ ladder: [OfferStyle]) {
        let lesson = kinds[client.fingerprint]?.lesson
        client.loader = lesson?.loader ?? 0
        restart(&client, ladder, lesson)
    }

    private func restart(_ client: inout Client, _ ladder: [OfferStyle], _ lesson: Lesson?) {
        client.entry = lesson.flatMap { ladder.firstIndex(of: $0.style) } ?? 0
        client.rung = 0
        client.retries = 0
        client.hasLeaseOffer = false
        client.style = ladder[client.entry]
    }

    private mutating func climb(_ client: inout Client, _ ladder: [OfferStyle]) {
        kinds.change(client.fingerprint) { if $0.lesson.style == client.style { $0.failures += 1 } }
        client.retries += 1
        client.hasLeaseOffer = false
        // After what was learned the others from the usual one on; a client that took none of them begins again.
        client.rung = (client.rung + 1) % ladder.count
        let isBelowEntry = client.rung <= client.entry
        client.style = ladder[client.rung == 0 ? client.entry : isBelowEntry ? client.rung - 1 : client.rung]
    }

    /// The loader was sent whole, and then the firmware asked again: it never came to life.
    private mutating func distrustLoader(_ client: inout Client) {
        kinds.change(client.fingerprint) { if $0.lesson.loader == client.loader { $0.failures += 1 } }
        client.loader += 1
    }

    /// The last offer was understood; with `isRunning` its loader is alive too.
    ///
    /// - Returns: the lesson, when it is a new one. An old one gives way only after it failed twice since it last held.
    private mutating func prove(_ client: inout Client, isRunning: Bool, _ now: Instant) -> Lesson? {
        if isRunning { client.step = .running }
        guard let style = client.style, let offered = client.offered, now - offered < Self.longestLoad else {
            return nil
        }
        guard let kind = kinds[client.fingerprint] else { return learn(client, style, isRunning) }
        let isAsLearned = kind.lesson.style == style && kind.lesson.loader == client.loader
        if isAsLearned, isRunning || kind.isLoaderProven {
            kinds.change(client.fingerprint) { kind in
                kind.failures = 0
                kind.isLoaderProven = true
                kind.heldAgain = true
            }
        }
        if isAsLearned { return nil }
        let hasFailed = kind.failures >= Self.failuresToForget || isRunning && !kind.isLoaderProven
        return !hasFailed ? nil : learn(client, style, isRunning)
    }

    private mutating func learn(_ client: Client, _ style: OfferStyle, _ isRunning: Bool) -> Lesson {
        var lesson = Lesson(
            fingerprint: client.fingerprint, style: style, loader: client.loader, teacher: client.hardware)
        lesson.forgotten = kinds.add(KindTable.Kind(lesson: lesson, isLoaderProven: isRunning))
        return lesson
    }
}
