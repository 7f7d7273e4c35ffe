import CLibcap
import Glibc
import LinuxIO

/// The system calls of each role: what is on its list is allowed, and any other ends the process.
///
/// They are what the test layers make the service do, seen by tracing it, and what the C library calls in place of those on other
/// versions of itself and on arm64.
enum SystemCallLists {
    typealias Rule = SystemCallRule

    static func list(of role: Confinement.Role) -> [Rule]? {
        switch role {
        case .service:
            every + threads + ownSignals + looking + openingFiles + changingFiles + waiting + service + narrowing
        case .fetcher: fetching + keeping + narrowing
        case .console: consoling + keeping + narrowing
        // Its commands may be any program: see `SystemCallFilter.refused`.
        case .hooks: nil
        }
    }

    /// The list of the process that does the work of a role under a keeper (`ProcessKeeper`); nil for a role that has none.
    static func kept(_ role: Confinement.Role) -> [Rule]? {
        switch role {
        case .fetcher: fetching + ownSignals
        case .console: consoling + ownSignals
        case .service, .hooks: nil
        }
    }

    private static var fetching: [Rule] { every + threads + readingFiles + waiting + fetcher }
    private static var consoling: [Rule] { every + threads + readingFiles + waiting + console }

    /// The list of a thread of the service that reads what strangers send, or needs little; nil for what the process has. A thread that
    /// uses the inventory has no list of its own: the libraries under that start threads, which would inherit it.
    static func list(of role: ThreadRole) -> [Rule]? {
        switch role {
        case .packets: every + ownSignals + looking + openingFiles + waiting + packets
        case .transfers: every + ownSignals + looking + openingFiles + waiting + transfers
        case .looking: every + ownSignals + looking + openingFiles + waiting
        case .any: nil
        }
    }

    /// Memory, locks, time, signals, the end, and what is open already.
    static let every: [Rule] =
        Rule.allow(
            """
            brk munmap mremap madvise mincore msync futex futex_time64 set_robust_list get_robust_list rseq membarrier
            sched_yield sched_getaffinity sched_getscheduler sched_getparam sched_get_priority_max sched_get_priority_min
            getcpu gettid getpid getppid getuid geteuid getgid getegid getgroups getresuid getresgid
            clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getrandom getrusage sysinfo uname times
            rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack restart_syscall exit exit_group
            read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close fcntl dup dup2 dup3
            fstat newfstatat stat lstat statx fstatfs fsync fdatasync ftruncate fallocate
            """)
        // Memory that is written is never run: no code comes into a process that runs.
        + Rule.allow("mmap mprotect", if: .masked(2, PROT_EXEC, 0))
        + Rule.refuse("mmap mprotect", if: .masked(2, PROT_EXEC, PROT_EXEC))
        // The handler that names a call stays.
        + Rule.allow("rt_sigaction", if: .notEqual(0, SIGSYS))
        + [PR_SET_NAME, PR_GET_NAME, memoryName].flatMap { Rule.allow("prctl", if: .equal(0, $0)) }
        // Looking at limits; not setting them.
        + Rule.allow("prlimit64", if: .equal(2, 0)) + Rule.allow("getrlimit")
        + counts.flatMap { Rule.allow("ioctl", if: .equal(1, $0)) }
        // Whether a stream is a terminal.
        + [0x5401, 0x5413, 0x802C_542A].flatMap { Rule.refuse("ioctl", ENOTTY, if: .equal(1, $0)) }
        // A filter cannot look at its arguments, which lie in memory; without it the C library uses clone(2).
        + Rule.refuse("clone3", ENOSYS)
        // What the runtime or a library asks and does without: the caches of the name service, locked memory, extended attributes.
        + Rule.refuse("mlock mlock2 sched_setscheduler sched_setaffinity ioprio_set set_mempolicy")
        // libdispatch gives each thread the priority that it has; refused it would tell the host's log.
        + Rule.allow("setpriority", if: .equal(0, PRIO_PROCESS.rawValue))
        + Rule.refuse("getxattr fgetxattr lgetxattr listxattr flistxattr llistxattr", ENOTSUP)
    /// PR_SET_VMA, by which the C library names memory of its own.
    private static let memoryName: Int32 = 0x5356_4D41
    /// FIONREAD, FIONBIO, SIOCOUTQ: octets that wait in a socket or a pipe.
    private static let counts = [0x541B, 0x5421, 0x5411]

    /// Threads and no process: CLONE_THREAD.
    private static let threads = Rule.allow("clone", if: .masked(0, 0x1_0000, 0x1_0000))
    /// Processes, in the same namespaces: what CLONE_NEW… has is not set.
    private static let keeping =
        Rule.allow("clone", if: .masked(0, 0x7E02_0000 | 0x1_0000, 0))
        + Rule.allow("fork vfork wait4 waitid set_tid_address")
        // Not to itself only, which is not known beforehand of a process that is yet to be forked: that has a list of its own.
        + Rule.allow("tgkill")

    /// Signals to its own threads: abort(3).
    private static var ownSignals: [Rule] { Rule.allow("tgkill", if: .equal(0, getpid())) }

    /// Looking at files; which, Landlock says.
    private static let looking = Rule.allow(
        "access faccessat faccessat2 readlink readlinkat getdents64 getdents statfs getcwd fadvise64 readahead")
    private static let openingFiles = Rule.allow("open openat openat2")

    /// For those who write only what they are handed open: a file is opened for reading, or not at all, also where the kernel has
    /// no Landlock.
    private static let readingFiles =
        looking
        + [("open", UInt32(1)), ("openat", 2)].flatMap { name, flags in
            Rule.allow(name, if: .masked(flags, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY))
                + [(O_ACCMODE, O_WRONLY), (O_ACCMODE, O_RDWR), (O_CREAT, O_CREAT), (O_TRUNC, O_TRUNC)].flatMap {
                    Rule.refuse(name, if: .masked(flags, $0, $1))
                }
        }
        + Rule.refuse(
            """
            openat2 creat unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir link linkat symlink symlinkat mknod
            mknodat chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat truncate utime utimes futimesat utimensat
            setxattr lsetxattr fsetxattr
            """)

    /// In the state directory, where Landlock lets it.
    private static let changingFiles = Rule.allow(
        """
        unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir chmod fchmod fchmodat fchmodat2 fchown lchown fchownat
        utimensat flock umask truncate sync_file_range copy_file_range
        """)

    private static let waiting = Rule.allow(
        """
        poll ppoll ppoll_time64 select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
        eventfd2 timerfd_create timerfd_settime timerfd_gettime signalfd4 pipe pipe2
        """)

    private static let messages = """
        sendto recvfrom sendmsg recvmsg getsockname getpeername getsockopt setsockopt shutdown
        """

    /// The type of a socket without its flags (SOCK_TYPE_MASK of the kernel's net.h).
    private static let typeMask = 0xF
    private static let datagram = SOCK_DGRAM.rawValue
    private static let stream = SOCK_STREAM.rawValue

    private static func sockets(_ family: Int32, _ type: some BinaryInteger) -> [Rule] {
        Rule.allow("socket", if: .equal(0, family), .masked(1, typeMask, type))
    }

    /// Datagrams to clients, each transfer from a socket of its own; connections that clients open; the control socket, and the
    /// journal's.
    private static let service =
        packets + Rule.allow("bind connect listen accept accept4 sendfile")
        + sockets(AF_UNIX, stream) + Rule.refuse("socket", if: .equal(0, AF_NETLINK))
    private static let transfers = packets + Rule.allow("bind connect")
    private static let packets =
        Rule.allow("sendmmsg recvmmsg recvmmsg_time64 \(messages)")
        // Interfaces are asked for by any of these.
        + sockets(AF_INET, datagram) + sockets(AF_INET6, datagram) + sockets(AF_UNIX, datagram)
        // Of an interface: its name, address, MTU, index, and what its driver says of its speed.
        + [0x8910, 0x8915, 0x8921, 0x8933, 0x8946].flatMap { Rule.allow("ioctl", if: .equal(1, $0)) }
    /// A thread can give up more: a filter never allows what another refuses.
    private static let narrowing = Rule.allow("seccomp") + Rule.allow("prctl", if: .equal(0, PR_SET_NO_NEW_PRIVS))

    /// TCP, UDP, and netlink, by which names are looked up. What has greater numbers (packet sockets, virtual machines, the
    /// kernel's cryptography) nobody needs to fetch a file.
    private static let fetcher =
        Rule.allow("bind connect sendmmsg recvmmsg recvmmsg_time64 \(messages)")
        + [AF_INET, AF_INET6].flatMap { sockets($0, datagram) + sockets($0, stream) }
        + Rule.allow("socket", if: .equal(0, AF_NETLINK))
        // The name and the number of an interface: a name server may have an address that is one link's (RFC 4007 §11).
        + [0x8910, 0x8933].flatMap { Rule.allow("ioctl", if: .equal(1, $0)) }
        // No socket of this host: behind one is our own service's, behind others whatever else runs as this user. Name lookups
        // ask a daemon by one first (nscd, systemd-resolved), and by themselves where there is no such family.
        + Rule.refuse("socket", EAFNOSUPPORT, if: .equal(0, AF_UNIX))
        // Of a pair, libcurl's way to wake itself, one that sends datagrams could send them to others (unix(7)).
        + [SOCK_STREAM, SOCK_SEQPACKET].flatMap {
            Rule.allow("socketpair", if: .equal(0, AF_UNIX), .masked(1, typeMask, $0.rawValue))
        }

    /// Only Unix sockets are opened, to ask the service: from here no way leads into the network that nobody called from. Those
    /// that it is called by were bound for it.
    private static let console =
        Rule.allow("listen accept accept4 connect sendfile \(messages)") + sockets(AF_UNIX, stream)
        // The host's log, to which libraries complain (syslog(3)).
        + Rule.refuse("socket", if: .equal(0, AF_UNIX), .masked(1, typeMask, datagram))
        // Whether the host has IPv6, and what its sockets can do: SwiftNIO does without an answer.
        + [AF_INET, AF_INET6, AF_NETLINK].flatMap { Rule.refuse("socket", if: .equal(0, $0)) }
}
