import Assets
import BootPolicy
import Exchange
import Glibc
import HTTPEngine
import LinuxIO
import Testing
import Wire

@Suite("bad clients, bad files, and the end")
struct EnduranceTests {
    /// More than all socket buffers of a loopback connection together.
    private static let large = 64 << 20
    /// For ends that wait for all of it, also where everything is slow.
    private static var patient: HTTPLimits {
        var limits = HTTPLimits()
        limits.stopTime = .seconds(60)
        return limits
    }

    @Test("a hundred downloads at once")
    func crowd() throws {
        try Stand.run { stand in
            let octets = pattern(1_500_000)
            stand.folder.write("a", octets)
            let clients = try (0..<100).map { _ in try stand.connect() }
            for client in clients { client.request("GET", "/a") }
            for client in clients { #expect(try client.read().body == octets) }
            let facts = stand.ended(100)
            #expect(facts.count == 100 && facts.allSatisfy { $0.isComplete && $0.bytes == 1_500_000 })
            #expect(stand.context.counters[.httpBytes] == 150_000_000)
        }
    }

    @Test("a client that leaves in the middle")
    func leaver() throws {
        try Stand.run { stand in
            stand.folder.setSize("large", Self.large)
            do {
                let client = try stand.connect()
                client.request("GET", "/large")
                #expect(try client.readHead().status == 200)
                client.receive()
            }
            let facts = try #require(stand.ended().first)
            #expect(!facts.isComplete && facts.bytes < Int64(Self.large) && facts.status == 200)
            #expect(stand.context.counters[.httpFailed] == 1)
        }
    }

    @Test("a slow reader blocks nobody, and one that reads nothing is closed")
    func slowReaders() throws {
        var limits = HTTPLimits()
        limits.idleTime = .seconds(1)
        try Stand.run(limits) { stand in
            stand.folder.setSize("large", Self.large)
            stand.folder.write("a", pattern(2_000_000))
            let slow = try (0..<8).map { _ in try stand.connect(receiveBuffer: 4096) }
            for client in slow { client.request("GET", "/large") }
            for _ in 0..<8 { #expect(try stand.connect().ask("GET", "/a").body == pattern(2_000_000)) }
            let left = stand.ended(16).filter { $0.path == "/large" }
            #expect(left.count == 8 && left.allSatisfy { !$0.isComplete && $0.bytes > 0 })
        }
    }

    @Test("a slow reader that goes on reading is not closed")
    func patientReader() throws {
        var limits = HTTPLimits()
        limits.idleTime = .seconds(2)
        try Stand.run(limits) { stand in
            stand.folder.setSize("large", Self.large)
            let client = try stand.connect(receiveBuffer: 65_536)
            client.request("GET", "/large", ["Range: bytes=0-33554431"])
            #expect(try client.readHead().status == 206)
            for _ in 0..<120 {
                try #require(client.receive() > 0)
                usleep(25_000)
            }
            #expect(stand.context.counters[.httpBytes] < 33_554_432, "too fast for the test to mean anything")
            #expect(client.drain() == 33_554_432)
            #expect(stand.ended().first?.isComplete == true)
        }
    }

    @Test("half a request is no reason to stay, nor is silence")
    func idlers() throws {
        var limits = HTTPLimits()
        limits.idleTime = .milliseconds(400)
        try Stand.run(limits) { stand in
            let silent = try stand.connect()
            let dribbling = try stand.connect()
            for letter in "GET /a HTTP/1.1\r\nX: y" {
                dribbling.send(String(letter))
                usleep(50_000)
            }
            #expect(silent.receive() == 0)
            #expect(dribbling.receive() <= 0)
        }
    }

    @Test("a file that shrinks ends its downloads, not the engine")
    func shrinking() throws {
        try Stand.run { stand in
            stand.folder.setSize("large", Self.large)
            stand.folder.write("a", [1])
            let client = try stand.connect(receiveBuffer: 65_536)
            client.request("GET", "/large")
            #expect(try client.readHead().status == 200)
            stand.folder.setSize("large", 1000)
            #expect(client.drain() < Self.large)
            let facts = try #require(stand.ended().first)
            #expect(!facts.isComplete)
            #expect(try stand.connect().ask("GET", "/a").body == [1])
            #expect(try stand.connect().ask("GET", "/large").body.count == 1000)
        }
    }

    @Test("stop lets a download finish")
    func gracefulStop() throws {
        let stand = try Stand(Self.patient)
        stand.folder.setSize("large", Self.large)
        let idle = try stand.connect()
        let client = try stand.connect(receiveBuffer: 65_536)
        client.request("GET", "/large")
        #expect(try client.readHead().status == 200)
        let wait = onThread { stand.engine.stop() }
        #expect(idle.receive() == 0)
        #expect(client.drain() == Self.large)
        wait()
        #expect(stand.ended().first?.isComplete == true)
        let latecomer = OwnedDescriptor(socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        #expect(onAddress(IPAddress(IPv4Address(127, 0, 0, 1)), stand.port) { connect(latecomer.number, $0, $1) } == -1)
    }

    @Test("stop does not mind half a request, nor one behind another")
    func stopWithRequests() throws {
        let stand = try Stand(Self.patient)
        stand.folder.setSize("large", Self.large)
        let half = try (0..<20).map { _ in try stand.connect() }
        for client in half { client.send("GET /large HTT") }
        let busy = try stand.connect(receiveBuffer: 65_536)
        busy.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\nGET /large HTTP/1.1\r\nHost: h\r\n\r\nGET /lar")
        #expect(try busy.readHead().status == 200)
        usleep(200_000)
        let wait = onThread { stand.engine.stop() }
        for client in half { #expect(client.drain() >= 0) }
        #expect(busy.drain() == Self.large)
        wait()
    }

    @Test("stop does not wait for ever")
    func boundedStop() throws {
        var limits = HTTPLimits()
        limits.stopTime = .milliseconds(300)
        let stand = try Stand(limits)
        stand.folder.setSize("large", Self.large)
        let client = try stand.connect()
        client.request("GET", "/large")
        #expect(try client.readHead().status == 200)
        let began = Clock.now
        stand.engine.stop()
        #expect(Clock.now - began < .seconds(3))
        #expect(client.drain() < Self.large)
        #expect(stand.ended().first?.isComplete == false)
    }

    @Test("what cannot listen is an error")
    func badListener() throws {
        try Stand.run { stand in
            let assets = AssetStore(root: ServedRoot(try RootDirectory(path: stand.folder.path)))
            #expect(throws: (any Error).self) {
                _ = try HTTPEngine.start(
                    listeners: [HandOver(OwnedDescriptor(open(stand.folder.path, O_RDONLY)))], assets: assets,
                    context: stand.context, limits: HTTPLimits())
            }
        }
    }
}
