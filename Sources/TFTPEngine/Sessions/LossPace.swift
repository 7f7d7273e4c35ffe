import Wire

/// Finds how fast one worker may send where much gets lost.
///
/// A window cannot shrink once it was granted (RFC 7440 §4), and a switch drops what its queue cannot hold: thousands of
/// clients would be sent again and again what the next burst drops once more. So when much is repeated, no more is sent
/// than arrived. If less is lost then, the way was full, and the rate is felt out upwards from there; if as much is lost,
/// the way is bad rather than full, slowness helps nobody, and full speed it is again.
struct LossPace {
    private enum Phase {
        case open
        /// The rate was lowered because of this share of repeats; what was under way before still comes to light.
        case settling(loss: Double)
        case trying(loss: Double)
        case holding
    }

    /// Shares of repeated octets: what is no reason to act, and what is one. One lost block makes half a window of them.
    private static let fewRepeats = 0.03
    private static let manyRepeats = 0.1
    private static let period = TimeSpan.milliseconds(100)
    /// Octets below which a period says nothing, and goes on.
    private static let fewOctets = 400_000
    private static let longestPeriod = TimeSpan.seconds(2)
    /// How long a bad way is not tried again.
    private static let rest = TimeSpan.seconds(5)
    /// Octets a second below which nobody is slowed down.
    private static let slowest = 500_000.0

    private var phase = Phase.open
    private var nextTrial = Instant(nanoseconds: 0)
    private var sent = 0
    private var repeated = 0
    private var arrived = 0
    private var periodBegan: Instant
    /// Octets a second; nil for as fast as it goes.
    private(set) var rate: Double?

    init(now: Instant) {
        periodBegan = now
    }

    mutating func note(sent: Int, repeated: Int) {
        self.sent += sent
        self.repeated += repeated
    }

    mutating func note(arrived: Int) {
        self.arrived += arrived
    }

    /// Looks back at a period, once it is over.
    mutating func review(now: Instant) {
        let time = now - periodBegan
        guard time >= Self.period else { return }
        guard sent >= Self.fewOctets else {
            // Nobody is there any more who could lose anything.
            if time >= Self.longestPeriod { self = LossPace(now: now) }
            return
        }
        step(loss: Double(repeated) / Double(sent), time.seconds, now)
        sent = 0
        repeated = 0
        arrived = 0
        periodBegan = now
    }

    private mutating func step(loss: Double, _ seconds: Double, _ now: Instant) {
        switch phase {
        case .open:
            if loss > Self.manyRepeats, now >= nextTrial { lower(loss, seconds) }
        case .settling(let before):
            phase = .trying(loss: before)
        case .trying(let before) where loss > before * 0.75:
            phase = .open
            rate = nil
            nextTrial = now + Self.rest
        case .trying, .holding:
            if loss > Self.manyRepeats { return lower(loss, seconds) }
            phase = .holding
            // What nobody used says nothing of how much there is.
            let used = Double(sent) / seconds
            if loss < Self.fewRepeats, let known = rate { rate = min(known * 1.15, max(known, used * 2)) }
        }
    }

    private mutating func lower(_ loss: Double, _ seconds: Double) {
        rate = max(Double(arrived) / seconds, Self.slowest)
        phase = .settling(loss: loss)
    }
}
