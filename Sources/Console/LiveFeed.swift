import Hummingbird

/// What the live views ask the service.
enum LiveQuestion {
    static let status = "status json"
    static let sessions = "sessions json"
}

/// Asks the service once a second for all who listen, and sends each of them what changed. Nobody listens: nobody asks.
actor LiveFeed {
    /// Somebody who listens.
    private struct Listener {
        let news: AsyncStream<ByteBuffer>.Continuation
        /// Closes the connection of one who does not read.
        let drop: @Sendable () -> Void
    }

    private let asker: Asker
    private let interval: Duration
    private let executor: (any TaskExecutor)?
    private var listeners: [Int: Listener] = [:]
    private var nextNumber = 0
    private var last: Snapshot?
    private var count = 0
    private var isAsking = false

    private static let mostListeners = 64
    /// News that wait for one listener; who has not read so many is dropped.
    private static let mostWaiting = 8
    /// Each so many times all sessions are sent, so that those vanish that the service does not keep any more.
    private static let fullInterval = 30

    /// - Parameters:
    ///   - interval: between two questions; shorter in tests.
    ///   - executor: where to ask; nil for Swift's own pool.
    init(_ asker: Asker, interval: Duration = .seconds(1), on executor: (any TaskExecutor)? = nil) {
        self.asker = asker
        self.executor = executor
        self.interval = interval
    }

    /// Begins to listen: the whole picture comes first.
    ///
    /// - Parameter drop: closes the listener's connection; called when he reads too slowly.
    /// - Returns: his number, for `leave`, and what to send him.
    func join(
        drop: @escaping @Sendable () -> Void
    ) async throws(Refusal) -> (number: Int, news: AsyncStream<ByteBuffer>) {
        if last == nil {
            let asked: Snapshot
            do throws(AskFailure) {
                asked = try await ask()
            } catch {
                throw Refusal(error) { .unavailable($0) }
            }
            // Somebody else may have asked meanwhile, and all have to go on from the same picture.
            if last == nil {
                if !listeners.isEmpty { send(asked.whole) }
                last = asked
            }
        }
        guard let last else { throw .unavailable("the service does not answer") }
        guard listeners.count < Self.mostListeners else { throw .unavailable("\(Self.mostListeners) listen already") }
        let (news, continuation) = AsyncStream.makeStream(
            of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        continuation.yield(last.whole)
        nextNumber += 1
        listeners[nextNumber] = Listener(news: continuation, drop: drop)
        if !isAsking {
            isAsking = true
            Task(executorPreference: executor) { await self.keepAsking() }
        }
        return (nextNumber, news)
    }

    func leave(_ number: Int) {
        listeners.removeValue(forKey: number)?.news.finish()
    }

    private func keepAsking() async {
        while !listeners.isEmpty {
            try? await Task.sleep(for: interval)
            guard !listeners.isEmpty else { break }
            do throws(AskFailure) {
                let next = try await ask()
                count += 1
                send(count.isMultiple(of: Self.fullInterval) ? next.whole : next.changes(since: last))
                last = next
            } catch {
                // Proxies and browsers hold a line for dead that says nothing.
                send(ByteBuffer(string: ": the service does not answer\n\n"))
                // Who comes now is not shown an old picture.
                last = nil
            }
        }
        (isAsking, last) = (false, nil)
    }

    private func ask() async throws(AskFailure) -> Snapshot {
        Snapshot(
            status: try await asker.ask(LiveQuestion.status), sessions: try await asker.ask(LiveQuestion.sessions))
    }

    private func send(_ news: ByteBuffer) {
        for (number, listener) in listeners {
            switch listener.news.yield(news) {
            case .enqueued: break
            case .dropped, .terminated:
                listener.drop()
                leave(number)
            @unknown default: break
            }
        }
    }
}

/// What the service said at one moment.
struct Snapshot: Sendable {
    private let status: String
    private let sessions: [Substring]
    private let known: Set<Substring>

    /// - Parameters:
    ///   - status: an object.
    ///   - sessions: a line for each.
    init(status: String, sessions: String) {
        self.status = status
        self.sessions = sessions.split(separator: "\n")
        known = Set(self.sessions)
    }

    var whole: ByteBuffer { Self.event("status", status) + Self.event("sessions", Self.list(sessions, isFull: true)) }

    /// Sessions whose line is another than before.
    func changes(since before: Snapshot?) -> ByteBuffer {
        guard let before else { return whole }
        let changed = sessions.filter { !before.known.contains($0) }
        let status = Self.event("status", status)
        return changed.isEmpty ? status : status + Self.event("sessions", Self.list(changed, isFull: false))
    }

    private static func list(_ lines: [Substring], isFull: Bool) -> String {
        "{\"full\":\(isFull),\"sessions\":[\(lines.joined(separator: ","))]}"
    }

    /// As text/event-stream (HTML Living Standard §9.2.6): no line of the data is empty or ends early.
    private static func event(_ name: String, _ data: String) -> ByteBuffer {
        let lines = data.split(separator: "\n").map { "data: \($0)\n" }.joined()
        return ByteBuffer(string: "event: \(name)\n\(lines)\n")
    }
}

extension ByteBuffer {
    fileprivate static func + (left: ByteBuffer, right: ByteBuffer) -> ByteBuffer {
        var (all, right) = (left, right)
        all.writeBuffer(&right)
        return all
    }
}
