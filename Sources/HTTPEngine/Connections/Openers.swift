import NIOCore
import NIOPosix
import Synchronization

/// The threads that open what is on a disk. Of those, the requests for one directory of the root keep a few at most, and the
/// others wait for them: who asks for something behind a file server that hangs stops nobody who asks for something else.
final class Openers: Sendable {
    /// Opens something, or is told that it is too late for that.
    private typealias Task = @Sendable (_ isActive: Bool) -> Void

    private struct State {
        var running: [String: Int] = [:]
        var waiting: [String: CircularBuffer<Task>] = [:]
        var isStopping = false
    }

    private let pool: NIOThreadPool
    private let share: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - threads: of them all.
    ///   - share: of one directory.
    init(threads: Int, share: Int) {
        pool = NIOThreadPool(numberOfThreads: threads)
        self.share = share
        pool.start()
    }

    /// Does something that may wait.
    ///
    /// - Parameter directory: the first part of the path that is asked for.
    /// - Returns: what came of it, on `eventLoop`; an error when the threads are stopping.
    func run<Outcome: Sendable>(
        for directory: String, eventLoop: any EventLoop, _ work: @escaping @Sendable () -> Outcome
    ) -> EventLoopFuture<Outcome> {
        let promise = eventLoop.makePromise(of: Outcome.self)
        let task: Task = { isActive in
            if isActive { promise.succeed(work()) } else { promise.fail(CancellationError()) }
        }
        switch admit(task, directory) {
        case .begins: begin(task, directory)
        case .waits: break
        case .comesTooLate: task(false)
        }
        return promise.futureResult
    }

    private enum Fate {
        case begins, waits, comesTooLate
    }

    private func admit(_ task: @escaping Task, _ directory: String) -> Fate {
        state.withLock { state in
            if state.isStopping { return .comesTooLate }
            if state.running[directory, default: 0] < share {
                state.running[directory, default: 0] += 1
                return .begins
            }
            state.waiting[directory, default: CircularBuffer()].append(task)
            return .waits
        }
    }

    private func begin(_ task: @escaping Task, _ directory: String) {
        pool.submit { [self] word in
            task(word == .active)
            if let next = next(directory) { begin(next, directory) }
        }
    }

    /// Who comes when one of a directory has ended.
    private func next(_ directory: String) -> Task? {
        state.withLock { state in
            if let next = state.waiting[directory]?.popFirst() {
                if state.waiting[directory]?.isEmpty == true { state.waiting[directory] = nil }
                return next
            }
            let left = (state.running[directory] ?? 1) - 1
            state.running[directory] = left == 0 ? nil : left
            return nil
        }
    }

    /// Whoever still waits is told that it is too late. Not waited for: a thread that waits for a dead disk would keep the
    /// process from ending.
    func stop() {
        let left = state.withLock { state in
            state.isStopping = true
            defer { state.waiting = [:] }
            return state.waiting.values.flatMap { $0 }
        }
        for task in left { task(false) }
        pool.shutdownGracefully { _ in }
    }
}
