import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1
import Synchronization

/// Answers requests: finds the route, asks the doorkeeper, and then the service.
final class ConsoleDesk: Sendable {
    private let asker: Asker
    /// For the Unix socket, so that nobody on the network takes its room.
    private let localAsker: Asker
    private let shared: SharedAnswers
    private let feed: LiveFeed
    private let doorkeeper: Doorkeeper
    private let answered = Atomic(0)
    private let refused = Atomic(0)

    /// Octets of the longest body.
    private static let longestBody = 64 << 10

    init(
        _ order: ConsoleOrder, feedInterval: Duration, executor: any TaskExecutor,
        tell: @escaping @Sendable (ConsoleWord) -> Void
    ) {
        asker = Asker(order.control)
        localAsker = Asker(order.control)
        shared = SharedAnswers(asker, on: executor)
        feed = LiveFeed(asker, interval: feedInterval, on: executor)
        doorkeeper = Doorkeeper(order, tell: tell)
    }

    /// Asks nobody any more.
    func end() async {
        await asker.end()
        await localAsker.end()
    }

    /// Where a request came from.
    struct Caller: Sendable {
        var door: ConsoleOrder.Door
        /// Of the network; empty on the Unix socket.
        var address: String
        /// Ends the connection.
        var close: @Sendable () -> Void
    }

    /// - Throws: `HTTPParserError` where the body is no HTTP; every other fault is a response.
    func respond(to request: Request, from caller: Caller) async throws(HTTPParserError) -> Response {
        var response: Response
        do {
            response = try await answer(request, caller)
            answered.wrappingAdd(1, ordering: .relaxed)
        } catch let refusal as Refusal {
            response = refusal.response
            refused.wrappingAdd(1, ordering: .relaxed)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            response = Refusal.badRequest("the request did not come whole").response
        }
        response.harden()
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ request: Request, _ caller: Caller) async throws -> Response {
        let target = request.head.path ?? "/"
        let (path, query) = Self.halves(of: target)
        guard let parts = RequestText.parts(of: path), let asked = RequestText.parameters(of: query) else {
            throw Refusal.badRequest("the path or the query is not percent-encoded UTF-8, or names something twice")
        }
        let (route, found) = try Self.route(request.method, parts)
        let isOpen =
            if case .page = route.action { true } else if case .description = route.action { true } else { false }
        let isTrusted = try await doorkeeper.admit(
            request, by: caller.door, isChange: route.isChange, isOpen: isOpen, address: caller.address)
        var words = try Self.checked(found, route.inPath) { "\($0) in the path" }
        for (name, word) in try Self.checked(asked, route.inQuery, { "the parameter \($0)" }) { words[name] = word }
        if route.isChange { try await Self.readBody(of: request, route, into: &words) }
        if !isTrusted, route.isLarge(words) { throw doorkeeper.withoutToken }
        return try await carryOut(route, words, request, caller, isTrusted)
    }

    private func carryOut(
        _ route: Route, _ words: Route.Words, _ request: Request, _ caller: Caller, _ isTrusted: Bool
    ) async throws -> Response {
        switch route.action {
        case .page: return PageFile.page.response(known: request.headers[.ifNoneMatch])
        case .description: return PageFile.description.response(known: request.headers[.ifNoneMatch])
        case .metrics: return try await metrics(caller, isTrusted)
        case .stream: return try await stream(isHead: request.method == .head, caller)
        case .view(let question, let shape):
            let line = question(words)
            let answer = try await ask(line, caller, isShared: !isTrusted && line == question([:])) { why in
                // What is asked for by its name is not there.
                route.inPath.isEmpty && words["machine"] == nil ? .badRequest(why) : .notFound(why)
            }
            guard let text = shape.json(of: answer, words) else {
                throw Refusal.unavailable("the service answered something else")
            }
            return .json(text)
        case .change(let question):
            let answer = try await ask(question(words), caller, isShared: false) {
                Refusal(status: .conflict, code: "refused", message: $0)
            }
            return .json("{\"message\":\(JSONWord.quoted(answer))}")
        }
    }

    /// - Parameter isShared: whether an answer will do that somebody else had a moment ago.
    private func ask(
        _ question: String, _ caller: Caller, isShared: Bool, refused: (String) -> Refusal
    ) async throws(Refusal) -> String {
        do throws(AskFailure) {
            guard !isShared else { return try await shared.ask(question) }
            return try await (caller.door == .socket ? localAsker : asker).ask(question)
        } catch {
            throw Refusal(error, refused: refused)
        }
    }

    private func metrics(_ caller: Caller, _ isTrusted: Bool) async throws(Refusal) -> Response {
        let text = try await ask("metrics", caller, isShared: !isTrusted) { .unavailable($0) }
        let own =
            Self.counter("requests", "has answered", answered.load(ordering: .relaxed))
            + Self.counter("refused", "has refused", refused.load(ordering: .relaxed))
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n" + own)))
    }

    private static func counter(_ name: String, _ what: String, _ count: Int) -> String {
        let name = "pilotfish_api_\(name)_total"
        return "# HELP \(name) Requests that the control API \(what).\n# TYPE \(name) counter\n\(name) \(count)\n"
    }

    private func stream(isHead: Bool, _ caller: Caller) async throws(Refusal) -> Response {
        let headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        guard !isHead else {
            return Response(status: .ok, headers: headers, body: ResponseBody { try await $0.finish(nil) })
        }
        let (number, news) = try await feed.join(drop: caller.close)
        let feed = feed
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                do {
                    for await event in news { try await writer.write(event) }
                    try await writer.finish(nil)
                } catch {
                    await feed.leave(number)
                    throw error
                }
                await feed.leave(number)
            })
    }
}

// MARK: - What is asked

extension ConsoleDesk {
    private static func halves(of target: String) -> (path: Substring, query: Substring) {
        guard let mark = target.firstIndex(of: "?") else { return (target[...], "") }
        return (target[..<mark], target[target.index(after: mark)...])
    }

    private static func route(
        _ method: HTTPRequest.Method, _ parts: [String]
    ) throws(Refusal) -> (Route, Route.Words) {
        let fitting = Route.all.compactMap { route in route.words(of: parts).map { (route, $0) } }
        guard !fitting.isEmpty else { throw .notFound("there is no such path; /api/v1/openapi.json lists them") }
        if let found = fitting.first(where: { $0.0.takes(method) }) { return found }
        let allowed = fitting[0].0.isChange ? "POST" : "GET, HEAD"
        throw Refusal(
            status: .methodNotAllowed, code: "bad-request", message: "this path takes \(allowed)",
            fields: ["Allow": allowed])
    }

    private static func checked(
        _ given: Route.Words, _ wanted: [String: RequestWord], _ title: (String) -> String
    ) throws(Refusal) -> Route.Words {
        for (name, text) in given.sorted(by: { $0.key < $1.key }) {
            guard let word = wanted[name] else { throw .badRequest("nobody knows \(title(name))") }
            guard word.fits(text) else { throw .badRequest("\(title(name)) is \(word.allowed)") }
        }
        return given
    }

    /// A form of a foreign page could send neither JSON nor the token: browsers ask us first, and we do not answer.
    private static func readBody(of request: Request, _ route: Route, into words: inout Route.Words) async throws {
        let body = try await collected(request)
        guard let (name, word) = route.inBody else { return }
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased() ?? ""
        guard type == "application/json" else {
            throw Refusal(
                status: .unsupportedMediaType, code: "bad-request", message: "the body is application/json here")
        }
        guard let text = JSONWord.member(name, of: body) else {
            throw Refusal.badRequest("the body is an object with the text \"\(name)\" and nothing else")
        }
        guard word.fits(text) else { throw Refusal.badRequest("\(name) is \(word.allowed)") }
        words[name] = text
    }

    private static func collected(_ request: Request) async throws -> [UInt8] {
        do {
            return Array(buffer: try await request.body.collect(upTo: longestBody))
        } catch is NIOTooManyBytesError {
            throw Refusal(
                status: .contentTooLarge, code: "bad-request", message: "a body has \(longestBody) octets at most",
                fields: ["Connection": "close"])
        }
    }
}

extension Route {
    fileprivate func takes(_ method: HTTPRequest.Method) -> Bool {
        isChange ? method == .post : method == .get || method == .head
    }
}
