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
}

/// One client's connection: takes requests one after the other (NIO's pipelining handler keeps the next one back until
/// a response has ended) and sends what policy and the asset store answer.
///
/// The `Host` field is not looked at: there is one site, and firmware that forgets the field (against RFC 9112 §3.2)
/// boots all the same.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let services: Services
    /// Nil before and after the life of the connection.
    private var context: ChannelHandlerContext?
    private var client = Endpoint(address: .any, port: 0)
    private var local = IPv4Address.any
    /// The request that is coming in, and how much body came with it.
    private var incoming: (head: HTTPRequestHead, body: Int)?
    private var download: Download?
    /// Nothing that still comes in counts.
    private var isClosing = false
    private var lastProgress = Clock.now
    private var lastWaiting: Int64 = 0

    init(services: Services) {
        self.services = services
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        client = Endpoint(context.remoteAddress)
        local = Endpoint(context.localAddress).address
        watchLater()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        download?.end(isComplete: false)
        download = nil
        context.fireChannelInactive()
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

    /// Answers a request from the one catalog that is current now.
    private func begin(_ head: HTTPRequestHead, isTooLarge: Bool = false) {
        let target = RequestTarget(head.uri)
        let path = target.map { PercentCoding.printable($0.path) } ?? PercentCoding.printable(head.uri.utf8)
        services.engine.counters.add(.httpRequests)
        download = Download(head, path: path, client: client, engine: services.engine)
        lastProgress = Clock.now

        let catalog = services.engine.catalog.current
        if isTooLarge { return refuse(.payloadTooLarge) }
        guard head.method == .GET || head.method == .HEAD else {
            return refuse(.methodNotAllowed, fields: ["Allow": "GET, HEAD"])
        }
        guard let target else { return refuse(.badRequest) }
        guard catalog.mode.continuesBoots else { return refuse(.serviceUnavailable) }
        open(target.path, catalog: catalog, conditions: Conditions(head.headers))
    }

    /// Answers in a turn of its own: a client that sends a thousand bad requests at once must not make us call ourselves a
    /// thousand times deep.
    private func refuse(_ status: HTTPResponseStatus, fields: HTTPHeaders = [:]) {
        guard let path = download?.path else { return }
        later { $0.send(.refusal(status, path: path, fields: fields)) }
    }

    private func open(_ path: [UInt8], catalog: Catalog, conditions: Conditions) {
        guard let context else { return }
        let (assets, local) = (services.assets, local)
        let requester = services.engine.addresses.requester(at: IPAddress(client.address))
        let opened = services.openers.runIfActive(eventLoop: context.eventLoop) {
            FoundAsset(path: path, requester: requester, assets: assets, catalog: catalog, local: local)
        }
        opened.assumeIsolated().whenComplete { result in
            switch result {
            case .success(.problem(let problem)): self.send(.problem(problem, path: self.download?.path ?? ""))
            case .success(.generated(let octets)): self.send(.generated(octets))
            case .success(.file(let file)):
                let facts = FileFacts(identity: file.identity, path: path)
                let isHead = self.download?.isHead ?? false
                self.send(.file(facts, isHead: isHead, conditions: conditions), file: file)
            case .failure:
                // The threads that open files are stopping.
                self.context?.close(promise: nil)
            }
        }
    }
}

// Responses.
extension Connection {
    private func send(_ answer: Answer, file: ServedFile? = nil) {
        guard let context, let download else { return }
        let answer = download.isHead ? answer.withoutBody : answer
        download.begin(answer, file: file)
        var fields = answer.fields
        fields.add(name: "Date", value: HTTPDate.text(seconds: Clock.wallMilliseconds / 1000))
        // Said in both cases: HTTP/1.0 closes and HTTP/1.1 keeps unless told otherwise (RFC 9112 §9.3).
        fields.add(name: "Connection", value: download.keepsAlive ? "keep-alive" : "close")
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        sendPiece()
    }

    /// Sends what is made and the next piece of the file, one at a time: what the client does not take stays on disk.
    private func sendPiece() {
        guard let context, let download else { return }
        guard !download.isCutShort else { return context.close(promise: nil) }
        while let piece = download.nextPiece() {
            switch piece {
            case .octets(let octets):
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: octets)))), promise: nil)
            case .file(let octets):
                guard let file = download.file else { return context.close(promise: nil) }
                return send(octets, of: file, for: download, context)
            }
        }
        finish(download)
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
            // The others on this event loop come first.
            self.later { $0.sendPiece() }
        }
    }

    private func finish(_ download: Download) {
        guard let context else { return }
        // Writing the end lets the pipelining handler hand us the next request before it returns.
        self.download = nil
        isClosing = !download.keepsAlive
        lastProgress = Clock.now
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { result in
            guard case .success = result else {
                download.end(isComplete: false)
                self.context?.close(promise: nil)
                return
            }
            download.progress()
            download.end(isComplete: true)
            if !download.keepsAlive { self.context?.close(promise: nil) }
        }
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
    private func watchLater() {
        guard let context else { return }
        let interval = min(services.limits.idleTime.nanoseconds / 4, 1_000_000_000)
        context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(interval)) { self.watch() }
    }

    /// Bytes of a half-sent request are no progress: who sends a letter a minute is closed like who sends none.
    private func watch() {
        guard let context else { return }
        let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)).map(Int64.init) ?? 0
        download?.progress(waiting: waiting)
        if waiting != lastWaiting { lastProgress = Clock.now }
        lastWaiting = waiting
        if Clock.now - lastProgress > services.limits.idleTime || download?.isCutShort == true {
            context.close(promise: nil)
        } else {
            watchLater()
        }
    }
}

extension Endpoint {
    /// 0.0.0.0:0 for what is no IPv4 address, which an IPv4 listener never meets.
    init(_ address: SocketAddress?) {
        let text = address?.ipAddress ?? ""
        self.init(
            address: IPv4Address(text) ?? .any, port: UInt16(truncatingIfNeeded: address?.port ?? 0))
    }
}
