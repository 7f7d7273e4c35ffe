import Wire

/// What may be sent to those who have not proved that they are there.
///
/// The source of a request is quickly forged, and whoever has that address gets the answer. An answer that is no longer
/// than its request makes nobody's flood larger and costs nothing; what an OACK says is such a one. The first block for a client that asks
/// without options is not, and a repetition has no request at all: both are paid from an allowance, which is one for all who
/// have proved nothing. When it is used up they get silence and ask again, as after any loss. So what goes out is never
/// more than what came in and the allowance.
struct UnprovenBudget {
    /// Octets a second of all workers together: sixty clients without options that begin in each second.
    static let perSecond = 32 << 10
    /// Octets that may go out at once, of all workers: five hundred such clients.
    static let atOnce = 256 << 10
    /// Octets of a datagram's headers, those of IPv6.
    static let headers = 40 + 8
    /// How often the operator is told that it was used up.
    private static let quiet = TimeSpan.seconds(60)

    private let rate: Int
    private let most: Int
    private var left: Int
    private var refilled: Instant
    private var toldLast: Instant?

    /// - Parameter workers: how many share the allowance.
    init(workers: Int, now: Instant) {
        rate = Self.perSecond / max(workers, 1)
        most = Self.atOnce / max(workers, 1)
        left = most
        refilled = now
    }

    /// Pays for so many octets more than have come in; false when they must not be sent.
    mutating func take(_ octets: Int, now: Instant) -> Bool {
        // To fill up takes seconds; a longer pause earns no more.
        let pause = min((now - refilled).nanoseconds, 60_000_000_000)
        let earned = Int(pause / 1000) * rate / 1_000_000
        if earned > 0 {
            left = min(left + earned, most)
            refilled = now
        }
        guard octets <= left else { return false }
        left -= max(octets, 0)
        return true
    }

    /// Whether it is time to tell that it was used up.
    mutating func shouldTell(_ now: Instant) -> Bool {
        if let toldLast, now - toldLast < Self.quiet { return false }
        toldLast = now
        return true
    }
}
