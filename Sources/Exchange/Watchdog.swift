package import Wire

/// Decides when the service manager hears that all threads get on (WATCHDOG=1 of sd_notify(3)).
///
/// All are asked, and half the manager's limit later each has to have passed by: then the manager hears it, and all are asked
/// anew. As long as one owes its answer the manager hears nothing. So a thread that hangs is noticed after one and a half
/// times the limit at the latest, and a service without work wakes each thread once in half of it.
///
/// Those that may wait (`Pulse.mayWait`) are told of, and hold nothing up. Time comes in as an argument.
package struct Watchdog: Sendable {
    /// A thread that has not passed by.
    package struct Absence: Hashable, Sendable {
        package let name: String
        package let mayWait: Bool

        package init(name: String, mayWait: Bool) {
            self.name = name
            self.mayWait = mayWait
        }
    }

    /// What became clear at a look.
    package struct Look: Equatable, Sendable {
        /// The manager is to hear that all is well, and all threads are to be asked anew.
        package var isWell = false
        /// Threads that have been asked for this long and have not passed by; each is told once.
        package var stuck: [Told] = []
        /// Those of them that have passed by after all, and how long that took.
        package var back: [Told] = []
    }

    package struct Told: Equatable, Sendable {
        package let absence: Absence
        package let time: TimeSpan
    }

    private let half: TimeSpan
    /// When those who owe an answer were asked.
    private var since: [Absence: Instant] = [:]
    private var told: Set<Absence> = []
    private var asked: Instant
    /// When to look next.
    package private(set) var deadline: Instant

    /// All threads are asked at `now`.
    ///
    /// - Parameter limit: how long the manager goes without a word.
    package init(limit: TimeSpan, now: Instant) {
        half = limit / 2
        asked = now
        deadline = now + half
    }

    /// - Parameter owing: those who were asked and have not passed by; asked for only when it is time to look.
    /// - Returns: nil when it is not yet time to look.
    package mutating func look(now: Instant, owing: () -> [Absence]) -> Look? {
        guard now >= deadline else { return nil }
        let owing = owing()
        var look = Look()
        for absence in owing where since[absence] == nil { since[absence] = asked }
        for (absence, time) in since where !owing.contains(absence) {
            since[absence] = nil
            if told.remove(absence) != nil { look.back.append(Told(absence: absence, time: now - time)) }
        }
        for (absence, time) in since where told.insert(absence).inserted {
            look.stuck.append(Told(absence: absence, time: now - time))
        }
        look.stuck.sort { $0.absence.name < $1.absence.name }
        look.back.sort { $0.absence.name < $1.absence.name }
        look.isWell = owing.allSatisfy(\.mayWait)
        if look.isWell { asked = now }
        // Who is late is looked for more often: there is time left until the manager's patience ends.
        deadline = now + (look.isWell ? half : half / 8)
        return look
    }
}
