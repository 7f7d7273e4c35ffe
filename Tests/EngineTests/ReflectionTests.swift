import Exchange
import Glibc
import LinuxIO
import Testing
import Wire

@testable import TFTPEngine

/// Asks from any address of loopback, and hears what is sent there.
private final class Forger {
    private let server: IPEndpoint
    private let socket: DatagramSocket
    private var outgoing = SendBatch()
    private var incoming = ReceiveBatch()
    /// Octets of UDP payload.
    private(set) var sent = 0
    private(set) var received = 0
    /// Answers so far, to all addresses.
    private(set) var answers = 0

    init(server: IPEndpoint) throws {
        self.server = server
        socket = try DatagramSocket(
            local: IPEndpoint(address: IPAddress(IPv4Address(0)), port: 0), receiveBuffer: 1 << 20)
    }

    static func address(_ number: Int) -> IPAddress { IPAddress(IPv4Address(0x7F02_0000 + UInt32(number))) }

    /// Asks in the name of an address, and waits until a counter says that the request was looked at.
    func ask(as number: Int, _ request: [UInt8], _ counters: EngineCounters) throws {
        func seen() -> Int { counters[.tftpStarted] + counters[.tftpIgnored] }
        let before = seen()
        say(request, as: number, to: server)
        sent += request.count
        for _ in 0..<50_000 where seen() == before { usleep(100) }
        try hear { _, _ in }
    }

    func say(_ octets: [UInt8], as number: Int, to endpoint: IPEndpoint) {
        outgoing.begin(to: endpoint, from: SendBatch.Origin(address: Self.address(number), interface: 0))
        outgoing.addCopy(octets)
        outgoing.end()
        outgoing.flush(on: socket) { _, _ in }
    }

    /// Takes all that has come.
    func hear(_ told: (_ first: [UInt8], _ source: IPEndpoint) -> Void) throws {
        var more = true
        while more {
            more = try incoming.receive(from: socket.descriptor)
            for index in 0..<incoming.count {
                let octets = incoming.payload(index).array
                received += octets.count
                answers += 1
                told(Array(octets.prefix(4)), incoming.source(index))
            }
        }
    }

    /// Waits for the next answer that begins like this, five seconds at most.
    func next(_ wanted: [UInt8]) throws -> (first: [UInt8], source: IPEndpoint)? {
        var heard: (first: [UInt8], source: IPEndpoint)?
        for _ in 0..<50_000 where heard == nil {
            try hear { if $0 == wanted { heard = ($0, $1) } }
            if heard == nil { usleep(100) }
        }
        return heard
    }
}

@Suite("TFTP worker and forged addresses", .serialized)
struct ReflectionTests {
    private static func fixture() throws -> WorkerFixture {
        var limits = TFTPLimits.small
        limits.requestsPerSource = 100_000
        limits.transfersPerSource = 100_000
        let fixture = try WorkerFixture(limits: limits)
        try fixture.write("f", [UInt8](repeating: 1, count: 5000))
        try fixture.write("short", [UInt8](repeating: 1, count: 100))
        return fixture
    }

    @Test(
        "T127 those who never acknowledge are sent what they sent, and the allowance; who asks with options is always answered"
    )
    func reflection() throws {
        let fixture = try Self.fixture()
        defer { fixture.stop() }
        let counters = fixture.context.counters
        let begun = Clock.now
        let forger = try Forger(server: fixture.server)
        var asked = 0
        while asked < 5000, counters[.tftpIgnored] < 20 {
            try forger.ask(as: asked, PlainClient.request("f"), counters)
            asked += 1
        }
        // Timers that repeat have their time, too.
        usleep(1_500_000)
        try forger.hear { _, _ in }
        let seconds = Double((Clock.now - begun).nanoseconds) / 1e9
        let allowance = Double(UnprovenBudget.atOnce) + seconds * Double(UnprovenBudget.perSecond)
        #expect(counters[.tftpIgnored] >= 20)
        #expect(forger.answers > 450)
        #expect(Double(forger.received) <= Double(forger.sent) + allowance)
        let real = PlainClient(server: fixture.server)
        defer { real.close() }
        real.send(PlainClient.request("f", [("blksize", 1024)]), to: fixture.server)
        #expect(real.receive()?.bytes.prefix(2) == [0, 6])
    }

    @Test(
        "T127 what a client answers gives back what was lent to it: two thousand without options wait for nobody",
        arguments: [[0, 4, 0, 1], [0, 5, 0, 8, 0]] as [[UInt8]])
    func real(answer: [UInt8]) throws {
        let fixture = try Self.fixture()
        defer { fixture.stop() }
        let forger = try Forger(server: fixture.server)
        for number in 0..<2000 {
            forger.say(PlainClient.request("f"), as: number, to: fixture.server)
            // The second block of the client before may come still.
            let heard = try #require(try forger.next([0, 3, 0, 1]), "client \(number) hears nothing")
            forger.say(answer, as: number, to: heard.source)
            forger.say([0, 5, 0, 0, 0], as: number, to: heard.source)
        }
        #expect(fixture.context.counters[.tftpIgnored] == 0)
    }

    @Test("T127 one forged address borrows sixteen answers; others are answered as before")
    func oneAddress() throws {
        let fixture = try Self.fixture()
        defer { fixture.stop() }
        let counters = fixture.context.counters
        let victims = try (0..<40).map { _ in try Forger(server: fixture.server) }
        let begun = Clock.now
        // One is forgiven each second.
        func forgiven() -> Int { Int((Clock.now - begun).nanoseconds / 1_000_000_000) }
        for victim in victims { try victim.ask(as: 1, PlainClient.request("f"), counters) }
        #expect((16...16 + forgiven()).contains(counters[.tftpStarted]))
        #expect(counters[.tftpStarted] + counters[.tftpIgnored] == 40)
        // Another file ends the transfer before, and pays for nothing.
        let greedy = try Forger(server: fixture.server)
        let asked = ["f", "short", "f", "short", "f", "short", "f", "short", "f", "short"]
        for name in asked + asked + asked { try greedy.ask(as: 3, PlainClient.request(name), counters) }
        #expect(counters[.tftpStarted] <= 16 + 16 + 2 * forgiven() + 3)
        let started = counters[.tftpStarted]
        let other = try Forger(server: fixture.server)
        try other.ask(as: 2, PlainClient.request("f"), counters)
        #expect(counters[.tftpStarted] == started + 1)
    }
}
