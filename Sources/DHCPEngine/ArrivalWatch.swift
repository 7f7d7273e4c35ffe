import BootPolicy
import Wire

/// Requests that this host's card brought, until it is clear whether they came to a socket of the service. A packet socket sees
/// them before a firewall does.
///
/// Bounded; time comes in as an argument.
struct ArrivalWatch {
    private struct Key: Hashable {
        let client: IPv4Address
        let port: UInt16
    }

    private struct Waiting {
        var interface: Int32
        var first: Instant
        var latest: Instant
        var count = 1
    }

    /// The engines take what waits for them within milliseconds; in a storm it may be longer.
    private static let patience = TimeSpan.seconds(2)
    /// A thread of TFTP that waits for a slow disk takes it when the disk has answered.
    private static let patienceWithFiles = TimeSpan.seconds(10)
    /// Who is not heard asks again within so long. Once may be a full buffer, twice is a wall.
    private static let repetition = TimeSpan.seconds(30)
    private static let silence = TimeSpan.seconds(60)
    private static let most = 256

    private var waiting: [Key: Waiting] = [:]
    /// What was told, and when.
    private var told: [Key: Instant] = [:]
    /// When to look; nil when nobody waits.
    private(set) var deadline: Instant?

    /// A request came by the card.
    mutating func note(_ client: IPv4Address, port: UInt16, interface: Int32, now: Instant) {
        let key = Key(client: client, port: port)
        if waiting[key] != nil {
            waiting[key]?.latest = now
            waiting[key]?.count += 1
        } else if waiting.count < Self.most {
            waiting[key] = Waiting(interface: interface, first: now, latest: now)
        }
        deadline = deadline ?? now + Self.patience
    }

    /// What is clear by now.
    ///
    /// - Parameter wasHeard: whether a request of a client to a port came to a socket since a time.
    /// - Returns: what an operator should read of; of one client and port once a minute at most.
    mutating func due(now: Instant, wasHeard: (IPv4Address, UInt16, Instant) -> Bool) -> [UnheardRequest] {
        guard let deadline, now >= deadline else { return [] }
        told = told.filter { now - $0.value < Self.silence }
        var news: [UnheardRequest] = []
        for (key, request) in waiting where Self.isClear(key, request, now) {
            // A socket may be read before the card's copy is.
            let isHeard = wasHeard(key.client, key.port, request.first + TimeSpan.seconds(-1))
            if !isHeard, request.count > 1, told[key] == nil, told.count < Self.most {
                told[key] = now
                news.append(UnheardRequest(client: key.client, port: key.port, interface: request.interface))
            }
            if isHeard || request.count > 1 || now - request.latest > Self.repetition { waiting[key] = nil }
        }
        self.deadline = waiting.isEmpty ? nil : now + Self.patience / 2
        return news
    }

    /// Whether whoever listens had the time to take the request.
    private static func isClear(_ key: Key, _ request: Waiting, _ now: Instant) -> Bool {
        now - request.latest >= patience && (key.port != 69 || now - request.first >= patienceWithFiles)
    }
}
