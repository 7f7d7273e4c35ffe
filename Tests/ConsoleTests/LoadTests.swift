import Testing

@testable import Console

/// What strangers may cost.
@Suite("many callers, and those who do not read")
struct LoadTests {
    private static func request(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n" }

    @Test("who does not read an answer is let go")
    func stalled() async throws {
        let size = 4 << 20
        let bench = try Bench(patience: .milliseconds(300)) { _ in "ok " + String(repeating: "a", count: size) }
        // The second is written while the first waits.
        let both = Self.request("/api/v1/status") + Self.request("/api/v1/status")
        let text = try await bench.say(both, isLazy: true)
        #expect(text.hasPrefix("HTTP/1.1 200 "))
        #expect(text.utf8.count < size)
    }

    @Test("who reads gets all of a long answer, whatever the patience")
    func long() async throws {
        let size = 3 << 20
        let bench = try Bench(patience: .seconds(30)) { _ in "ok " + String(repeating: "a", count: size) }
        #expect(try await bench.call("GET", "/api/v1/status", by: .loopback).body.utf8.count == size)
    }

    @Test(
        "without the token all share one answer", arguments: ["/api/v1/status", "/api/v1/sessions?most=7", "/metrics"])
    func shared(target: String) async throws {
        let bench = try Bench()
        let begun = ContinuousClock.now
        for _ in 0..<20 { #expect(try await bench.call("GET", target, by: .loopback).status == 200) }
        // An answer is shared for a second.
        #expect(bench.service.questions.count <= 2 + Int((ContinuousClock.now - begun) / .seconds(1)))
        let before = bench.service.questions.count
        _ = try await bench.call("GET", target, by: .loopback, ["Authorization: Bearer \(Bench.token)"])
        _ = try await bench.call("GET", target)
        #expect(bench.service.questions.count == before + 2)
    }

    @Test(
        "all boots of all machines want the token",
        arguments: [("all=true", 401), ("all=false", 200), ("all=true&machine=web1", 200)])
    func large(query: String, status: Int) async throws {
        let bench = try Bench()
        let target = "/api/v1/sessions?\(query)"
        #expect(try await bench.call("GET", target, by: .loopback).status == status)
        #expect(try await bench.call("GET", target).status == 200)
        let fields = ["Authorization: Bearer \(Bench.token)"]
        #expect(try await bench.call("GET", target, by: .loopback, fields).status == 200)
    }

    @Test("one address has sixteen connections, and others have theirs")
    func placesOfAnAddress() {
        let places = Places()
        let entered = (0..<20).filter { _ in places.enter("10.0.0.1") }.count
        #expect(entered == Places.mostOfOne)
        let other = places.enter("10.0.0.2")
        #expect(other)
        places.leave("10.0.0.1")
        let again = [places.enter("10.0.0.1"), places.enter("10.0.0.1")]
        #expect(again == [true, false])
    }

    @Test func roomForAnswers() {
        let budget = AnswerBudget(limit: 100)
        let taken = [budget.take(200), budget.take(1)]
        #expect(taken == [true, false])
        budget.give(200)
        let more = [budget.take(60), budget.take(40), budget.take(1)]
        #expect(more == [true, true, false])
    }
}
