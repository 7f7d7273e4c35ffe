package import BootPolicy
package import Exchange
package import Fetching
import Hooks
package import LinuxIO
import Synchronization
package import Wire

/// Tells hooks what they hear of: commands by the process that runs them, endpoints by the one that asks other servers.
///
/// Nobody waits for it. One thread, `hooks`, owns all that waits to be told and all that is under way.
package final class HookDesk: Sendable {
    fileprivate enum Task: Sendable {
        case tell(Hook, HookEvent, time: Int64)
        /// An endpoint said its last word.
        case answered(UInt64, FetchNews)
        case stop
    }

    private let inbox: Mailbox<Task>
    private let crowd: Crowd
    private let thread: EngineThread

    /// - Parameters:
    ///   - runner: the way to the process that runs commands; nil when there was none to be started.
    ///   - fetcher: who takes events to endpoints; nil likewise.
    ///   - pauses: how long an endpoint is left alone behind each try that was in vain; behind the last nothing more is tried.
    /// - Throws: `SystemError` when the system has no thread or descriptor left.
    package init(
        runner: HandOver<ChannelSocket>?, fetcher: (any FetchTaker)?, events: EventRing, counters: EngineCounters,
        pauses: [TimeSpan] = [.seconds(2), .seconds(10)]
    ) throws(SystemError) {
        let wake = try WakeUp()
        let inbox = Mailbox<Task> { wake.signal() }
        let epoll = HandOver(try Epoll())
        let crowd = Crowd()
        self.crowd = crowd
        self.inbox = inbox
        thread = try EngineThread(name: "hooks") {
            var office = HookOffice(runner?.take(), epoll.take(), wake, inbox, fetcher, events, counters, crowd, pauses)
            office.run()
            crowd.end()
        }
    }

    /// Has a hook told, and comes back at once; from any thread.
    ///
    /// - Parameter time: when it happened, in milliseconds since 1970.
    package func tell(_ hook: Hook, _ event: HookEvent, _ time: Int64) {
        // Nobody would take it out any more.
        guard !crowd.isOver.load(ordering: .relaxed) else { return }
        inbox.post(.tell(hook, event, time: time))
    }

    /// Whether so much waits for a hook that hears of waking that who wakes should wait.
    package var isCrowded: Bool { crowd.isThere.load(ordering: .relaxed) }

    /// Drops what waits, and closes the channel, at which commands that run are killed; to be called once.
    package func stop() {
        inbox.post(.stop)
        thread.join()
    }
}

/// What the desk knows of the thread's queues.
private final class Crowd: Sendable {
    let isThere = Atomic(false)
    /// The thread has ended.
    let isOver = Atomic(false)

    func end() {
        isOver.store(true, ordering: .relaxed)
        isThere.store(false, ordering: .relaxed)
    }
}

/// What the thread `hooks` owns.
private struct HookOffice: ~Copyable {
    private enum Token {
        static let runner: UInt64 = 1
        static let wake: UInt64 = 2
    }

    private static let gone = "the process that runs commands is gone; restart the service"
    /// What the channel to that process gets when it is full.
    private static let pause = TimeSpan.milliseconds(50)

    private var runner: ChannelSocket?
    private let epoll: Epoll
    private let wake: WakeUp
    private let inbox: Mailbox<HookDesk.Task>
    private let fetcher: (any FetchTaker)?
    private let events: EventRing
    private let counters: EngineCounters
    private let crowd: Crowd
    private let pauses: [TimeSpan]
    /// By the hooks' names.
    private var queues: [String: HookQueue] = [:]
    private var lastNumber: UInt64 = 0
    /// The channel was full: no command before this.
    private var commandsFrom = Instant(nanoseconds: 0)

    init(
        _ runner: consuming ChannelSocket?, _ epoll: consuming Epoll, _ wake: WakeUp, _ inbox: Mailbox<HookDesk.Task>,
        _ fetcher: (any FetchTaker)?, _ events: EventRing, _ counters: EngineCounters, _ crowd: Crowd,
        _ pauses: [TimeSpan]
    ) {
        self.crowd = crowd
        self.pauses = pauses
        self.runner = consume runner
        self.epoll = epoll
        self.wake = wake
        self.inbox = inbox
        self.fetcher = fetcher
        self.events = events
        self.counters = counters
    }

    mutating func run() {
        do throws(SystemError) {
            try epoll.add(wake.descriptor, token: Token.wake)
            try watchRunner()
            while true {
                _ = try epoll.wait(patience)
                wake.clear()
                for task in inbox.drain() {
                    guard take(task) else { return }
                }
                receive()
                expire()
                begin()
                queues = queues.filter { !$0.value.isEmpty }
                let isCrowded = queues.values.contains { $0.isHalfFull && $0.hears(of: .wake) }
                crowd.isThere.store(isCrowded, ordering: .relaxed)
            }
        } catch {
            events.record(.notice(Notice(.error, "hooks are told of nothing any more: \(error)")))
        }
    }

    private borrowing func watchRunner() throws(SystemError) {
        switch runner {
        case .some(let runner): try epoll.add(runner.descriptor, token: Token.runner)
        case .none: return
        }
    }

    private var patience: TimeSpan? {
        let now = Clock.now
        let takesCommands = takesCommands(now)
        var deadlines = queues.values.compactMap { $0.deadline(takesCommands: takesCommands) }
        if commandsFrom > now { deadlines.append(commandsFrom) }
        return deadlines.min().map { max($0 - now, .zero) }
    }

    /// Whether one more command may be ordered; what may not waits in its queue.
    private func takesCommands(_ now: Instant) -> Bool {
        now >= commandsFrom && queues.values.reduce(0) { $0 + $1.runningCommands.count } < HookRunner.mostAtOnce
    }

    /// - Returns: false when it is time to end.
    private mutating func take(_ task: HookDesk.Task) -> Bool {
        switch task {
        case .tell(let hook, let event, let time): add(hook, event, time)
        case .answered(let number, let news): settle(number, failure: Self.failure(news))
        case .stop: return false
        }
        return true
    }

    private mutating func add(_ hook: Hook, _ event: HookEvent, _ time: Int64) {
        let body = Array((HookMessage.text(event, time: time) + "\n").utf8)
        var queue = queues[hook.name] ?? HookQueue()
        let wasOverflowing = queue.overflows
        if !queue.add(HookDelivery(hook: hook, event: event, body: body, now: Clock.now)) {
            counters.add(.hooksDropped)
            let text =
                "the hook \(hook.name) is too slow: \(HookQueue.mostWaiting) events wait for it, and it is not told of more "
                + "until all of those are under way"
            if !wasOverflowing { events.record(.notice(Notice(.warning, text))) }
        }
        queues[hook.name] = queue
    }

    /// Begins all that there is room for; where that is short, the hooks that have least of it come first.
    private mutating func begin() {
        for name in queues.sorted(by: { $0.value.runningCount < $1.value.runningCount }).map(\.key) {
            while let delivery = next(of: name) {
                switch delivery.hook.way {
                case .command(let words): order(words, delivery)
                case .url(let url): post(to: url, delivery)
                }
            }
        }
    }

    private mutating func next(of name: String) -> HookDelivery? {
        let now = Clock.now
        let takesCommands = takesCommands(now)
        let next = queues[name]?.next(lastNumber + 1, now: now, takesCommands: takesCommands)
        if next != nil { lastNumber += 1 }
        return next
    }

    // MARK: Commands

    private mutating func order(_ words: [String], _ delivery: HookDelivery) {
        let order = HookOrder(
            number: delivery.number, words: words, timeout: delivery.hook.timeout, input: delivery.body)
        let message = order.encoded
        guard message.count <= ChannelSocket.longestMessage else {
            return settle(delivery.number, failure: "its words are too long")
        }
        do throws(SystemError) {
            if try !send(message) { settle(delivery.number, failure: Self.gone) }
        } catch {
            if error.isWouldBlock {
                commandsFrom = Clock.now + Self.pause
                queues[delivery.hook.name]?.putBack(delivery)
                return
            }
            // Of a broken channel `receive` hears at once.
            settle(delivery.number, failure: "\(error)")
        }
    }

    /// - Returns: whether there is somebody to send it to.
    private borrowing func send(_ message: [UInt8]) throws(SystemError) -> Bool {
        switch runner {
        case .some(let runner):
            try runner.send(message, waits: false)
            return true
        case .none: return false
        }
    }

    /// Takes all that was reported.
    private mutating func receive() {
        while let message = next() {
            guard !message.isEmpty else { return loseRunner() }
            guard let report = try? HookReport(message) else { continue }
            settle(report.number, failure: report.ending.failure, said: report.said)
        }
    }

    /// The next message; nil when there is none now, an empty one when none will come any more.
    private borrowing func next() -> [UInt8]? {
        switch runner {
        case .some(let runner):
            do throws(SystemError) {
                return try runner.receive().message
            } catch {
                return error.isWouldBlock ? nil : []
            }
        case .none: return nil
        }
    }

    private mutating func loseRunner() {
        runner = nil
        events.record(.notice(Notice(.error, Self.gone)))
        for name in queues.keys {
            for number in queues[name]?.runningCommands ?? [] { settle(number, failure: Self.gone) }
        }
    }

    // MARK: Endpoints

    private func post(to url: String, _ delivery: HookDelivery) {
        let (number, inbox, hook) = (delivery.number, inbox, delivery.hook)
        var request = FetchRequest(url: url)
        request.method = .post
        request.fields = ["Content-Type: application/json"]
        if !hook.token.isEmpty { request.fields.append("Authorization: Bearer \(hook.token)") }
        request.body = delivery.body
        request.authorities = hook.authorities
        request.limits.connect = hook.timeout
        request.limits.whole = hook.timeout
        guard let fetcher else {
            return inbox.post(
                .answered(number, .failed(FetchFailure(.unavailable, "nobody was started who could ask"))))
        }
        fetcher.start(request, into: nil) { news in
            if news.isLast { inbox.post(.answered(number, news)) }
        }
    }

    private static func failure(_ news: FetchNews) -> String? {
        switch news {
        case .finished(let head, _, _): (200..<300).contains(head.status) ? nil : "status \(head.status)"
        case .failed(let failure): failure.description
        case .began, .progress: "the answer has no end"
        }
    }

    // MARK: Ends

    private mutating func expire() {
        let now = Clock.now
        for name in queues.keys {
            for number in queues[name]?.overdue(now: now) ?? [] { settle(number, failure: "nothing was heard of it") }
        }
    }

    /// A delivery has come to its end, or to another try.
    private mutating func settle(_ number: UInt64, failure: String?, said: String = "") {
        for name in queues.keys {
            guard let delivery = queues[name]?.end(number) else { continue }
            let now = Clock.now
            if failure != nil, !delivery.hook.isCommand, delivery.tries <= pauses.count {
                queues[name]?.postpone(delivery, until: now + pauses[delivery.tries - 1])
                return
            }
            counters.add(failure == nil ? .hooksTold : .hooksFailed)
            events.record(
                .hook(
                    HookOutcome(
                        hook: name, event: delivery.event, failure: failure, duration: now - (delivery.begun ?? now),
                        tries: delivery.tries, said: said)))
            return
        }
    }
}

extension HookReport.Ending {
    /// Nil for a command that ended well.
    fileprivate var failure: String? {
        switch self {
        case .exited(0): nil
        case .exited(let status): "exit status \(status)"
        case .killed(let signal): "killed by signal \(signal)"
        case .timedOut: "it took too long and was killed"
        case .failed(let why): why
        }
    }
}
