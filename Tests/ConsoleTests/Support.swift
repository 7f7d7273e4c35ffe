import Glibc
import LinuxIO
import NIOPosix
import Synchronization
import Wire

@testable import Console

/// A service that has a control socket and nothing else: it answers as it is told, and remembers what it was asked.
final class FakeService: Sendable {
    /// What the thread shares with the test.
    private final class Talk: Sendable {
        let asked = Mutex<[ControlQuestion]>([])
        let answer: Mutex<@Sendable (String) -> String>

        init(_ answer: @escaping @Sendable (String) -> String) { self.answer = Mutex(answer) }

        func serve(_ listener: consuming ControlListener, until stop: WakeUp) {
            guard let epoll = try? Epoll(), let callers = try? ControlCallers(listener) else { return }
            try? callers.watch(on: epoll, token: 0)
            try? epoll.add(stop.descriptor, token: 1)
            while let count = try? epoll.wait(nil), !(0..<count).contains(where: { epoll[$0].token == 1 }) {
                callers.serve { question in
                    asked.withLock { $0.append(question) }
                    let answer = answer.withLock { $0 }
                    return answer(question.line) + "\n"
                }
            }
        }
    }

    let path: String
    private let talk: Talk
    private let stop: WakeUp
    private let thread: EngineThread

    init(directory: String, answer: @escaping @Sendable (String) -> String) throws {
        path = directory + "/control.sock"
        let listener = HandOver(try ControlListener(path: path))
        let (talk, stop) = (Talk(answer), try WakeUp())
        (self.talk, self.stop) = (talk, stop)
        thread = try EngineThread(name: "fake") { talk.serve(listener.take(), until: stop) }
    }

    /// The lines that were asked.
    var questions: [String] { talk.asked.withLock { $0.map(\.line) } }

    func answers(_ answer: @escaping @Sendable (String) -> String) { talk.answer.withLock { $0 = answer } }

    func end() {
        stop.signal()
        thread.join()
    }
}

/// A server with a service behind it, called at a Unix socket and at a port of loopback.
final class Bench: Sendable {
    /// What the operator is told.
    final class Told: Sendable {
        let words = Mutex<[ConsoleWord]>([])
    }

    let service: FakeService
    let told = Told()
    private let directory: String
    private let port: UInt16
    private let serving: Task<Void, any Error>

    static let token = "token-of-the-tests"

    init(
        token: String = Bench.token, isPrivate: Bool = false, feedInterval: Duration = .milliseconds(50),
        patience: Duration = .seconds(300),
        answer: @escaping @Sendable (String) -> String = { _ in "ok {}" }
    ) throws {
        var template = Array("/tmp/console-XXXXXX".utf8CString)
        directory = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
        service = try FakeService(directory: directory, answer: answer)
        let order = ConsoleOrder(
            control: service.path, token: token, isPrivate: isPrivate, doors: [.socket, .loopback])
        let local = IPEndpoint(address: IPAddress(IPv4Address(127, 0, 0, 1)), port: 0)
        let listeners = [
            SharedDescriptor(try ListeningSocket.open(path: directory + "/api.sock", owner: nil)),
            SharedDescriptor(try ListeningSocket.open(local: local)),
        ]
        for listener in listeners { listen(listener.descriptor.number, 16) }
        port = Self.port(of: listeners[1].descriptor.number)
        let told = told
        let server = try ConsoleServer(order, feedInterval: feedInterval, patience: patience) { word in
            told.words.withLock { $0.append(word) }
        }
        // Tests of other suites may keep all threads of Swift's pool for a minute.
        let executor = LoopExecutor(MultiThreadedEventLoopGroup.singleton.any())
        serving = Task(executorPreference: executor) { try await server.run(listeners) }
    }

    deinit {
        serving.cancel()
        service.end()
        unlink(directory + "/api.sock")
        rmdir(directory)
    }

    private static func port(of socket: Int32) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    // MARK: Calls

    enum Way: CaseIterable {
        case socket
        case loopback
    }

    /// Sends octets as they are, and takes what comes until the end, or until `isEnough`.
    ///
    /// - Parameter isLazy: reads nothing before the server has closed the connection.
    func say(
        _ text: String, by way: Way = .socket, isLazy: Bool = false,
        until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }
    ) async throws -> String {
        let number = try connected(way)
        return try await withCheckedThrowingContinuation { continuation in
            do {
                // The threads of Swift's pool are the server's.
                _ = try EngineThread(name: "caller") {
                    continuation.resume(returning: Self.exchange(number, Array(text.utf8), isLazy, isEnough))
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private static func exchange(
        _ number: Int32, _ octets: [UInt8], _ isLazy: Bool, _ isEnough: (String) -> Bool
    ) -> String {
        defer { close(number) }
        var rest = octets[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { break }
            rest = rest.dropFirst(sent)
        }
        if isLazy {
            var end = pollfd(fd: number, events: 0, revents: 0)
            // Tests of other suites have signals of their own.
            while poll(&end, 1, 300_000) < 0, errno == EINTR {}
        }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while !isEnough(String(decoding: all, as: UTF8.self)) {
            let count = recv(number, &piece, piece.count, 0)
            guard count > 0 else { break }
            all += piece.prefix(count)
        }
        return String(decoding: all, as: UTF8.self)
    }

    private func connected(_ way: Way) throws -> Int32 {
        let number = socket(way == .socket ? AF_UNIX : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // Tests of other suites may keep all threads of Swift's pool for that long.
        var patience = timeval(tv_sec: 300, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let result: Int32
        switch way {
        case .socket:
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array((directory + "/api.sock").utf8)) }
            result = Self.connect(number, &address)
        case .loopback:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            result = Self.connect(number, &address)
        }
        guard result == 0 else { throw SystemError(call: "connect") }
        return number
    }

    private static func connect<Address>(_ number: Int32, _ address: inout Address) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(number, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    /// A request and its whole answer.
    func call(
        _ method: String, _ target: String, by way: Way = .socket, _ fields: [String] = [], body: String = "",
        host: String = "localhost"
    ) async throws -> Answer {
        let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
        let lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)", "Connection: close"] + fields + length
        return Answer(try await say(lines.joined(separator: "\r\n") + "\r\n\r\n" + body, by: way))
    }
}

/// A response, taken apart.
struct Answer {
    let status: Int
    let fields: [String: String]
    let body: String

    init(_ text: String) {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        fields = Dictionary(
            lines.dropFirst().map { line in
                let sides = line.split(separator: ":", maxSplits: 1)
                return (sides[0].lowercased(), String(sides.last ?? "").trimmed)
            }, uniquingKeysWith: { first, _ in first })
        body = parts.count > 1 ? String(parts[1]) : ""
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
