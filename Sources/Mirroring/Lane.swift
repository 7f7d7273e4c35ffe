import LinuxIO
import Synchronization
import Wire

/// A thread that waits for the disk, one task after the other, so that those who post tasks need not.
final class Lane<Task: Sendable>: Sendable {
    /// How long one that is busy may take to end; a dead disk must not hold up the end of the process.
    private static var grace: TimeSpan { .seconds(1) }

    private let inbox: Mailbox<Task?>
    private let wake: WakeUp
    private let thread = Mutex<EngineThread?>(nil)
    private let hasEnded = Atomic<Bool>(false)

    init() throws(SystemError) {
        let wake = try WakeUp()
        self.wake = wake
        inbox = Mailbox { wake.signal() }
    }

    /// - Parameters:
    ///   - deadline: when `look` is to be called though there is no task.
    ///   - look: called behind each task, too.
    func start(
        name: String, deadline: @escaping @Sendable () -> Instant?, look: @escaping @Sendable () -> Void,
        take: @escaping @Sendable (Task) -> Void
    ) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(wake.descriptor, token: 0)
        let waiting = HandOver(epoll)
        let started = try EngineThread(name: name) { [self] in
            let epoll = waiting.take()
            run(epoll, deadline: deadline, look: look, take: take)
            hasEnded.store(true, ordering: .releasing)
        }
        thread.withLock { $0 = started }
    }

    private func run(
        _ epoll: borrowing Epoll, deadline: () -> Instant?, look: () -> Void, take: (Task) -> Void
    ) {
        while (try? epoll.wait(deadline().map { max($0 - Clock.now, .zero) })) != nil {
            wake.clear()
            for task in inbox.drain() {
                guard let task else { return }
                take(task)
            }
            look()
        }
    }

    func post(_ task: Task) { inbox.post(task) }

    /// Ends the thread behind the tasks that were posted.
    func stop() {
        inbox.post(nil)
        guard let thread = thread.withLock({ $0.take() }) else { return }
        let deadline = Clock.now + Self.grace
        while !hasEnded.load(ordering: .acquiring), Clock.now < deadline { Clock.nap(.milliseconds(1)) }
        if hasEnded.load(ordering: .acquiring) { thread.join() }
    }
}
