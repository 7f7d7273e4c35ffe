import Assets
import BootPolicy
import Exchange
import LinuxIO
import Transfers
import Wire

/// From a request to a transfer: at once if the kernel has in memory what it takes, else by way of a loader thread.
extension TransferWorker {
    mutating func begin(_ request: ReadRequest, _ visit: Visit, _ catalog: Catalog, _ now: Instant) {
        if let id = transfers[visit.client] {
            // The same request from the same port: our first answer was lost, or slow, and there is still one transfer.
            if transfers[id].request == request, transfers[id].session.isMeant(byRepeatedRequest: now) {
                return hearAgain(of: id, visit, now)
            }
            // Another one: the client gave the old transfer up (FreeBSD's loader uses one port for several files).
            finish(id, .superseded, now)
        }
        // The same again while the disk is slow: the answer will come. Another one: that answer is no longer wanted.
        if opens.isWaiting(visit.client, for: request) { return }
        if let gone = opens.remove(visit.client) { sources.ended(gone.visit.client.address) }
        guard sources.mayBegin(visit.client.address) else {
            return refuse(.tooManyTransfers, request.name, visit, now)
        }
        let path = RequestPath.cleaning(request.name)
        let requester = context.requester(at: visit.client.address, asking: try? path.get())
        var visit = visit
        visit.install = InstallFetch(try? path.get(), by: requester)
        let order = OpeningOrder(
            resolution: AssetResolver.resolve(path, for: requester, in: catalog), catalog: catalog,
            local: visit.local, mode: request.mode, translationLimit: limits.largestTranslatedFile)
        do throws(AssetProblem) {
            if let found = try order.openFromMemory(in: assets, contents) {
                answer(request, with: found, visit, now)
            } else {
                postpone(request, order, visit, now)
            }
        } catch {
            refuse(TransferRefusal(error), request.name, visit, now)
        }
    }

    private mutating func hearAgain(of id: Int, _ visit: Visit, _ now: Instant) {
        guard !transfers[id].session.isHeard else { return context.counters.add(.tftpIgnored) }
        guard payAgain(id, visit, now) else { return }
        apply(transfers[id].session.repeatRequest(now: now), to: id, now)
    }

    /// Has a loader thread open what cannot be opened without waiting. A client that waits counts as one that is served.
    private mutating func postpone(_ request: ReadRequest, _ order: OpeningOrder, _ visit: Visit, _ now: Instant) {
        switch opens.add(request, visit, order, now: now) {
        case .ask(let ticket): loader.open(order, in: assets, ticket: ticket)
        case .joined: break
        // An error would tell PXELINUX that its own file is not there, and it would boot something else.
        case .crowded: return context.counters.add(.tftpIgnored)
        }
        sources.began(visit.client.address)
    }

    /// Takes what the loader has opened, and goes on where the requests stopped.
    mutating func takeOpened() {
        for opened in loader.opened() {
            let now = Clock.now
            for waiting in opens.finish(opened.ticket) {
                sources.ended(waiting.visit.client.address)
                // The operator may have said meanwhile that nobody is to be answered.
                guard context.catalog.current.mode.continuesBoots else {
                    context.counters.add(.tftpIgnored)
                    continue
                }
                switch opened.outcome {
                case .success(let found): answer(waiting.request, with: found, waiting.visit, now)
                case .failure(let problem):
                    refuse(TransferRefusal(problem), waiting.request.name, waiting.visit, now)
                }
            }
        }
    }

    /// Begins the transfer, if there is room for it.
    private mutating func answer(_ request: ReadRequest, with found: FoundContent, _ visit: Visit, _ now: Instant) {
        guard sources.mayBegin(visit.client.address) else {
            return refuse(.tooManyTransfers, request.name, visit, now)
        }
        switch found {
        case .file(let file):
            start(request, contents.content(of: file, now: now), file.file.identity, visit, now)
        case .octets(let octets):
            // What is made for one transfer takes memory of its own.
            guard translated + octets.count <= limits.translatedOctets else {
                return refuse(.tooManyTransfers, request.name, visit, now)
            }
            start(request, Content(octets), nil, visit, now)
        }
    }

    /// Whether one more transfer fits, if need be in the place of one that nobody has acknowledged.
    var hasSlot: Bool { !transfers.isFull || halfOpen.oldest != nil }

    /// Makes room for one more transfer; there must be a slot for it. When all are taken, the oldest transfer that nobody has acknowledged goes: its
    /// address may be forged, and a real client answers within a round trip, long before its turn comes. Not sooner, for
    /// when ten thousand machines are switched on at once, they all are real and answer late.
    mutating func makeSlot(_ now: Instant) {
        if transfers.isFull, let oldest = halfOpen.oldest { finish(oldest, .crowdedOut, now) }
    }

    /// Tells those who have waited too long for a disk or another server; who asks again then waits again.
    mutating func expireOpens(_ now: Instant) {
        guard !opens.isEmpty else { return }
        for waiting in opens.expire(now: now) {
            sources.ended(waiting.visit.client.address)
            guard context.catalog.current.mode.continuesBoots else { continue }
            refuse(waiting.isMirrored ? .upstreamSlow : .readFailed, waiting.request.name, waiting.visit, now)
        }
    }

    /// The service ends: those who wait are told like those who are served.
    mutating func endOpens() {
        guard context.catalog.current.mode.continuesBoots else { return }
        for waiting in opens.removeAll() {
            sendError(
                .undefined, text: "Service stopped", to: waiting.visit.client, from: waiting.visit.origin,
                on: waiting.visit.socket)
        }
    }

    /// Ends the transfers whose next octets the loader could not bring in: to send them would be to wait for a disk that
    /// has failed.
    mutating func endUnreadable() {
        for failure in contents.takeFailures() {
            let now = Clock.now
            for id in transfers.ids where transfers[id].content === failure.content && transfers[id].image == nil {
                guard failure.octets.overlaps(transfers[id].nextOctets) else { continue }
                end(id, failure.isChanged ? .fileChanged : .readFailed, now)
            }
        }
    }

    /// Ends a transfer whose file cannot be sent any further, and tells the client.
    mutating func end(_ id: Int, _ outcome: TransferEnding.Outcome, _ now: Instant) {
        let transfer = transfers[id]
        finish(id, outcome, now)
        sendError(
            .undefined, text: outcome == .fileChanged ? "File changed" : "File cannot be read", to: transfer.client,
            from: transfer.origin, on: transfer.socket)
    }

    /// Looks whether this thread has waited for a disk after all: then the kernel has taken pages back, and what was
    /// brought in once is no longer trusted.
    mutating func reviewFaults() {
        let faults = majorFaults()
        guard faults > knownFaults else { return }
        context.counters.add(.tftpDiskWaits, faults - knownFaults)
        knownFaults = faults
        contents.doubt()
    }
}
