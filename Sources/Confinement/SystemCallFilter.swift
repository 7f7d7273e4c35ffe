import CSeccomp
import Glibc
import LinuxIO

/// Refuses, for every thread to come, the system calls that only an intruder would make (seccomp(2)).
///
/// They answer EPERM instead of killing, so that a library which merely tries one does not take the service down.
enum SystemCallFilter {
    /// Running programs; and becoming somebody else, which without a capability nobody can: but programs that only make sure of
    /// it end when they are refused.
    private static let refusedUnlessRunningPrograms = [
        "execve", "execveat", "setuid", "setgid", "setresuid", "setresgid", "setgroups", "setreuid", "setregid",
    ]

    /// Watching or writing other processes, changing the system, loading code into the kernel, and the door
    /// to system calls that no filter sees (io_uring).
    private static let refused = [
        "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd",
        "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "move_mount", "open_tree", "fsopen", "fsmount",
        "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf", "perf_event_open",
        "userfaultfd", "add_key", "request_key", "keyctl", "capset", "reboot", "swapon", "swapoff", "settimeofday",
        "clock_settime", "adjtimex",
        "sethostname", "setdomainname", "iopl", "ioperm", "acct", "quotactl", "personality",
        "io_uring_setup", "io_uring_enter", "io_uring_register",
    ]

    /// What the fetcher and the API have no use for beyond that: changing anything in a file system. What they write, they are
    /// handed open.
    private static let changingFiles = [
        "openat2", "creat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir",
        "link",
        "linkat", "symlink", "symlinkat", "mknod", "mknodat", "chmod", "fchmod", "fchmodat", "fchmodat2", "chown",
        "fchown", "lchown", "fchownat", "truncate", "utime", "utimes", "futimesat", "utimensat", "setxattr",
        "lsetxattr",
        "fsetxattr",
    ]

    /// Nobody calls the fetcher.
    private static let beingCalled = ["listen", "accept", "accept4"]

    /// The sockets of the API were bound for it.
    private static let openingDoors = ["bind", "socketpair"]

    /// Needs no_new_privs, which is set before.
    ///
    /// - Throws: `SystemError` when the kernel has no seccomp.
    static func install(for role: Confinement.Role) throws(SystemError) {
        guard let filter = seccomp_init(pilotfish_seccomp_allow) else { throw SystemError(call: "seccomp_init") }
        defer { seccomp_release(filter) }
        let names = role == .hooks ? refused : refused + refusedUnlessRunningPrograms
        try refuse(names, filter)
        switch role {
        case .service, .hooks: break
        case .fetcher: try refuseToFetcher(filter)
        case .console: try refuseToConsole(filter)
        }
        let result = seccomp_load(filter)
        guard result == 0 else { throw SystemError(-result, call: "seccomp_load") }
    }

    /// Only Unix sockets are opened, to ask the service: from here no way leads into the network that nobody called from.
    private static func refuseToConsole(_ filter: scmp_filter_ctx) throws(SystemError) {
        try refuse(changingFiles + openingDoors, filter)
        try refuseWriting(filter)
        try add("socket") {
            pilotfish_seccomp_rule_above(filter, pilotfish_seccomp_refuse, $0, 0, UInt(AF_UNIX))
        }
    }

    private static func refuse(_ names: [String], _ filter: scmp_filter_ctx) throws(SystemError) {
        for name in names { try add(name) { pilotfish_seccomp_rule(filter, pilotfish_seccomp_refuse, $0) } }
    }

    /// Opening files for anything but reading.
    private static func refuseWriting(_ filter: scmp_filter_ctx) throws(SystemError) {
        for (name, argument) in [("open", UInt32(1)), ("openat", 2)] {
            for (mask, bits) in [(O_ACCMODE, O_WRONLY), (O_ACCMODE, O_RDWR), (O_CREAT, O_CREAT), (O_TRUNC, O_TRUNC)] {
                try add(name) {
                    pilotfish_seccomp_rule_masked(
                        filter, pilotfish_seccomp_refuse, $0, argument, UInt(mask), UInt(bits))
                }
            }
        }
    }

    private static func refuseToFetcher(_ filter: scmp_filter_ctx) throws(SystemError) {
        try refuse(changingFiles + beingCalled, filter)
        try refuseWriting(filter)
        // TCP, UDP, and netlink, by which names are looked up. What has greater numbers (packet sockets, virtual machines, the
        // kernel's cryptography) nobody needs to fetch a file.
        try add("socket") {
            pilotfish_seccomp_rule_above(filter, pilotfish_seccomp_refuse, $0, 0, UInt(AF_NETLINK))
        }
        // No socket of this host: behind one is our own service's, behind others whatever else runs as this user. Name lookups
        // ask a daemon by one first (nscd, systemd-resolved), and by themselves where there is no such family.
        try add("socket") {
            pilotfish_seccomp_rule_masked(filter, pilotfish_seccomp_no_family, $0, 0, UInt(UInt32.max), UInt(AF_UNIX))
        }
        // Of a pair, libcurl's way to wake itself, one that sends datagrams could send them to others (unix(7); SOCK_RAW is
        // another word for that).
        for type in [SOCK_DGRAM, SOCK_RAW] {
            try add("socketpair") {
                pilotfish_seccomp_rule_masked(
                    filter, pilotfish_seccomp_refuse, $0, 1, Self.socketTypeMask, UInt(type.rawValue))
            }
        }
    }

    /// The type of a socket without its flags (SOCK_TYPE_MASK of the kernel's net.h).
    private static let socketTypeMask: UInt = 0xF

    private static func add(_ name: String, _ rule: (Int32) -> Int32) throws(SystemError) {
        let number = seccomp_syscall_resolve_name(name)
        // Not every architecture has every call.
        guard number != __NR_SCMP_ERROR else { return }
        let result = rule(number)
        guard result == 0 else { throw SystemError(-result, call: "seccomp_rule_add", subject: name) }
    }
}
