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

    /// A rack of machines in full; then a hundred a second: more cannot be read, and each costs a hundred times what its answer
    /// does.
    private static let (burst, perSecond) = (500, 100)
    /// How often the number is told.
    private static let period = TimeSpan.seconds(1)

    private var ration: Ration
    private var untold = Untold()
    private var untoldSince: Instant?

    package init(now: Instant) {
        ration = Ration(burst: Self.burst, perSecond: Self.perSecond, now: now)
    }

    /// Whether one more may be told in full; if not, `count` is asked to count it.
    package mutating func take(now: Instant, count: (inout Untold) -> Void) -> Bool {
        if ration.take(now: now) { return true }
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
