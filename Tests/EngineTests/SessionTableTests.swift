import Testing
import Wire

@testable import TFTPEngine

/// A small generator with a seed, so that a failure can be seen again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

@Suite("Deadline wheel")
struct DeadlineWheelTests {
    private static func at(_ milliseconds: Double) -> Instant {
        Instant(nanoseconds: 1_000_000_000 + Int64(milliseconds * 1_000_000))
    }

    @Test("pops what is due, and nothing else", arguments: [0.0, 0.4, 1, 2, 999, 4095, 4096, 5000, 20_000])
    func popsWhatIsDue(milliseconds: Double) {
        var wheel = DeadlineWheel(capacity: 4, now: Self.at(0))
        wheel.schedule(2, at: Self.at(milliseconds))
        #expect(wheel.popExpired(now: Self.at(milliseconds - 0.2)) == nil)
        #expect(wheel.popExpired(now: Self.at(milliseconds + 1.1)) == 2)
        #expect(wheel.popExpired(now: Self.at(milliseconds + 9999)) == nil)
        #expect(wheel.waitTime(now: Self.at(milliseconds + 9999)) == nil)
    }

    @Test("a deadline moved or taken away does not come at its old time")
    func moves() {
        var wheel = DeadlineWheel(capacity: 4, now: Self.at(0))
        wheel.schedule(0, at: Self.at(5))
        wheel.schedule(1, at: Self.at(5))
        wheel.schedule(0, at: Self.at(50))
        wheel.schedule(1, at: .never)
        #expect(wheel.popExpired(now: Self.at(20)) == nil)
        #expect(wheel.popExpired(now: Self.at(51.5)) == 0)
    }

    @Test("after a year of sleep the first deadline comes at once", .timeLimit(.minutes(1)))
    func sleepsLong() {
        var wheel = DeadlineWheel(capacity: 4, now: Self.at(0))
        wheel.schedule(3, at: Self.at(10))
        let year = 365.0 * 86_400_000
        #expect(wheel.popExpired(now: Self.at(year)) == 3)
        wheel.schedule(1, at: Self.at(year + 20))
        #expect(wheel.popExpired(now: Self.at(year + 5)) == nil)
        #expect(wheel.popExpired(now: Self.at(year + 22)) == 1)
    }

    @Test("agrees with the obvious way over a random hour", arguments: [1, 2, 3] as [UInt64])
    func agreesWithModel(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        var wheel = DeadlineWheel(capacity: 64, now: Self.at(0))
        var model = [Double?](repeating: nil, count: 64)
        var now = 0.0
        for _ in 0..<20_000 {
            let id = Int.random(in: 0..<64, using: &generator)
            let deadline = now + Double.random(in: 0...9000, using: &generator)
            wheel.schedule(id, at: Self.at(deadline))
            model[id] = deadline
            now += Double.random(in: 0...300, using: &generator)
            if let wait = wheel.waitTime(now: Self.at(now)), let earliest = model.compactMap(\.self).min() {
                // Waiting so long must not oversleep the earliest deadline by more than the tick and a half.
                #expect(now + wait.seconds * 1000 <= max(now, earliest) + 1.5)
            }
            while let popped = wheel.popExpired(now: Self.at(now)) {
                #expect((model[popped] ?? .infinity) <= now + 0.001)
                model[popped] = nil
            }
            // Whatever is due by more than a tick must have come.
            #expect(model.compactMap(\.self).allSatisfy { $0 > now - 1.5 })
        }
    }
}

@Suite("Client index")
struct ClientIndexTests {
    @Test("agrees with a dictionary while entries come and go, whatever is spoken", arguments: [7, 8, 9] as [UInt64])
    func agreesWithDictionary(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        var index = ClientIndex(capacity: 256, seed: generator.next())
        var model: [IPEndpoint: Int] = [:]
        var clients = [IPEndpoint?](repeating: nil, count: 256)
        for _ in 0..<50_000 {
            let client = Self.client(&generator)
            if let id = model.removeValue(forKey: client) {
                index.remove(client, id)
                clients[id] = nil
            } else if let id = clients.firstIndex(of: nil) {
                index.insert(client, id)
                (model[client], clients[id]) = (id, client)
            }
            #expect(index.find(client) { clients[$0] == client } == model[client])
        }
        for (client, id) in model { #expect(index.find(client) { clients[$0] == client } == id) }
    }

    /// One of 600 of each version, those of IPv6 on two links.
    private static func client(_ generator: inout SeededGenerator) -> IPEndpoint {
        let host = UInt32.random(in: 0..<30, using: &generator)
        let address =
            Bool.random(using: &generator)
            ? IPAddress(IPv4Address(host)) : IPAddress(high: 0xFE80 << 48, low: UInt64(host / 2), zone: host % 2)
        return IPEndpoint(address: address, port: UInt16.random(in: 0..<20, using: &generator))
    }

    @Test(
        "clients that differ in one thing only have entries of their own, near the places that chance would give them")
    func spread() {
        let index = ClientIndex(capacity: 4, seed: 42)
        let first = IPEndpoint(address: IPAddress(high: 0xFE80 << 48, low: 1, zone: 2), port: 3)
        let others = [
            IPEndpoint(address: first.address, port: 4),
            IPEndpoint(address: IPAddress(high: 0xFE80 << 48, low: 1, zone: 3), port: 3),
            IPEndpoint(address: IPAddress(high: 0xFE80 << 48, low: 2, zone: 2), port: 3),
            IPEndpoint(address: IPAddress(high: 0xFE80 << 48 | 1, low: 1, zone: 2), port: 3),
        ]
        var copy = index
        copy.insert(first, 0)
        #expect(copy.find(first) { _ in true } == 0)
        for other in others { #expect(copy.find(other) { _ in true } == nil) }
    }
}

@Suite("Ready queue")
struct ReadyQueueTests {
    @Test("first come, first served, each once")
    func order() {
        var queue = ReadyQueue(capacity: 3)
        for id in [2, 0, 2, 1, 0] { queue.push(id) }
        #expect(queue.count == 3)
        #expect([queue.pop(), queue.pop()] == [2, 0])
        queue.push(2)
        #expect([queue.pop(), queue.pop(), queue.pop()] == [1, 2, nil])
    }
}
