import Assets
import BootPolicy
import Exchange
import Glibc
import HTTPEngine
import LinuxIO
import Testing
import Wire

/// A temporary directory, removed with its owner.
final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/pilotfish-http-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template), "mkdtemp")
        path = String(cString: made)
    }

    deinit {
        for name in names { unlink(path + "/" + name) }
        rmdir(path)
    }

    private var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                    tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    func write(_ name: String, _ octets: [UInt8]) {
        let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        defer { close(descriptor) }
        var rest = octets[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes a file of zeros that takes no room, or cuts one short.
    func setSize(_ name: String, _ size: Int) {
        let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT, 0o644)
        defer { close(descriptor) }
        ftruncate(descriptor, size)
    }
}

/// Octets in which no piece looks like another.
func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8 ^ $0 >> 16) }
}

/// An engine on all addresses of this host that serves a temporary directory.
final class Stand: Sendable {
    let folder: Folder
    let context: EngineContext
    let port: UInt16
    let engine: HTTPEngine

    /// Serves while `body` runs.
    static func run(
        _ limits: HTTPLimits = HTTPLimits(), mirrors: (any MirrorSource)? = nil,
        installs: (any InstallSource)? = nil, _ body: (Stand) throws -> Void
    ) throws {
        let stand = try Stand(limits, mirrors: mirrors, installs: installs)
        defer { stand.engine.stop() }
        try body(stand)
    }

    /// The caller stops the engine.
    init(
        _ limits: HTTPLimits = HTTPLimits(), mirrors: (any MirrorSource)? = nil, installs: (any InstallSource)? = nil
    ) throws {
        let listener = OwnedDescriptor(socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        try #require(onAddress(IPAddress(.any), 0) { bind(listener.number, $0, $1) } == 0)
        port = portOf(listener.number)
        let second = try ListeningSocket.open(local: IPEndpoint(address: .anyIPv6, port: port))
        folder = try Folder()
        var catalog = Catalog()
        catalog.httpPort = port
        catalog.httpIPv6 = IPEndpoint(address: .anyIPv6, port: port)
        context = EngineContext(
            catalog: PublishedCatalog(catalog), events: EventRing(clock: { 0 }, wake: {}),
            memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal())
        engine = try HTTPEngine.start(
            listeners: [HandOver(listener), HandOver(second)],
            assets: AssetStore(
                root: ServedRoot(RootDirectory(path: folder.path)), mirrors: mirrors, installs: installs),
            context: context, limits: limits)
    }

    func connect(
        _ address: IPAddress = IPAddress(IPv4Address(127, 0, 0, 1)), from source: IPv4Address? = nil,
        receiveBuffer: Int32? = nil
    ) throws -> Client {
        try Client(address, port, from: source, receiveBuffer: receiveBuffer)
    }

    func publish(_ mode: ServiceMode) {
        var next = context.catalog.current
        next.mode = mode
        context.catalog.publish(next)
    }

    /// Waits for the ends of `count` downloads.
    func ended(_ count: Int = 1) -> [DownloadFacts] {
        var facts: [DownloadFacts] = []
        for _ in 0..<1000 where facts.count < count {
            for recorded in context.events.drain().events {
                if case .downloadEnded(let download) = recorded.event { facts.append(download) }
            }
            if facts.count < count { usleep(10_000) }
        }
        return facts
    }
}

/// Runs `body` on a thread of its own, which the caller waits for with the function that it gets.
func onThread(_ body: @escaping @Sendable () -> Void) -> () -> Void {
    final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { argument in
            argument.map { Unmanaged<Work>.fromOpaque($0).takeRetainedValue().body() }
            return nil
        }, Unmanaged.passRetained(Work(body)).toOpaque())
    return { pthread_join(thread, nil) }
}

func onAddress(
    _ address: IPAddress, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    guard let ipv4 = address.ipv4 else {
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        name.sin6_scope_id = address.zone
        name.sin6_addr = unsafeBitCast((address.high.bigEndian, address.low.bigEndian), to: in6_addr.self)
        return onName(name, body)
    }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = ipv4.value.bigEndian
    return onName(name, body)
}

private func onName<Name>(_ name: Name, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    withUnsafePointer(to: name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Name>.size)) }
    }
}

func portOf(_ socket: Int32) -> UInt16 {
    var name = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
    }
    return UInt16(bigEndian: name.sin_port)
}
