import CLibcap
import Glibc
import LinuxIO
import Synchronization
import Testing

@testable import Confinement

/// Rules hold for the thread that puts them in force: each test has one of its own. This kernel has Landlock, or these tests fail.
@Suite("files, TCP and other processes under Landlock")
struct LandlockTests {
    /// A root beside a state directory and something else, as on a host.
    private final class Host: Sendable {
        let top: String
        var root: String { "\(top)/srv/root" }
        var state: String { "\(top)/state" }
        var elsewhere: String { "\(top)/etc" }

        init() {
            var name = Array("/var/tmp/pilotfish-reach-XXXXXX".utf8CString)
            _ = mkdtemp(&name)
            top = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            for path in ["srv", "srv/root", "srv/other", "state", "etc"] { mkdir("\(top)/\(path)", 0o755) }
            for path in ["srv/root/kernel", "srv/other/kernel", "state/inventory", "etc/shadow"] { write(path) }
            symlink("\(top)/etc/shadow", "\(top)/srv/root/link")
        }

        func write(_ path: String) {
            let file = Glibc.open("\(top)/\(path)", O_WRONLY | O_CREAT, 0o644)
            _ = Glibc.write(file, "x", 1)
            close(file)
        }

        deinit {
            for path in [
                "srv/root/kernel", "srv/root/link", "srv/other/kernel", "srv/new/kernel", "srv/new/link",
                "state/inventory", "state/new",
                "state/socket", "etc/shadow",
            ] { unlink("\(top)/\(path)") }
            for path in ["srv/root", "srv/other", "srv/new", "srv", "state", "etc", ""] { rmdir("\(top)/\(path)") }
        }
    }

    /// The errors of what is tried under the rules, 0 for what was done.
    private static func confined(
        _ rules: Landlock, version: Int = Landlock.version, _ attempts: @escaping @Sendable () -> [Int32]
    ) throws -> [Int32] {
        let said = Mutex<[Int32]?>(nil)
        let thread = try EngineThread(name: "confined") {
            guard pilotfish_no_new_privileges() == 0, (try? rules.enforce(version: version)) != nil else { return }
            let results = attempts()
            said.withLock { $0 = results }
        }
        thread.join()
        return try #require(said.withLock { $0 })
    }

    private static func rules(_ role: Confinement.Role, _ host: Host) throws -> Landlock {
        var reach = FileReach()
        reach.readWhatever(has: host.root)
        reach.write(host.state)
        return try #require(Confinement.rules(role, reach))
    }

    private static func open(_ path: String, _ flags: Int32) -> Int32 {
        let file = Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard file >= 0 else { return errno }
        close(file)
        return 0
    }

    private static func result(_ value: Int32) -> Int32 { value == 0 ? 0 : errno }

    @Test(
        "the service reads its root and changes its state, and opens nothing else",
        arguments: 1..<(Landlock.version + 1))
    func service(version: Int) throws {
        let host = Host()
        let errors = try Self.confined(Self.rules(.service, host), version: version) {
            [
                Self.open("\(host.root)/kernel", O_RDONLY), Self.open(host.root, O_RDONLY | O_DIRECTORY),
                Self.open("\(host.state)/inventory", O_RDWR), Self.open("\(host.state)/new", O_RDWR | O_CREAT),
                Self.result(rename("\(host.state)/new", "\(host.state)/inventory")),
                Self.result(mkdir("\(host.state)/directory", 0o755)), Self.result(rmdir("\(host.state)/directory")),
                Self.open("/proc/self/status", O_RDONLY), Self.open("/dev/null", O_RDWR),
            ]
        }
        #expect(errors == [0, 0, 0, 0, 0, 0, 0, 0, 0])
        let refused = try Self.confined(Self.rules(.service, host), version: version) {
            [
                Self.open("\(host.elsewhere)/shadow", O_RDONLY), Self.open("\(host.root)/link", O_RDONLY),
                Self.open("/etc/shadow", O_RDONLY), Self.open("/root", O_RDONLY | O_DIRECTORY),
                Self.open("/var/log", O_RDONLY | O_DIRECTORY), Self.open("\(host.root)/kernel", O_WRONLY),
                Self.open("\(host.root)/new", O_WRONLY | O_CREAT), Self.open("/tmp/pilotfish-new", O_WRONLY | O_CREAT),
                Self.open("/dev/zero", O_RDONLY), Self.result(unlink("\(host.root)/kernel")),
                Self.result(symlink("/", "\(host.state)/link")), Self.result(mkfifo("\(host.state)/fifo", 0o600)),
                Self.result(mkdir("\(host.root)/new", 0o755)),
            ]
        }
        #expect(refused == Array(repeating: EACCES, count: refused.count))
    }

    @Test("libdispatch can look at each thread", arguments: [Confinement.Role.service, .fetcher, .console])
    func threads(role: Confinement.Role) throws {
        let errors = try Self.confined(Self.rules(role, Host())) {
            // A link to PID/task/TID.
            var place = [UInt8](repeating: 0, count: 100)
            let count = readlink("/proc/thread-self", &place, place.count)
            let thread = String(decoding: place.prefix(max(count, 0)), as: UTF8.self).split(separator: "/").last ?? ""
            return [Self.open("/proc/\(thread)/stat", O_RDONLY)]
        }
        #expect(errors == [0])
    }

    @Test("nothing is run, wherever it lies")
    func running() throws {
        let host = Host()
        chmod("\(host.root)/kernel", 0o755)
        let errors = try Self.confined(Self.rules(.service, host)) {
            ["\(host.root)/kernel", "/bin/true", "/proc/self/exe"].map { path in
                var process = pid_t()
                var words: [UnsafeMutablePointer<CChar>?] = [nil]
                return posix_spawn(&process, path, nil, nil, &words, nil)
            }
        }
        #expect(errors == [EACCES, EACCES, EACCES])
    }

    @Test("what is put in the root's place can be read, and what lies above it cannot")
    func replacing() throws {
        let host = Host()
        let rules = try Self.rules(.service, host)
        let step = Atomic<Int>(0)
        // Who is not confined.
        let operating = try EngineThread(name: "operator") {
            while step.load(ordering: .acquiring) < 1 { usleep(1000) }
            rename(host.root, "\(host.top)/srv/new")
            rename("\(host.top)/srv/other", host.root)
            step.store(2, ordering: .releasing)
        }
        let errors = try Self.confined(rules) {
            let before = Self.open("\(host.root)/kernel", O_RDONLY)
            step.store(1, ordering: .releasing)
            while step.load(ordering: .acquiring) < 2 { usleep(1000) }
            return [before, Self.open("\(host.root)/kernel", O_RDONLY), Self.open(host.top, O_RDONLY | O_DIRECTORY)]
        }
        operating.join()
        #expect(errors == [0, 0, EACCES])
    }

    @Test("the console and the fetcher change nothing", arguments: [Confinement.Role.console, .fetcher])
    func helpers(role: Confinement.Role) throws {
        let host = Host()
        let rules = try #require(Confinement.rules(role, FileReach()))
        let errors = try Self.confined(rules) {
            [
                Self.open("\(host.root)/kernel", O_RDONLY), Self.open("\(host.state)/inventory", O_RDWR),
                Self.open("\(host.state)/new", O_WRONLY | O_CREAT), Self.result(unlink("\(host.state)/inventory")),
                Self.open("/root", O_RDONLY | O_DIRECTORY), Self.open("/var/tmp/new", O_WRONLY | O_CREAT),
            ]
        }
        #expect(errors == Array(repeating: EACCES, count: errors.count))
        // Names are looked up with files that are another's business.
        let names = try Self.confined(rules) { [Self.open("/etc/hosts", O_RDONLY)] }
        #expect(names == [role == .fetcher ? 0 : EACCES])
    }

    /// Binds a socket to a port of its own choosing, or connects it to one where nobody listens.
    private static func socket(
        _ type: __socket_type, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        let number = Glibc.socket(AF_INET, Int32(type.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                result(use(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)))
            }
        }
    }

    @Test(
        "TCP is for who needs it, from version 4 on",
        arguments: [
            (.service, 4, [EACCES, EACCES]), (.console, 4, [EACCES, EACCES]), (.fetcher, 4, [EACCES, ECONNREFUSED]),
            (.service, 3, [0, ECONNREFUSED]),
        ] as [(Confinement.Role, Int, [Int32])])
    func network(role: Confinement.Role, version: Int, errors: [Int32]) throws {
        let rules = try #require(Confinement.rules(role, FileReach()))
        let found = try Self.confined(rules, version: version) {
            [Self.socket(SOCK_STREAM) { bind($0, $1, $2) }, Self.socket(SOCK_STREAM) { connect($0, $1, $2) }]
        }
        #expect(found == errors)
        let datagrams = try Self.confined(rules, version: version) {
            [Self.socket(SOCK_DGRAM) { bind($0, $1, $2) }, Self.socket(SOCK_DGRAM) { connect($0, $1, $2) }]
        }
        #expect(datagrams == [0, 0])
    }

    @Test(
        "no other process gets a signal, from version 6 on", arguments: [Confinement.Role.service, .fetcher, .console])
    func signals(role: Confinement.Role) throws {
        let rules = try #require(Confinement.rules(role, FileReach()))
        #expect(
            try Self.confined(rules, version: 6) { [Self.result(kill(getppid(), 0)), Self.result(kill(getpid(), 0))] }
                == [EPERM, 0])
        #expect(try Self.confined(rules, version: 5) { [Self.result(kill(getppid(), 0))] } == [0])
    }

    @Test("what a kernel lacks is said, and by each version less")
    func remarks() {
        let remarks = (0...6).map(Landlock.lacks)
        #expect(remarks[0]?.contains("no Landlock") == true)
        for word in ["truncating files", "TCP", "devices", "signals and abstract sockets"] {
            #expect(remarks[1]?.contains(word) == true)
        }
        #expect(remarks[2]?.contains("truncating") == true && remarks[3]?.contains("truncating") == false)
        #expect(remarks[3]?.contains("TCP") == true && remarks[4]?.contains("TCP") == false)
        #expect(remarks[5]?.contains("signals") == true && remarks[6] == nil)
    }

    @Test("commands of the operator have no such rules")
    func hooks() {
        #expect(Confinement.rules(.hooks, FileReach()) == nil)
    }
}

@Suite("what a confined process can open")
struct FileReachTests {
    @Test("a path gives the directory that it is in, and its target's; the topmost directory never")
    func around() throws {
        var reach = FileReach()
        reach.readWhatever(has: "/etc/hostname")
        #expect(reach.reading == ["/etc", "/etc/hostname"])
        reach = FileReach()
        reach.readWhatever(has: "/etc")
        #expect(reach.reading == ["/etc"])
        reach = FileReach()
        // A link to another place.
        reach.readWhatever(has: "/proc/self/exe")
        #expect(reach.reading.contains("/proc/self"))
        #expect(reach.reading.contains(try realPath("/proc/self/exe")))
        reach = FileReach()
        reach.readWhatever(has: "/usr/lib/nowhere/at/all")
        #expect(reach.reading == ["/usr/lib"])
        reach = FileReach()
        reach.readWhatever(has: "/nowhere/at/all")
        #expect(reach.reading.isEmpty)
    }

    @Test(
        "what lies beneath is covered, under whatever name",
        arguments: [
            ("/usr/lib/os-release", true), ("/usr/lib/../lib/os-release", true), ("/etc/os-release", true),
            ("/usr/lib", true), ("/usr/lib64x", true), ("/etc/hostname", false), ("/usr/bin/env", false),
            ("/usr/lib/nothing/there", true),
        ])
    func covering(path: String, isCovered: Bool) {
        var reach = FileReach()
        reach.read("/usr/lib")
        #expect(reach.covers(path) == isCovered)
    }
}

@Suite("what a process opens all in all")
struct RoleReachTests {
    @Test("who fetches reads certificates of its host, and where it was told of some")
    func fetching() throws {
        var own = FileReach()
        let usual = try #require(Confinement.reach(of: .fetcher, with: own))
        #expect(usual.covers("/etc/hostname") && !usual.covers("/usr/bin/env"))
        own.readWhatever(has: "/usr/bin/env")
        let told = try #require(Confinement.reach(of: .fetcher, with: own))
        #expect(told.covers("/etc/hostname") && told.covers("/usr/bin/env"))
    }

    @Test("the service reads no more of /etc than it needs, commands whatever they may")
    func others() throws {
        let service = try #require(Confinement.reach(of: .service, with: FileReach()))
        #expect(service.covers("/etc/passwd") && !service.covers("/etc/hostname"))
        #expect(Confinement.reach(of: .hooks, with: FileReach()) == nil)
    }
}

@Suite("every thread is looked at")
struct ThreadStatusTests {
    @Test("a process that gave nothing up is told so")
    func unconfined() {
        #expect(throws: Confinement.Failure.self) { try Confinement.checkEveryThread(as: nil) }
    }

    @Test("a thread that is gone does no harm, and one with a filter is told by the rest")
    func faults() throws {
        #expect(try ThreadStatus.fault("/proc/self/task/0/status", as: nil) == nil)
        let said = Mutex<String?>(nil)
        let thread = try EngineThread(name: "confined") {
            guard (try? CapabilityDrop.emptyAll()) != nil, pilotfish_no_new_privileges() == 0 else { return }
            let fault = try? ThreadStatus.fault("/proc/thread-self/status", as: getuid() == 0 ? nil : getuid())
            said.withLock { $0 = fault }
        }
        thread.join()
        let fault = try #require(said.withLock { $0 })
        #expect(fault.hasPrefix(getuid() == 0 ? "Uid 0" : "Seccomp 0"))
    }

    @Test(
        "limits go down, for good",
        arguments: [
            ("service", RLIMIT_CORE, 0), ("fetcher", RLIMIT_CORE, 0), ("fetcher", RLIMIT_NOFILE, 1024),
            ("fetcher", RLIMIT_DATA, 1 << 30), ("console", RLIMIT_NOFILE, 1024), ("console", __RLIMIT_MEMLOCK, 0),
            ("hooks", RLIMIT_CORE, 0), ("hooks", RLIMIT_NOFILE, 1024),
        ] as [(String, __rlimit_resource, rlim_t)])
    func limits(role: String, kind: __rlimit_resource, most: rlim_t) async {
        await #expect(processExitsWith: .success) {
            [role = role as String, kind = kind.rawValue as UInt32, most = most as rlim_t] in
            guard let role = Confinement.Role.allCases.first(where: { "\($0)" == role }) else { _exit(8) }
            do throws(SystemError) { try ResourceLimits.enforce(role) } catch { _exit(9) }
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(kind), &limit)
            _exit(limit.rlim_max <= most && limit.rlim_cur <= limit.rlim_max ? 0 : 7)
        }
    }
}
