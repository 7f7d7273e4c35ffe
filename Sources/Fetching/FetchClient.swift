package import LinuxIO
import Synchronization
import Wire

/// Who takes requests: the process that fetches, or what plays it in tests.
package protocol FetchTaker: Sendable {
    /// Asks for something and comes back at once; from any thread.
    ///
    /// - Parameters:
    ///   - file: where the body goes, from its first octet on; nil to get it in memory.
    ///   - tell: hears what becomes of it, on a thread that others wait for: it must not wait.
    /// - Returns: the request's number, for `cancel`.
    @discardableResult
    func start(
        _ request: FetchRequest, into file: SharedDescriptor?, tell: @escaping @Sendable (FetchNews) -> Void
    ) -> UInt64

    /// Nobody wants to hear more of it. What was under way already may still be told.
    func cancel(_ number: UInt64)
}

/// The service's side of the channel: hands requests to the process that fetches, and its reports to those who asked.
///
/// Engines only post to a mailbox. One thread, `fetch`, owns the socket and all that waits for an answer; it never waits for
/// the other process, which may hang.
package final class FetchClient: FetchTaker {
    private let inbox: Mailbox<Task>
    private let lastNumber = Atomic<FetchNumber>(0)
    private let thread: EngineThread

    fileprivate enum Task: Sendable {
        case start(FetchNumber, FetchRequest, SharedDescriptor?, @Sendable (FetchNews) -> Void)
        case cancel(FetchNumber)
        case stop
    }

    /// - Parameter complain: hears, on the thread `fetch`, that the process that fetches died, in a sentence.
    /// - Throws: `SystemError` when the system has no thread or descriptor left.
    package init(
        _ socket: HandOver<ChannelSocket>, complain: @escaping @Sendable (String) -> Void
    ) throws(SystemError) {
        let wake = try WakeUp()
        let inbox = Mailbox<Task> { wake.signal() }
        let epoll = HandOver(try Epoll())
        self.inbox = inbox
        thread = try EngineThread(name: "fetch") {
            var desk = FetchDesk(socket.take(), epoll.take(), wake, complain)
            desk.run(inbox)
        }
    }

    @discardableResult
    package func start(
        _ request: FetchRequest, into file: SharedDescriptor? = nil,
        tell: @escaping @Sendable (FetchNews) -> Void
    ) -> UInt64 {
        let number = lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
        inbox.post(.start(number, request, file, tell))
        return number
    }

    package func cancel(_ number: UInt64) {
        inbox.post(.cancel(number))
    }

    /// Fails what is under way, ends the thread and closes the channel, at which the other process ends; to be called once.
    package func stop() {
        inbox.post(.stop)
        thread.join()
    }
}

/// What the thread `fetch` owns.
private struct FetchDesk: ~Copyable {
    /// Somebody who waits.
    struct Call {
        let tell: @Sendable (FetchNews) -> Void
        /// How long the other process may say nothing of it, and until when.
        let patience: TimeSpan
        var deadline: Instant
        /// Whether news of it prolongs that.
        let isFile: Bool
    }

    /// What the socket had no room for.
    private struct Waiting {
        let message: [UInt8]
        let file: SharedDescriptor?
    }

    private enum Token {
        static let socket: UInt64 = 1
        static let wake: UInt64 = 2
    }

    private static let mostCalls = 1024
    /// Beyond what libcurl's own limits should have ended.
    private static let grace = TimeSpan.seconds(2)
    /// How long a file may wait until a connection to its server is free.
    private static let turn = TimeSpan.seconds(60)

    private var socket: ChannelSocket?
    private let epoll: Epoll
    private let wake: WakeUp
    private let complain: @Sendable (String) -> Void
    private var calls: [FetchNumber: Call] = [:]
    private var outbox: [Waiting] = []

    init(
        _ socket: consuming ChannelSocket, _ epoll: consuming Epoll, _ wake: WakeUp,
        _ complain: @escaping @Sendable (String) -> Void
    ) {
        self.socket = consume socket
        self.epoll = epoll
        self.wake = wake
        self.complain = complain
    }

    mutating func run(_ inbox: Mailbox<FetchClient.Task>) {
        do throws(SystemError) {
            try epoll.add(wake.descriptor, token: Token.wake)
            try watch(output: nil)
            while true {
                _ = try epoll.wait(calls.values.map(\.deadline).min().map { max($0 - Clock.now, .zero) })
                wake.clear()
                for task in inbox.drain() {
                    guard take(task) else { return failAll(Self.stopped) }
                }
                flush()
                receive()
                expire()
            }
        } catch {
            complain("nothing can be fetched any more: \(error)")
            failAll(FetchFailure(.unavailable, "\(error)"))
        }
    }

    private static let stopped = FetchFailure(.unavailable, "the service ends")
    private static let gone = FetchFailure(
        .unavailable, "the process that fetches is gone and cannot be started again; restart the service")

    /// - Parameter output: whether to wait for room; nil at first.
    private borrowing func watch(output: Bool?) throws(SystemError) {
        switch socket {
        case .some(let socket):
            if let output {
                try epoll.modify(socket.descriptor, token: Token.socket, output: output)
            } else {
                try epoll.add(socket.descriptor, token: Token.socket)
            }
        case .none: return
        }
    }

    /// - Returns: false when it is time to end.
    private mutating func take(_ task: FetchClient.Task) -> Bool {
        switch task {
        case .start(let number, let request, let file, let tell): start(number, request, file, tell)
        case .cancel(let number):
            if calls.removeValue(forKey: number) != nil { send(.cancel(number)) }
        case .stop: return false
        }
        return true
    }

    private mutating func start(
        _ number: FetchNumber, _ request: FetchRequest, _ file: SharedDescriptor?,
        _ tell: @escaping @Sendable (FetchNews) -> Void
    ) {
        guard socket != nil else { return tell(.failed(Self.gone)) }
        guard calls.count < Self.mostCalls else {
            return tell(.failed(FetchFailure(.unavailable, "too many requests wait already")))
        }
        let order = FetchOrder.start(number, request, isFile: file != nil).encoded
        guard order.count <= ChannelSocket.longestMessage else {
            return tell(.failed(FetchFailure(.refused, "the request is too long")))
        }
        let limits = request.limits
        let patience = (limits.whole ?? limits.connect + limits.stall + Self.turn) + Self.grace
        calls[number] = Call(tell: tell, patience: patience, deadline: Clock.now + patience, isFile: file != nil)
        outbox.append(Waiting(message: order, file: file))
    }

    private mutating func send(_ order: FetchOrder) {
        outbox.append(Waiting(message: order.encoded, file: nil))
    }

    /// Sends what waits, as far as there is room.
    private mutating func flush() {
        guard !outbox.isEmpty else { return }
        var sent = 0
        do throws(SystemError) {
            while sent < outbox.count {
                try send(outbox[sent])
                sent += 1
            }
        } catch {
            // Of a broken channel `receive` hears at once.
            if !error.isWouldBlock { sent = outbox.count }
        }
        outbox.removeFirst(sent)
        try? watch(output: !outbox.isEmpty)
    }

    private borrowing func send(_ waiting: Waiting) throws(SystemError) {
        switch socket {
        case .some(let socket):
            try socket.send(waiting.message, file: waiting.file?.descriptor.number ?? -1, waits: false)
        case .none: return
        }
    }

    /// Takes all that was reported.
    private mutating func receive() {
        while let message = next() {
            guard !message.isEmpty else { return lose(Self.gone) }
            guard let report = try? FetchReport(message) else { continue }
            hear(report)
        }
    }

    /// The next message; nil when there is none now.
    private borrowing func next() -> [UInt8]? {
        switch socket {
        case .some(let socket):
            do throws(SystemError) {
                return try socket.receive().message
            } catch {
                return error.isWouldBlock ? nil : []
            }
        case .none: return nil
        }
    }

    private mutating func hear(_ report: FetchReport) {
        switch report {
        case .restarted:
            complain("the process that fetches died and was started again")
            // What the dead one never read is not to be carried out by the next.
            outbox = []
            for number in calls.keys { send(.cancel(number)) }
            failAll(FetchFailure(.fetcherDied, "the process that fetches died"))
        case .news(let number, let news):
            guard let call = calls[number] else { return }
            if news.isLast {
                calls[number] = nil
            } else if call.isFile {
                calls[number]?.deadline = Clock.now + call.patience
            }
            call.tell(news)
        }
    }

    /// The channel is closed from the other side.
    private mutating func lose(_ failure: FetchFailure) {
        socket = nil
        outbox = []
        complain(failure.description)
        failAll(failure)
    }

    private mutating func failAll(_ failure: FetchFailure) {
        let all = calls
        calls = [:]
        for call in all.values { call.tell(.failed(failure)) }
    }

    /// Ends what the other process should have ended itself.
    private mutating func expire() {
        let now = Clock.now
        for (number, call) in calls where call.deadline <= now {
            calls[number] = nil
            send(.cancel(number))
            call.tell(.failed(FetchFailure(.timeout, "the process that fetches does not answer")))
        }
        flush()
    }
}
