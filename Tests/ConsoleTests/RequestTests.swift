import Testing

@testable import Console

/// Requests that are malformed, hostile, or merely wrong: none reaches the service.
@Suite("requests that are refused")
struct RequestTests {
    static let wrong: [(method: String, target: String, body: String, status: Int)] = [
        ("GET", "/nowhere", "", 404), ("GET", "/api/v1/status/", "", 404), ("GET", "//", "", 404),
        ("POST", "/api/v1/status", "", 405), ("DELETE", "/", "", 405), ("GET", "/api/v1/mode", "", 405),
        ("OPTIONS", "/api/v1/mode", "", 405),
        ("GET", "/api/v1/status?x=1", "", 400), ("GET", "/api/v1/sessions?all=yes", "", 400),
        ("GET", "/api/v1/sessions?most=0", "", 400), ("GET", "/api/v1/sessions?most=2001", "", 400),
        ("GET", "/api/v1/events?after=1&after=2", "", 400), ("GET", "/api/v1/events?after=-1", "", 400),
        ("GET", "/api/v1/events?after=9999999999999999999", "", 400), ("GET", "/api/v1/events?after=", "", 400),
        ("GET", "/api/v1/events?since=2h%20json", "", 400), ("GET", "/api/v1/log?level=loud", "", 400),
        ("GET", "/api/v1/events?since=yesterday&machine=web1", "", 400),
        ("GET", "/api/v1/events?since=2026-13-01", "", 400),
        ("GET", "/api/v1/sessions/0", "", 400), ("GET", "/api/v1/sessions/x", "", 400),
        ("GET", "/api/v1/machines/", "", 400), ("GET", "/api/v1/machines/a%20b", "", 400),
        ("GET", "/api/v1/machines/a%0Ab", "", 400), ("GET", "/api/v1/machines/%2B812", "", 400),
        ("GET", "/api/v1/machines/a%2Fb", "", 400), ("GET", "/api/v1/machines/%FF", "", 400),
        ("GET", "/api/v1/machines/%4", "", 400), ("GET", "/api/v1/machines/%C3%A4", "", 400),
        ("GET", "/api/v1/machines/\(String(repeating: "a", count: 254))", "", 400),
        ("POST", "/api/v1/hosts/+5/protect", "", 400), ("POST", "/api/v1/mode", "{\"mode\":\"off\"}", 400),
        ("POST", "/api/v1/mode", "{\"mode\":\"armed\",\"x\":1}", 400), ("POST", "/api/v1/mode", "[]", 400),
        ("POST", "/api/v1/mode", "{\"mode\":1}", 400), ("POST", "/api/v1/mode", "{", 400),
        ("POST", "/api/v1/mode", "", 400), ("POST", "/api/v1/mode", "null", 400),
        ("POST", "/api/v1/wake", "{\"hosts\":\"a b\"}", 400), ("POST", "/api/v1/wake", "{\"hosts\":\"+5\"}", 400),
        ("POST", "/api/v1/wake", "{\"hosts\":\"a\\nmode armed\"}", 400),
        ("POST", "/api/v1/mode", String(repeating: " ", count: 70_000), 413),
    ]

    @Test(arguments: wrong)
    func refused(method: String, target: String, body: String, status: Int) async throws {
        let bench = try Bench()
        let answer = try await bench.call(method, target, ["Content-Type: application/json"], body: body)
        #expect(answer.status == status)
        #expect(bench.service.questions == [])
        if status == 405 { #expect(answer.fields["allow"] == (target.hasSuffix("mode") ? "POST" : "GET, HEAD")) }
    }

    @Test(
        "a form makes no change", arguments: ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])
    func forms(type: String) async throws {
        let bench = try Bench()
        let fields = ["Content-Type: \(type)"]
        let answer = try await bench.call("POST", "/api/v1/mode", fields, body: "{\"mode\":\"armed\"}")
        #expect(answer.status == 415)
        #expect(bench.service.questions == [])
    }

    @Test("what is no HTTP", arguments: ["x\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n"])
    func noise(text: String) async throws {
        let bench = try Bench()
        #expect(try await bench.say(text).hasPrefix("HTTP/1.1 400 "))
    }

    @Test("HEAD is GET without the body", arguments: ["/", "/api/v1/status", "/api/v1/openapi.json"])
    func head(target: String) async throws {
        let bench = try Bench { _ in "ok {\"a\":1}" }
        let (head, whole) = (try await bench.call("HEAD", target), try await bench.call("GET", target))
        #expect(head.status == 200)
        #expect(head.body == "")
        #expect(head.fields == whole.fields)
        #expect(head.fields["content-length"] == "\(whole.body.utf8.count)")
    }

    @Test("the page has a tag, and rules for browsers")
    func page() async throws {
        let bench = try Bench()
        let page = try await bench.call("GET", "/")
        #expect(page.fields["content-type"] == "text/html; charset=utf-8")
        let policy = try #require(page.fields["content-security-policy"])
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("script-src 'self' 'unsafe-inline'"))
        #expect(page.fields["x-content-type-options"] == "nosniff")
        let tag = try #require(page.fields["etag"])
        let again = try await bench.call("GET", "/", ["If-None-Match: \(tag)"])
        #expect(again.status == 304)
        #expect(again.body == "")
        #expect(try await bench.call("GET", "/api/v1/status").fields["cache-control"] == "no-store")
    }

    @Test func scriptsOfAPage() {
        let page = "<script>a<b</script><p><script type=\"module\">\nc()\n</script>"
        #expect(PageFile.inlineScripts(of: Array(page.utf8)) == ["a<b", "\nc()\n"])
    }

    @Test("what the process is told comes as it was said")
    func order() throws {
        let order = ConsoleOrder(
            control: "/a/b", token: "t", isPrivate: true, certificate: [1, 2], key: [3], doors: [.network, .socket])
        #expect(try ConsoleOrder(order.encoded) == order)
        #expect(ConsoleWord(ConsoleWord(.warning, "x").encoded) == ConsoleWord(.warning, "x"))
        #expect(ConsoleWord([]) == nil)
        #expect(ConsoleServer.fault(ofCertificate: [1], key: [2]) != nil)
    }
}
