import BootPolicy
import Fleet
import Glibc

/// When a rollout may begin, as the operator writes it.
enum StartTime {
    /// Reads a time of day by this host's clock, which is the next one to come; a time of RFC 3339; or seconds since 1970.
    static func moment(_ text: String, now: Moment) throws(CommandFailure) -> Moment {
        let seconds = TimeOfDay(text).flatMap { next($0, now: now) } ?? internetTime(text) ?? Int64(text)
        guard let seconds, (0..<farthest).contains(seconds) else {
            throw CommandFailure(
                "start is a time as 22:00, 2027-01-31T22:00:00+01:00, or a number of seconds, not \"\(text)\"")
        }
        return seconds * 1000
    }

    /// A moment for people, by this host's clock.
    static func text(_ moment: Moment) -> String {
        var seconds = time_t(moment / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let length = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S %z", &parts)
        return String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The end of this millennium, in seconds.
    private static let farthest: Int64 = 32_503_680_000

    /// Seconds since 1970: today or, if that is past, tomorrow; days that change their clocks are 23 or 25 hours long.
    private static func next(_ time: TimeOfDay, now: Moment) -> Int64? {
        for day in 0...1 {
            var seconds = time_t(now / 1000)
            var parts = tm()
            localtime_r(&seconds, &parts)
            parts.tm_mday += Int32(day)
            (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(time.minutes / 60), Int32(time.minutes % 60), 0)
            parts.tm_isdst = -1
            let then = mktime(&parts)
            if then > now / 1000 { return Int64(then) }
        }
        return nil
    }

    /// RFC 3339 §5.6, of which the fraction of a second is left out.
    private static func internetTime(_ text: String) -> Int64? {
        let form =
            #/([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))/#
        guard let match = text.wholeMatch(of: form)?.output else { return nil }
        func number(_ text: Substring?) -> Int32 { text.flatMap { Int32($0) } ?? 0 }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (number(match.1) - 1900, number(match.2) - 1, number(match.3))
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (number(match.4), number(match.5), number(match.6))
        let written = (parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_min)
        let (hours, minutes) = (number(match.8), number(match.9))
        guard parts.tm_sec < 60, hours < 24, minutes < 60 else { return nil }
        let seconds = timegm(&parts)
        // What is no day or time, such as the 30th of February, becomes another one.
        guard written == (parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_min) else { return nil }
        return Int64(seconds) - Int64(hours * 60 + minutes) * (match.7 == "-" ? -60 : 60)
    }
}
