package import Wire

/// What the operator says of all installs, whatever the rollout.
package struct InstallTerms: Hashable, Sendable {
    /// The most machines that may begin within an hour; 0 for any number.
    package var perHour = 0
    /// What each machine that fetches shall get of our uplink, in Mbit/s, before others have their turn; 0 for anything.
    package var leastRate = 0
    /// When machines may begin; nil for all day.
    package var hours: DayHours?
    /// A machine that has its turn and neither begins nor fetches anything for so long has lost it.
    package var patience = TimeSpan.seconds(30 * 60)
    /// After so many lost turns it gets no other.
    package var turns = 3
    /// An install that does not end for so long has expired; and no turn lasts longer.
    package var longest = TimeSpan.seconds(3 * 3600)
    /// A machine that boots by network sooner than this after its begin was interrupted; one that does so later is done.
    package var shortest = TimeSpan.seconds(120)

    package init() {}

    /// Why nothing may begin at a time of day; nil when things may.
    package func freeze(at time: TimeOfDay) -> String? {
        guard let hours, !hours.contains(time) else { return nil }
        return "machines begin between \(hours.from) and \(hours.to)"
    }
}

/// Hours and minutes, as a clock on the wall shows them.
package struct TimeOfDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Since midnight, 0 to 1439.
    package let minutes: Int

    /// - Returns: nil for what no clock shows.
    package init?(minutes: Int) {
        guard (0..<1440).contains(minutes) else { return nil }
        self.minutes = minutes
    }

    /// Reads `22:00`, in this form only.
    package init?(_ text: String) {
        let octets = Array(text.utf8)
        let digits = [0, 1, 3, 4].compactMap { place -> Int? in
            guard octets.count == 5, UInt8(ascii: "0")...UInt8(ascii: "9") ~= octets[place] else { return nil }
            return Int(octets[place] - UInt8(ascii: "0"))
        }
        guard digits.count == 4, octets[2] == UInt8(ascii: ":"), digits[2] < 6 else { return nil }
        self.init(minutes: (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3])
    }

    package static func < (left: Self, right: Self) -> Bool { left.minutes < right.minutes }

    package var description: String {
        [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}

/// A part of each day, across midnight if it ends before it begins.
package struct DayHours: Hashable, Sendable {
    /// The first minute of it.
    package let from: TimeOfDay
    /// The first minute behind it.
    package let to: TimeOfDay

    /// - Returns: nil for the same time twice, which might be all of the day or none of it.
    package init?(from: TimeOfDay, to: TimeOfDay) {
        guard from != to else { return nil }
        self.from = from
        self.to = to
    }

    package func contains(_ time: TimeOfDay) -> Bool {
        from < to ? from <= time && time < to : from <= time || time < to
    }
}
