import NIOCore
import NIOPosix
import Synchronization

/// The threads that open what is on a disk. Of those, requests for one place (a directory of the root) keep a few at most, and the
/// others wait for them: who asks for something behind a file server that hangs stops nobody who asks for something else.
final class Openers: Sendable {
    private struct Task: Sendable {
        let wish: Wish
        /// Opens something, or is told that it is too late for that.
        let run: @Sendable (_ isActive: Bool) -> Void
    }

    /// Those of one place who wait.
    private struct Queue {
        var tasks = CircularBuffer<Task>()
        /// How many there may be before those are looked for who wait no more.
        var lookAt = 64
    }

    private struct State {
        var running: [String: Int] = [:]
        var waiting: [String: Queue] = [:]
        var isStopping = false
    }

    private let pool: NIOThreadPool
    private let share: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - threads: of them all.
    ///   - share: of one place.
    init(threads: Int, share: Int) {
        pool = NIOThreadPool(numberOfThreads: threads)
        self.share = share
        pool.start()
    }

    /// Does something that may wait.
    ///
    /// - Parameters:
    ///   - place: whose share it is (`NameResolution.place`).
    ///   - wish: withdrawn by who is gone meanwhile.
    /// - Returns: what came of it, on `eventLoop`; an error when nobody wishes it any more, or the threads are stopping.
    func run<Outcome: Sendable>(
        for place: String, _ wish: Wish, eventLoop: any EventLoop, _ work: @escaping @Sendable () -> Outcome
    ) -> EventLoopFuture<Outcome> {
        let promise = eventLoop.makePromise(of: Outcome.self)
        let task = Task(wish: wish) { isActive in
            if isActive, !wish.isWithdrawn { promise.succeed(work()) } else { promise.fail(CancellationError()) }
        }
        let (fate, gone) = admit(task, place)
        switch fate {
        case .begins: begin(task, place)
        case .waits: break
        case .comesTooLate: task.run(false)
        }
        for task in gone { task.run(false) }
        return promise.futureResult
    }

    private enum Fate {
        case begins, waits, comesTooLate
    }

    /// - Returns: beside what becomes of it, those who waited and wait no more: behind a disk that hangs for hours, those who
    ///   come and go again must not pile up.
    private func admit(_ task: Task, _ place: String) -> (Fate, gone: [Task]) {
        state.withLock { state in
            if state.isStopping { return (.comesTooLate, []) }
            if state.running[place, default: 0] < share {
                state.running[place, default: 0] += 1
                return (.begins, [])
            }
            var queue = state.waiting.removeValue(forKey: place) ?? Queue()
            queue.tasks.append(task)
            var gone: [Task] = []
            if queue.tasks.count > queue.lookAt {
                let all = queue.tasks
                queue.tasks = CircularBuffer()
                for task in all {
                    if task.wish.isWithdrawn { gone.append(task) } else { queue.tasks.append(task) }
                }
                queue.lookAt = 64 + 2 * queue.tasks.count
            }
            state.waiting[place] = queue
            return (.waits, gone)
        }
    }

    private func begin(_ task: Task, _ place: String) {
        pool.submit { [self] word in
            task.run(word == .active)
            if let next = next(place) { begin(next, place) }
        }
    }

    /// Who comes when one of a place has ended.
    private func next(_ place: String) -> Task? {
        state.withLock { state in
            if let next = state.waiting[place]?.tasks.popFirst() {
                if state.waiting[place]?.tasks.isEmpty == true { state.waiting[place] = nil }
                return next
            }
            let left = (state.running[place] ?? 1) - 1
            state.running[place] = left == 0 ? nil : left
            return nil
        }
    }

    /// Whoever still waits is told that it is too late. Not waited for: a thread that waits for a dead disk would keep the
    /// process from ending.
    func stop() {
        let left = state.withLock { state in
            state.isStopping = true
            defer { state.waiting = [:] }
            return state.waiting.values.flatMap(\.tasks)
        }
        for task in left { task.run(false) }
        pool.shutdownGracefully { _ in }
    }
}

/// That somebody wants something opened; one who is gone wants it no more.
final class Wish: Sendable {
    private let withdrawn = Atomic<Bool>(false)

    var isWithdrawn: Bool { withdrawn.load(ordering: .relaxed) }

    func withdraw() { withdrawn.store(true, ordering: .relaxed) }
}
