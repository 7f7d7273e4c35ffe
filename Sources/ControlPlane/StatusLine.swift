package import Wire

/// What the service manager shows of the service in a line: kept current, and told seldom. Time comes in as an argument.
package struct StatusLine: Sendable {
    private var told: String?
    private var next = Instant(nanoseconds: 0)
    private var isStale = false

    /// Nobody reads the line more often, and each costs a look at all boots under way.
    private static let period = TimeSpan.seconds(10)

    package init() {}

    /// When the line may be told again; nil when nothing has happened since.
    package var deadline: Instant? { isStale ? next : nil }

    /// Something may have happened.
    ///
    /// - Parameter text: what is to be said; asked for only when it may be told.
    /// - Returns: nil when the manager need not hear it, or not yet.
    package mutating func follow(now: Instant, text: () -> String) -> String? {
        isStale = true
        guard now >= next else { return nil }
        isStale = false
        next = now + Self.period
        let text = text()
        if text == told { return nil }
        told = text
        return text
    }
}
