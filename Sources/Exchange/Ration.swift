package import Wire

/// How often something may be done: a burst in full, then so often a second.
package struct Ration: Sendable {
    /// What is earned comes in handfuls, so that those who wake up for it do not wake up for each.
    private static let spansPerSecond = 5
    private static let span = TimeSpan.milliseconds(1000 / Int64(spansPerSecond))

    private let burst: Int
    private let handful: Int
    private var left: Int
    private var refilled: Instant

    /// - Parameter perSecond: at least 5, and no more than a burst.
    package init(burst: Int, perSecond: Int, now: Instant) {
        self.burst = burst
        handful = perSecond / Self.spansPerSecond
        left = burst
        refilled = now
    }

    /// Whether it may be done once more, which is then taken as done.
    package mutating func take(now: Instant) -> Bool {
        let spans = (now - refilled).nanoseconds / Self.span.nanoseconds
        if spans > 0 {
            // Spans beyond those that earn a whole burst earn no more.
            left = min(burst, left + Int(min(spans, Int64(burst))) * handful)
            refilled = refilled + Self.span * spans
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
