package import LinuxIO
package import Transfers
package import Wire

/// What only the whole swarm can count.
struct SwarmTally {
    var strays = 0
    var coalesced = 0
    var lost = 0
    var lostAnswers = 0
    var reordered = 0
    var mostActive = 0
    var refusedSends = 0
    var refusal: SystemError?
    var drops = 0
}

/// How a swarm fared.
package struct SwarmReport: Sendable {
    /// Why a client has no file.
    package enum Failure: Hashable, Sendable {
        case receiving(ReceivingFailure)
        /// A wrong octet, or too few or too many.
        case wrongContents
        /// Time was up.
        case unfinished
        case neverStarted
    }

    package private(set) var clients = 0
    package private(set) var completed = 0
    package private(set) var failures: [Failure: Int] = [:]
    /// Octets of files, those of unfinished ones included.
    package private(set) var bytes: Int64 = 0
    package let makespan: TimeSpan
    /// Seconds from the request to the last block, of those that completed.
    package private(set) var completion = Distribution([])
    /// Octets a second of those that completed.
    package private(set) var rates = Distribution([])
    /// Seconds from the request to the first answer.
    package private(set) var firstAnswer = Distribution([])
    /// DATA packets that the received blocks needed.
    package private(set) var needed: Int64 = 0
    /// Sums over all clients.
    package private(set) var dataReceived = 0
    package private(set) var duplicates = 0
    package private(set) var gaps = 0
    package private(set) var ahead = 0
    package private(set) var acknowledgements = 0
    package private(set) var repeatedRequests = 0
    package private(set) var repeatedAcknowledgements = 0
    package private(set) var withOptions = 0
    /// Datagrams from a wrong port, or to nobody.
    package private(set) var strays = 0
    package private(set) var coalesced = 0
    /// What the swarm itself lost or swapped, as it was told to.
    package private(set) var lost = 0
    package private(set) var lostAnswers = 0
    package private(set) var reordered = 0
    package private(set) var mostActive = 0
    /// What the swarm could not send, and could not receive in time: its figures are then its own limit.
    package private(set) var refusedSends = 0
    package private(set) var refusal: SystemError?
    package private(set) var drops = 0
    package var ownTime = TimeSpan.zero
    package var processTime: TimeSpan?

    package var failed: Int { failures.values.reduce(0, +) }
    package var mebibytes: Double { Double(bytes) / 1_048_576 }

    init(_ rows: [SwarmClient], _ tally: SwarmTally, _ plan: SwarmPlan, makespan: TimeSpan) {
        self.makespan = makespan
        clients = plan.clients
        strays = tally.strays
        coalesced = tally.coalesced
        lost = tally.lost
        lostAnswers = tally.lostAnswers
        reordered = tally.reordered
        mostActive = tally.mostActive
        refusedSends = tally.refusedSends
        refusal = tally.refusal
        drops = tally.drops
        for row in rows { add(row) }
        if rows.count < plan.clients { failures[.neverStarted] = plan.clients - rows.count }
        let done = rows.filter { $0.session.phase == .complete && !$0.isWrong }
        let seconds = done.map { ($0.ended - $0.started).seconds }
        completion = Distribution(seconds)
        rates = Distribution(zip(done, seconds).map { Double(max($0.session.received, 1)) / max($1, 1e-9) })
        let heard = rows.filter { $0.answered != .zero }
        firstAnswer = Distribution(heard.map { ($0.answered - $0.started).seconds })
    }

    private mutating func add(_ row: SwarmClient) {
        let counted = row.session.statistics
        bytes += row.session.received
        needed += row.session.blocks
        dataReceived += Int(counted.dataReceived)
        duplicates += Int(counted.duplicates)
        gaps += Int(counted.gaps)
        ahead += Int(counted.ahead)
        acknowledgements += Int(counted.acknowledgements)
        repeatedRequests += Int(counted.repeatedRequests)
        repeatedAcknowledgements += Int(counted.repeatedAcknowledgements)
        strays += Int(counted.foreign)
        withOptions += row.session.hasOptions ? 1 : 0
        if row.isWrong {
            failures[.wrongContents, default: 0] += 1
        } else if let failure = row.session.failure {
            failures[.receiving(failure), default: 0] += 1
        } else if row.isUnderWay {
            failures[.unfinished, default: 0] += 1
        } else {
            completed += 1
        }
    }
}
