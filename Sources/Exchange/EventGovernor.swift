/// What anybody on the network can make happen as often as packets fit on the wire.
package enum FrequentEvent: Int, Sendable, CaseIterable {
    case answered
    case refused
    case failed
    case foreignOffer
}

/// Lets so many events of each frequent kind through one by one, and counts the rest.
///
/// A line of log and a row of the inventory cost many times what an answer costs: told one by one, a flood would take
/// the processor from those who are to be answered, and drown what else happens. A whole hall of machines that powers
/// on is still told machine by machine.
struct EventGovernor {
    /// Events of one kind that may follow each other at once, and how many a second from then on.
    static let burst = 1000
    static let rate = 100

    private struct Bucket {
        /// Thousandths of events that may still be told.
        var room = EventGovernor.burst * 1000
        /// Milliseconds of the clock when `room` was right.
        var time: Int64 = 0
        var withheld = 0
    }

    private var buckets = FrequentEvent.allCases.map { _ in Bucket() }

    /// Whether an event is told; otherwise it is counted.
    ///
    /// - Parameter time: milliseconds of a clock that may be set back.
    mutating func admits(_ kind: FrequentEvent, time: Int64) -> Bool {
        let index = kind.rawValue
        let passed = min(max(0, time - buckets[index].time), 60_000)
        buckets[index].time = time
        buckets[index].room = min(Self.burst * 1000, buckets[index].room + Int(passed) * Self.rate)
        guard buckets[index].room >= 1000 else {
            buckets[index].withheld += 1
            return false
        }
        buckets[index].room -= 1000
        return true
    }

    /// How many events of each kind were withheld since the last call; the kinds of which there were none are left out.
    mutating func takeWithheld() -> [(kind: FrequentEvent, count: Int)] {
        FrequentEvent.allCases.compactMap { kind in
            let count = buckets[kind.rawValue].withheld
            buckets[kind.rawValue].withheld = 0
            return count > 0 ? (kind, count) : nil
        }
    }
}
