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
    @Test("agrees with a dictionary while entries come and go", arguments: [7, 8, 9] as [UInt64])
    func agreesWithDictionary(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        var index = ClientIndex(capacity: 256, seed: generator.next())
        var model: [Endpoint: Int] = [:]
        for step in 0..<50_000 {
            let client = Endpoint(
                address: IPv4Address(UInt32.random(in: 0..<20, using: &generator)),
                port: UInt16.random(in: 0..<20, using: &generator))
            if model[client] != nil {
                index.remove(client)
                model[client] = nil
            } else if model.count < 256 {
                index.insert(client, step % 256)
                model[client] = step % 256
            }
            #expect(index[client] == model[client])
        }
        for (client, id) in model { #expect(index[client] == id) }
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
