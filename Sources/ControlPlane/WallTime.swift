import Glibc

/// A time of day as the machine room's clock shows it.
struct WallTime {
    /// Hours, minutes, seconds and milliseconds in local time.
    let clock: String

    /// - Parameter milliseconds: since 1970.
    init(milliseconds: Int64) {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        clock = Self.clock(parts, milliseconds)
    }

    /// The date and the time of Greenwich, for programs (RFC 3339).
    ///
    /// - Parameter milliseconds: since 1970.
    static func rfc3339(milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = [
            padded(Int(parts.tm_year) + 1900, 4), padded(Int(parts.tm_mon) + 1, 2), padded(Int(parts.tm_mday), 2),
        ]
        return date.joined(separator: "-") + "T" + clock(parts, milliseconds) + "Z"
    }

    private static func clock(_ parts: tm, _ milliseconds: Int64) -> String {
        [Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec)].map { padded($0, 2) }.joined(separator: ":")
            + "." + padded(Int(milliseconds % 1000), 3)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
