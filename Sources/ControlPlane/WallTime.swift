import Glibc

/// A time of day as the machine room's clock shows it.
struct WallTime {
    /// Year, month and day in local time: `2026-05-31`.
    let day: String
    /// Hours, minutes, seconds and milliseconds in local time.
    let clock: String
    /// The same in minutes since midnight.
    let minutes: Int

    /// - Parameter milliseconds: since 1970.
    init(milliseconds: Int64) {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        day = Self.date(parts)
        minutes = Int(parts.tm_hour) * 60 + Int(parts.tm_min)
        clock = Self.clock(parts, milliseconds)
    }

    /// The date and the time of Greenwich, for programs (RFC 3339).
    ///
    /// - Parameter milliseconds: since 1970.
    static func rfc3339(milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return date(parts) + "T" + clock(parts, milliseconds) + "Z"
    }

    private static func date(_ parts: tm) -> String {
        [padded(Int(parts.tm_year) + 1900, 4), padded(Int(parts.tm_mon) + 1, 2), padded(Int(parts.tm_mday), 2)]
            .joined(separator: "-")
    }

    private static func clock(_ parts: tm, _ milliseconds: Int64) -> String {
        [Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec)].map { padded($0, 2) }.joined(separator: ":")
            + "." + padded(Int(milliseconds % 1000), 3)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// What `moment` answers, for who gave a command.
    ///
    /// - Throws: what to write, for a text that is no time.
    static func wanted(_ text: String, now: Int64) throws(CommandFailure) -> Int64 {
        if let time = moment(text, now: now) { return time }
        throw CommandFailure(
            "\"\(text)\" is no time: write 90s, 30m, 2h or 7d for so long ago, or 2026-05-31 or 2026-05-31T04:30")
    }

    /// What an operator means by a time: `2h` ago (or `s`, `m`, `d`), or a day in local time, with a time of day behind `T` or
    /// without: `2026-05-31T04:30`.
    ///
    /// - Parameter now: milliseconds since 1970, as what is returned; nil for a text that is neither.
    static func moment(_ text: String, now: Int64) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        if let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), (0...1_000_000) ~= count {
            return now - count * unit * 1000
        }
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        let day = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Int32($0) }
        let clock =
            halves.count == 2 ? halves[1].split(separator: ":", omittingEmptySubsequences: false).map { Int32($0) } : []
        guard halves.count <= 2, day.count == 3, halves.count == 1 || (2...3) ~= clock.count,
            let year = day[0], let month = day[1], let date = day[2], (1970...9999) ~= year, (1...12) ~= month,
            (1...31) ~= date, !clock.contains(nil)
        else { return nil }
        let time = clock.compactMap(\.self)
        guard zip(time, [24, 60, 60] as [Int32]).allSatisfy({ (0..<$1) ~= $0 }) else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, month - 1, date)
        parts.tm_hour = time.first ?? 0
        parts.tm_min = time.count > 1 ? time[1] : 0
        parts.tm_sec = time.count > 2 ? time[2] : 0
        // Whether summer time held then is for the C library to know.
        parts.tm_isdst = -1
        return Int64(mktime(&parts)) * 1000
    }
}
