import BootPolicy
import Wire

/// What each event changes of a boot.
extension BootSession {
    /// Another boot begins with a DISCOVER of the firmware, when this one got further than that, or after minutes.
    func isEnded(by client: BootClient, at time: Int64) -> Bool {
        guard client.stage.isFirmware || client.stage == firstStage else { return time - last > Self.longestPause }
        if time - last > Self.shortPause { return true }
        // Firmware that tries another way of booting (PXE after HTTP) begins anew.
        if client.stage != talk.stage { return true }
        return furthest > .offered && time - last > 500
    }

    /// An iPXE that waits in its shell, a machine that is being installed: nothing else is silent for so long in one boot.
    static let longestPause: Int64 = 6 * 3_600_000
    /// ROMs repeat a DISCOVER after at most half a minute.
    static let shortPause: Int64 = 120_000

    // MARK: DHCP

    /// It asked: what is known of who asks.
    mutating func hear(_ client: BootClient, at time: Int64) {
        last = time
        firstStage = firstStage ?? client.stage
        uuid = client.machine.flatMap { $0.isBlank ? nil : $0 } ?? uuid
        firmware = client.stage.isFirmware ? client.architecture ?? firmware : firmware ?? client.architecture
        if !client.interfaceName.isEmpty { interface = client.interfaceName }
        if !client.relay.isAny { relay = client.relay }
        if !client.address.isAny { address = IPAddress(client.address) }
        if client.stage != talk.stage || talk.asks == 0 {
            talk = Talk(stage: client.stage, time: time)
            talk.waited = client.waited
            // The loader that asks has started, whatever was thought of it.
            if !client.stage.isFirmware, files.failure?.kind != .unreadable { files.failure = nil }
        }
    }

    mutating func answered(_ client: BootClient, _ port: Arrival.Port, _ reply: BootReply, at time: Int64) {
        hear(client, at: time)
        let file = InstallPath.masked(reply.message.bootFile)
        talk.refusal = nil
        talk.told = Talk.Told(time: time, port: port, shape: reply.shape, file: file)
        guard port == .dhcp else {
            begin(.told, at: time, file)
            return note("port 4011 was asked and told \(file)", at: time)
        }
        talk.asks += 1
        begin(.asked, at: time, talk.asks > 1 && talk.stage.isFirmware ? "\(talk.asks) times" : "\(client.stage)")
        begin(.offered, at: time, "\(reply.shape.rawValue) \(file)")
        note("\(client.stage) asked and was offered \(file) (\(reply.shape.rawValue))", at: time)
    }

    mutating func refused(_ client: BootClient, _ reason: Refusal, at time: Int64) {
        hear(client, at: time)
        talk.asks += 1
        talk.refusal = (reason, time)
        begin(.asked, at: time, reason.summary)
        note("\(client.stage) asked and was refused: \(reason.summary) [\(reason.code)]", at: time)
    }

    mutating func foreign(_ offer: ForeignOffer, at time: Int64) {
        last = time
        guard !offer.address.isAny else {
            guard offer.isBootServer else { return }
            if talk.rival == nil { note("another boot server, \(offer.server), answered it", at: time) }
            talk.rival = talk.rival ?? (offer.server, time)
            return
        }
        talk.leaseServer = offer.server
        talk.leaseBoots = talk.leaseBoots || offer.isBootServer
        guard offer.type == .acknowledge else {
            if talk.leaseOffered == nil { note("\(offer.server) offered the address \(offer.address)", at: time) }
            talk.leaseOffered = talk.leaseOffered ?? time
            return
        }
        talk.leaseOffered = talk.leaseOffered ?? time
        talk.leaseGiven = time
        address = IPAddress(offer.address)
        begin(.addressed, at: time, "\(offer.address)")
        note("\(offer.server) gave it the address \(offer.address)", at: time)
        if let told = talk.told, told.shape.isWhole { begin(.told, at: time, told.file) }
    }

    // MARK: Files

    mutating func started(_ facts: TransferFacts, at time: Int64) {
        last = time
        let path = FileKind.path(facts.name)
        files.running = (path, facts.size, time)
        fetch(path, at: time)
        note("fetches \(path) by TFTP (\(facts.size) octets)", at: time)
    }

    mutating func ended(_ facts: TransferFacts, _ ending: TransferEnding, at time: Int64) {
        last = time
        let path = FileKind.path(facts.name)
        if files.running?.path == path { files.running = nil }
        guard ending.outcome != .sizeProbe, ending.outcome != .superseded else { return }
        count(path, ending.bytes, ending.retransmitted, at: time)
        let blocks = ending.bytes / Int64(max(facts.blockSize, 1))
        if ending.retransmitted > 0 { files.repeated = (path, ending.retransmitted, max(blocks, 1)) }
        switch ending.outcome {
        case .completed: return whole(path, by: "TFTP", ending.bytes, ending.duration, at: time)
        // Whoever never acknowledged anything is worth a word only if it keeps happening.
        case .timedOut, .unreachable, .crowdedOut:
            fail(ending.bytes > 0 ? .stalled : .unacknowledged, path, at: time, octets: ending.bytes)
        // RFC 1350 §5: 3 is "disk full or allocation exceeded".
        case .refusedByClient(let code):
            if ending.bytes > 0 || code == 3 { fail(.leftEarly, path, at: time, octets: ending.bytes) }
        case .fileChanged, .readFailed: fail(.unreadable, path, at: time)
        case .sizeProbe, .superseded, .serviceStopped: break
        }
        note("\(path) did not come whole: \(ending.outcome), \(ending.bytes) octets", at: time)
    }

    mutating func refused(_ name: String, _ reason: TransferRefusal, at time: Int64) {
        last = time
        let path = FileKind.path(name)
        switch reason {
        case .notFound: fail(.missing, path, at: time)
        case .accessDenied: fail(.denied, path, at: time)
        case .readFailed, .incompleteAnswer: fail(.unreadable, path, at: time)
        case .upstreamFailed, .upstreamSlow: fail(.upstream, path, at: time)
        case .writeRefused, .illegalRequest, .tooManyTransfers: break
        }
        note("got no \(path): \(reason.summary) [\(reason.code)]", at: time)
    }

    mutating func downloaded(_ facts: DownloadFacts, at time: Int64) {
        last = time
        let path = FileKind.path(facts.path)
        guard facts.status < 400 else {
            switch facts.status {
            case 404, 410: fail(.missing, path, at: time, isHTTP: true)
            case 403: fail(.denied, path, at: time, isHTTP: true)
            case 500: fail(.unreadable, path, at: time, isHTTP: true)
            case 502, 504: fail(.upstream, path, at: time, isHTTP: true)
            default: break
            }
            return note("got no \(path): HTTP \(facts.status)", at: time)
        }
        guard !facts.isHead else { return note("asked for the size of \(path) by HTTP", at: time) }
        // What a response took is known when it is over.
        fetch(path, at: max(time - facts.duration.nanoseconds / 1_000_000, began))
        count(path, facts.bytes, 0, at: time)
        guard !facts.isComplete else { return whole(path, by: "HTTP", facts.bytes, facts.duration, at: time) }
        fail(.leftEarly, path, at: time, octets: facts.bytes, isHTTP: true)
        note("left \(path) after \(facts.bytes) octets", at: time)
    }

    private mutating func fail(
        _ kind: Fetches.Failure.Kind, _ path: String, at time: Int64, octets: Int64 = 0, isHTTP: Bool = false
    ) {
        // A lost packet behind a file that is there, or something that need not exist.
        guard !files.hasWhole(path), isNeeded(path) else { return }
        files.fail(kind, path, at: time, octets: octets, isHTTP: isHTTP)
    }

    /// Whether the boot may fail for want of a file: who has a kernel asks for much that need not exist, for days.
    func isNeeded(_ path: String) -> Bool {
        guard files.hasKernel || furthest >= .installing else { return true }
        if let told = talk.told, FileKind.path(told.file) == path { return true }
        let step = step(of: path)
        return step == .kernel || step == .initrd
    }

    private func step(of path: String) -> BootStep {
        // What firmware was told to start is its loader, whatever it is called.
        if talk.stage.isFirmware, let told = talk.told, FileKind.path(told.file) == path { return .loader }
        return path == files.disk ? .initrd : FileKind.step(of: path, after: furthest)
    }

    private mutating func fetch(_ path: String, at time: Int64) {
        let step = step(of: path)
        if step == .initrd, furthest == .kernel { files.disk = path }
        begin(step, at: time, FileKind.name(path))
    }

    private mutating func whole(
        _ path: String, by way: String, _ octets: Int64, _ duration: TimeSpan, at time: Int64
    ) {
        files.gotWhole(path, at: time)
        unheard = nil
        let step = step(of: path)
        if step == .kernel || step == .initrd { files.hasKernel = true }
        end(step, at: time)
        note("has \(path) by \(way) (\(octets) octets in \(duration.nanoseconds / 1_000_000) ms)", at: time)
    }

    private mutating func count(_ path: String, _ octets: Int64, _ retransmits: Int64, at time: Int64) {
        let step = step(of: path)
        begin(step, at: time, FileKind.name(path))
        guard let place = stages.firstIndex(where: { $0.step == step }) else { return }
        stages[place].octets += octets
        stages[place].retransmits += retransmits
    }

    // MARK: Installs

    mutating func installed(_ event: InstallEvent, at time: Int64) {
        last = time
        host = event.host
        install = InstallWord(target: event.target, state: event.to, reason: event.reason)
        switch event.to {
        case "armed": begin(.waiting, at: time, event.target)
        case "claimed", "fetching": end(.waiting, at: time)
        case "installing": begin(.installing, at: time, event.target)
        case "done":
            end(.installing, at: time)
            begin(.installed, at: time, event.target)
        default: break
        }
        let why = event.reason.isEmpty ? "" : ": \(event.reason)"
        note("the install of \(event.target) is \(event.to)\(why)", at: time)
    }

    /// Whose install is done and who asks for a script is sent to its disk.
    mutating func noteLocalBoot(at time: Int64) {
        guard install == nil, furthest == .script else { return }
        begin(.local, at: time, "")
    }

    // MARK: Stages

    /// A stage begins, or goes on; what came before it is over.
    mutating func begin(_ step: BootStep, at time: Int64, _ text: String) {
        if let place = stages.firstIndex(where: { $0.step == step }) {
            if !text.isEmpty { stages[place].note = text }
            return
        }
        // Who fetches a kernel was not sent to its disk.
        if step == .kernel || step == .initrd { stages.removeAll { $0.step == .local } }
        for place in stages.indices where stages[place].ended == nil && stages[place].step < step {
            stages[place].ended = time
        }
        stages.append(StageRecord(step: step, began: time, note: text))
    }

    mutating func end(_ step: BootStep, at time: Int64) {
        guard let place = stages.firstIndex(where: { $0.step == step }) else { return }
        stages[place].ended = time
    }
}
