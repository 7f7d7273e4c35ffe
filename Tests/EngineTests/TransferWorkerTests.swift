import Assets
import BootPolicy
import Exchange
import Foundation
import Glibc
import LinuxIO
import Testing
import Wire

@testable import TFTPEngine

extension IPAddress {
    static let ourselves = IPAddress(IPv4Address(127, 0, 0, 1))
    static let ourselvesIPv6 = IPAddress(high: 0, low: 1)
}

extension TFTPLimits {
    static var small: TFTPLimits {
        var limits = TFTPLimits()
        limits.sessionsPerWorker = 64
        return limits
    }
}

/// A worker on loopback with a root of its own, and a client that speaks just enough TFTP.
final class WorkerFixture {
    let directory: String
    let context: EngineContext
    let server: IPEndpoint
    private let wakes: [WakeUp]
    private let threads: [EngineThread]
    private let loader: ContentLoader

    /// - Parameters:
    ///   - root: what to serve, if not the directory of its own.
    ///   - slowDisk: see `AssetStore`.
    init(
        mode: ServiceMode = .armed, root: String? = nil, limits: TFTPLimits = .small, ports: TransferPorts = .any,
        listen: IPAddress = .ourselves, workers: Int = 1, slowDisk: (@Sendable () -> Void)? = nil
    ) throws {
        var template = Array("/tmp/pilotfish-test-XXXXXX".utf8CString)
        directory = String(
            decoding: (mkdtemp(&template) != nil ? template : []).prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        try #require(!directory.isEmpty)
        var catalog = Catalog()
        catalog.mode = mode
        context = EngineContext(
            catalog: PublishedCatalog(catalog), events: EventRing(clock: { 0 }, wake: {}),
            memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal(),
            flight: FlightRecorder(octets: 1 << 20))
        // Left to the kernel, sockets that may share their port (SO_REUSEPORT) could get one of another test's.
        let free = try DatagramSocket(local: IPEndpoint(address: listen, port: 0)).local.port
        let first = try TFTPSockets(listen: [IPEndpoint(address: listen, port: free)], ports: ports)
        let ourselves = listen.family == .ipv4 ? IPAddress.ourselves : .ourselvesIPv6
        server = IPEndpoint(address: ourselves, port: first.local[0].port)
        loader = try ContentLoader(imageOctets: 16 << 20, stop: context.stop)
        let assets = AssetStore(root: ServedRoot(try RootDirectory(path: root ?? directory)), slowDisk: slowDisk)
        var wakes: [WakeUp] = []
        var threads: [EngineThread] = []
        for number in 0..<workers {
            let sockets = number == 0 ? first : try TFTPSockets(listen: first.local, ports: ports)
            wakes.append(try WakeUp())
            threads.append(
                try TransferWorker.start(
                    number, sockets: sockets, assets: assets, context: context, limits: limits, loader: loader,
                    wake: wakes[number]))
        }
        self.wakes = wakes
        self.threads = threads
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = try #require(fopen(directory + "/" + name, "w"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    func stop() {
        context.stop.raise()
        for wake in wakes { wake.signal() }
        for thread in threads { thread.join() }
        loader.join()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Waits until a counter says so; false after five seconds.
    func reaches(_ counter: Counter, _ value: Int) -> Bool {
        for _ in 0..<5000 where context.counters[counter] < value { usleep(1000) }
        return context.counters[counter] == value
    }
}

/// A blocking client: asks, acknowledges whole windows, gives back the octets.
struct PlainClient {
    let socket: Int32
    let server: IPEndpoint

    /// - Parameter address: where it speaks from, if not from where the kernel likes.
    init(server: IPEndpoint, from address: IPAddress? = nil) {
        let domain = server.address.family == .ipv4 ? AF_INET : AF_INET6
        socket = Glibc.socket(domain, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        self.server = server
        guard let address else { return }
        Self.with(IPEndpoint(address: address, port: 0)) { _ = bind(socket, $0, $1) }
    }

    /// The kernel's form of an endpoint, by the C library's own reading of its text.
    private static func with(_ endpoint: IPEndpoint, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Void) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo("\(endpoint.address)", "\(endpoint.port)", &hints, &list) == 0, let first = list else {
            return
        }
        body(first.pointee.ai_addr, first.pointee.ai_addrlen)
        freeaddrinfo(list)
    }

    func close() { Glibc.close(socket) }

    func send(_ bytes: [UInt8], to endpoint: IPEndpoint) {
        Self.with(endpoint) { _ = sendto(socket, bytes, bytes.count, 0, $0, $1) }
    }

    /// Whether nothing comes for so long.
    func hearsNothing(milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, milliseconds) == 0
    }

    /// The next datagram and where it came from; nil after five seconds of silence.
    func receive() -> (bytes: [UInt8], source: IPEndpoint)? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let size = buffer.count
        let count = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(socket, &buffer, size, 0, $0, &length)
            }
        }
        guard count >= 0, let source = Self.endpoint(address, length) else { return nil }
        return (Array(buffer.prefix(count)), source)
    }

    private static func endpoint(_ address: sockaddr_storage, _ length: socklen_t) -> IPEndpoint? {
        var address = address
        var host = [CChar](repeating: 0, count: 100)
        var port = [CChar](repeating: 0, count: 10)
        let isRead = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getnameinfo($0, length, &host, 100, &port, 10, NI_NUMERICHOST | NI_NUMERICSERV) == 0
            }
        }
        func text(_ octets: [CChar]) -> String {
            String(decoding: octets.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        }
        // The C library writes a zone by its interface's name.
        let words = text(host).split(separator: "%").map(String.init)
        let zone = words.count == 2 ? "%\(if_nametoindex(words[1]))" : ""
        guard isRead, let first = words.first, let source = IPAddress(first + zone), let number = UInt16(text(port))
        else { return nil }
        return IPEndpoint(address: source, port: number)
    }

    static func request(_ name: String, mode: String = "octet", _ options: [(String, Int)] = []) -> [UInt8] {
        let parts = [name, mode] + options.flatMap { [$0, "\($1)"] }
        return [0, 1] + parts.flatMap { Array($0.utf8) + [0] }
    }

    /// Fetches a whole file; nil on silence, or the ERROR packet.
    func fetch(
        _ name: String, mode: String = "octet", blockSize: Int = 512, window: Int = 1, rollover: Rollover = .toZero,
        options: [(String, Int)]
    ) -> [UInt8]? {
        // Of a fetch before this one, to which the server was told the same twice.
        while !hearsNothing(milliseconds: 0) { _ = receive() }
        send(Self.request(name, mode: mode, options), to: server)
        var content: [UInt8] = []
        var next: UInt16 = 1
        var inWindow = 0
        while let (bytes, source) = receive() {
            switch bytes[1] {
            case 6:
                send([0, 4, 0, 0], to: source)
            case 3:
                let number = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
                guard number == next else { continue }
                content += bytes.dropFirst(4)
                next = next == 65_535 && rollover == .toOne ? 1 : next &+ 1
                inWindow += 1
                let isLast = bytes.count - 4 < blockSize
                if isLast || inWindow == window {
                    send([0, 4, bytes[2], bytes[3]], to: source)
                    inWindow = 0
                }
                if isLast { return content }
            default: return bytes
            }
        }
        return nil
    }
}

@Suite("Transfer worker", .serialized)
struct TransferWorkerTests {
    @Test(
        "T64, T65, T66, T112 every octet arrives, whatever block, window and size",
        arguments: [(512, 1), (1428, 1), (1468, 4), (1428, 16), (1428, 64), (8, 64), (512, 64)],
        [0, 1, 511, 512, 513, 1428 * 7, 300_000])
    func fetches(shape: (block: Int, window: Int), size: Int) throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        var generator = SeededGenerator(state: UInt64(size + 1))
        let size = shape.block == 8 ? min(size, 20_000) : size
        let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try fixture.write("f", bytes)
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        let options = [("blksize", shape.block), ("windowsize", shape.window)]
        // The first from the file itself, later ones from its image.
        for _ in 0..<3 {
            let got = client.fetch("f", blockSize: shape.block, window: shape.window, options: options)
            #expect(got == bytes)
        }
    }

    @Test("who asks hears how far each transfer is, of all workers")
    func tellsProgress() throws {
        let fixture = try WorkerFixture(workers: 2)
        defer { fixture.stop() }
        try fixture.write("f", [UInt8](repeating: 7, count: 10_000))
        let clients = (0..<8).map { _ in PlainClient(server: fixture.server) }
        defer { for client in clients { client.close() } }
        for client in clients {
            client.send(PlainClient.request("f", [("blksize", 1000)]), to: fixture.server)
            let (_, source) = try #require(client.receive())
            client.send([0, 4, 0, 0], to: source)
            _ = try #require(client.receive())
            client.send([0, 4, 0, 1], to: source)
            _ = try #require(client.receive())
        }
        fixture.context.transfers.ask()
        var heard: [TransferProgress]?
        for _ in 0..<1000 where heard == nil {
            usleep(1000)
            heard = fixture.context.transfers.answers()
        }
        let all = try #require(heard)
        #expect(all.count == 8)
        #expect(Set(all.map(\.facts.client)).count == 8)
        #expect(all.allSatisfy { $0.facts.name == "f" && $0.facts.blockSize == 1000 && $0.bytes == 1000 })
    }

    @Test("T146 packets of a transfer that an earlier process ran: one ERROR 5 for each client")
    func strangers() throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        try fixture.write("f", [1, 2, 3])
        let client = PlainClient(server: fixture.server)
        let strangers = [PlainClient(server: fixture.server), PlainClient(server: fixture.server)]
        defer { for client in strangers + [client] { client.close() } }
        client.send(PlainClient.request("f"), to: fixture.server)
        let (_, port) = try #require(client.receive())
        for stranger in strangers {
            for block in 1...3 as ClosedRange<UInt8> { stranger.send([0, 4, 0, block], to: port) }
            #expect(stranger.receive()?.bytes.prefix(4) == [0, 5, 0, 5])
        }
        #expect(strangers.allSatisfy { $0.hearsNothing(milliseconds: 100) })
    }

    @Test("T113 no faster than the link, inside a window as well", arguments: [1, 64])
    func paced(window: Int) throws {
        var limits = TFTPLimits.small
        limits.link = LinkPace(octetsPerSecond: 1_000_000)
        let fixture = try WorkerFixture(limits: limits)
        defer { fixture.stop() }
        let bytes = [UInt8](repeating: 7, count: 300_000)
        try fixture.write("f", bytes)
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        let start = Clock.now
        let got = client.fetch(
            "f", blockSize: 1428, window: window, options: [("blksize", 1428), ("windowsize", window)])
        #expect(got == bytes)
        // 300,000 octets and 86 of overhead a packet, less what may wait in the host.
        #expect(Clock.now - start >= .milliseconds(310))
    }

    @Test("T34, T35, T36 a missing file gets error 1, a path out of the root error 2, a write request error 2")
    func refuses() throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        #expect(client.fetch("nothing", options: [])?.prefix(4) == [0, 5, 0, 1])
        #expect(client.fetch("../etc/passwd", options: [])?.prefix(4) == [0, 5, 0, 2])
        client.send([0, 2] + PlainClient.request("f").dropFirst(2), to: fixture.server)
        #expect(client.receive()?.bytes.prefix(4) == [0, 5, 0, 2])
    }

    @Test("C134 each name that PXELINUX tries and that is not there gets error 1 at once")
    func misses() throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        let address = (1...8).reversed().map { String("C000024D".prefix($0)) }
        let names = ["b8945908-d6a6-41a9-611d-74a6ab80b83d", "01-88-99-aa-bb-cc-dd"] + address
        for name in names {
            let start = Clock.now
            #expect(client.fetch("pxelinux.cfg/\(name)", options: [])?.prefix(4) == [0, 5, 0, 1])
            // A client that hears nothing waits a second at least before it asks again.
            #expect(Clock.now - start < .milliseconds(900))
        }
        // The last is made up where it is not there.
        #expect(client.fetch("pxelinux.cfg/default", options: [])?.starts(with: "DEFAULT boot\n".utf8) == true)
    }

    @Test(
        "T37, C135 slashes of every kind lead to the file, C136 so does a name with an end mark behind it",
        arguments: [
            Array("//grub/grub.cfg-01-52-54".utf8), Array("\\grub\\grub.cfg-01-52-54".utf8),
            Array("grub/./grub.cfg-01-52-54".utf8), Array("grub/grub.cfg-01-52-54".utf8) + [0xFF],
        ])
    func spellings(name: [UInt8]) throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        mkdir(fixture.directory + "/grub", 0o755)
        try fixture.write("grub/grub.cfg-01-52-54", [1, 2, 3])
        client.send([0, 1] + name + [0] + Array("octet".utf8) + [0], to: fixture.server)
        let (bytes, source) = try #require(client.receive())
        #expect(bytes == [0, 3, 0, 1, 1, 2, 3])
        client.send([0, 4, 0, 1], to: source)
    }

    @Test("T47 the same request again gets the same answer from the same port, and is one transfer")
    func repeats() throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        try fixture.write("f", [1, 2, 3])
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        let request = PlainClient.request("f", [("tsize", 0)])
        client.send(request, to: fixture.server)
        let first = try #require(client.receive())
        usleep(250_000)
        client.send(request, to: fixture.server)
        let second = try #require(client.receive())
        #expect(first == second)
        #expect(fixture.context.counters[.tftpStarted] == 1)
    }

    @Test("T114 a transfer from a wrong port gets error 5 and the right one goes on")
    func wrongPort() throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        try fixture.write("f", [UInt8](repeating: 7, count: 600))
        let client = PlainClient(server: fixture.server)
        let stranger = PlainClient(server: fixture.server)
        defer {
            client.close()
            stranger.close()
        }
        client.send(PlainClient.request("f"), to: fixture.server)
        let first = try #require(client.receive())
        stranger.send([0, 4, 0, 1], to: first.source)
        #expect(stranger.receive()?.bytes.prefix(4) == [0, 5, 0, 5])
        client.send([0, 4, 0, 1], to: first.source)
        #expect(client.receive()?.bytes.count == 4 + 88)
    }

    @Test("T131 a file cut short under a transfer ends it with an error")
    func fileShrinks() throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        try fixture.write("big", [UInt8](repeating: 9, count: 100_000))
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        client.send(PlainClient.request("big", [("blksize", 1428)]), to: fixture.server)
        let offer = try #require(client.receive())
        #expect(truncate(fixture.directory + "/big", 0) == 0)
        client.send([0, 4, 0, 0], to: offer.source)
        #expect(client.receive()?.bytes.prefix(4) == [0, 5, 0, 0])
        #expect(fixture.context.counters[.tftpFailed] == 1)
    }

    @Test(
        "T10 blocks fill the interface's packets, and no more than the setting says",
        arguments: [(nil, 65_464), (1468, 1468), (512, 512)] as [(Int?, Int)])
    func blockSizes(setting: Int?, granted: Int) throws {
        var limits = TFTPLimits.small
        limits.maxBlockSize = setting
        let fixture = try WorkerFixture(limits: limits)
        defer { fixture.stop() }
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 * 13) }
        try fixture.write("f", bytes)
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        // Loopback has packets of 65,536 octets.
        let got = client.fetch(
            "f", blockSize: granted, window: 4, options: [("blksize", 65_464), ("windowsize", 4)])
        #expect(got == bytes)
    }

    @Test("T147 single-port mode: all from the listening port")
    func singlePort() throws {
        let fixture = try WorkerFixture(ports: .listening)
        defer { fixture.stop() }
        let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        try fixture.write("f", bytes)
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        #expect(
            client.fetch("f", blockSize: 1024, window: 8, options: [("blksize", 1024), ("windowsize", 8)]) == bytes)
        client.send(PlainClient.request("f"), to: fixture.server)
        let first = try #require(client.receive())
        #expect(first.source == fixture.server)
        // Another file from the same port, before the first has ended.
        client.send(PlainClient.request("f", [("tsize", 0)]), to: fixture.server)
        #expect(client.receive()?.bytes == [0, 6] + "tsize\0".utf8 + "50000\0".utf8)
        // An ACK of nobody's gets silence, and a request from the same port right behind it is served.
        let stranger = PlainClient(server: fixture.server)
        defer { stranger.close() }
        stranger.send([0, 4, 0, 1], to: fixture.server)
        stranger.send(PlainClient.request("f"), to: fixture.server)
        #expect(stranger.receive()?.bytes.prefix(4) == [0, 3, 0, 1])
    }

    @Test("T148 transfers run from the ports of the range, whatever is taken of them")
    func portRange() throws {
        let address = IPAddress.ourselves
        let taken = try DatagramSocket(local: IPEndpoint(address: address, port: 0))
        let range = taken.local.port...(taken.local.port &+ 20)
        try #require(range.upperBound > range.lowerBound)
        let fixture = try WorkerFixture(ports: .range(range))
        defer { fixture.stop() }
        try fixture.write("f", [1, 2, 3])
        for _ in 0..<20 {
            let client = PlainClient(server: fixture.server)
            client.send(PlainClient.request("f"), to: fixture.server)
            let (bytes, source) = try #require(client.receive())
            #expect(range.contains(source.port) && source.port != taken.local.port)
            client.send([0, 4] + bytes[2..<4], to: source)
            client.close()
        }
        // A range that is all taken says so.
        #expect(throws: SystemError.self) {
            try TFTPSockets(
                listen: [IPEndpoint(address: address, port: 0)], ports: .range(taken.local.port...taken.local.port))
        }
    }

    @Test("T40 who is not among the clients gets silence")
    func foreignNetwork() throws {
        var limits = TFTPLimits.small
        limits.clients = [IPNetwork(address: IPAddress(IPv4Address(10, 0, 0, 0)), prefixLength: 8)]
        let fixture = try WorkerFixture(limits: limits)
        defer { fixture.stop() }
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        client.send(PlainClient.request("nothing"), to: fixture.server)
        while fixture.context.counters[.tftpIgnored] < 1 { usleep(1000) }
        #expect(fixture.context.counters[.tftpRefused] == 0)
    }

    @Test("T126 one source has so many transfers and no more; others are served")
    func perSource() throws {
        var limits = TFTPLimits.small
        limits.transfersPerSource = 3
        let fixture = try WorkerFixture(limits: limits)
        defer { fixture.stop() }
        try fixture.write("f", [UInt8](repeating: 1, count: 5000))
        let clients = (0..<5).map { _ in PlainClient(server: fixture.server) }
        defer { for client in clients { client.close() } }
        for (number, client) in clients.enumerated() {
            client.send(PlainClient.request("f"), to: fixture.server)
            #expect(client.receive()?.bytes.prefix(2) == (number < 3 ? [0, 3] : [0, 5]))
        }
    }

    @Test("T125 half-open transfers make room for new ones, oldest first, and none that was heard goes")
    func halfOpen() throws {
        var limits = TFTPLimits.small
        limits.transfersPerSource = 1000
        let fixture = try WorkerFixture(limits: limits)
        defer { fixture.stop() }
        try fixture.write("f", [UInt8](repeating: 1, count: 5000))
        let real = PlainClient(server: fixture.server)
        defer { real.close() }
        real.send(PlainClient.request("f"), to: fixture.server)
        let first = try #require(real.receive())
        real.send([0, 4, 0, 1], to: first.source)
        #expect(real.receive()?.bytes.prefix(4) == [0, 3, 0, 2])
        // There are 64 slots. All stay open, for a port that comes again is the same client, and its request a repetition.
        let forged = (0..<150).map {
            PlainClient(server: fixture.server, from: IPAddress(IPv4Address(127, 0, 1, UInt8($0))))
        }
        defer { for client in forged { client.close() } }
        for client in forged {
            client.send(PlainClient.request("f"), to: fixture.server)
            #expect(client.receive()?.bytes.prefix(4) == [0, 3, 0, 1])
        }
        #expect(fixture.context.counters[.tftpRefused] == 0)
        #expect(fixture.context.counters[.tftpFailed] == 151 - 64)
        real.send([0, 4, 0, 2], to: first.source)
        #expect(real.receive()?.bytes.prefix(4) == [0, 3, 0, 3])
    }

    @Test("T121 the kernel says that nobody listens any more: the transfer ends at once")
    func unreachable() throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        try fixture.write("f", [UInt8](repeating: 1, count: 5000))
        let client = PlainClient(server: fixture.server)
        client.send(PlainClient.request("f"), to: fixture.server)
        let first = try #require(client.receive())
        client.send([0, 4, 0, 1], to: first.source)
        client.close()
        let start = Clock.now
        while fixture.context.counters[.tftpFailed] < 1, Clock.now - start < .seconds(3) { usleep(1000) }
        #expect(fixture.context.counters[.tftpFailed] == 1)
    }

    @Test("observing sends nothing at all")
    func observes() throws {
        let fixture = try WorkerFixture(mode: .observe)
        defer { fixture.stop() }
        try fixture.write("f", [1])
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        client.send(PlainClient.request("f"), to: fixture.server)
        client.send(PlainClient.request("nothing"), to: fixture.server)
        while fixture.context.counters[.tftpIgnored] < 2 { usleep(1000) }
        #expect(fixture.context.counters[.tftpRefused] == 0)
        #expect(fixture.context.counters[.tftpStarted] == 0)
    }

    @Test("T145 stopping tells a client in the middle of a transfer")
    func stops() throws {
        let fixture = try WorkerFixture()
        try fixture.write("f", [UInt8](repeating: 1, count: 5000))
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        client.send(PlainClient.request("f"), to: fixture.server)
        #expect(client.receive()?.bytes.count == 516)
        fixture.stop()
        #expect(client.receive()?.bytes.prefix(4) == [0, 5, 0, 0])
    }
}
