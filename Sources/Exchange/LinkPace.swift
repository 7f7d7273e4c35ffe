import Synchronization
package import Wire

/// How fast all workers together may send: no faster than the link is said to be, and no faster than the way takes.
package final class LinkPace: Sendable {
    /// What was sent and what became of it, octets without headers.
    package struct Tally: Sendable {
        package var sent: Int
        /// Of that, not for the first time.
        package var repeated: Int
        /// What clients acknowledged.
        package var arrived: Int

        package init(sent: Int = 0, repeated: Int = 0, arrived: Int = 0) {
            self.sent = sent
            self.repeated = repeated
            self.arrived = arrived
        }
    }

    private let link: LeakyBucket
    private let way = LeakyBucket(octetsPerSecond: nil)
    private let losses = Mutex<LossPace?>(nil)

    /// - Parameter octetsPerSecond: the link's rate; nil for as fast as it goes.
    package init(octetsPerSecond: Int?) {
        link = LeakyBucket(octetsPerSecond: octetsPerSecond)
    }

    /// Whether anything is held back at all.
    package var isOn: Bool { link.octetsPerSecond != nil || way.octetsPerSecond != nil }

    /// How long nothing more may be sent; zero when something may.
    package func wait(_ now: Instant) -> TimeSpan {
        max(link.wait(now), way.wait(now))
    }

    /// Counts octets that are sent now, headers and all.
    package func take(_ octets: Int, _ now: Instant) {
        link.take(octets, now)
        way.take(octets, now)
    }

    /// Adds what one worker did since its last report; from time to time the rate changes by it.
    package func report(_ tally: Tally, _ now: Instant) {
        let rate = losses.withLock { losses in
            var known = losses ?? LossPace(now: now)
            known.add(tally)
            known.review(now: now)
            losses = known
            return known.rate
        }
        way.set(octetsPerSecond: rate)
    }
}

/// A rate that packets keep to: each speaks for the link for as long as it travels on it (ITU-T I.371, Annex A).
private final class LeakyBucket: Sendable {
    /// How far ahead the link may be spoken for: what may wait in the host's own queue.
    private static let burst = TimeSpan.milliseconds(1)

    /// Octets a second; 0 for as fast as it goes.
    private let rate: Atomic<Int>
    /// Until when the link is taken, nanoseconds of the monotonic clock.
    private let taken = Atomic<Int64>(0)

    init(octetsPerSecond: Int?) {
        rate = Atomic(octetsPerSecond ?? 0)
    }

    var octetsPerSecond: Int? {
        let known = rate.load(ordering: .relaxed)
        return known > 0 ? known : nil
    }

    func set(octetsPerSecond: Int?) {
        rate.store(octetsPerSecond ?? 0, ordering: .relaxed)
    }

    func wait(_ now: Instant) -> TimeSpan {
        guard octetsPerSecond != nil else { return .zero }
        let ahead = TimeSpan(nanoseconds: taken.load(ordering: .relaxed) - now.nanoseconds)
        return max(ahead - Self.burst, .zero)
    }

    func take(_ octets: Int, _ now: Instant) {
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
