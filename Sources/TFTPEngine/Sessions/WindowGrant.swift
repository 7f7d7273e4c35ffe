import Wire

/// How large a window one worker grants: its share of what the link takes, and less where blocks get lost.
///
/// A window can be chosen only once, in the OACK, and only downwards (RFC 7440 §3), and all of it must be sent before the
/// client answers (§4). So the sum of all windows is what may be under way at once, and it is bounded when they are granted.
struct WindowGrant {
    /// EDK2's default. Four blocks are no burst for any queue, so they are always granted.
    static let least = 4
    /// What may wait in queues on the way, as time on the link.
    private static let queueTime = TimeSpan.milliseconds(30)
    private static let period = TimeSpan.seconds(1)
    /// Blocks below which a second says nothing of losses.
    private static let fewBlocks = 200

    private let most: Int
    /// The largest window while blocks get lost.
    private var lossCap: Int = .max
    private var sent: Int64 = 0
    private var repeated: Int64 = 0
    private var periodEnds: Instant

    /// - Parameter most: blocks, the setting.
    init(most: Int, now: Instant) {
        self.most = most
        periodEnds = now + Self.period
    }

    /// The largest window for a new transfer.
    ///
    /// - Parameters:
    ///   - transfers: those that run beside it.
    ///   - octetsPerSecond: this worker's share of the link.
    func largest(blockSize: Int, transfers: Int, octetsPerSecond: Int) -> Int {
        // Octets that all windows together may hold.
        let budget = max(octetsPerSecond / 1000 * Int(Self.queueTime.nanoseconds / 1_000_000), 1)
        let share = budget / (transfers + 1) / max(blockSize, 1)
        return min(max(min(share, lossCap), Self.least), most)
    }

    /// Counts what went out.
    mutating func note(sent: Int64, repeated: Int64) {
        self.sent += sent
        self.repeated += repeated
    }

    /// Looks back at the last second, once it is over (reference 4.10).
    mutating func review(now: Instant) {
        guard now >= periodEnds else { return }
        lossCap = .max
        if sent >= Self.fewBlocks, repeated * 100 > sent { lossCap = repeated * 20 > sent ? Self.least : 16 }
        sent = 0
        repeated = 0
        periodEnds = now + Self.period
    }
}
