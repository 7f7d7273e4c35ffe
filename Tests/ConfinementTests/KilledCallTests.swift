import CLibcap
import Glibc
import LinuxIO
import StandIns
import Testing

@testable import Confinement

/// What is on no list ends the process: each is tried in a process of its own.
@Suite("system calls that end a process")
struct KilledCallTests {
    /// A call by its name with arguments that harm nobody, should it be made after all.
    struct Attempt: Codable, Sendable {
        var name: String
        var first = 0
        var second = 0
        var third = 0
    }

    /// Whatever the role: other processes, other programs, the system, and doors that no filter sees behind. What helpers are refused
    /// with an error, for libraries of theirs try it, stands in `SystemCallFilterTests`.
    static let always = [
        Attempt(name: "execve"), Attempt(name: "execveat"), Attempt(name: "ptrace"), Attempt(name: "process_vm_readv"),
        Attempt(name: "pidfd_getfd"), Attempt(name: "kill", first: Int(getpid())), Attempt(name: "mount"),
        Attempt(name: "unshare", first: 0x1000_0000), Attempt(name: "setns"), Attempt(name: "chroot"),
        Attempt(name: "bpf"), Attempt(name: "io_uring_setup"), Attempt(name: "perf_event_open"),
        Attempt(name: "userfaultfd"), Attempt(name: "keyctl"), Attempt(name: "setuid"), Attempt(name: "capset"),
        Attempt(name: "memfd_create"), Attempt(name: "clone", first: 0x1000_0000 | 0x11),
        Attempt(name: "socket", first: Int(AF_PACKET), second: Int(SOCK_RAW.rawValue)),
        Attempt(name: "socket", first: Int(AF_ALG), second: Int(SOCK_SEQPACKET.rawValue)),
        Attempt(name: "prlimit64", second: Int(RLIMIT_NOFILE.rawValue), third: 1),
        // Its own handler for the signal that ends it, and another filter's way around.
        Attempt(name: "rt_sigaction", first: Int(SIGSYS)), Attempt(name: "prctl", first: 22),
        // An argument whose upper half the kernel does not look at, and the filter does.
        Attempt(name: "socket", first: 1 << 32 | Int(AF_UNIX), second: Int(SOCK_STREAM.rawValue)),
    ]

    /// Whatever else the roles of processes refuse.
    static let byRole: [(Confinement.Role, Attempt)] = [
        (.service, Attempt(name: "clone", first: 0x11)), (.service, Attempt(name: "wait4")),
        (.service, Attempt(name: "tgkill", first: 1, second: 1)),
        (.service, Attempt(name: "socket", first: Int(AF_INET), second: Int(SOCK_STREAM.rawValue))),
        (.service, Attempt(name: "socket", first: Int(AF_INET), second: Int(SOCK_RAW.rawValue))),
        (.service, Attempt(name: "socketpair")), (.service, Attempt(name: "linkat")),
        (.service, Attempt(name: "mknodat")),
        (.fetcher, Attempt(name: "socket", first: Int(AF_INET), second: Int(SOCK_RAW.rawValue))),
        (.fetcher, Attempt(name: "listen")), (.fetcher, Attempt(name: "accept4")),
        (.fetcher, Attempt(name: "socketpair", first: Int(AF_UNIX), second: Int(SOCK_DGRAM.rawValue))),
        (.console, Attempt(name: "bind")), (.console, Attempt(name: "socketpair")),
        (.console, Attempt(name: "sendmmsg")),
    ]

    /// What processes that a keeper forked cannot do, and the keeper can.
    static let byKept: [(Confinement.Role, Attempt)] = [Confinement.Role.fetcher, .console].flatMap { role in
        [
            Attempt(name: "clone", first: 0x11), Attempt(name: "fork"), Attempt(name: "vfork"), Attempt(name: "wait4"),
            Attempt(name: "tgkill", first: Int(getppid()), second: Int(getppid())), Attempt(name: "seccomp"),
        ].map { (role, $0) }
    }

    /// What threads of the service cannot do that others of it can.
    static let byThread: [(ThreadRole, Attempt)] = [
        (.packets, Attempt(name: "bind")), (.packets, Attempt(name: "connect")), (.packets, Attempt(name: "accept4")),
        (.packets, Attempt(name: "unlinkat")), (.packets, Attempt(name: "clone", first: 0x1_0000)),
        (.packets, Attempt(name: "seccomp")), (.transfers, Attempt(name: "listen")),
        (.transfers, Attempt(name: "renameat")), (.transfers, Attempt(name: "clone", first: 0x1_0000)),
        (.transfers, Attempt(name: "socket", first: Int(AF_UNIX), second: Int(SOCK_STREAM.rawValue))),
        (.looking, Attempt(name: "socket", first: Int(AF_INET), second: Int(SOCK_DGRAM.rawValue))),
        (.looking, Attempt(name: "sendto")), (.looking, Attempt(name: "unlinkat")),
    ]

    /// Makes the call on a thread under the list; 7 for one that came back, 8 for one that could not be tried.
    private static func make(
        _ attempt: Attempt, as role: Confinement.Role, thread: ThreadRole, isKept: Bool
    ) -> Never {
        let made = try? EngineThread(name: "confined") {
            guard let number = systemCall(attempt.name), pilotfish_no_new_privileges() == 0,
                (try? SystemCallFilter.install(for: role, unlisted: .end)) != nil,
                (try? Confinement.narrow(to: thread, unlisted: .end)) != nil,
                !isKept || (try? Confinement.narrowKept(role, unlisted: .end)) != nil
            else { _exit(8) }
            _ = call(number, attempt.first, attempt.second, attempt.third)
            _exit(7)
        }
        made?.join()
        _exit(8)
    }

    @Test("of every process", arguments: [Confinement.Role.service, .fetcher, .console], always)
    func processes(role: Confinement.Role, attempt: Attempt) async throws {
        try await Self.dies(attempt, as: role, thread: .any)
    }

    @Test("of some", arguments: byRole)
    func some(role: Confinement.Role, attempt: Attempt) async throws {
        try await Self.dies(attempt, as: role, thread: .any)
    }

    @Test("of threads", arguments: byThread)
    func threads(role: ThreadRole, attempt: Attempt) async throws {
        try await Self.dies(attempt, as: .service, thread: role)
    }

    @Test("of those that a keeper forked", arguments: byKept)
    func kept(role: Confinement.Role, attempt: Attempt) async throws {
        try await Self.dies(attempt, as: role, thread: .any, isKept: true)
    }

    /// The process ends by SIGSYS, and its last words name the call, the thread, and the way out.
    private static func dies(
        _ attempt: Attempt, as role: Confinement.Role, thread: ThreadRole, isKept: Bool = false
    ) async throws {
        let (process, thread) = ("\(role)", "\(thread)")
        keepDescriptorsFromChildren()
        let result = await #expect(processExitsWith: .signal(SIGSYS), observing: [\.standardErrorContent]) {
            [
                attempt = attempt as Attempt, process = process as String, thread = thread as String,
                isKept = isKept as Bool
            ] in
            guard let role = Confinement.Role.allCases.first(where: { "\($0)" == process }),
                let thread = ThreadRole.allCases.first(where: { "\($0)" == thread })
            else { _exit(8) }
            Self.make(attempt, as: role, thread: thread, isKept: isKept)
        }
        let said = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(said.contains("the system call \(attempt.name) ("), "\(said)")
        #expect(said.contains("is not on the list of the thread confined"), "\(said)")
        #expect(said.contains("\(UnlistedCalls.variable)=\(UnlistedCalls.refuse.rawValue) "), "\(said)")
        #expect(said.contains("such a call fails instead\n"), "\(said)")
    }
}

/// The number of a call; nil where this architecture has none of that name.
func systemCall(_ name: String) -> Int? {
    typealias Resolve = @convention(c) (UnsafePointer<CChar>) -> Int32
    guard let address = dlsym(nil, "seccomp_syscall_resolve_name") else { return nil }
    let number = unsafeBitCast(address, to: Resolve.self)(name)
    return number >= 0 ? Int(number) : nil
}

/// Makes a call by its number: the error, or 0.
func call(_ number: Int, _ first: Int, _ second: Int, _ third: Int) -> Int32 {
    // Variadic, which Swift does not call by itself; on our architectures it is called like any other.
    typealias Call = @convention(c) (Int, Int, Int, Int, Int, Int) -> Int
    guard let address = dlsym(nil, "syscall") else { return ENOSYS }
    return unsafeBitCast(address, to: Call.self)(number, first, second, third, 0, 0) == -1 ? errno : 0
}
