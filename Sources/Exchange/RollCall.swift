import Synchronization

/// A thread's sign of life: it is asked, and answers when it passes by. Between two questions that costs it a load.
package final class Pulse: Sendable {
    /// The thread, as `ps -L` shows it; event loops of HTTP by their numbers.
    package let name: String
    /// It waits for disks and file servers, which is its work; how long that takes says nothing of the service.
    package let mayWait: Bool
    private let wake: @Sendable (Pulse) -> Void
    private let asked = Atomic<Int>(0)
    private let answered = Atomic<Int>(0)

    fileprivate init(_ name: String, mayWait: Bool, wake: @escaping @Sendable (Pulse) -> Void) {
        self.name = name
        self.mayWait = mayWait
        self.wake = wake
    }

    /// The thread passes by: to be called where it has done what was there to be done, and takes up the next.
    package func beat() {
        let question = asked.load(ordering: .acquiring)
        if answered.load(ordering: .relaxed) != question { answered.store(question, ordering: .releasing) }
    }

    fileprivate func ask() {
        asked.add(1, ordering: .releasing)
        wake(self)
    }

    /// Whether it was asked and has not answered.
    package var isOwed: Bool { answered.load(ordering: .acquiring) != asked.load(ordering: .acquiring) }
}

/// The threads that have to get on for the service to be well. Nobody is asked, and nobody woken, unless somebody wants to know.
///
/// Not among them are those that wait for files or for other processes and keep no packet waiting: who opens files for HTTP, looks
/// after the root, fetches, or tells hooks.
package final class RollCall: Sendable {
    private let pulses = Mutex<[Pulse]>([])

    package init() {}

    /// Takes a thread in, to be asked from the next question on.
    ///
    /// - Parameters:
    ///   - name: as `ps -L` shows it.
    ///   - mayWait: see `Pulse.mayWait`.
    ///   - wake: makes the thread pass by and beat; called from another, must not wait.
    package func join(_ name: String, mayWait: Bool = false, wake: @escaping @Sendable (Pulse) -> Void) -> Pulse {
        let pulse = Pulse(name, mayWait: mayWait, wake: wake)
        pulses.withLock { $0.append(pulse) }
        return pulse
    }

    /// Asks every thread to pass by.
    package func ask() {
        for pulse in pulses.withLock({ $0 }) { pulse.ask() }
    }

    /// Those that were asked and have not answered.
    package var owing: [Pulse] { pulses.withLock { $0 }.filter(\.isOwed) }
}
