package import Wire

/// Finds how fast all workers together may send where much gets lost.
///
/// A window cannot shrink once it was granted (RFC 7440 §4), and a switch drops what its queue cannot hold: thousands of
/// clients would be sent again and again what the next burst drops once more. So when much is repeated, no more is sent
/// than arrived. If less is lost then, the way was full, and the rate is felt out upwards from there; if as much is lost,
/// the way is bad rather than full, slowness helps nobody, and full speed it is again.
package struct LossPace: Sendable {
    private enum Phase: Sendable {
        case open
        /// The rate was lowered when this share arrived; so many more periods show whether it helps. What was under way
        /// before comes to light first.
        case trying(before: Double, periods: Int)
        /// The rate helps; it was eased down so many times in a row since.
        case holding(eased: Int)
    }

    /// Shares of repeats in what is sent: of no account, and many. One lost block repeats half a window.
    private static let fewRepeats = 0.03
    private static let manyRepeats = 0.1
    /// The share of what is sent that must arrive, or the way is tried for fullness. With windows of 16 blocks and 5 % of
    /// them lost at random it is a bit more than half.
    private static let poorYield = 0.4
    /// The share that shows that it was full: repeats go on for a while, until all that was lost has been sent once more.
    private static let fairYield = 0.7
    /// The share that allows more.
    private static let goodYield = 0.9
    private static let period = TimeSpan.milliseconds(200)
    /// The same at full speed, where more is lost in a moment than later in a second.
    private static let openPeriod = TimeSpan.milliseconds(60)
    /// Periods that a trial takes at most.
    private static let patience = 5
    /// Octets below which a period says nothing, and goes on.
    private static let fewOctets = 400_000
    private static let longestPeriod = TimeSpan.seconds(2)
    /// How long a bad way is not tried again.
    private static let rest = TimeSpan.seconds(5)
    /// Octets a second below which nobody is slowed down.
    private static let slowest = 1_000_000

    private var phase = Phase.open
    private var nextTrial = Instant(nanoseconds: 0)
    private var tally = LinkPace.Tally()
    private var periodBegan: Instant
    /// Octets a second; nil for as fast as it goes.
    package private(set) var rate: Int?

    package init(now: Instant) {
        periodBegan = now
    }

    package mutating func add(_ more: LinkPace.Tally) {
        tally.sent += more.sent
        tally.repeated += more.repeated
        tally.arrived += more.arrived
    }

    /// Looks back at a period, once it is over.
    package mutating func review(now: Instant) {
        let time = now - periodBegan
        guard time >= (rate == nil ? Self.openPeriod : Self.period) else { return }
        guard tally.sent >= Self.fewOctets else {
            // Nobody is there any more who could lose anything.
            if time >= Self.longestPeriod { self = LossPace(now: now) }
            return
        }
        step(time.seconds, now)
        tally = LinkPace.Tally()
        periodBegan = now
    }

    private mutating func step(_ seconds: Double, _ now: Instant) {
        let yield = Double(tally.arrived) / Double(tally.sent)
        let loss = Double(tally.repeated) / Double(tally.sent)
        let isFull = loss > Self.manyRepeats && yield < Self.fairYield
        switch phase {
        case .open:
            if yield < Self.poorYield, loss > Self.manyRepeats, now >= nextTrial { lower(yield, seconds) }
        case .trying(let before, let periods) where isFull:
            let helps = yield > before * 1.5
            if periods == 1, !helps {
                giveUp(now)
            } else if helps, periods == 1 || periods < Self.patience - 1 && yield < Self.poorYield {
                lower(yield, seconds)
            } else {
                phase = .trying(before: before, periods: periods - 1)
            }
        case .holding where isFull: lower(yield, seconds)
        case .trying: hold(loss: loss, yield: yield, eased: 0, seconds, now)
        case .holding(let eased): hold(loss: loss, yield: yield, eased: eased, seconds, now)
        }
    }

    private mutating func hold(loss: Double, yield: Double, eased: Int, _ seconds: Double, _ now: Instant) {
        phase = .holding(eased: 0)
        if loss < Self.fewRepeats || yield > Self.goodYield {
            raise(seconds)
        } else if loss > Self.manyRepeats, let known = rate {
            rate = max(known - known / 16, Self.slowest)
            phase = .holding(eased: eased + 1)
            if eased == Self.patience { giveUp(now) }
        }
    }

    /// Slowness does not help.
    private mutating func giveUp(_ now: Instant) {
        self = LossPace(now: now)
        nextTrial = now + Self.rest
    }

    /// Sends no faster than what arrived; but acknowledgements may be on their way, so it goes down by steps.
    private mutating func lower(_ yield: Double, _ seconds: Double) {
        let least = rate.map { $0 / 2 } ?? Int(Double(tally.sent) / seconds) / 16
        rate = max(Int(Double(tally.arrived) / seconds), least, Self.slowest)
        phase = .trying(before: yield, periods: Self.patience)
    }

    private mutating func raise(_ seconds: Double) {
        guard let known = rate else { return }
        // What nobody used says nothing of how much there is.
        let used = Int(Double(tally.sent) / seconds)
        rate = min(known + known / 4, max(known, used * 2))
    }
}
