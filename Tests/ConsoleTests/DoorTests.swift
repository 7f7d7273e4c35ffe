import Synchronization
import Testing

@testable import Console

/// Who may do what.
@Suite("tokens and doors")
struct DoorTests {
    enum Shown: CaseIterable {
        case nothing
        case wrong
        case right

        var fields: [String] {
            switch self {
            case .nothing: []
            case .wrong: ["Authorization: Bearer token-of-others"]
            case .right: ["Authorization: bearer \(Bench.token)"]
            }
        }
    }

    private static func expected(_ way: Bench.Way, _ shown: Shown, isPrivate: Bool, isChange: Bool) -> Int {
        switch (way, shown) {
        case (.socket, _), (_, .right): 200
        case (_, .wrong): 401
        case (_, .nothing): isChange || isPrivate ? 401 : 200
        }
    }

    @Test(arguments: Bench.Way.allCases, Shown.allCases)
    func matrix(way: Bench.Way, shown: Shown) async throws {
        for isPrivate in [false, true] {
            let bench = try Bench(isPrivate: isPrivate)
            for (method, target) in [("GET", "/api/v1/status"), ("POST", "/api/v1/hosts/web1/protect")] {
                let answer = try await bench.call(method, target, by: way, shown.fields)
                let status = Self.expected(way, shown, isPrivate: isPrivate, isChange: method == "POST")
                #expect(answer.status == status, "\(method) private=\(isPrivate)")
                if status == 401 { #expect(answer.fields["www-authenticate"] == "Bearer realm=\"pilotfish\"") }
            }
            let page = try await bench.call("GET", "/", by: way)
            #expect(page.status == 200)
        }
    }

    @Test(
        "without a token in the settings nothing is changed over TCP",
        arguments: ["", "Bearer ", "Bearer x", "Basic eA=="])
    func locked(field: String) async throws {
        let bench = try Bench(token: "")
        let fields = field.isEmpty ? [] : ["Authorization: \(field)"]
        let answer = try await bench.call("POST", "/api/v1/hosts/web1/protect", by: .loopback, fields)
        #expect(answer.status == 401)
        #expect(bench.service.questions == [])
    }

    @Test("wrong tokens are answered late and few at a time, and told once")
    func guessing() async throws {
        let bench = try Bench()
        let begun = ContinuousClock.now
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group -> [Int] in
            for _ in 0..<8 {
                group.addTask {
                    try await bench.call("GET", "/api/v1/status", by: .loopback, Shown.wrong.fields).status
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }.sorted()
        }
        #expect(statuses == [401, 401, 401, 401, 429, 429, 429, 429])
        #expect(ContinuousClock.now - begun >= .seconds(1))
        let right = try await bench.call("GET", "/api/v1/status", by: .loopback, Shown.right.fields)
        #expect(right.status == 200)
        let words = bench.told.words.withLock { $0 }
        #expect(words == [ConsoleWord(.warning, "the control API was shown a wrong token by 127.0.0.1")])
    }

    @Test(
        "a foreign name is not ours, without TLS",
        arguments: [
            ("localhost", 200), ("LOCALHOST:80", 200), ("127.0.0.1:8080", 200), ("[::1]:8080", 200), ("127.9.9.9", 200),
            ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("10.0.0.1", 421), ("", 421), ("[::2]", 421),
        ])
    func hosts(host: String, status: Int) async throws {
        let bench = try Bench()
        #expect(try await bench.call("GET", "/api/v1/status", by: .loopback, host: host).status == status)
        #expect(try await bench.call("GET", "/api/v1/status", host: host).status == 200)
    }
}
