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
        as role: Confinement.Role, _ body: @escaping @Sendable () -> Result
    ) throws -> Result {
        let said = Mutex<Result?>(nil)
        let failure = Mutex<SystemError?>(nil)
        let thread = try EngineThread(name: "confined") {
            guard pilotfish_no_new_privileges() == 0 else { return }
            do throws(SystemError) {
                try SystemCallFilter.install(for: role)
                let result = body()
                said.withLock { $0 = result }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        thread.join()
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
            (AF_PACKET, raw, EPERM), (AF_ALG, packets, EPERM),
        ] as [(Int32, Int32, Int32)])
    func sockets(family: Int32, type: Int32, error: Int32) throws {
        #expect(try Self.confined(as: .fetcher) { Self.open(family, type) } == error)
    }

    @Test("of two joined sockets none can reach others")
    func pairs() throws {
        let cases: [(Int32, Int32)] = [
            (Self.stream, 0), (Self.packets, 0), (Self.datagram, EPERM), (Self.raw, EPERM),
        ]
        for (type, error) in cases {
            for flags in [0, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)] {
                #expect(try Self.confined(as: .fetcher) { Self.pair(type | flags) } == error)
            }
        }
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

    @Test(
        "programs are run by the process that is for it, and by no other",
        arguments: [(.service, EPERM), (.fetcher, EPERM), (.console, EPERM), (.hooks, 0)] as [(Confinement.Role, Int32)]
    )
    func programs(role: Confinement.Role, error: Int32) throws {
        #expect(try Self.confined(as: role) { Self.runs() } == error)
    }

    @Test("commands have the sockets, the files and the names of any program, and no way into other processes")
    func commands() throws {
        let results = try Self.confined(as: .hooks) {
            let file = Glibc.open("/tmp", O_RDWR | 0x410000, 0o600)
            defer { if file >= 0 { close(file) } }
            return [
                Self.open(AF_UNIX, Self.stream), Self.open(AF_INET, Self.datagram), file >= 0 ? 0 : errno,
                setuid(getuid()) == 0 ? 0 : errno, chroot("/") == 0 ? 0 : errno,
            ]
        }
        #expect(results == [0, 0, 0, 0, EPERM])
    }

    @Test("nobody has io_uring", arguments: [Confinement.Role.service, .fetcher, .hooks, .console])
    func rings(role: Confinement.Role) throws {
        // io_uring_setup, io_uring_enter and io_uring_register have these numbers on every architecture.
        let call = try #require(dlsym(nil, "syscall"))
        let errors = try Self.confined(as: role) { [call = UInt(bitPattern: call)] () -> [Int32] in
            (425...427).map { number in
                // Variadic, which Swift does not call by itself; on our architectures it is called like any other.
                typealias Call = @convention(c) (Int, UInt, UInt, UInt) -> Int
                guard let address = UnsafeRawPointer(bitPattern: call) else { return 0 }
                return unsafeBitCast(address, to: Call.self)(number, 0, 0, 0) == -1 ? errno : 0
            }
        }
        #expect(errors == [EPERM, EPERM, EPERM])
    }

    @Test(
        "the control API opens sockets to its host only, and binds none",
        arguments: [
            (AF_UNIX, stream, 0), (AF_INET, stream, EPERM), (AF_INET6, datagram, EPERM), (AF_NETLINK, raw, EPERM),
            (AF_PACKET, raw, EPERM),
        ] as [(Int32, Int32, Int32)])
    func console(family: Int32, type: Int32, error: Int32) throws {
        #expect(try Self.confined(as: .console) { Self.open(family, type) } == error)
        #expect(try Self.confined(as: .console) { Self.pair(Self.stream) } == EPERM)
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
}
