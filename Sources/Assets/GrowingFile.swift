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

    /// One who waits for news.
    package typealias Ticket = UInt64

    private struct State {
        var progress = Progress()
        var file: SharedDescriptor?
        var waiting: [Ticket: @Sendable () -> Void] = [:]
        var lastTicket: Ticket = 0
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

    /// Calls `tell` once when it has come further than `seen`, on the filling thread, where it must not wait.
    ///
    /// - Returns: what `forget` takes, for who goes before that; nil when there is more already, and `tell` is not called.
    package func awaitNews(beyond seen: Progress, _ tell: @escaping @Sendable () -> Void) -> Ticket? {
        state.withLock { state in
            guard state.progress == seen else { return nil }
            state.lastTicket += 1
            state.waiting[state.lastTicket] = tell
            return state.lastTicket
        }
    }

    /// Somebody waits no more: while nothing comes, those who come and go again must not pile up.
    package func forget(_ ticket: Ticket) {
        state.withLock { $0.waiting[ticket] = nil }
    }

    /// How many wait for news.
    package var waitingCount: Int { state.withLock(\.waiting.count) }

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
            // First come first.
            var waiting = state.waiting.sorted { $0.key < $1.key }.map(\.value)
            state.waiting = [:]
            if state.progress.outcome != nil {
                waiting += state.waitingForEnd
                state.waitingForEnd = []
            }
            return waiting
        }
        for tell in waiting { tell() }
    }
}
