import Wire

/// The requests whose file a loader thread is opening: one for each client, and one opening for all who ask alike.
///
/// Bounded twice: by the clients that may wait, and by what is asked of each opener. An opening that hangs on a dead disk
/// counts for as long as it hangs, whether or not anybody still waits for it.
struct PendingOpens {
    /// A client that waits, and how it will be answered.
    struct Waiting {
        let request: ReadRequest
        let visit: TransferWorker.Visit
        /// Whether another server is asked for the file, rather than a disk.
        let isMirrored: Bool
        fileprivate let ticket: UInt64
        fileprivate let since: Instant
    }

    /// What becomes of a request.
    enum Admission: Equatable {
        /// The loader is to be asked under this number.
        case ask(ticket: UInt64)
        /// Another client waits for the same.
        case joined
        /// There are too many already; the client asks again, and then there may be room.
        case crowded
    }

    private struct Opening {
        let order: OpeningOrder
        let name: [UInt8]
        let opener: Int
        var clients: Set<IPEndpoint>
    }

    /// What one opener is asked for at a time. PXELINUX asks for names of each machine's own, most of which nobody has
    /// looked for before.
    static let mostOpenings = 1024
    /// A client that has waited for so long is told that the disk, or another server, does not answer; most have given up by then.
    static let patience = TimeSpan.seconds(30)

    private let mostWaiting: Int
    private var waiting: [IPEndpoint: Waiting] = [:]
    private var openings: [UInt64: Opening] = [:]
    /// The latest opening of each name.
    private var latest: [[UInt8]: UInt64] = [:]
    private var load = [Int](repeating: 0, count: ContentLoader.openerCount)
    private var lastTicket: UInt64 = 0

    /// - Parameter mostWaiting: clients.
    init(mostWaiting: Int) {
        self.mostWaiting = mostWaiting
    }

    /// Whether anybody waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// Whether a client waits for the answer to this very request already.
    func isWaiting(_ client: IPEndpoint, for request: ReadRequest) -> Bool {
        waiting[client]?.request == request
    }

    /// Lets a client wait, that must not wait already.
    mutating func add(
        _ request: ReadRequest, _ visit: TransferWorker.Visit, _ order: OpeningOrder, now: Instant
    ) -> Admission {
        guard waiting.count < mostWaiting else { return .crowded }
        if let ticket = latest[request.name], openings[ticket]?.order.isSame(as: order) == true {
            openings[ticket]?.clients.insert(visit.client)
            waiting[visit.client] = Waiting(
                request: request, visit: visit, isMirrored: order.isMirrored, ticket: ticket, since: now)
            return .joined
        }
        let opener = ContentLoader.opener(of: order)
        guard load[opener] < Self.mostOpenings else { return .crowded }
        load[opener] += 1
        lastTicket += 1
        latest[request.name] = lastTicket
        openings[lastTicket] = Opening(order: order, name: request.name, opener: opener, clients: [visit.client])
        waiting[visit.client] = Waiting(
            request: request, visit: visit, isMirrored: order.isMirrored, ticket: lastTicket, since: now)
        return .ask(ticket: lastTicket)
    }

    /// A client waits no more, if it did.
    mutating func remove(_ client: IPEndpoint) -> Waiting? {
        guard let gone = waiting.removeValue(forKey: client) else { return nil }
        openings[gone.ticket]?.clients.remove(client)
        return gone
    }

    /// The loader has answered.
    ///
    /// - Returns: those who still wait for that, first come first.
    mutating func finish(_ ticket: UInt64) -> [Waiting] {
        guard let opening = openings.removeValue(forKey: ticket) else { return [] }
        load[opening.opener] -= 1
        if latest[opening.name] == ticket { latest[opening.name] = nil }
        return opening.clients.compactMap { waiting.removeValue(forKey: $0) }.sorted { $0.since < $1.since }
    }

    /// Those who have waited long enough; they wait no longer.
    mutating func expire(now: Instant) -> [Waiting] {
        waiting.values.filter { now - $0.since > Self.patience }.compactMap { remove($0.visit.client) }
    }

    /// All who wait; nobody does any more.
    mutating func removeAll() -> [Waiting] {
        waiting.keys.map(\.self).compactMap { remove($0) }
    }
}
