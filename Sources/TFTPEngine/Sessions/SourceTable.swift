import Wire

/// What each address may ask of one worker: so many transfers at once, and so many requests a second.
///
/// Bounded: an address without transfers is forgotten when the table is full, and begins anew with a full allowance.
struct SourceTable {
    private struct Source {
        var transfers: Int32 = 0
        /// Requests that may come at once.
        var allowance: Int32
        var refilled: Instant
    }

    private let mostTransfers: Int32
    private let requestsPerSecond: Int32
    private let capacity: Int
    private var sources: [IPv4Address: Source] = [:]
    /// Addresses that have transfers.
    private var active = 0

    /// - Parameter capacity: addresses beyond those that have transfers.
    init(mostTransfers: Int, requestsPerSecond: Int, capacity: Int = 16_384) {
        self.mostTransfers = Int32(clamping: mostTransfers)
        self.requestsPerSecond = Int32(clamping: requestsPerSecond)
        self.capacity = capacity
    }

    /// Addresses remembered.
    var count: Int { sources.count }

    /// Whether an address may ask once more; a second's worth of requests may come at once.
    mutating func mayAsk(_ address: IPv4Address, now: Instant) -> Bool {
        var source = sources[address] ?? Source(allowance: requestsPerSecond, refilled: now)
        // More than a second earns no more than a second's worth.
        let pause = min((now - source.refilled).nanoseconds, 1_000_000_000)
        let earned = Int32(pause * Int64(requestsPerSecond) / 1_000_000_000)
        if earned > 0 {
            source.allowance = min(source.allowance + earned, requestsPerSecond)
            source.refilled = now
        }
        let may = source.allowance > 0
        if may { source.allowance -= 1 }
        if sources.count - active >= capacity, sources[address] == nil { forgetIdle() }
        sources[address] = source
        return may
    }

    /// Whether an address that may ask may also begin a transfer.
    func mayBegin(_ address: IPv4Address) -> Bool {
        (sources[address]?.transfers ?? 0) < mostTransfers
    }

    /// A transfer to an address that asked begins.
    mutating func began(_ address: IPv4Address) {
        sources[address]?.transfers += 1
        if sources[address]?.transfers == 1 { active += 1 }
    }

    mutating func ended(_ address: IPv4Address) {
        sources[address]?.transfers -= 1
        if sources[address]?.transfers == 0 { active -= 1 }
    }

    private mutating func forgetIdle() {
        sources = sources.filter { $0.value.transfers > 0 }
    }
}
