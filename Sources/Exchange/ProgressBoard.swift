package import BootPolicy
import Synchronization
package import Wire

/// How far one TFTP transfer is.
package struct TransferProgress: Sendable {
    package var facts: TransferFacts
    /// The install that it belongs to.
    package var install: InstallToken?
    /// Octets that the client has acknowledged.
    package var bytes: Int64
    /// Blocks sent again.
    package var retransmitted: Int64
    package var age: TimeSpan
    /// How long ago the client acknowledged something new, or asked.
    package var silence: TimeSpan

    package init(
        facts: TransferFacts, install: InstallToken?, bytes: Int64, retransmitted: Int64, age: TimeSpan,
        silence: TimeSpan
    ) {
        self.facts = facts
        self.install = install
        self.bytes = bytes
        self.retransmitted = retransmitted
        self.age = age
        self.silence = silence
    }
}

/// How far one response of HTTP is.
package struct DownloadProgress: Sendable {
    package var client: IPEndpoint
    /// As asked for, printable, tokens masked.
    package var path: String
    /// The install that it belongs to.
    package var install: InstallToken?
    /// Octets of body that the kernel has taken; it holds some that the client has not.
    package var bytes: Int64
    /// Octets of body that will be sent; 0 as long as that is not known.
    package var size: Int64
    package var age: TimeSpan
    /// How long ago the kernel took something, or something came from the disk or another server.
    package var silence: TimeSpan

    package init(
        client: IPEndpoint, path: String, install: InstallToken?, bytes: Int64, size: Int64, age: TimeSpan,
        silence: TimeSpan
    ) {
        self.client = client
        self.path = path
        self.install = install
        self.bytes = bytes
        self.size = size
        self.age = age
        self.silence = silence
    }
}

/// Where workers write down what they are doing when somebody asks; while nobody does, it costs them nothing.
package final class ProgressBoard<Progress: Sendable>: Sendable {
    private struct State {
        /// What stirs each worker.
        var wakes: [@Sendable () -> Void] = []
        /// The workers that have not answered yet.
        var missing: Set<Int> = []
        var answers: [Progress] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// A worker takes part.
    ///
    /// - Parameter wake: stirs it when somebody asks; it must not wait.
    /// - Returns: the worker's number on this board.
    package func join(wake: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.wakes.append(wake)
            return state.wakes.count - 1
        }
    }

    /// All workers have ended.
    package func close() {
        state.withLock { $0 = State() }
    }

    /// Asks all workers.
    package func ask() {
        let wakes = state.withLock { state in
            state.missing = Set(state.wakes.indices)
            state.answers = []
            return state.wakes
        }
        for wake in wakes { wake() }
    }

    /// Whether a worker has still to answer.
    package func waits(for worker: Int) -> Bool {
        state.withLock { $0.missing.contains(worker) }
    }

    package func answer(_ progress: [Progress], of worker: Int) {
        state.withLock { state in
            guard state.missing.remove(worker) != nil else { return }
            state.answers += progress
        }
    }

    /// What all workers answered, in no order; nil as long as one is missing.
    package func answers() -> [Progress]? {
        state.withLock { $0.missing.isEmpty ? $0.answers : nil }
    }
}
