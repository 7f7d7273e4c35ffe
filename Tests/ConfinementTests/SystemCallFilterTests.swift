import CLibcap
import Glibc
import LinuxIO
import Synchronization
import Testing

@testable import Confinement

/// A filter holds for the thread that installs it: each test has one of its own, tries there, and lets it end.
@Suite("system calls that are refused")
struct SystemCallFilterTests {
    private static let stream = Int32(SOCK_STREAM.rawValue)
    private static let datagram = Int32(SOCK_DGRAM.rawValue)
    private static let packets = Int32(SOCK_SEQPACKET.rawValue)
    private static let raw = Int32(SOCK_RAW.rawValue)

    /// What `body` says on a thread under the filter.
    private static func confined<Result: Sendable>(
        as role: Confinement.Role, thread: ThreadRole = .any, isKept: Bool = false, unlisted: UnlistedCalls = .end,
        _ body: @escaping @Sendable () -> Result
    ) throws -> Result {
        let said = Mutex<Result?>(nil)
        let failure = Mutex<SystemError?>(nil)
        let running = try EngineThread(name: "confined") {
            guard pilotfish_no_new_privileges() == 0 else { return }
            do throws(SystemError) {
                try SystemCallFilter.install(for: role, unlisted: unlisted)
                try SystemCallFilter.narrow(to: thread, unlisted: unlisted)
                if isKept { try SystemCallFilter.narrowKept(role, unlisted: unlisted) }
                let result = body()
                said.withLock { $0 = result }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        running.join()
        if let failure = failure.withLock({ $0 }) { throw failure }
        return try #require(said.withLock { $0 })
    }

    /// The error of opening a socket; 0 when it opens.
    private static func open(_ family: Int32, _ type: Int32) -> Int32 {
        let number = socket(family, type, 0)
        guard number >= 0 else { return errno }
        close(number)
        return 0
    }

    private static func pair(_ type: Int32) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return errno }
        for end in ends { close(end) }
        return 0
    }

    @Test(
        "the fetcher opens sockets to the network only",
        arguments: [
            (AF_INET, stream, 0), (AF_INET, datagram, 0), (AF_INET6, stream, 0), (AF_NETLINK, raw, 0),
            (AF_UNIX, stream, EAFNOSUPPORT), (AF_UNIX, datagram, EAFNOSUPPORT), (AF_UNIX, packets, EAFNOSUPPORT),
        ] as [(Int32, Int32, Int32)])
    func sockets(family: Int32, type: Int32, error: Int32) throws {
        #expect(try Self.confined(as: .fetcher) { Self.open(family, type) } == error)
    }

    // One of datagrams would end the process: see `KilledCallTests`.
    @Test(
        "two sockets are joined that can reach nobody else",
        arguments: [
            (stream, .end, 0), (packets, .end, 0), (stream, .refuse, 0), (packets, .refuse, 0),
            (datagram, .refuse, EPERM),
        ] as [(Int32, UnlistedCalls, Int32)])
    func pairs(type: Int32, unlisted: UnlistedCalls, error: Int32) throws {
        for flags in [0, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)] {
            #expect(try Self.confined(as: .fetcher, unlisted: unlisted) { Self.pair(type | flags) } == error)
        }
    }

    /// The error of a call under lists that refuse what is not on them; the process goes on.
    private static func refusal(
        of attempt: KilledCallTests.Attempt, as role: Confinement.Role, thread: ThreadRole = .any, isKept: Bool = false
    ) throws -> Int32 {
        let number = try #require(systemCall(attempt.name))
        return try confined(as: role, thread: thread, isKept: isKept, unlisted: .refuse) {
            call(number, attempt.first, attempt.second, attempt.third)
        }
    }

    @Test(
        "what is on no list fails where the administrator chose that: of every process",
        arguments: [Confinement.Role.service, .fetcher, .console], KilledCallTests.always)
    func refusedToAll(role: Confinement.Role, attempt: KilledCallTests.Attempt) throws {
        #expect(try Self.refusal(of: attempt, as: role) == EPERM)
    }

    @Test("what is on no list fails where the administrator chose that: of some", arguments: KilledCallTests.byRole)
    func refusedToSome(role: Confinement.Role, attempt: KilledCallTests.Attempt) throws {
        #expect(try Self.refusal(of: attempt, as: role) == EPERM)
    }

    @Test(
        "what is on no list fails where the administrator chose that: of threads", arguments: KilledCallTests.byThread)
    func refusedToThreads(role: ThreadRole, attempt: KilledCallTests.Attempt) throws {
        #expect(try Self.refusal(of: attempt, as: .service, thread: role) == EPERM)
    }

    @Test(
        "what is on no list fails where the administrator chose that: of those that a keeper forked",
        arguments: KilledCallTests.byKept)
    func refusedToKept(role: Confinement.Role, attempt: KilledCallTests.Attempt) throws {
        #expect(try Self.refusal(of: attempt, as: role, isKept: true) == EPERM)
    }

    @Test(
        "a process that a keeper forked begins threads and signals itself",
        arguments: [Confinement.Role.fetcher, .console])
    func kept(role: Confinement.Role) throws {
        let results = try Self.confined(as: role, isKept: true) {
            let thread = try? EngineThread(name: "inner") {}
            thread?.join()
            return [thread == nil ? -1 : 0, raise(0)]
        }
        #expect(results == [0, 0])
    }

    @Test("what is on a list has the same answer then", arguments: [UnlistedCalls.end, .refuse])
    func listed(unlisted: UnlistedCalls) throws {
        let service = try Self.confined(as: .service, unlisted: unlisted) {
            [Self.open(AF_UNIX, Self.stream), Self.open(AF_NETLINK, Self.raw)]
        }
        #expect(service == [0, EPERM])
        let fetcher = try Self.confined(as: .fetcher, unlisted: unlisted) {
            [Self.open(AF_INET, Self.stream), Self.open(AF_UNIX, Self.stream)]
        }
        #expect(fetcher == [0, EAFNOSUPPORT])
    }

    @Test("the service keeps the sockets of its host")
    func service() throws {
        #expect(try Self.confined(as: .service) { Self.open(AF_UNIX, Self.stream) } == 0)
    }

    private static func runs() -> Int32 {
        var process = pid_t()
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
        defer { free(words[0]) }
        let result = posix_spawn(&process, "/bin/true", nil, nil, &words, nil)
        guard result == 0 else { return result }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return status
    }

    @Test("programs are run by the process that is for it")
    func programs() throws {
        #expect(try Self.confined(as: .hooks) { Self.runs() } == 0)
    }

    @Test("commands have the sockets, the files and the names of any program, and no way into other processes")
    func commands() throws {
        // By its number, for this thread only: setuid(3) has every thread of the process make the call, also those of other tests,
        // under whose lists it ends the process.
        let setUser = try #require(systemCall("setuid"))
        let results = try Self.confined(as: .hooks) {
            let file = Glibc.open("/tmp", O_RDWR | 0x410000, 0o600)
            defer { if file >= 0 { close(file) } }
            return [
                Self.open(AF_UNIX, Self.stream), Self.open(AF_INET, Self.datagram), file >= 0 ? 0 : errno,
                call(setUser, Int(getuid()), 0, 0), chroot("/") == 0 ? 0 : errno,
            ]
        }
        #expect(results == [0, 0, 0, 0, EPERM])
    }

    @Test("commands have no io_uring")
    func rings() throws {
        let numbers = ["io_uring_setup", "io_uring_enter", "io_uring_register"].compactMap(systemCall)
        let errors = try Self.confined(as: .hooks) { numbers.map { call($0, 0, 0, 0) } }
        #expect(errors == [EPERM, EPERM, EPERM])
    }

    @Test("no code comes into a process that runs", arguments: [Confinement.Role.service, .fetcher, .console])
    func code(role: Confinement.Role) throws {
        let errors = try Self.confined(as: role) {
            [PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC, PROT_WRITE | PROT_EXEC].map {
                (protection: Int32) -> Int32 in
                let memory = mmap(nil, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                guard let memory, memory != MAP_FAILED else { return errno }
                defer { munmap(memory, 4096) }
                return mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : -errno
            }
        }
        #expect(errors == [-EPERM, EPERM, EPERM])
    }

    @Test("the service begins threads, and its threads keep what they need", arguments: ThreadRole.allCases)
    func threads(role: ThreadRole) throws {
        let works = try Self.confined(as: .service) { () -> Bool in
            let hasOpened = Mutex(false)
            let thread = try? EngineThread(name: "inner") {
                guard (try? Confinement.narrow(to: role, unlisted: .end)) != nil else { return }
                _ = [UInt8](repeating: 1, count: 1 << 20)
                usleep(1000)
                let file = Glibc.open("/dev/null", O_RDONLY)
                hasOpened.withLock { $0 = file >= 0 && close(file) == 0 }
            }
            thread?.join()
            return hasOpened.withLock { $0 }
        }
        #expect(works)
    }

    @Test(
        "the control API opens sockets to its host only, and binds none",
        arguments: [
            (AF_UNIX, stream, 0), (AF_INET, stream, EPERM), (AF_INET6, datagram, EPERM), (AF_NETLINK, datagram, EPERM),
        ] as [(Int32, Int32, Int32)])
    func console(family: Int32, type: Int32, error: Int32) throws {
        #expect(try Self.confined(as: .console) { Self.open(family, type) } == error)
    }

    @Test("the control API writes no file, and reads as it did")
    func consoleFiles() throws {
        let errors = try Self.confined(as: .console) {
            [O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC].map { (flags: Int32) -> Int32 in
                let file = Glibc.open("/dev/null", flags, 0o600)
                guard file >= 0 else { return errno }
                close(file)
                return 0
            } + [unlink("/nonexistent/x") == 0 ? 0 : errno]
        }
        #expect(errors == [0, EPERM, EPERM, EPERM, EPERM, EPERM])
    }

    @Test("names are still found when no daemon can be asked")
    func names() throws {
        let result = try Self.confined(as: .fetcher) {
            var found: UnsafeMutablePointer<addrinfo>?
            defer { if found != nil { freeaddrinfo(found) } }
            return getaddrinfo("localhost", "80", nil, &found)
        }
        #expect(result == 0)
    }

    @Test("a name server that has an address of one link only is found")
    func interfaces() throws {
        #expect(try Self.confined(as: .fetcher) { if_nametoindex("lo") } == 1)
    }
}
