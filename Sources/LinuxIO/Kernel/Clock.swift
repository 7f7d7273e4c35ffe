import Glibc
package import Wire

/// The only place that reads a clock.
package enum Clock {
    /// The monotonic clock, which no administrator sets.
    package static var now: Instant {
        Instant(nanoseconds: read(CLOCK_MONOTONIC))
    }

    /// Milliseconds for which the host runs, its sleep included: what the wall clock is compared with.
    package static var uptimeMilliseconds: Int64 {
        read(CLOCK_BOOTTIME) / 1_000_000
    }

    /// Milliseconds since 1970, for logs and the inventory.
    package static var wallMilliseconds: Int64 {
        read(CLOCK_REALTIME) / 1_000_000
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Sleeps for a moment, or less when a signal comes.
    package static func nap(_ time: TimeSpan) {
        var time = timespec(
            tv_sec: Int(time.nanoseconds / 1_000_000_000), tv_nsec: Int(time.nanoseconds % 1_000_000_000))
        _ = nanosleep(&time, nil)
    }
}
