import Synchronization
package import Wire

/// How fast those may send who share one of these: each packet speaks for the link for as long as it travels on it (a
/// leaky bucket, ITU-T I.371 Annex A).
package final class LinkPace: Sendable {
    /// How far ahead the link may be spoken for: what may wait in the host's own queue.
    private static let burst = TimeSpan.milliseconds(1)

    /// Octets a second; 0 for as fast as it goes.
    private let rate: Atomic<Int64>
    /// Until when the link is taken, nanoseconds of the monotonic clock.
    private let taken = Atomic<Int64>(0)

    /// - Parameter octetsPerSecond: nil for as fast as it goes.
    package init(octetsPerSecond: Int? = nil) {
        rate = Atomic(Int64(octetsPerSecond ?? 0))
    }

    /// Octets a second; nil for as fast as it goes.
    package var octetsPerSecond: Int? {
        get {
            let known = rate.load(ordering: .relaxed)
            return known > 0 ? Int(known) : nil
        }
        set { rate.store(Int64(newValue ?? 0), ordering: .relaxed) }
    }

    /// How long nothing more may be sent; zero when something may.
    package func wait(_ now: Instant) -> TimeSpan {
        guard octetsPerSecond != nil else { return .zero }
        let ahead = TimeSpan(nanoseconds: taken.load(ordering: .relaxed) - now.nanoseconds)
        return max(ahead - Self.burst, .zero)
    }

    /// Counts octets that are sent now, headers and all.
    package func take(_ octets: Int, _ now: Instant) {
        guard let octetsPerSecond else { return }
        let time = Int64(octets) * 1_000_000_000 / Int64(octetsPerSecond)
        var known = taken.load(ordering: .relaxed)
        while true {
            let (exchanged, original) = taken.weakCompareExchange(
                expected: known, desired: max(known, now.nanoseconds) + time, ordering: .relaxed)
            if exchanged { return }
            known = original
        }
    }
}
