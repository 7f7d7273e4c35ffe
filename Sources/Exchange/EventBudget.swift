package import Wire

/// How many events of ordinary talk one engine may tell: a burst in full, then so many a second. What is over is
/// counted and told as a number, so that a storm of clients costs no log line and no row of the inventory each.
package struct EventBudget: Sendable {
    /// What was not told one by one.
    package struct Untold: Equatable, Sendable {
        package var answered = 0
        package var refused = 0
        package var others = 0

        package init() {}

        package var isEmpty: Bool { self == Untold() }
    }

    /// A rack of machines in full.
    private static let burst = 500
    /// So many in each span, a hundred a second: more cannot be read, and each costs a hundred times what its answer does.
    /// A handful at once, for writing one down costs little beside waking up and going to the disk for it.
    private static let handful: Int64 = 20
    private static let span = TimeSpan.milliseconds(200)
    /// How often the number is told.
    private static let period = TimeSpan.seconds(1)

    private var left = Self.burst
    private var refilled: Instant
    private var untold = Untold()
    private var untoldSince: Instant?

    package init(now: Instant) {
        refilled = now
    }

    /// Whether one more may be told in full; if not, `count` is asked to count it.
    package mutating func take(now: Instant, count: (inout Untold) -> Void) -> Bool {
        let spans = (now - refilled).nanoseconds / Self.span.nanoseconds
        if spans > 0 {
            left = min(Self.burst, left + Int(spans * Self.handful))
            refilled = refilled + Self.span * spans
        }
        if left > 0 {
            left -= 1
            return true
        }
        count(&untold)
        if untoldSince == nil { untoldSince = now }
        return false
    }

    /// When the numbers are due; nil when there are none.
    package var deadline: Instant? { untoldSince.map { $0 + Self.period } }

    /// The numbers, when they are due.
    package mutating func due(now: Instant) -> Untold? {
        guard let deadline, now >= deadline else { return nil }
        defer {
            untold = Untold()
            untoldSince = nil
        }
        return untold
    }
}
