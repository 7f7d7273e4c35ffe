import CLinuxNet
import Glibc
package import Wire

/// Time that a process has spent on a processor, in user and kernel mode.
package enum ProcessTime {
    /// Our own.
    package static var own: TimeSpan {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return .zero }
        return span(usage.ru_utime) + span(usage.ru_stime)
    }

    /// That of another process, all of its threads together, in steps of a clock tick (10 ms as a rule).
    ///
    /// - Throws: `SystemError` when there is no such process.
    package static func of(process: Int32) throws(SystemError) -> TimeSpan {
        let path = "/proc/\(process)/stat"
        let descriptor = OwnedDescriptor(try check("open", path) { open(path, O_RDONLY | O_CLOEXEC) })
        var text = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor.number, &text, text.count)
        guard count > 0 else { throw SystemError(count == 0 ? ESRCH : errno, call: "read", subject: path) }
        // The name stands in parentheses and may hold anything, blanks and parentheses too: see proc(5).
        let line = text[0..<count]
        guard let end = line.lastIndex(of: UInt8(ascii: ")")) else {
            throw SystemError(EIO, call: "read", subject: path)
        }
        let fields = line[(end + 1)...].split(separator: UInt8(ascii: " "))
        // The state is the third field of the line and the first of these; utime and stime are the 14th and 15th.
        guard fields.count > 12, let user = number(fields[11]), let system = number(fields[12]) else {
            throw SystemError(EIO, call: "read", subject: path)
        }
        return TimeSpan(nanoseconds: (user + system) * (1_000_000_000 / Int64(max(sysconf(Int32(_SC_CLK_TCK)), 1))))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        Int64(String(decoding: digits, as: UTF8.self))
    }

    private static func span(_ time: timeval) -> TimeSpan {
        .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec))
    }
}

/// How often the calling thread has waited for a page of a file to come from a disk (getrusage(2), ru_majflt).
package func majorFaults() -> Int {
    Int(pilotfish_major_faults())
}

/// Lets this process open as many files as the system allows it.
///
/// - Returns: how many that is.
package func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
}
