import Transfers
import Wire

/// One client of a swarm: a row in its table.
struct SwarmClient {
    var session: ReceivingSession
    /// When it sent its first request, heard its first answer, and ended; zero for not yet.
    let started: Instant
    var answered = Instant.zero
    var ended = Instant.zero
    /// What it will say when it has thought.
    var thought = Reaction.Answer.nothing
    /// A wrong octet or length came.
    var isWrong = false

    var isUnderWay: Bool { ended == .zero }
}

extension Instant {
    static var zero: Instant { Instant(nanoseconds: 0) }
}
