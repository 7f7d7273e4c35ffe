import Glibc
import LinuxIO
import Synchronization
import Testing
import Wire

@testable import Fetching

/// Both sides of the channel in one process, and libcurl between it and a server on loopback.
@Suite("fetching", .timeLimit(.minutes(1)))
struct FetcherTests {
    /// News of a request, collected on the thread that tells it.
    private final class Listener: Sendable {
        private let heard = Mutex<[FetchNews]>([])
        private let ended = Bell()

        func tell(_ news: FetchNews) {
            heard.withLock { $0.append(news) }
            if news.isLast { ended.signal() }
        }

        /// All of it, once it ended.
        func all() -> [FetchNews] {
            ended.wait()
            return heard.withLock { $0 }
        }
    }

    private final class Rig: Sendable {
        let client: FetchClient
        private let worker: EngineThread

        init() throws {
            let (ours, theirs) = try ChannelSocket.pair()
            worker = try EngineThread(name: "fetcher") { _ = FetchWorker.run(theirs.take()) }
            client = try FetchClient(ours, complain: { _ in })
        }

        func fetch(_ request: FetchRequest, into file: SharedDescriptor? = nil) -> [FetchNews] {
            let listener = Listener()
            client.start(request, into: file, tell: listener.tell)
            return listener.all()
        }

        func stop() {
            client.stop()
            worker.join()
        }
    }

    private static func response(_ body: String, fields: String = "", status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)Connection: close\r\n\r\n\(body)"
    }

    private static func temporaryFile() throws -> SharedDescriptor {
        let number = open("/tmp", O_RDWR | 0x410000, 0o600)
        guard number >= 0 else { throw SystemError(call: "open", subject: "/tmp") }
        return SharedDescriptor(OwnedDescriptor(number))
    }

    private static func contents(_ file: SharedDescriptor) -> String {
        var octets = [UInt8](repeating: 0, count: 1 << 20)
        let count = pread(file.descriptor.number, &octets, octets.count, 0)
        return String(decoding: octets.prefix(max(count, 0)), as: UTF8.self)
    }

    private static func with<Result>(
        _ answer: @escaping @Sendable (String) -> ScriptedServer.Answer, _ body: (Rig, ScriptedServer) throws -> Result
    ) throws -> Result {
        let server = try ScriptedServer(answer)
        let rig = try Rig()
        defer {
            rig.stop()
            server.close()
        }
        return try body(rig, server)
    }

    private static func failure(_ news: [FetchNews]) -> FetchFailure.Kind? {
        guard case .failed(let failure)? = news.last else { return nil }
        #expect(failure.description.isEmpty == false)
        return failure.kind
    }

    @Test("a file comes with its fields, first the head, then all of it")
    func file() throws {
        let body = String(repeating: "0123456789", count: 20_000)
        let file = try Self.temporaryFile()
        let fields = "ETag: \"a-1\"\r\nLast-Modified: Thu, 01 Jan 1970 00:00:01 GMT\r\n"
        let news = try Self.with { _ in
            .text(Self.response(body, fields: fields))
        } _: { rig, server in
            var request = FetchRequest(url: server.url("/a/b"))
            request.limits = FetchLimits(octets: 1 << 20)
            return rig.fetch(request, into: file)
        }
        let head = FetchHead(
            status: 200, size: 200_000, entityTag: "\"a-1\"", modified: "Thu, 01 Jan 1970 00:00:01 GMT")
        #expect(news.first == .began(head))
        #expect(news.last == .finished(head, body: [], octets: 200_000))
        #expect(Self.contents(file) == body)
    }

    @Test("a body in memory, asked for by POST with fields")
    func memory() throws {
        try Self.with { _ in
            .text(Self.response("{\"target\": \"x\"}", fields: "Content-Type: a/b\r\n"))
        } _: { rig, server in
            var request = FetchRequest(url: server.url("/decide"))
            request.method = .post
            request.fields = ["X-Of: us"]
            request.body = Array("{}".utf8)
            let head = FetchHead(status: 200, size: 15, contentType: "a/b")
            #expect(rig.fetch(request) == [.finished(head, body: Array("{\"target\": \"x\"}".utf8), octets: 0)])
            let asked = try #require(server.requests.first)
            #expect(asked.hasPrefix("POST /decide HTTP/1.1\r\n"))
            #expect(asked.contains("X-Of: us\r\n"))
            #expect(asked.hasSuffix("\r\n\r\n{}"))
        }
    }

    @Test("another status leaves the file empty", arguments: [304, 404, 500])
    func otherStatus(status: Int) throws {
        let file = try Self.temporaryFile()
        let body = status == 304 ? "" : "not here"
        try Self.with { _ in
            .text(Self.response(body, status: "\(status) No"))
        } _: { rig, server in
            let news = rig.fetch(FetchRequest(url: server.url("/a")), into: file)
            guard case .finished(let head, [], 0)? = news.last else {
                Issue.record("\(news)")
                return
            }
            #expect(news.count == 1)
            #expect(head.status == status)
            #expect(Self.contents(file) == "")
        }
    }

    @Test("a redirect is followed, the sixth is not, and none leads to another protocol")
    func redirects() throws {
        try Self.with { path in
            switch path {
            case "/one": .text(Self.response("elsewhere", fields: "Location: /there\r\n", status: "302 Found"))
            case "/round": .text(Self.response("", fields: "Location: /round\r\n", status: "302 Found"))
            case "/file": .text(Self.response("", fields: "Location: file:///etc/passwd\r\n", status: "302 Found"))
            default: .text(Self.response("there"))
            }
        } _: { rig, server in
            let found = rig.fetch(FetchRequest(url: server.url("/one")))
            #expect(found == [.finished(FetchHead(status: 200, size: 5), body: Array("there".utf8), octets: 0)])
            #expect(Self.failure(rig.fetch(FetchRequest(url: server.url("/round")))) == .refused)
            #expect(server.requests.count == 2 + 6)
            #expect(Self.failure(rig.fetch(FetchRequest(url: server.url("/file")))) == .refused)
            #expect(Self.failure(rig.fetch(FetchRequest(url: "file:///etc/passwd"))) == .refused)
        }
    }

    @Test("more than is allowed is refused, announced or not", arguments: [true, false])
    func tooLarge(isAnnounced: Bool) throws {
        let body = String(repeating: "x", count: 5000)
        let text = isAnnounced ? Self.response(body) : "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\(body)"
        try Self.with { _ in
            .text(text)
        } _: { rig, server in
            var request = FetchRequest(url: server.url("/a"))
            request.limits = FetchLimits(octets: 4999)
            #expect(Self.failure(rig.fetch(request)) == .tooLarge)
            let file = try Self.temporaryFile()
            #expect(Self.failure(rig.fetch(request, into: file)) == .tooLarge)
            request.limits = FetchLimits(octets: 5000)
            #expect(Self.failure(rig.fetch(request)) == nil)
        }
    }

    @Test("what would leave too little free on the file system is broken off", arguments: [true, false])
    func fullDisk(isAnnounced: Bool) throws {
        let text = isAnnounced ? Self.response("octets") : "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\noctets"
        try Self.with { _ in
            .text(text)
        } _: { rig, server in
            let file = try Self.temporaryFile()
            var request = FetchRequest(url: server.url("/a"))
            request.limits.spare = .max
            #expect(Self.failure(rig.fetch(request, into: file)) == .disk)
            #expect(Self.contents(file) == "")
            request.limits.spare = 1
            #expect(Self.failure(rig.fetch(request, into: file)) == nil)
        }
    }

    @Test("what there was no room to say of a file is said when there is, though nothing more comes")
    func fullChannel() throws {
        let body = String(repeating: "x", count: 30)
        let server = try ScriptedServer { _ in .drips(body, after: "HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n") }
        let (ours, theirs) = try ChannelSocket.pair()
        let channel = ours.take()
        let other = theirs.take()
        // The least that the kernel gives: a few messages.
        var room: Int32 = 1
        setsockopt(other.descriptor.number, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        let waiting = HandOver(other)
        let worker = try EngineThread(name: "fetcher") { _ = FetchWorker.run(waiting.take()) }
        let file = try Self.temporaryFile()
        let order = FetchOrder.start(1, FetchRequest(url: server.url("/a")), isFile: true).encoded
        try channel.send(order, file: file.descriptor.number, waits: true)
        while Self.contents(file) != body { Clock.nap(.milliseconds(20)) }
        Clock.nap(.milliseconds(60))
        var heard: [FetchReport] = []
        let deadline = Clock.now + .seconds(2)
        while heard.last != .news(1, .progress(30)), Clock.now < deadline {
            if let received = try? channel.receive() {
                heard.append(try FetchReport(received.message))
            } else {
                Clock.nap(.milliseconds(5))
            }
        }
        #expect(heard.last == .news(1, .progress(30)))
        #expect(heard.count < 30)
        shutdown(channel.descriptor.number, Int32(SHUT_RDWR))
        worker.join()
        server.close()
    }

    @Test("what is cut short, never answers or is not there is a failure of its own kind")
    func failures() throws {
        try Self.with { path in
            path == "/cut"
                ? .text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfifty") : .hangs(after: "HTTP/1.1 200 OK\r\n")
        } _: { rig, server in
            #expect(Self.failure(rig.fetch(FetchRequest(url: server.url("/cut")))) == .unreachable)
            var request = FetchRequest(url: server.url("/hang"))
            request.limits.whole = .milliseconds(200)
            let begun = Clock.now
            #expect(Self.failure(rig.fetch(request)) == .timeout)
            #expect(Clock.now - begun < .seconds(2))
            server.close()
            #expect(Self.failure(rig.fetch(FetchRequest(url: "http://127.0.0.1:1/"))) == .unreachable)
            #expect(Self.failure(rig.fetch(FetchRequest(url: "no address"))) != nil)
        }
    }

    @Test("who cancels hears nothing more, and others go on")
    func cancel() throws {
        try Self.with { path in
            path == "/hang" ? .hangs(after: "HTTP/1.1 200 OK\r\n") : .text(Self.response("ok"))
        } _: { rig, server in
            let number = rig.client.start(FetchRequest(url: server.url("/hang"))) { news in Issue.record("\(news)") }
            while server.requests.isEmpty { Clock.nap(.milliseconds(1)) }
            rig.client.cancel(number)
            #expect(Self.failure(rig.fetch(FetchRequest(url: server.url("/next")))) == nil)
        }
    }

    @discardableResult
    private static func takeOrder(_ fetcher: borrowing ChannelSocket) -> FetchOrder? {
        while true {
            if let received = try? fetcher.receive() { return try? FetchOrder(received.message) }
            Clock.nap(.milliseconds(1))
        }
    }

    @Test("requests of which a dead fetcher will not speak fail at once, and later ones find the next")
    func restarted() throws {
        let (ours, theirs) = try ChannelSocket.pair()
        let complaints = Mutex<[String]>([])
        let client = try FetchClient(ours) { text in complaints.withLock { $0.append(text) } }
        let fetcher = theirs.take()
        let listener = Listener()
        client.start(FetchRequest(url: "http://a/"), tell: listener.tell)
        Self.takeOrder(fetcher)
        try fetcher.send(FetchReport.restarted.encoded, waits: true)
        #expect(Self.failure(listener.all()) == .fetcherDied)
        // It may have been asked after the death: nobody wants it any more.
        #expect(Self.takeOrder(fetcher) == .cancel(1))

        let next = Listener()
        client.start(FetchRequest(url: "http://b/"), tell: next.tell)
        let head = FetchHead(status: 200)
        Self.takeOrder(fetcher)
        try fetcher.send(FetchReport.news(2, .finished(head, body: [1], octets: 0)).encoded, waits: true)
        #expect(next.all() == [.finished(head, body: [1], octets: 0)])
        client.stop()
        #expect(complaints.withLock { $0.count } == 1)
    }

    @Test("when no fetcher is left, requests fail at once, and so does what waits when the service ends")
    func gone() throws {
        let (ours, theirs) = try ChannelSocket.pair()
        let client = try FetchClient(ours) { _ in }
        let waiting = Listener()
        client.start(FetchRequest(url: "http://a/"), tell: waiting.tell)
        do { _ = theirs.take() }
        #expect(Self.failure(waiting.all()) == .unavailable)
        let late = Listener()
        client.start(FetchRequest(url: "http://a/"), tell: late.tell)
        #expect(Self.failure(late.all()) == .unavailable)
        client.stop()
    }

    @Test("a fetcher that hangs is not waited for longer than the request's limits")
    func hangs() throws {
        let (ours, theirs) = try ChannelSocket.pair()
        let client = try FetchClient(ours) { _ in }
        let fetcher = theirs.take()
        let listener = Listener()
        var request = FetchRequest(url: "http://a/")
        request.limits.whole = .milliseconds(10)
        client.start(request, tell: listener.tell)
        #expect(Self.failure(listener.all()) == .timeout)
        client.stop()
        _ = try fetcher.receive()
    }
}

/// Rings once, and stays rung.
private final class Bell: Sendable {
    private let wake: WakeUp?

    init() { wake = try? WakeUp() }

    func signal() { wake?.signal() }

    func wait() {
        guard let wake, let epoll = try? Epoll() else { return }
        try? epoll.add(wake.descriptor, token: 0)
        _ = try? epoll.wait(.seconds(30))
    }
}
