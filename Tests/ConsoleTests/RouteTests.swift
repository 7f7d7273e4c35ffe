import Foundation
import Testing

@testable import Console

/// What is asked of the service for each path, and what callers get.
@Suite("the API asks the service")
struct RouteTests {
    struct View: Sendable {
        var target: String
        var question: String
        var said: String
        var body: String
    }

    static let views = [
        View(target: "/api/v1/status", question: "status json", said: "{\"a\":1}", body: "{\"a\":1}"),
        View(
            target: "/api/v1/sessions", question: "sessions most=2000 json", said: "{\"id\":1}\n{\"id\":2}",
            body: "{\"sessions\":[{\"id\":1},{\"id\":2}]}"),
        View(
            target: "/api/v1/sessions?all=true&machine=52:54:00:12:34:56",
            question: "sessions machine=52:54:00:12:34:56 all most=2000 json", said: "", body: "{\"sessions\":[]}"),
        View(
            target: "/api/v1/sessions?most=1", question: "sessions most=2000 json", said: "{\"id\":1}\n{\"id\":2}",
            body: "{\"sessions\":[{\"id\":1}]}"),
        View(target: "/api/v1/sessions/17", question: "session 17 json", said: "{}", body: "{}"),
        View(target: "/api/v1/machines/web%2D1", question: "show web-1 json", said: "{}", body: "{}"),
        View(
            target: "/api/v1/rollouts", question: "watch most=0", said: "{\"rollout\":1}\n{\"others\":9}",
            body: "{\"rollouts\":[{\"rollout\":1}]}"),
        View(
            target: "/api/v1/rollouts/3", question: "watch 3", said: "{\"rollout\":3}\n{\"host\":\"a\"}",
            body: "{\"rollout\":{\"rollout\":3},\"machines\":[{\"host\":\"a\"}]}"),
        View(
            target: "/api/v1/transfers", question: "transfers json", said: "{}", body: "{\"transfers\":[{}]}"),
        View(
            target: "/api/v1/events?since=2h&after=5", question: "events after=5 since=2h json", said: "7\n{}\n{}",
            body: "{\"last\":7,\"events\":[{},{}]}"),
        View(
            target: "/api/v1/newcomers", question: "newcomers json", said: "", body: "{\"newcomers\":[]}"),
        View(
            target: "/api/v1/log?level=warning", question: "log level=warning json", said: "0",
            body: "{\"last\":0,\"lines\":[]}"),
    ]

    @Test(arguments: views)
    func view(_ view: View) async throws {
        let bench = try Bench { [said = view.said] _ in "ok " + said }
        let answer = try await bench.call("GET", view.target)
        #expect(answer.status == 200)
        #expect(answer.body == view.body)
        #expect(answer.fields["content-type"] == "application/json")
        #expect(bench.service.questions == [view.question])
    }

    static let changes: [(target: String, body: String, question: String)] = [
        ("/api/v1/mode", "{\"mode\":\"armed\"}", "mode armed"),
        ("/api/v1/wake", "{\"hosts\":\"web[1-20],@lab\"}", "wake web[1-20],@lab"),
        ("/api/v1/newcomers/otter-amber-lake/adopt", "{\"name\":\"web7\"}", "adopt otter-amber-lake web7"),
        ("/api/v1/rollouts/2/pause", "", "rollout 2 pause"), ("/api/v1/rollouts/2/resume", "", "rollout 2 resume"),
        ("/api/v1/rollouts/2/abort", "", "rollout 2 abort"), ("/api/v1/hosts/web1/retry", "", "retry web1"),
        ("/api/v1/hosts/web1/release", "", "release web1"), ("/api/v1/hosts/web1/protect", "", "protect web1"),
        ("/api/v1/hosts/web1/unprotect", "", "unprotect web1"),
    ]

    @Test(arguments: changes)
    func change(target: String, body: String, question: String) async throws {
        let bench = try Bench { _ in "ok \"so\" it is" }
        let answer = try await bench.call("POST", target, ["Content-Type: application/json; charset=utf-8"], body: body)
        #expect(answer.status == 200)
        #expect(answer.body == "{\"message\":\"\\\"so\\\" it is\"}")
        #expect(bench.service.questions == [question])
    }

    @Test("openapi.json names the routes of the table, and no others")
    func description() throws {
        let data = Data(PackageResources.openapi_json)
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        let described = Set(paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } })
        #expect(described == Set(Route.all.map { "\($0.isChange ? "post" : "get") \($0.path)" }))
    }

    @Test(
        "what the service says of a question that it cannot answer",
        arguments: [
            ("/api/v1/sessions/17", "error there is no session 17", 404, "not-found"),
            ("/api/v1/events?machine=web1", "error web1 is no host", 404, "not-found"),
            ("/api/v1/log", "error this service does not know the command \"log json\"", 501, "not-known"),
            ("/api/v1/status", "what", 400, "bad-request"), ("/api/v1/events", "ok nonsense", 503, "unavailable"),
            ("/metrics", "error no", 503, "unavailable"),
        ])
    func troubles(target: String, said: String, status: Int, code: String) async throws {
        let bench = try Bench { _ in said }
        let answer = try await bench.call("GET", target)
        #expect(answer.status == status)
        #expect(answer.body.hasPrefix("{\"error\":{\"code\":\"\(code)\",\"message\":"))
    }

    @Test("a change that the service refuses")
    func refused() async throws {
        let bench = try Bench { _ in "error web1 is protected" }
        let answer = try await bench.call("POST", "/api/v1/hosts/web1/retry")
        #expect(answer.status == 409)
        #expect(answer.body == "{\"error\":{\"code\":\"refused\",\"message\":\"web1 is protected\"}}")
    }

    @Test("without a service")
    func alone() async throws {
        let bench = try Bench()
        unlink(bench.service.path)
        let answer = try await bench.call("GET", "/api/v1/status")
        #expect(answer.status == 503)
        #expect(answer.fields["retry-after"] == "1")
    }

    @Test("metrics have our own behind the service's")
    func metrics() async throws {
        let bench = try Bench { _ in "ok # TYPE a counter\na 1" }
        let answer = try await bench.call("GET", "/metrics")
        #expect(answer.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.body.hasPrefix("# TYPE a counter\na 1\n# HELP pilotfish_api_requests_total "))
        #expect(answer.body.hasSuffix("\npilotfish_api_refused_total 0\n"))
    }
}
