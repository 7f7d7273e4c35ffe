import Synchronization
import Testing

@testable import Console

/// Server-sent events.
@Suite("live views")
struct StreamTests {
    private static let request = "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private static func count(_ part: String, in text: String) -> Int { text.components(of: part) }

    @Test("the whole picture comes first, then what changed")
    func news() async throws {
        let round = Mutex(0)
        let bench = try Bench { line in
            guard line == "sessions json" else { return "ok {\"now\":1}" }
            let number = round.withLock {
                $0 += 1
                return $0
            }
            return "ok {\"id\":1}\n{\"id\":2,\"n\":\(number < 3 ? 0 : 1)}"
        }
        let text = try await bench.say(Self.request) { Self.count("event: status", in: $0) >= 5 }
        #expect(text.contains("text/event-stream"))
        #expect(Self.count("data: {\"full\":true,\"sessions\":[{\"id\":1},{\"id\":2,\"n\":0}]}\n\n", in: text) == 1)
        #expect(Self.count("data: {\"full\":false,\"sessions\":[{\"id\":2,\"n\":1}]}\n\n", in: text) == 1)
        #expect(Self.count("event: sessions", in: text) == 2)
    }

    @Test("all who listen share one asking, and nobody asks when nobody listens")
    func sharing() async throws {
        let bench = try Bench(feedInterval: .milliseconds(100)) { _ in "ok {}" }
        let begun = ContinuousClock.now
        let texts = try await withThrowingTaskGroup(of: String.self) { group -> [String] in
            for _ in 0..<10 {
                group.addTask { try await bench.say(Self.request) { Self.count("event: status", in: $0) >= 6 } }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(texts.allSatisfy { Self.count("event: status", in: $0) >= 6 })
        // Two questions each time; those who came at once each asked for a beginning. Unshared they would be ten times as many.
        let turns = Int((ContinuousClock.now - begun) / .milliseconds(100)) + 1
        #expect(bench.service.questions.count <= 2 * (10 + turns))
        try await Task.sleep(for: .milliseconds(500))
        let before = bench.service.questions.count
        try await Task.sleep(for: .milliseconds(500))
        #expect(bench.service.questions.count == before)
    }

    @Test("a service that falls silent is waited for")
    func silence() async throws {
        let bench = try Bench { _ in "ok {}" }
        let text = try await bench.say(Self.request) { text in
            guard text.contains("event: status") else { return false }
            bench.service.answers { _ in "error it is away" }
            return text.contains(": the service does not answer\n\n")
        }
        #expect(text.contains("event: status"))
    }

    @Test("who comes while the service is silent is told so")
    func late() async throws {
        let bench = try Bench { _ in "ok {}" }
        let asker = Asker(bench.service.path)
        let feed = LiveFeed(asker, interval: .milliseconds(5))
        let (number, news) = try await feed.join {}
        let reading = Task { for await _ in news {} }
        bench.service.answers { _ in "error it is away" }
        var isTold = false
        for _ in 0..<1000 where !isTold {
            do {
                let (other, _) = try await feed.join {}
                await feed.leave(other)
                try await Task.sleep(for: .milliseconds(5))
            } catch is Refusal {
                isTold = true
            }
        }
        #expect(isTold)
        await feed.leave(number)
        await reading.value
        await asker.end()
    }

    @Test("what the service does not have is said at once")
    func notKnown() async throws {
        let bench = try Bench { "error this service does not know the command \"\($0)\"" }
        #expect(try await bench.call("GET", "/api/v1/stream").status == 501)
        #expect(try await bench.call("HEAD", "/api/v1/stream").status == 200)
    }

    @Test("only so many listen")
    func crowd() async throws {
        let bench = try Bench { _ in "ok {}" }
        let asker = Asker(bench.service.path)
        let feed = LiveFeed(asker)
        for _ in 0..<64 { _ = try await feed.join {} }
        await #expect(throws: Refusal.self) { _ = try await feed.join {} }
        #expect(bench.service.questions.count <= 4)
        for number in 1...64 { await feed.leave(number) }
        await asker.end()
    }

    @Test("who does not read is dropped")
    func slow() async throws {
        let bench = try Bench { _ in "ok {}" }
        let asker = Asker(bench.service.path)
        let feed = LiveFeed(asker, interval: .milliseconds(5))
        let isDropped = Mutex(false)
        let (_, news) = try await feed.join { isDropped.withLock { $0 = true } }
        for _ in 0..<200 where !isDropped.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(20)) }
        let wasDropped = isDropped.withLock { $0 }
        #expect(wasDropped)
        var count = 0
        for await _ in news { count += 1 }
        #expect(count == 8)
        await asker.end()
    }
}

extension String {
    /// How often `part` stands in it.
    fileprivate func components(of part: String) -> Int {
        var (count, rest) = (0, self[...])
        while let range = rest.firstRange(of: part) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
