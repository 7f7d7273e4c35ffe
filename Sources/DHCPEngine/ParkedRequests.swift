import BootPolicy
import Wire

/// Requests that wait for an endpoint's decision about their machine.
struct ParkedRequests {
    /// By the answer that they are for.
    private var lots: [WebhookQuestion.Key: [PreparedReply.Request]] = [:]
    private var count = 0
    /// Clients ask again; a flood must not fill the memory.
    private static let capacity = 4096
    /// What a machine asks while it waits: its DISCOVER again, what relays make of it, port 4011.
    private static let mostOfOne = 8

    /// Takes a request that has to wait; one that asks the same anew takes the place of the older.
    ///
    /// - Returns: false when there is no room.
    mutating func add(_ request: PreparedReply.Request, for key: WebhookQuestion.Key) -> Bool {
        if let place = lots[key]?.firstIndex(where: { $0.asksTheSame(as: request) }) {
            lots[key]?[place] = request
            return true
        }
        guard count < Self.capacity, lots[key]?.count ?? 0 < Self.mostOfOne else { return false }
        lots[key, default: []].append(request)
        count += 1
        return true
    }

    /// All that wait for an answer, in the order in which they came.
    mutating func take(_ key: WebhookQuestion.Key) -> [PreparedReply.Request] {
        let requests = lots.removeValue(forKey: key) ?? []
        count -= requests.count
        return requests
    }

    /// Drops all of them: clients ask again.
    mutating func removeAll() {
        lots.removeAll()
        count = 0
    }
}

extension PreparedReply.Request {
    /// Whether one answer serves both: nobody waits any more for that to an older transaction.
    fileprivate func asksTheSame(as other: Self) -> Bool {
        arrival.port == other.arrival.port && facts.relayAddress == other.facts.relayAddress
            && facts.type == other.facts.type
    }
}
