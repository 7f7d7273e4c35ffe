package import Assets
import BootPolicy
package import Exchange
package import LinuxIO
import Transfers
import Wire

/// One thread of the TFTP engine: its share of the requests, and all transfers that come of them.
///
/// A request's way: receive → `ReadRequest` → `AssetStore` → `Content` → `TFTPSession`. From then on the session says
/// what to send, and the worker turns block numbers into pieces of mapped memory and many sessions into one `sendmmsg`.
package struct TransferWorker: ~Copyable {
    let sockets: TFTPSockets
    let assets: AssetStore
    let context: EngineContext
    let limits: TFTPLimits
    let epoll: Epoll
    private let wake: WakeUp
    private let pulse: Pulse
    /// This worker's number on the board of transfers.
    private let boardNumber: Int

    var received = ReceiveBatch()
    var outgoing = SendBatch(messages: 128, vectors: 16_384)
    /// What each message of `outgoing` is, for those that the kernel refuses.
    var sent: [SentMessage] = []
    var transfers: TransferTable
    var wheel: DeadlineWheel
    /// The transfers with something to send, for each socket of the pool.
    var ready: [ReadyQueue]
    /// The transfers that wait for the pace before they get ready, those of all sockets in one line.
    var line: ReadyQueue
    var pace: Pace
    /// The socket whose transfers send first.
    var firstSocket = 0
    /// Until when nothing is sent, because the host's own queue is full.
    var heldUntil = Instant(nanoseconds: 0)
    /// The sockets whose buffer is full.
    var isBlocked: [Bool]
    /// What each socket of the pool has handed to the kernel.
    var home: [HomeQueue]
    let loader: ContentLoader.Client
    var contents: ContentTable
    /// The requests whose file the loader is opening.
    var opens: PendingOpens
    /// How often this thread has waited for a disk, as far as that was looked at.
    var knownFaults = 0
    /// The transfers whose next block is not in memory yet.
    var parked: ReadyQueue
    var offload = SegmentOffload()
    /// Who gets single packets only, because super-packets did not arrive.
    var plainClients = PlainClients()
    var reply = ByteWriter(capacity: 640)
    var random = SystemRandomNumberGenerator()
    var strayReplies = RateLimit(perSecond: 10)
    /// Who was told that its transfer is not ours: a service that was started anew hears from all of them, again and again.
    var toldStrays: Set<IPEndpoint> = []
    var nonsenseReplies = RateLimit(perSecond: 50)
    var sources: SourceTable
    var unproven: UnprovenBudget
    var halfOpen: HalfOpenList
    /// What a round trip takes now, all clients together, their wait in our own queues included.
    var usualTrip = TimeSpan.zero
    var grant: WindowGrant
    /// The interfaces that requests came by lately.
    var links: [Int32: Link] = [:]
    /// Our IPv4 addresses on the interfaces that requests over IPv6 came by lately.
    var scriptAddresses: [Int32: IPv4Address] = [:]
    /// What refusals and transfers that never began may write into the log.
    var telling: EventBudget
    /// Octets held in memory for transfers of translated or generated files.
    var translated = 0
    var hasReportedFirewall = false
    private var impatience = Impatience()
    private var nextSweep: Instant
    private var nextNote: Instant

    /// Tokens of the epoll set: the sockets of the pool by their numbers, the doors from `firstDoor` on.
    enum Token {
        static let wake: UInt64 = .max
        static let firstDoor: UInt64 = 1 << 32
    }

    private init(
        _ number: Int, sockets: TFTPSockets, assets: AssetStore, context: EngineContext, limits: TFTPLimits,
        loader: ContentLoader, wake: WakeUp
    ) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(wake.descriptor, token: Token.wake)
        for (index, door) in sockets.doors.enumerated() {
            try epoll.add(door.listener.socket.descriptor, token: Token.firstDoor + UInt64(index))
        }
        for (index, socket) in sockets.pool.enumerated() where !sockets.isSinglePort {
            try epoll.add(socket.socket.descriptor, token: UInt64(index))
        }
        self.epoll = epoll
        self.sockets = sockets
        self.assets = assets
        self.context = context
        self.limits = limits
        self.wake = wake
        pulse = context.roll.join(Self.threadName(number)) { _ in wake.signal() }
        boardNumber = context.transfers.join { wake.signal() }
        let client = ContentLoader.Client(loader, wake: wake)
        self.loader = client
        contents = ContentTable(loader: client)
        opens = PendingOpens(mostWaiting: limits.sessionsPerWorker)
        let now = Clock.now
        transfers = TransferTable(capacity: limits.sessionsPerWorker, seed: random.next())
        wheel = DeadlineWheel(capacity: limits.sessionsPerWorker, now: now)
        ready = [ReadyQueue](
            repeating: ReadyQueue(capacity: limits.sessionsPerWorker), count: sockets.pool.count)
        line = ReadyQueue(capacity: limits.sessionsPerWorker)
        pace = Pace(link: limits.link, now: now)
        isBlocked = [Bool](repeating: false, count: sockets.pool.count)
        home = [HomeQueue](repeating: HomeQueue(), count: sockets.pool.count)
        sources = SourceTable(
            mostTransfers: limits.transfersPerSource, mostOfNetwork: limits.transfersPerNetwork,
            requestsPerSecond: limits.requestsPerSource)
        unproven = UnprovenBudget(workers: limits.workers, now: now)
        parked = ReadyQueue(capacity: limits.sessionsPerWorker)
        halfOpen = HalfOpenList(capacity: limits.sessionsPerWorker)
        grant = WindowGrant(most: limits.maxWindowSize, now: now)
        telling = EventBudget(now: now)
        nextSweep = now
        nextNote = now
    }

    /// Starts a worker on a thread of its own.
    ///
    /// - Parameter number: tells workers apart in `ps -L`.
    /// - Throws: `SystemError` when the kernel refuses what the worker needs.
    package static func start(
        _ number: Int, sockets: TFTPSockets, assets: AssetStore, context: EngineContext, limits: TFTPLimits,
        loader: ContentLoader, wake: WakeUp
    ) throws(SystemError) -> EngineThread {
        context.requests.open(sockets.local)
        let worker = HandOver(
            try TransferWorker(
                number, sockets: sockets, assets: assets, context: context, limits: limits, loader: loader, wake: wake))
        return try EngineThread(name: threadName(number), role: .transfers) { worker.take().run() }
    }

    private static func threadName(_ number: Int) -> String { "pf-tftp-\(number)" }

    /// Serves until the stop signal is raised; then every client still receiving is told so.
    consuming func run() {
        knownFaults = majorFaults()
        while !context.stop.isRaised {
            do throws(SystemError) {
                let count = try wait()
                let now = Clock.now
                if now >= nextSweep { sweep(now) }
                for index in 0..<count { try serve(epoll[index]) }
            } catch {
                context.events.record(.notice(Notice(.error, "TFTP: \(error)")))
            }
            pulse.beat()
            let now = Clock.now
            expire(now)
            pace.report(now: now)
            transmit(now)
        }
        endAll()
    }

    /// Strays that are remembered; then all of them may be told once more.
    private static let mostToldStrays = 4096

    /// What is to be done now and then.
    private mutating func sweep(_ now: Instant) {
        contents.sweep(now: now)
        expireOpens(now)
        reviewFaults()
        grant.review(now: now)
        offload.review(now: now)
        links.removeAll(keepingCapacity: true)
        if toldStrays.count >= Self.mostToldStrays { toldStrays = [] }
        scriptAddresses.removeAll(keepingCapacity: true)
        if let untold = telling.due(now: now) {
            context.events.record(.untoldTransfers(refused: untold.refused, abandoned: untold.others))
        }
        nextSweep = now + .seconds(1)
        guard now >= nextNote else { return }
        noteInstalls()
        nextNote = now + .seconds(10)
    }

    /// A machine that is sent a large file of its install has not fallen silent.
    private func noteInstalls() {
        for id in transfers.ids {
            if let fetch = transfers[id].install { assets.note(fetchOf: fetch.path, by: fetch.requester) }
        }
    }

    /// Waits until something stirs or is due; see `Impatience` for why it may not sleep.
    private mutating func wait() throws(SystemError) -> Int {
        let limit = patience()
        guard limit != .zero, transfers.count <= Impatience.fewTransfers, !transfers.isEmpty, impatience.looksAgain
        else { return try epoll.wait(limit) }
        let end = Clock.now + min(limit ?? Impatience.longest, Impatience.longest)
        repeat {
            let count = try epoll.wait(.zero)
            if count > 0 {
                impatience.wasRight()
                return count
            }
        } while Clock.now < end
        impatience.wasWrong()
        return try epoll.wait(patience())
    }

    /// How long nothing can need doing.
    private mutating func patience() -> TimeSpan? {
        let now = Clock.now
        let held = max(heldUntil - now, .zero)
        for index in ready.indices where !ready[index].isEmpty && !isBlocked[index] { return held }
        var wait = wheel.waitTime(now: now)
        if !line.isEmpty { wait = min(wait ?? .seconds(60), max(held, pace.wait(now))) }
        // Files nobody sends any more are unmapped in time, so that a deleted one frees its disk space.
        guard !contents.isEmpty || !opens.isEmpty || telling.deadline != nil else { return wait }
        return min(wait ?? .seconds(60), max(nextSweep - now, .zero))
    }

    private mutating func serve(_ event: Epoll.Event) throws(SystemError) {
        switch event.token {
        case Token.wake:
            wake.clear()
            takeContents()
            tellProgress()
            endUnreadable()
            takeOpened()
        case Token.firstDoor...:
            let door = Int(event.token - Token.firstDoor)
            // Each door has one socket then, itself.
            if sockets.isSinglePort { try attend(to: door, event) }
            try receiveRequests(at: door)
        default:
            let socket = Int(event.token)
            try attend(to: socket, event)
            if event.isReadable { try receiveAcknowledgements(on: socket) }
        }
    }

    /// Writes down how far each transfer is, when somebody has asked.
    private func tellProgress() {
        guard context.transfers.waits(for: boardNumber) else { return }
        let now = Clock.now
        let progress = transfers.ids.map { transfers[$0].progress(now) }
        context.transfers.answer(progress, of: boardNumber)
    }

    /// Takes what a socket of the pool says apart from packets: ICMP errors, and room to send.
    private mutating func attend(to socket: Int, _ event: Epoll.Event) throws(SystemError) {
        if event.hasError { try receiveErrors(of: socket) }
        if event.isWritable, isBlocked[socket] {
            isBlocked[socket] = false
            try epoll.modify(sockets.pool[socket].socket.descriptor, token: event.token, output: false)
        }
    }

    /// The epoll token of a socket of the pool.
    func token(of socket: Int) -> UInt64 {
        sockets.isSinglePort ? Token.firstDoor + UInt64(socket) : UInt64(socket)
    }

    /// More transfers than this wait for each other rather than for their clients.
    private static var crowd: Int { 16 }

    private mutating func expire(_ now: Instant) {
        // Of a few one may simply be far away.
        let others = transfers.count > Self.crowd ? usualTrip : .zero
        while let id = wheel.popExpired(now: now) {
            let before = transfers[id].session.timeouts
            let outcome = transfers[id].session.expire(now: now, others: others, hasLeft: hasLeft(id))
            let after = transfers[id].session.timeouts
            if after > before, after % 2 == 0 { transfers[id].offload.stalled() }
            apply(outcome, to: id, now)
        }
    }

    /// Whether all that a transfer has sent has left this host.
    private func hasLeft(_ id: Int) -> Bool {
        let socket = transfers[id].socket
        return !home[socket].holds(
            messageEndingAt: transfers[id].latestEnd, unsent: sockets.pool[socket].socket.unsentOctets)
    }

    /// Does what an event of a session asks for.
    mutating func apply(_ outcome: Outcome, to id: Int, _ now: Instant) {
        switch outcome {
        case .ignored:
            wheel.schedule(id, at: transfers[id].session.deadline)
        case .proceed:
            queue(id)
            wheel.schedule(id, at: transfers[id].session.deadline)
        case .finished(let ending):
            finish(id, TransferEnding.Outcome(ending), now)
        }
    }

    /// Ends a transfer, frees its slot and tells.
    mutating func finish(_ id: Int, _ outcome: TransferEnding.Outcome, _ now: Instant) {
        wheel.schedule(id, at: .never)
        let transfer = transfers.remove(id)
        if let identity = transfer.identity {
            contents.release(identity, now: now)
        } else {
            translated -= Int(transfer.content.size)
        }
        halfOpen.remove(id)
        sources.ended(transfer.client.address, isProved: transfer.isProved)
        let statistics = transfer.session.statistics
        let ending = TransferEnding(
            outcome: outcome, bytes: statistics.bytesAcknowledged, duration: now - transfer.started,
            retransmitted: statistics.blocksRetransmitted - transfer.withheld)
        if outcome == .completed { keepLastAcknowledgement(of: transfer, now) }
        context.counters.add(Counter(outcome))
        context.counters.add(.tftpBytes, Int(ending.bytes))
        context.counters.add(.tftpRetransmitted, Int(ending.retransmitted))
        if ending.bytes > 0, let install = transfer.install?.token {
            context.installs.note(ending.bytes, of: install, now: now)
        }
        // Who never acknowledged anything may be a forged address, of which there is no end.
        guard transfer.isTold || telling.take(now: now, count: { $0.others += 1 }) else { return }
        context.events.record(.transferEnded(transfer.facts, ending))
    }

    /// The service ends: RFC 1350 §7 has an ERROR for it, so that clients need not wait for a time-out.
    private mutating func endAll() {
        let now = Clock.now
        for id in transfers.ids {
            let transfer = transfers[id]
            sendError(
                .undefined, text: "Service stopped", to: transfer.client, from: transfer.origin, on: transfer.socket)
            finish(id, .serviceStopped, now)
        }
        endOpens()
    }
}

extension TransferEnding.Outcome {
    fileprivate init(_ ending: Ending) {
        switch ending {
        case .completed: self = .completed
        case .sizeProbe: self = .sizeProbe
        case .refusedByClient(let code): self = .refusedByClient(code: code)
        case .timedOut: self = .timedOut
        }
    }
}

extension Counter {
    fileprivate init(_ outcome: TransferEnding.Outcome) {
        switch outcome {
        case .completed: self = .tftpCompleted
        case .sizeProbe: self = .tftpProbes
        default: self = .tftpFailed
        }
    }
}
