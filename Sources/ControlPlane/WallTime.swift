import Glibc

/// A time of day as the machine room's clock shows it.
struct WallTime {
    /// Hours, minutes, seconds and milliseconds in local time.
    let clock: String
    /// The same in minutes since midnight.
    let minutes: Int

    /// - Parameter milliseconds: since 1970.
    init(milliseconds: Int64) {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        minutes = Int(parts.tm_hour) * 60 + Int(parts.tm_min)
        clock =
            [Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec)].map { padded($0, 2) }.joined(separator: ":")
            + "." + padded(Int(milliseconds % 1000), 3)
    }
}
