import BootPolicy
import Exchange
import Glibc
import HTTPEngine
import LinuxIO
import Testing
import Wire

@Suite("how much of the house one client may have")
struct BoundsTests {
    private static func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
        var limits = HTTPLimits()
        change(&limits)
        return limits
    }

    /// More than all socket buffers of a loopback connection together.
    private static let large = 64 << 20

    @Test("who rests makes room for who comes, the longest first")
    func crowdedOut() throws {
        try Stand.run(Self.limits { $0.connections = 3 }) { stand in
            stand.folder.write("a", [1])
            let resting = try (0..<3).map { _ in try stand.connect() }
            // The first is at the end the last that came to rest. What is told of a response is told by one that rests.
            for client in resting + resting.prefix(1) {
                #expect(try client.ask("GET", "/a").body == [1])
                #expect(stand.ended().count == 1)
            }
            let newcomer = try stand.connect()
            #expect(try newcomer.ask("GET", "/a").body == [1])
            #expect(resting[1].receive() == 0)
            #expect(try resting[0].ask("GET", "/a").body == [1])
            #expect(try resting[2].ask("GET", "/a").body == [1])
            #expect(stand.context.counters[.httpCrowdedOut] == 1)
        }
    }

    @Test("half a request is no work: it makes room as well")
    func halfRequestsCrowdedOut() throws {
        try Stand.run(Self.limits { $0.connections = 20 }) { stand in
            stand.folder.write("a", [1])
            let half = try (0..<100).map { _ in try stand.connect() }
            for client in half { client.send("GET /a HT") }
            for _ in 0..<50 { #expect(try stand.connect().ask("GET", "/a").body == [1]) }
            #expect(stand.context.counters[.httpCrowdedOut] >= 80)
            #expect(stand.context.counters[.httpQueued] == 0)
        }
    }

    @Test("who is being served does not, and then new ones wait their turn")
    func full() throws {
        try Stand.run(Self.limits { $0.connections = 2 }) { stand in
            stand.folder.write("a", [1])
            stand.folder.setSize("large", Self.large)
            let busy = try (0..<2).map { _ in
                let client = try stand.connect(receiveBuffer: 65_536)
                client.request("GET", "/large", ["Connection: close"])
                #expect(try client.readHead().status == 200)
                return client
            }
            let waiting = try stand.connect()
            waiting.request("GET", "/a")
            #expect(!waiting.hears(within: 300))
            #expect(stand.context.counters[.httpQueued] > 0)
            #expect(busy[0].drain() == Self.large)
            #expect(try waiting.read().body == [1])
            // It rests now, so that nobody waits for the other one.
            #expect(try stand.connect().ask("GET", "/a").body == [1])
            #expect(busy[1].drain() == Self.large)
        }
    }

    @Test("one address has its share, and others have theirs")
    func ofOneAddress() throws {
        try Stand.run(Self.limits { $0.connectionsPerClient = 2 }) { stand in
            stand.folder.write("a", [1])
            var own: [Client] = []
            for _ in 0..<2 {
                let client = try stand.connect()
                #expect(try client.ask("GET", "/a").body == [1])
                own.append(client)
            }
            #expect(try stand.connect().receive() <= 0)
            #expect(stand.context.counters[.httpTurnedAway] == 1)
            #expect(try stand.connect(from: IPv4Address(127, 0, 0, 9)).ask("GET", "/a").body == [1])
            own.removeLast()
            var hasRoom = false
            for _ in 0..<100 where !hasRoom {
                let client = try stand.connect()
                client.request("GET", "/a")
                hasRoom = client.receive() > 0
                if !hasRoom { usleep(50_000) }
            }
            #expect(hasRoom)
        }
    }

    @Test("the fields of a request must not take long, however steadily they come")
    func slowHeads() throws {
        let limits = Self.limits {
            $0.headTime = .milliseconds(400)
            $0.idleTime = .seconds(30)
        }
        try Stand.run(limits) { stand in
            stand.folder.write("a", [1])
            let resting = try stand.connect()
            #expect(try resting.ask("GET", "/a").body == [1])
            let dribbling = try stand.connect()
            #expect(try dribbling.ask("GET", "/a").body == [1])
            for letter in "GET /a HTTP/1.1\r\nX: yyyyyyyyyyyyyyyyy" where !dribbling.hears(within: 25) {
                dribbling.send(String(letter))
            }
            #expect(dribbling.receive() <= 0)
            #expect(stand.context.counters[.httpSlowRequests] == 1)
            // Resting is no offence.
            #expect(try resting.ask("GET", "/a").body == [1])
        }
    }

    @Test("each kind of silence is counted as what it is")
    func silence() throws {
        try Stand.run(Self.limits { $0.idleTime = .milliseconds(400) }) { stand in
            stand.folder.setSize("large", Self.large)
            let silent = try stand.connect()
            let full = try stand.connect(receiveBuffer: 4096)
            full.request("GET", "/large")
            #expect(silent.receive() == 0)
            #expect(stand.ended().first?.isComplete == false)
            #expect(stand.context.counters[.httpSilent] == 1)
            #expect(stand.context.counters[.httpSlowReaders] == 1)
        }
    }
}
