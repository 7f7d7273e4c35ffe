import Wire

/// What each address may ask of one worker: so many transfers at once, and so many requests a second.
///
/// Bounded: an address without transfers is forgotten when the table is full, and begins anew with a full allowance.
///
/// An IPv6 host may take any address of its /64 (RFC 4291 §2.5.1), so what one address may have binds nobody there. But a
/// whole LAN that boots is one /64 as well, and may be ten thousand machines, so the /64 cannot be held to the allowance
/// of a machine either. It is held to a share of the slots instead: whoever has a network to himself cannot take those of
/// all others. Only clients that have acknowledged something count there, for requests of a whole /64 are quickly forged.
struct SourceTable {
    private struct Source {
        var transfers: Int32 = 0
        /// Requests that may come at once.
        var allowance: Int32
        var refilled: Instant
        /// Answers longer than their requests that it may have before it acknowledges again.
        var trust: Int32 = 0
        /// Such answers that were lent to its transfers and that it has not acknowledged, as of a moment.
        var owed: Int32 = 0
        var forgiven = Instant(nanoseconds: 0)
    }

    /// What each acknowledged transfer earns, and what is kept of that. Who asks for one file after the other without options
    /// soon has some with the workers that its requests come to, and who forges such an address is sent so many first blocks
    /// and no more.
    private static let earnedTrust: Int32 = 4
    private static let mostTrust: Int32 = 16
    /// Answers that may be lent to one address at once: who forges only that one leaves the rest to others. What it never
    /// acknowledges is forgiven by time, one a second, and not when a transfer ends: whoever asks for another file ends one.
    private static let mostOwed: Int32 = 16

    private let mostTransfers: Int32
    private let mostOfNetwork: Int32
    private let requestsPerSecond: Int32
    private let capacity: Int
    private var sources: [IPAddress: Source] = [:]
    /// Transfers to each /64 of IPv6 that somebody has answered.
    private var networks: [IPAddress: Int32] = [:]
    /// Addresses that have transfers.
    private var active = 0

    /// - Parameters:
    ///   - mostTransfers: to one address at once.
    ///   - mostOfNetwork: to all addresses of one /64 of IPv6 at once.
    ///   - capacity: addresses beyond those that have transfers.
    init(mostTransfers: Int, mostOfNetwork: Int, requestsPerSecond: Int, capacity: Int = 16_384) {
        self.mostTransfers = Int32(clamping: mostTransfers)
        self.mostOfNetwork = Int32(clamping: mostOfNetwork)
        self.requestsPerSecond = Int32(clamping: requestsPerSecond)
        self.capacity = capacity
    }

    /// Addresses remembered.
    var count: Int { sources.count }

    /// Whether an address may ask once more; a second's worth of requests may come at once.
    mutating func mayAsk(_ address: IPAddress, now: Instant) -> Bool {
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
    func mayBegin(_ address: IPAddress) -> Bool {
        guard (sources[address]?.transfers ?? 0) < mostTransfers else { return false }
        return address.family == .ipv4 || networks[address.network, default: 0] < mostOfNetwork
    }

    /// A transfer to an address that asked begins.
    mutating func began(_ address: IPAddress) {
        sources[address]?.transfers += 1
        if sources[address]?.transfers == 1 { active += 1 }
    }

    /// Whether an address has acknowledged transfers lately, for one answer of which it has not.
    mutating func spendTrust(of address: IPAddress) -> Bool {
        guard let trust = sources[address]?.trust, trust > 0 else { return false }
        sources[address]?.trust = trust - 1
        return true
    }

    /// Whether an address may have one more answer for which it has not paid; see `UnprovenBudget`.
    mutating func mayBorrow(_ address: IPAddress, now: Instant) -> Bool {
        guard let source = sources[address], source.owed > 0 else { return true }
        let seconds = Int32(clamping: (now - source.forgiven).nanoseconds / 1_000_000_000)
        if seconds > 0 {
            sources[address]?.owed = max(source.owed - seconds, 0)
            sources[address]?.forgiven = now
        }
        return source.owed - max(seconds, 0) < Self.mostOwed
    }

    /// An address that asked has been lent an answer.
    mutating func borrowed(_ address: IPAddress, now: Instant) {
        if sources[address]?.owed == 0 { sources[address]?.forgiven = now }
        sources[address]?.owed += 1
    }

    /// A transfer has been answered for the first time.
    ///
    /// - Parameter answers: how many were lent to it.
    mutating func proved(_ address: IPAddress, answers: Int32 = 0) {
        guard var source = sources[address] else { return }
        source.trust = min(source.trust + Self.earnedTrust, Self.mostTrust)
        source.owed = max(source.owed - answers, 0)
        sources[address] = source
        if address.family == .ipv6 { networks[address.network, default: 0] += 1 }
    }

    /// - Parameter isProved: whether `proved` was told of it.
    mutating func ended(_ address: IPAddress, isProved: Bool = false) {
        sources[address]?.transfers -= 1
        if sources[address]?.transfers == 0 { active -= 1 }
        let network = address.network
        guard isProved, let others = networks[network].map({ $0 - 1 }) else { return }
        networks[network] = others > 0 ? others : nil
    }

    /// Those go first who have proved nothing: in a flood of forged addresses nearly all of them.
    private mutating func forgetIdle() {
        let known = sources.filter { $0.value.transfers > 0 || $0.value.trust > 0 }
        sources = known.count - active < capacity / 2 ? known : known.filter { $0.value.transfers > 0 }
    }
}
