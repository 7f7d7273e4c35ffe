import Wire

/// What may be sent to those who have not proved that they are there.
///
/// The source of a request is quickly forged, and whoever has that address gets the answer. An answer that is no longer
/// than its request makes nobody's flood larger and costs nothing; what an OACK says is such a one. The first block for a
/// client that asks without options is not, and a repetition has no request at all: both are lent from an allowance, which
/// is one for all who have proved nothing. A client that acknowledges is real, and gives back what was lent to it: however
/// many there are, they use nothing up. When all is lent, who asks gets silence and asks again, as after any loss. So what goes out to forged addresses is never more than what came in and the allowance.
struct UnprovenBudget {
    /// Octets a second of all workers together: sixty clients without options that never acknowledge.
    static let perSecond = 32 << 10
    /// Octets that may be lent at once, of all workers: to five hundred such clients.
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

    /// Lends so many octets more than have come in; false when they must not be sent.
    mutating func take(_ octets: Int, now: Instant) -> Bool {
        refill(now)
        guard octets <= left else { return false }
        left -= octets
        return true
    }

    /// The same for a repetition that nobody asked for. Half of the allowance is kept for those who ask.
    mutating func takeUnasked(_ octets: Int, now: Instant) -> Bool {
        refill(now)
        return left - octets >= most / 2 && take(octets, now: now)
    }

    /// Takes back what was lent to somebody who has acknowledged it.
    mutating func giveBack(_ octets: Int) {
        left = min(left + octets, most)
    }

    private mutating func refill(_ now: Instant) {
        // To fill up takes seconds; a longer pause earns no more.
        let pause = min((now - refilled).nanoseconds, 60_000_000_000)
        let earned = Int(pause / 1000) * rate / 1_000_000
        guard earned > 0 else { return }
        left = min(left + earned, most)
        // The part of an octet that was earned as well counts next time.
        let spent = TimeSpan(nanoseconds: Int64(earned) * 1_000_000_000 / Int64(rate) + 1)
        refilled = left == most ? now : refilled + spent
    }

    /// Whether it is time to tell that it was used up.
    mutating func shouldTell(_ now: Instant) -> Bool {
        if let toldLast, now - toldLast < Self.quiet { return false }
        toldLast = now
        return true
    }
}

/// What was lent for the answers of one transfer, until its client acknowledges one.
struct UnprovenLoan {
    /// From the `UnprovenBudget`.
    var octets: Int32 = 0
    /// How many answers that were.
    var answers: Int32 = 0

    mutating func add(_ other: UnprovenLoan) {
        octets += other.octets
        answers += other.answers
    }
}
