import Glibc
import LinuxIO

/// What a process may have at most (setrlimit(2)), by its role.
///
/// Not here: processes (RLIMIT_NPROC), which are counted with all others of the same user: that none are begun is the filter's
/// business. Nor the size of files (RLIMIT_FSIZE), for standard error may be a file as well.
enum ResourceLimits {
    /// What programs expect to be allowed: the service itself may have a million. Enough for all connections that the fetcher
    /// makes at once, and that the API takes.
    private static let descriptors: rlim_t = 1024
    /// Of the fetcher and of the API, in octets.
    private static let helperMemory: rlim_t = 1 << 30

    private static func table(_ role: Confinement.Role) -> [(__rlimit_resource, rlim_t)] {
        switch role {
        // Descriptors were raised for it; what its memory holds is bounded by its settings.
        case .service: [(RLIMIT_CORE, 0), (__RLIMIT_MEMLOCK, 0)]
        case .fetcher, .console:
            [(RLIMIT_CORE, 0), (__RLIMIT_MEMLOCK, 0), (RLIMIT_NOFILE, descriptors), (RLIMIT_DATA, helperMemory)]
        // A core of an operator's command would hold what its standard input told it.
        case .hooks: [(RLIMIT_CORE, 0), (RLIMIT_NOFILE, descriptors)]
        }
    }

    /// Lowers both limits of each kind, for good: raising them again takes a capability.
    static func enforce(_ role: Confinement.Role) throws(SystemError) {
        for (kind, most) in table(role) {
            let resource = __rlimit_resource_t(kind.rawValue)
            var limit = rlimit()
            guard getrlimit(resource, &limit) == 0 else { throw SystemError(call: "getrlimit") }
            limit.rlim_max = min(limit.rlim_max, most)
            limit.rlim_cur = min(limit.rlim_cur, limit.rlim_max)
            guard setrlimit(resource, &limit) == 0 else { throw SystemError(call: "setrlimit") }
        }
    }
}
