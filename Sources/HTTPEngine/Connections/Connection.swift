import Assets
import BootPolicy
import Exchange
import LinuxIO
import NIOCore
import NIOHTTP1
import NIOPosix
import Wire

/// What every connection needs.
struct Services: Sendable {
    let assets: AssetStore
    let engine: EngineContext
    let limits: HTTPLimits
    let openers: NIOThreadPool
    let doorkeeper: Doorkeeper
}

/// One client's connection: takes requests one after the other (NIO's pipelining handler keeps the next one back until
/// a response has ended) and sends what policy and the asset store answer.
///
/// The `Host` field is not looked at: there is one site, and firmware that forgets the field (against RFC 9112 §3.2)
/// boots all the same.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// TCP_CORK is 3 (linux/tcp.h).
    private static let corkOption = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 3))

    private static let arrivalOption = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_multicast_if)

    private let services: Services
    private let watchman: Watchman
    /// Nil before and after the life of the connection.
    private var context: ChannelHandlerContext?
    private var key = ObjectIdentifier(Connection.self)
    private var client = IPEndpoint(nil)
    private var local = IPEndpoint(nil).address
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
    private var isCorked = false
    /// Whether the response waits for another server.
    private var isAwaiting = false
    /// Whether the pipelining handler may hand us the next request while we tell it that a response has ended.
    private var isFinishing = false

    init(services: Services, watchman: Watchman) {
        self.services = services
        self.watchman = watchman
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        key = ObjectIdentifier(context.channel)
        client = IPEndpoint(context.remoteAddress)
        local = IPEndpoint(context.localAddress).address
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
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is RoomIsNeeded {
            // A request may have come while the event was on its way.
            guard download == nil else { return }
            dismiss(.httpCrowdedOut)
        } else if event is HouseCloses {
            isStopping = true
            if download == nil { context.close(promise: nil) }
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// NIO has answered 400 already if it was the parser that failed; there is no path to tell of, so it is counted only.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError {
            services.engine.counters.add(.httpRequests)
            services.engine.counters.add(.httpFailed)
        }
        isClosing = true
        context.close(promise: nil)
    }
}

// Requests.
extension Connection {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        switch unwrapInboundIn(data) {
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

    /// Octets came. Those that come while a response is under way belong to requests that have to wait for it.
    func hear() {
        if download == nil, incoming == nil, headBegan == nil { headBegan = Clock.now }
    }

    /// Answers a request from the one catalog that is current now.
    private func begin(_ head: HTTPRequestHead, isTooLarge: Bool = false) {
        let target = RequestTarget(head.uri)
        let path = target.map { PercentCoding.printable($0.path) } ?? PercentCoding.printable(head.uri.utf8)
        services.engine.counters.add(.httpRequests)
        services.doorkeeper.works(key)
        download = Download(head, path: path, client: client, engine: services.engine)
        lastProgress = Clock.now

        let catalog = services.engine.catalog.current
        if isTooLarge { return refuse(.payloadTooLarge) }
        guard head.method == .GET || head.method == .HEAD else {
            return refuse(.methodNotAllowed, fields: ["Allow": "GET, HEAD"])
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
        inDueTime { $0.send(.refusal(status, path: path, fields: fields)) }
    }

    /// Opens what is asked for: at once if the kernel has in memory what it takes, else by a thread that may wait.
    private func open(_ path: [UInt8], catalog: Catalog, conditions: Conditions, password: String?) {
        guard let context else { return }
        var requester = services.engine.addresses.requester(at: client.address)
        requester.password = password
        let order = AssetOrder(
            resolution: AssetResolver.resolve(path, for: requester, in: catalog), catalog: catalog,
            local: catalog.scriptAddress(asked: local) { NetworkInterface.address(of: interface) })
        if let found = FoundAsset(fromMemory: order, in: services.assets) {
            return inDueTime { $0.answer(with: found, path, catalog, conditions) }
        }
        let assets = services.assets
        let opened = services.openers.runIfActive(eventLoop: context.eventLoop) { FoundAsset(order, in: assets) }
        opened.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let found): self.answer(with: found, path, catalog, conditions)
            // The threads that open files are stopping.
            case .failure: self.context?.close(promise: nil)
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
        isAwaiting = true
        let goOn = NIOLoopBound(
            {
                guard self.context != nil, self.download === download else { return }
                self.isAwaiting = false
                self.lastProgress = Clock.now
                work(self)
            }, eventLoop: eventLoop)
        let news = file.progress(beyond: progress) { eventLoop.execute { goOn.value() } }
        if news != nil { eventLoop.execute { goOn.value() } }
    }
}

// Responses.
extension Connection {
    private func send(_ answer: Answer, file: ServedFile? = nil, growing: GrowingFile? = nil) {
        guard let context, let download else { return }
        let answer = download.isHead ? answer.withoutBody : answer
        download.begin(answer, file: file, growing: growing)
        var fields = answer.fields
        fields.add(name: "Date", value: watchman.currentDate())
        // Said in both cases: HTTP/1.0 closes and HTTP/1.1 keeps unless told otherwise (RFC 9112 §9.3).
        fields.add(name: "Connection", value: download.keepsAlive && !isStopping ? "keep-alive" : "close")
        if download.file != nil { cork(true) }
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        sendPiece()
    }

    /// Sends what is made and the next piece of the file, one at a time: what the client does not take stays on disk.
    private func sendPiece() {
        guard let context, let download else { return }
        // Looked at first, so that nothing that comes meanwhile is missed.
        let seen = download.growing?.progress
        while let piece = download.nextPiece() {
            switch piece {
            case .octets(let octets):
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: octets)))), promise: nil)
            case .file(let octets):
                // NIO would try for ever to send what is not there.
                guard let file = download.file, !download.isCutShort else { return context.close(promise: nil) }
                return send(octets, of: file, for: download, context)
            }
        }
        guard download.hasMore, let growing = download.growing, let seen else { return finish(download) }
        // Half a file is told by a connection that ends before it.
        if case .failed = seen.outcome { return context.close(promise: nil) }
        context.flush()
        awaitNews(of: growing, beyond: seen) { $0.sendPiece() }
    }

    private func send(
        _ octets: Range<Int64>, of file: ServedFile, for download: Download, _ context: ChannelHandlerContext
    ) {
        let written = context.writeAndFlush(wrapOutboundOut(.body(.fileRegion(file.region(octets)))))
        written.assumeIsolated().whenComplete { result in
            // Capturing the file here keeps it open while NIO sends it.
            withExtendedLifetime(file) {}
            guard case .success = result else {
                self.context?.close(promise: nil)
                return
            }
            download.progress()
            self.lastProgress = Clock.now
            guard download.hasMore else { return self.finish(download) }
            guard !download.isCutShort else {
                self.context?.close(promise: nil)
                return
            }
            // The others on this event loop come first.
            self.later { $0.sendPiece() }
        }
    }

    /// While corked, the kernel sends full packets only, so that a response's head travels with the first octets of its file
    /// (tcp(7), TCP_CORK); it waits 200 ms at most.
    private func cork(_ isCorked: Bool) {
        self.isCorked = isCorked
        try? context?.channel.syncOptions?.setOption(Self.corkOption, value: isCorked ? 1 : 0)
    }

    private func finish(_ download: Download) {
        guard let context, self.download === download else { return }
        self.download = nil
        isClosing = !download.keepsAlive || isStopping
        lastProgress = Clock.now
        services.doorkeeper.rests(key)
        if isCorked { cork(false) }
        isFinishing = true
        let ended = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        isFinishing = false
        ended.assumeIsolated().whenComplete { result in
            guard case .success = result else {
                self.watchman.tell(download.end(isComplete: false))
                self.context?.close(promise: nil)
                return
            }
            download.progress()
            self.watchman.tell(download.end(isComplete: true))
            if self.isClosing { self.context?.close(promise: nil) }
        }
    }

    /// Answers at once, or in a turn of its own if the request came while the response before it ended: a client that sends a
    /// thousand requests together must not make us call ourselves a thousand times deep.
    private func inDueTime(_ answer: @escaping (Connection) -> Void) {
        if isFinishing { later(answer) } else { answer(self) }
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
            let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)).map(Int64.init) ?? 0
            download.progress(waiting: waiting)
            if waiting != lastWaiting { lastProgress = now }
            lastWaiting = waiting
            if download.isCutShort { return context.close(promise: nil) }
        } else if let headBegan, now - headBegan > services.limits.headTime {
            return dismiss(.httpSlowRequests)
        }
        // Another server is at fault, and has limits of its own.
        if isAwaiting { return }
        if now - lastProgress > services.limits.idleTime { dismiss(download == nil ? .httpSilent : .httpSlowReaders) }
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
