import Wire

/// How long to let packets gather before they are taken.
///
/// To wake up costs more than to answer: a storm that is served packet by packet is mostly spent on falling asleep. When
/// packets come so close to each other that one more is sure to follow, a short rest collects several for one wake-up,
/// one receive and one send. A lone client never waits.
struct WakePacing {
    /// Packets that follow each other as closely as this are a storm.
    private static let stormSpacing = TimeSpan(nanoseconds: 250_000)
    /// Nothing beside what firmware takes to look at an offer, and far less than the packet socket can hold.
    private static let rest = TimeSpan(nanoseconds: 200_000)

    private var lastTaken: Instant?

    /// The rest that is due when packets wait at `now`; zero for none.
    func rest(now: Instant) -> TimeSpan {
        guard let lastTaken, now - lastTaken < Self.stormSpacing else { return .zero }
        return Self.rest
    }

    /// Notes that the packets which waited were taken.
    mutating func noteTaken(now: Instant) {
        lastTaken = now
    }
}
