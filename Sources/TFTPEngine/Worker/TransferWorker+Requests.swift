import BootPolicy
import Exchange
import LinuxIO
import Transfers
import Wire

extension TransferWorker {
    /// Takes the requests that wait at one door, and in single-port mode all else that clients say.
    mutating func receiveRequests(at door: Int) throws(SystemError) {
        let catalog = context.catalog.current
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try received.receive(from: sockets.doors[door].listener.socket.descriptor)
            let now = Clock.now
            for index in 0..<received.count {
                if sockets.isSinglePort, receiveAcknowledgement(index, now) { continue }
                context.counters.add(.tftpRequests)
                noteHeard(index, now)
                guard let visit = welcome(index, at: sockets.doors[door], catalog, now) else {
                    context.counters.add(.tftpIgnored)
                    continue
                }
                keepRequest(index, at: sockets.doors[door], interface: visit.interface, now)
                do throws(TFTPRequestError) {
                    let request = try ReadRequest(received.payload(index))
                    begin(request, visit, catalog, now)
                } catch {
                    refuse(error, visit, now)
                }
            }
        }
    }

    /// For who sees requests at the card, and wonders which of them a firewall keeps.
    private func noteHeard(_ index: Int, _ now: Instant) {
        guard let client = received.source(index).address.ipv4 else { return }
        // Of doors at other ports nobody asks.
        context.requests.note(client, port: 69, now: now)
    }

    /// In single-port mode: whether a datagram is no request but belongs to a transfer, which then has it. An ACK without
    /// one gets silence: it may be the second of the last block, and the next request of that client come from the same
    /// port, which must not hear an ERROR.
    private mutating func receiveAcknowledgement(_ index: Int, _ now: Instant) -> Bool {
        let packet = TFTPClientPacket(received.payload(index))
        if let id = transfers[received.source(index)], packet != .readRequest {
            if case .error = packet { keepError(index, of: transfers[id], now) }
            receive(packet, for: id, now)
            return true
        }
        guard case .acknowledge = packet else { return false }
        context.counters.add(.tftpStrayPackets)
        return true
    }

    /// Who asks and how the answer will leave; nil for those who get silence.
    private mutating func welcome(_ index: Int, at door: Door, _ catalog: Catalog, _ now: Instant) -> Visit? {
        let client = received.source(index)
        // RFC 1123 §4.2.3.5: a request to a broadcast address is silently ignored, and so is one to a group. Observing sends
        // nothing. Nobody can be answered at port 0 (RFC 768) or without an address: to the kernel `::` is this host.
        guard let destination = received.destination(index), destination.isOwnAddress, client.port != 0,
            !client.address.isAny,
            catalog.mode.continuesBoots, limits.serves(client.address), sources.mayAsk(client.address, now: now)
        else { return nil }
        return Visit(
            client: client, local: scriptAddress(destination, catalog), interface: destination.interface,
            origin: door.listener.origin(destination.address), socket: door.sockets.randomElement(using: &random) ?? 0,
            octets: received.payload(index).byteCount)
    }

    /// Where a request came from and how its answers leave.
    struct Visit {
        let client: IPEndpoint
        /// Our address for the URLs in generated scripts.
        let local: IPAddress
        let interface: Int32
        let origin: SendBatch.Origin?
        let socket: Int
        /// Octets of the request.
        let octets: Int
        /// The install that asks; nil for a machine that is not being installed.
        var install: InstallFetch?
    }

    /// - Parameter identity: that of the file in the content table; nil for octets made for this transfer.
    mutating func start(
        _ request: ReadRequest, _ content: Content, _ identity: FileIdentity?, _ visit: Visit, _ now: Instant
    ) {
        let link = link(of: visit.interface)
        var granted = TransferLimits(pathMTU: link.packetSize, family: visit.client.address.family)
        if let most = limits.maxBlockSize { granted.blockSize = most }
        granted.rollover = limits.rollover(of: visit.client.address)
        let blockSize = min(request.options.blockSize ?? 512, granted.blockSize)
        granted.windowSize = grant.largest(
            blockSize: blockSize, transfers: transfers.count, octetsPerSecond: link.octetsPerSecond / limits.workers)
        // Translated bytes are known as a whole here, so even netascii gets its true size (RFC 2349).
        let negotiated = Negotiated(request.options, limits: granted, size: content.size)
        let firstAnswer = firstAnswer(negotiated, size: content.size)
        guard hasSlot else {
            drop(identity, now)
            return refuse(.tooManyTransfers, request.name, visit, now)
        }
        guard let loan = lend(visit, octets: firstAnswer, now) else { return drop(identity, now) }
        makeSlot(now)
        let id = transfers.insert(
            Transfer(
                session: TFTPSession(negotiated: negotiated, size: content.size, limits: granted, now: now),
                client: visit.client, socket: visit.socket, origin: visit.origin, content: content,
                identity: identity, negotiated: negotiated, request: request,
                name: Self.printable(request.name), install: visit.install,
                image: content.image(for: negotiated), started: now, firstAnswer: firstAnswer,
                loan: loan))
        if plainClients.contains(visit.client.address, now: now) { transfers[id].offload.refuse() }
        halfOpen.append(id)
        sources.began(visit.client.address)
        contents.willSend(content, blockSize: negotiated.blockSize)
        if identity == nil { translated += Int(content.size) }
        context.counters.add(.tftpStarted)
        keepFirstBlock(of: transfers[id], now)
        apply(.proceed, to: id, now)
    }

    /// The transfer that a file was found for does not begin.
    private mutating func drop(_ identity: FileIdentity?, _ now: Instant) {
        if let identity { contents.release(identity, now: now) }
    }

    /// What a worker has to know of an interface.
    struct Link {
        /// Octets of the largest IP packet.
        let packetSize: Int
        let octetsPerSecond: Int
    }

    /// Octets a second of an interface that does not tell.
    private static var usualSpeed: Int { 1_250_000_000 }

    /// Asked of the kernel once a second.
    private mutating func link(of interface: Int32) -> Link {
        if let known = links[interface] { return known }
        let socket = sockets.pool[0]
        let link = Link(
            packetSize: socket.socket.mtu(ofInterface: interface) ?? 1500,
            octetsPerSecond: limits.linkOctetsPerSecond ?? socket.socket.speed(ofInterface: interface)
                ?? Self.usualSpeed)
        links[interface] = link
        return link
    }

    private mutating func scriptAddress(_ destination: Destination, _ catalog: Catalog) -> IPAddress {
        catalog.scriptAddress(asked: destination.address) { ipv4Address(of: destination.interface) }
    }

    /// Asked of the kernel once a second.
    private mutating func ipv4Address(of interface: Int32) -> IPv4Address? {
        let known = scriptAddresses[interface] ?? NetworkInterface.address(of: interface) ?? .any
        scriptAddresses[interface] = known
        return known.isAny ? nil : known
    }

    private mutating func refuse(_ error: TFTPRequestError, _ visit: Visit, _ now: Instant) {
        // Nonsense is answered, and told, a few times a second at most, so that nobody can aim our errors at others.
        guard let code = error.answer, nonsenseReplies.allows(now) else {
            context.counters.add(.tftpMalformed)
            return
        }
        let reason = code == .accessViolation ? TransferRefusal.writeRefused : .illegalRequest
        refuse(reason, [], visit, now, code)
    }

    mutating func refuse(
        _ reason: TransferRefusal, _ name: [UInt8], _ visit: Visit, _ now: Instant, _ code: TFTPErrorCode? = nil
    ) {
        let text = reason.summary
        guard mayRefuse(visit, octets: TFTPReplyWriter.errorOctets(text), now) else { return }
        context.counters.add(.tftpRefused)
        sendError(
            code ?? TFTPErrorCode(reason), text: text, to: visit.client, from: visit.origin,
            on: visit.socket)
        guard telling.take(now: now, count: { $0.refused += 1 }) else { return }
        context.events.record(
            .transferRefused(client: visit.client, name: Self.printable(name), reason: reason))
    }

    /// A name for logs and for people, who see it on a terminal.
    private static func printable(_ name: [UInt8]) -> String {
        InstallPath.masked(PercentCoding.printable(name))
    }
}

extension TFTPErrorCode {
    /// RFC 1350 §5, table of error codes.
    fileprivate init(_ reason: TransferRefusal) {
        switch reason {
        case .notFound: self = .fileNotFound
        case .accessDenied, .writeRefused: self = .accessViolation
        case .illegalRequest: self = .illegalOperation
        case .tooManyTransfers, .readFailed, .incompleteAnswer, .upstreamFailed, .upstreamSlow: self = .undefined
        }
    }
}
