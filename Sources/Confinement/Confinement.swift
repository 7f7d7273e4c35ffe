import CLibcap
import CSeccomp
import Glibc
package import LinuxIO

/// The way down, taken once, before the first packet is read: after it the process can serve and nothing else.
package enum Confinement {
    package enum Failure: Error, CustomStringConvertible {
        case system(SystemError)
        /// Another thread exists already, and would keep its privileges.
        case tooManyThreads(Int)
        /// A set that must be empty is not, after all.
        case notEmpty(String)

        package var description: String {
            switch self {
            case .system(let error): "cannot drop privileges: \(error)"
            case .tooManyThreads(let count): "cannot drop privileges: \(count) threads run already, one is expected"
            case .notEmpty(let line): "cannot drop privileges: the kernel still says \(line)"
            }
        }
    }

    /// Which of our processes is confined.
    package enum Role: Sendable {
        /// Reads packets of strangers.
        case service
        /// Talks to servers on the network, for the service: it changes nothing in any file system, writes only to files that it
        /// is handed open, and is called by nobody.
        case fetcher
        /// Runs the operator's commands, which inherit all of this. They are as free as that user is in a shell without a way
        /// to become anybody else: no capability, no_new_privs (so no sudo, and no program that is root's by its file), and of
        /// the system calls none that looks into other processes or changes the system. Files and the network stay open to them,
        /// the service's own state too: tools for BMCs need devices, sockets, keys and temporary files that nobody can list here,
        /// and what the operator names is his own. Nothing of the network reaches a command but a JSON object on its
        /// standard input.
        case hooks
        /// Serves the control API to whoever may connect: sockets that it is handed open, and beyond them none but Unix sockets, to
        /// ask the service. It opens no file for writing and runs no program.
        case console
    }

    /// Gives up everything, in the order that works: bounding set, groups, user, capabilities, no_new_privs, filter.
    ///
    /// Threads that start afterwards inherit it all.
    ///
    /// - Parameter user: who to become; nil when the process is not root and stays who it is.
    package static func enter(as user: ServiceUser?, role: Role) throws(Failure) {
        let threads = threadCount()
        guard threads == 1 else { throw .tooManyThreads(threads) }
        do throws(SystemError) {
            try CapabilityDrop.emptyBoundingAndAmbient()
            if let user { try become(user) }
            try CapabilityDrop.emptyAll()
            if pilotfish_no_new_privileges() != 0 { throw SystemError(call: "prctl", subject: "no_new_privs") }
            // Core dumps could hold secrets of templates; ptrace by the same user is refused with them.
            if pilotfish_no_core_dumps() != 0 { throw SystemError(call: "prctl", subject: "dumpable") }
            switch role {
            case .service: break
            case .fetcher, .console: try confineHelper()
            case .hooks: try limit(RLIMIT_NOFILE, descriptors)
            }
            try SystemCallFilter.install(for: role)
        } catch {
            throw .system(error)
        }
        try verify(user)
    }

    /// What programs expect to be allowed: the service itself may have a million. Enough for all connections that the fetcher
    /// makes at once, and that the API takes.
    private static let descriptors: rlim_t = 1024
    /// Of the fetcher and of the API.
    private static let helperMemory: rlim_t = 1 << 30

    private static func confineHelper() throws(SystemError) {
        try limit(RLIMIT_NOFILE, descriptors)
        try limit(RLIMIT_DATA, helperMemory)
        // A kernel without Landlock leaves it to the system call filter.
        if pilotfish_landlock_read_only() < 0 { throw SystemError(call: "landlock_restrict_self") }
    }

    private static func limit(_ kind: __rlimit_resource, _ most: rlim_t) throws(SystemError) {
        let resource = __rlimit_resource_t(kind.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { throw SystemError(call: "getrlimit") }
        limit.rlim_max = min(limit.rlim_max, most)
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(resource, &limit) == 0 else { throw SystemError(call: "setrlimit") }
    }

    private static func become(_ user: ServiceUser) throws(SystemError) {
        if setgroups(0, nil) != 0 { throw SystemError(call: "setgroups") }
        // From root these set the real, the effective and the saved id, so there is no way back.
        if setgid(user.group) != 0 { throw SystemError(call: "setgid", subject: user.name) }
        if setuid(user.id) != 0 { throw SystemError(call: "setuid", subject: user.name) }
    }

    /// Believes the kernel only: reads the status of this thread back.
    ///
    /// - Parameter user: who the process must be now; nil when it never was root. Then the bounding set cannot be
    ///   emptied, and holds nothing that this process could still gain.
    private static func verify(_ user: ServiceUser?) throws(Failure) {
        let path = "/proc/thread-self/status"
        guard let status = fopen(path, "r") else { throw .system(SystemError(call: "open", subject: path)) }
        defer { fclose(status) }
        var buffer = [CChar](repeating: 0, count: 512)
        while fgets(&buffer, Int32(buffer.count), status) != nil {
            let line = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let parts = line.split { $0 == ":" || $0 == "\t" || $0 == "\n" }
            guard parts.count >= 2 else { continue }
            switch parts[0] {
            case "CapInh", "CapPrm", "CapEff", "CapAmb":
                guard parts[1].allSatisfy({ $0 == "0" }) else { throw .notEmpty(line) }
            case "CapBnd" where user != nil:
                guard parts[1].allSatisfy({ $0 == "0" }) else { throw .notEmpty(line) }
            case "Uid":
                guard parts.dropFirst().allSatisfy({ $0 != "0" && (user == nil || $0 == "\(user?.id ?? 0)") }) else {
                    throw .notEmpty(line)
                }
            case "NoNewPrivs":
                guard parts[1] == "1" else { throw .notEmpty(line) }
            case "Seccomp":
                guard parts[1] == "2" else { throw .notEmpty(line) }
            default: break
            }
        }
    }

    private static func threadCount() -> Int {
        guard let directory = opendir("/proc/self/task") else { return 1 }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != 0x2E { count += 1 }
        }
        return count
    }
}
