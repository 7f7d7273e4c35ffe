package import LinuxIO
import Synchronization

/// A file that is being fetched, for all who wait for it: how far it has come, and how that ended.
///
/// Filled by one thread, looked at by any. Nobody polls: who has seen all that is there leaves word, and hears of the next
/// news once.
package final class GrowingFile: Sendable {
    package struct Progress: Equatable, Sendable {
        /// Octets that it will have; nil while that is not known, or while it must not be given out before all is there.
        package var size: Int64?
        /// Octets that are there.
        package var octets: Int64 = 0
        package var outcome: Outcome?
    }

    package enum Outcome: Equatable, Sendable {
        /// Who asks for it again gets it.
        case complete
        case failed(AssetProblem)
    }

    private struct State {
        var progress = Progress()
        var file: SharedDescriptor?
        var waiting: [@Sendable () -> Void] = []
        var waitingForEnd: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let name: String

    /// - Parameter name: for messages.
    package init(name: String) {
        self.name = name
    }

    /// Says where the octets are; to be called before the first of them is told of.
    package func attach(_ file: SharedDescriptor) {
        state.withLock { $0.file = file }
    }

    /// The octets that are there, to be read by one who sends them.
    package func open() throws(SystemError) -> OpenFile {
        guard let file = state.withLock(\.file) else { throw .stale("open", name) }
        return try file.reopened(name)
    }

    package var progress: Progress { state.withLock(\.progress) }

    /// How far it has come; or nil when that is no more than `seen`, and then `tell` is called once when it is. It is called on
    /// the filling thread and must not wait.
    package func progress(beyond seen: Progress, _ tell: @escaping @Sendable () -> Void) -> Progress? {
        state.withLock { state in
            guard state.progress == seen else { return state.progress }
            state.waiting.append(tell)
            return nil
        }
    }

    /// Calls `tell` once when it has ended, on the filling thread, where it must not wait; or at once.
    package func whenEnded(_ tell: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state in
            if state.progress.outcome == nil { state.waitingForEnd.append(tell) }
            return state.progress.outcome != nil
        }
        if hasEnded { tell() }
    }

    /// News from the filling thread; what comes behind the outcome is no news.
    package func update(_ change: (inout Progress) -> Void) {
        let waiting = state.withLock { state -> [@Sendable () -> Void] in
            let before = state.progress
            guard before.outcome == nil else { return [] }
            change(&state.progress)
            guard state.progress != before else { return [] }
            var waiting = state.waiting
            state.waiting = []
            if state.progress.outcome != nil {
                waiting += state.waitingForEnd
                state.waitingForEnd = []
            }
            return waiting
        }
        for tell in waiting { tell() }
    }
}
