import Assets
import BootPolicy
import Exchange
import LinuxIO
import NIOCore
import NIOHTTP1
import NIOPosix
import Wire

/// What every connection needs.
final class Services: Sendable {
    let assets: AssetStore
    let engine: EngineContext
    let limits: HTTPLimits
    let openers: Openers
    let doorkeeper: Doorkeeper

    init(
        assets: AssetStore, engine: EngineContext, limits: HTTPLimits, openers: Openers, doorkeeper: Doorkeeper
    ) {
        self.assets = assets
        self.engine = engine
        self.limits = limits
        self.openers = openers
        self.doorkeeper = doorkeeper
    }
}

/// One client's connection: takes requests one after the other (what comes while a response is under way has to wait, RFC 9112
/// §9.3.2) and sends what policy and the asset store answer.
///
/// The `Host` field is not looked at: there is one site, and firmware that forgets the field (against RFC 9112 §3.2)
/// boots all the same.
final class Connection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = IOData

    private static let arrivalOption = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_multicast_if)

    private let services: Services
    private let watchman: Watchman
    /// Nil before and after the life of the connection.
    private var context: ChannelHandlerContext?
    private var key = ObjectIdentifier(Connection.self)
    private var client = IPEndpoint(nil)
    private var local = IPEndpoint(nil).address
    /// Lent by the channel; to be used while that is active.
    private var socket = NIOBSDSocket.invalidHandle
    /// The request that is coming in, and how much body came with it.
    private var incoming: (head: HTTPRequestHead, body: Int)?
    private var download: Download?
    /// Nothing that still comes in counts.
    private var isClosing = false
    /// The response under way is the last.
    private var isStopping = false
    /// When the first octet came of a head that is not complete.
    private var headBegan: Instant?
    private var lastProgress = Clock.now
    private var lastWaiting: Int64 = 0
    /// What the response waits for of another server.
    private var awaited: (file: GrowingFile, ticket: GrowingFile.Ticket)?
    /// That what was asked for is opened.
    private var wish: Wish?
    /// What came while a response was under way.
    private var waiting = CircularBuffer<HTTPServerRequestPart>()
    private var isTakingWaiting = false
    /// Whether the channel wanted to read while we did not.
    private var isReadWithheld = false

    init(services: Services, watchman: Watchman) {
        self.services = services
        self.watchman = watchman
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        key = ObjectIdentifier(context.channel)
        client = IPEndpoint(context.remoteAddress)
        local = IPEndpoint(context.localAddress).address
        let lent = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable {
            (socket: NIOBSDSocket.Handle) in
            socket
        }
        socket = lent ?? NIOBSDSocket.invalidHandle
        watchman.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        watchman.remove(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        if let download { watchman.tell(download.end(isComplete: false)) }
        download = nil
        if let awaited { awaited.file.forget(awaited.ticket) }
        wish?.withdraw()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is RoomIsNeeded {
            // A request may have come while the event was on its way.
            guard isFree else { return }
            dismiss(.httpCrowdedOut)
        } else if event is HouseCloses {
            isStopping = true
            if download == nil { context.close(promise: nil) }
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Of what is no HTTP there is no path to tell, so it is counted only.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The parser says it again for whatever comes behind.
        if isClosing, error is HTTPParserError || error is ByteToMessageDecoderError { return }
        isClosing = true
        guard error is HTTPParserError else { return context.close(promise: nil) }
        services.engine.counters.add(.httpRequests)
        services.engine.counters.add(.httpFailed)
        guard download == nil else {
            isStopping = true
            return
        }
        let answer = Answer(status: .badRequest, fields: ["Content-Length": "0"], body: [])
        let head = ByteBuffer(bytes: answer.head(date: watchman.currentDate(), keepsAlive: false))
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(head))).assumeIsolated().whenComplete { _ in self.close() }
    }
}

// Requests.
extension Connection {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        if isFree { take(unwrapInboundIn(data)) } else { waiting.append(unwrapInboundIn(data)) }
    }

    /// Nothing more is read from a client that has been given something to wait for.
    func read(context: ChannelHandlerContext) {
        if isFree { context.read() } else { isReadWithheld = true }
    }

    private var isFree: Bool { download == nil && waiting.isEmpty }

    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            headBegan = nil
            incoming = (head, 0)
        case .body(let octets):
            guard let (head, before) = incoming else { return }
            let body = before + octets.readableBytes
            incoming = body > services.limits.requestBody ? nil : (head, body)
            if incoming == nil { begin(head, isTooLarge: true) }
        case .end:
            guard let head = incoming?.head else { return }
            incoming = nil
            begin(head)
        }
    }

    /// Goes on with what came meanwhile, in a turn of its own: a client that sends a thousand requests together must not make us
    /// call ourselves a thousand times deep.
    private func goOn() {
        guard !isTakingWaiting else { return }
        guard !waiting.isEmpty else { return readOn() }
        later { connection in
            connection.isTakingWaiting = true
            while connection.download == nil, !connection.isClosing, let part = connection.waiting.popFirst() {
                connection.take(part)
            }
            connection.isTakingWaiting = false
            if connection.isFree { connection.readOn() }
        }
    }

    private func readOn() {
        guard isReadWithheld else { return }
        isReadWithheld = false
        context?.read()
    }

    /// Octets came. Those that come while a response is under way belong to requests that have to wait for it.
    func hear() {
        if download == nil, incoming == nil, headBegan == nil { headBegan = Clock.now }
    }

    /// Answers a request from the one catalog that is current now.
    private func begin(_ head: HTTPRequestHead, isTooLarge: Bool = false) {
        let target = RequestTarget(head.uri)
        let path = InstallPath.masked(
            target.map { PercentCoding.printable($0.path) } ?? PercentCoding.printable(head.uri.utf8))
        services.engine.counters.add(.httpRequests)
        services.doorkeeper.works(key)
        download = Download(head, path: path, client: client, engine: services.engine)
        lastProgress = Clock.now

        let catalog = services.engine.catalog.current
        if isTooLarge { return refuse(.payloadTooLarge) }
        let methods: [HTTPMethod] = target.map { InstallPath.isStep($0.path) } == true ? [.GET, .POST] : [.GET, .HEAD]
        guard methods.contains(head.method) else {
            return refuse(
                .methodNotAllowed, fields: ["Allow": methods.map(\.rawValue).joined(separator: ", ")])
        }
        guard let target else { return refuse(.badRequest) }
        guard catalog.mode.continuesBoots else { return refuse(.serviceUnavailable) }
        if target.hasQuery, catalog.mirrored(target.path) { return refuse(.badRequest) }
        open(
            target.path, catalog: catalog, conditions: Conditions(head.headers),
            password: Credentials.password(head.headers.first(name: "Authorization")))
    }

    private func refuse(_ status: HTTPResponseStatus, fields: HTTPHeaders = [:]) {
        guard let path = download?.path else { return }
        send(.refusal(status, path: path, fields: fields))
    }

    /// Opens what is asked for: at once if the kernel has in memory what it takes, else by a thread that may wait.
    private func open(_ path: [UInt8], catalog: Catalog, conditions: Conditions, password: String?) {
        guard let context else { return }
        let cleaned = RequestPath.cleaning(path)
        var requester = services.engine.requester(at: client.address, asking: try? cleaned.get())
        requester.password = password
        download?.install = requester.enrolment?.token
        let resolution = AssetResolver.resolve(cleaned, for: requester, in: catalog)
        download?.resolution = resolution
        let address = catalog.scriptAddress(asked: local) { NetworkInterface.address(of: interface) }
        if let found = FoundAsset(fromMemory: resolution, catalog, local: address, in: services.assets) {
            return answer(with: found, path, catalog, conditions)
        }
        let order = AssetOrder(resolution: resolution, catalog: catalog, local: address)
        let assets = services.assets
        let wish = Wish()
        self.wish = wish
        let opened = services.openers.run(for: resolution.place(in: catalog), wish, eventLoop: context.eventLoop) {
            FoundAsset(order, in: assets)
        }
        opened.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let found): self.answer(with: found, path, catalog, conditions)
            // The threads that open files are stopping.
            case .failure: self.close()
            }
        }
    }

    /// The index of the interface that a connection to a link-local address of ours came by. The address itself tells it only
    /// where the client's is link-local as well; else Linux has noted it as the one that multicast would leave by.
    private var interface: Int32 {
        if local.zone != 0 { return Int32(bitPattern: local.zone) }
        return (try? context?.channel.syncOptions?.getOption(Self.arrivalOption)).map(Int32.init) ?? 0
    }

    private func answer(
        with found: FoundAsset, _ path: [UInt8], _ catalog: Catalog, _ conditions: Conditions
    ) {
        guard let download else { return }
        switch found {
        case .problem(let problem): send(.problem(problem, path: download.path))
        case .growing(let file): follow(file, path, catalog, conditions)
        case .generated(let octets): send(.generated(octets))
        case .file(let file):
            let facts = FileFacts(
                size: file.identity.size, validators: watchman.validators(of: file.identity), path: path)
            send(.file(facts, isHead: download.isHead, conditions: conditions), file: file)
        }
    }
}

// Files that another server is being asked for.
extension Connection {
    /// Answers as soon as there is something to say: the size, or how it ended.
    private func follow(_ file: GrowingFile, _ path: [UInt8], _ catalog: Catalog, _ conditions: Conditions) {
        guard let download else { return }
        let progress = file.progress
        switch progress.outcome {
        // A mirrored file is behind no password.
        case .complete: open(path, catalog: catalog, conditions: conditions, password: nil)
        case .failed(let problem): send(.problem(problem, path: download.path))
        case nil:
            guard let size = progress.size, let opened = try? file.open() else {
                return awaitNews(of: file, beyond: progress) { $0.follow(file, path, catalog, conditions) }
            }
            let facts = FileFacts(size: size, validators: nil, path: path)
            send(
                .file(facts, isHead: download.isHead, conditions: conditions), file: ServedFile(opened), growing: file)
        }
    }

    /// Goes on when the file has come further, if the same response is still under way then.
    private func awaitNews(
        of file: GrowingFile, beyond progress: GrowingFile.Progress, _ work: @escaping (Connection) -> Void
    ) {
        guard let eventLoop = context?.eventLoop, let download else { return }
        let goOn = NIOLoopBound(
            {
                guard self.context != nil, self.download === download else { return }
                self.awaited = nil
                self.lastProgress = Clock.now
                work(self)
            }, eventLoop: eventLoop)
        awaited = file.awaitNews(beyond: progress) { eventLoop.execute { goOn.value() } }.map { (file, $0) }
        if awaited == nil { eventLoop.execute { goOn.value() } }
    }
}

// Responses.
extension Connection {
    private func send(_ answer: Answer, file: ServedFile? = nil, growing: GrowingFile? = nil) {
        guard let download else { return }
        let answer = download.isHead ? answer.withoutBody : answer
        // The rest of a request that we did not want to hear out cannot be told from the next one.
        if isStopping || answer.status == .payloadTooLarge { download.isLast() }
        let head = answer.head(date: watchman.currentDate(), keepsAlive: download.keepsAlive)
        download.begin(answer, head: head, file: file, growing: growing)
        sendPortion()
    }

    /// Sends the next portion, one at a time: what the client does not take stays on disk.
    private func sendPortion() {
        guard let context, let download else { return }
        // Looked at first, so that nothing that comes meanwhile is missed.
        let seen = download.growing?.progress
        if let portion = download.nextPortion() { return send(portion, for: download, context) }
        guard download.hasMore, let growing = download.growing, let seen else { return finish(download) }
        // Half a file is told by a connection that ends before it.
        if case .failed = seen.outcome { return context.close(promise: nil) }
        awaitNews(of: growing, beyond: seen) { $0.sendPortion() }
    }

    /// What the socket takes at once goes straight there: SwiftNIO would ask it to cork, to write, to send and to uncork. The
    /// rest goes by way of the channel, which waits until the socket takes that too.
    private func send(_ portion: Portion, for download: Download, _ context: ChannelHandlerContext) {
        var portion = portion
        guard context.channel.isActive, (try? portion.leave(by: LentStream(socket), of: download.file)) == true else {
            return close()
        }
        if portion.isEmpty { return progress(of: download) }
        // NIO would try for ever to send what is not there.
        guard !download.isCutShort else { return context.close(promise: nil) }
        let file = download.file
        write(portion, of: file, context).assumeIsolated().whenComplete { result in
            // Capturing the file here keeps it open while NIO sends it.
            withExtendedLifetime(file) {}
            guard case .success = result else { return self.close() }
            self.progress(of: download)
        }
    }

    private func write(
        _ portion: Portion, of file: ServedFile?, _ context: ChannelHandlerContext
    ) -> EventLoopFuture<Void> {
        let made = IOData.byteBuffer(ByteBuffer(bytes: portion.made))
        guard !portion.file.isEmpty, let file else { return context.writeAndFlush(wrapOutboundOut(made)) }
        if !portion.made.isEmpty { context.write(wrapOutboundOut(made), promise: nil) }
        return context.writeAndFlush(wrapOutboundOut(.fileRegion(file.region(portion.file))))
    }

    /// A portion has left.
    private func progress(of download: Download) {
        download.progress()
        lastProgress = Clock.now
        guard download.hasMore else { return finish(download) }
        // The others on this event loop come first.
        later { $0.sendPortion() }
    }

    private func close() {
        context?.close(promise: nil)
    }

    private func finish(_ download: Download) {
        guard self.download === download else { return }
        self.download = nil
        isClosing = !download.keepsAlive || isStopping
        lastProgress = Clock.now
        services.doorkeeper.rests(key)
        watchman.tell(download.end(isComplete: true))
        if isClosing { close() } else { goOn() }
    }

    /// Does something in a turn of its own, if the connection still lives then.
    private func later(_ work: @escaping (Connection) -> Void) {
        context?.eventLoop.assumeIsolated().execute {
            if self.context != nil { work(self) }
        }
    }
}

// Clients that leave without a word, and files that shrink.
extension Connection {
    /// What the watchman does now and then. Octets of a half-sent request are no progress: who sends a letter a minute is
    /// closed like who sends none.
    func look(_ now: Instant) {
        guard let context else { return }
        if let download {
            measure(download, context, now)
            // As long as it is not dismissed, it comes on.
            services.assets.note(download.resolution)
            if download.isCutShort { return context.close(promise: nil) }
        } else if let headBegan, now - headBegan > services.limits.headTime {
            return dismiss(.httpSlowRequests)
        }
        // Another server is at fault, and has limits of its own.
        if awaited != nil { return }
        if now - lastProgress > services.limits.idleTime { dismiss(download == nil ? .httpSilent : .httpSlowReaders) }
    }

    /// How far the response is that is under way; nil when none is.
    func progress(_ now: Instant) -> DownloadProgress? {
        guard let context, let download else { return nil }
        measure(download, context, now)
        return download.progress(now, silence: now - lastProgress)
    }

    /// Looks how much of a response has left.
    private func measure(_ download: Download, _ context: ChannelHandlerContext, _ now: Instant) {
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)).map(Int64.init) ?? 0
        download.progress(waiting: waiting)
        if waiting != lastWaiting { lastProgress = now }
        lastWaiting = waiting
    }

    /// Closes the connection for its own fault, or for others who need its room.
    private func dismiss(_ reason: Counter) {
        services.engine.counters.add(reason)
        isClosing = true
        context?.close(promise: nil)
    }
}

extension IPEndpoint {
    /// 0.0.0.0:0 for what is no address of IP, which our listeners never meet.
    init(_ address: SocketAddress?) {
        self =
            address?.withSockAddr { name, _ in IPEndpoint(socketAddress: UnsafeRawPointer(name)) }
            ?? IPEndpoint(address: IPAddress(.any), port: 0)
    }
}

extension Catalog {
    /// Whether a path is one of a mirror's.
    fileprivate func mirrored(_ path: [UInt8]) -> Bool {
        (try? RequestPath(path)).flatMap { mirrored($0) } != nil
    }
}
