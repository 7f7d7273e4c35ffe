package import Wire

/// One transfer to one client, without sockets, clock or file: events go in, what to send comes out.
///
/// The owner calls a verb when something happens, then `nextTransmit` until it returns nil, then reads `deadline` and
/// calls `expire` when that has come. A session is a plain value of fixed size and never allocates.
package struct TFTPSession: Sendable {
    enum Phase {
        /// The OACK waits to be acknowledged by ACK 0 (RFC 2347).
        case offering
        case sending
        case finished
    }

    enum Probe {
        case unused
        case wanted
        case sent
    }

    /// What was agreed on.
    package let negotiated: Negotiated
    /// Octets of the file as sent.
    package let size: Int64
    /// When `expire` must be called next; `.never` once the session is over. Every other verb may move it.
    package private(set) var deadline: Instant = .never

    private let ignoresDuplicates: Bool
    var phase: Phase
    /// The OACK is due.
    var owesOptionAck: Bool
    /// The client repeated its request too soon after our answer.
    var owesRepeat = false
    var probe = Probe.unused
    /// The latest `nextTransmit` was the probe.
    var justProbed = false
    /// Milliseconds from the start until the client first acknowledged anything, at most a minute; `notHeard` while it has not.
    private var heardAfter = Self.notHeard
    /// The latest round trip that was measured, in microseconds, until it is taken; 0 for none.
    private var latestTrip: UInt32 = 0
    /// Nothing under way was repeated, so its acknowledgement measures the round trip (RFC 6298 §3).
    var isClean = true
    /// A timer ran out, and no short flight has gone since.
    private var mayBeShort = false
    /// A timer repeated something of what is under way, and the client has said nothing since.
    private var isTimed = false
    /// What was sent had not left this host when the clock last looked.
    private var isAtHome = false
    var window: SendWindow
    private(set) var timer: RetransmitTimer
    private let started: Instant
    /// The latest packet sent, the latest sent for the first time, the start of the wait, and the latest progress.
    var lastSent: Instant
    var lastFresh: Instant
    var waiting: Instant
    private var progress: Instant
    /// The latest acknowledgement of any meaning, echoes included.
    private var lastHeard: Instant

    /// A session whose first answer is due now.
    ///
    /// - Parameter size: octets of the file as sent, the netascii form for a netascii transfer.
    package init(negotiated: Negotiated, size: Int64, limits: TransferLimits, now: Instant) {
        precondition(size >= 0, "a file has no negative size")
        self.negotiated = negotiated
        self.size = size
        ignoresDuplicates = limits.ignoresDuplicates
        started = now
        phase = negotiated.needsOptionAck ? .offering : .sending
        owesOptionAck = negotiated.needsOptionAck
        // RFC 1350 §6: a whole number of blocks is followed by an empty one.
        window = SendWindow(last: size / Int64(negotiated.blockSize) + 1, size: negotiated.windowSize, now: now)
        timer = RetransmitTimer(negotiated)
        lastSent = now
        lastFresh = now
        waiting = now
        progress = now
        lastHeard = now
        arm()
    }

    /// Whether the client has acknowledged anything.
    package var isHeard: Bool { heardAfter != Self.notHeard }

    private static var notHeard: UInt16 { .max }

    /// What the OACK says; nil when the first answer is DATA 1.
    package var optionAck: TransferOptions? { negotiated.optionAck(size: size) }

    /// When the client last acknowledged something new; before that, when it asked.
    package var lastProgress: Instant { progress }

    /// What was done so far.
    package var statistics: TransferStatistics {
        TransferStatistics(
            started: started, bytesAcknowledged: min(window.base * Int64(negotiated.blockSize), size),
            blocksSent: window.sent, blocksRetransmitted: window.repeated)
    }
}

// MARK: - What the client says

extension TFTPSession {
    /// An ACK from the client.
    package mutating func receive(acknowledge number: BlockNumber, now: Instant) -> Outcome {
        switch phase {
        case .finished: return .ignored
        case .offering: return receive(firstAcknowledge: number, now: now)
        case .sending: break
        }
        lastHeard = now
        let distance = number.distance(after: window.base, rollover: negotiated.rollover)
        let firstSent = window.timeOfOnlyTransmission(distance: distance)
        switch window.acknowledge(
            distance: distance, isProbed: probe == .sent, now: now, roundTrip: timer.likelyTrip)
        {
        case .ignored: return .ignored
        case .duplicate: return receiveDuplicate(now: now)
        case .advanced(let whole):
            if whole { endFlight(now: now) } else if let firstSent { timer.correct(by: now - firstSent) }
            return advance(now: now)
        case .restarted(let advanced):
            if let firstSent { timer.correct(by: now - firstSent) }
            timer.lost()
            isClean = false
            probe = .unused
            if advanced { return advance(now: now) }
            isTimed = false
            return proceed()
        case .exhausted:
            guard mayBeShort else { return .ignored }
            mayBeShort = false
            isClean = false
            probe = .unused
            window.restart(short: true)
            return proceed()
        }
    }

    /// An ERROR from the client; it is never answered (RFC 1350 §7).
    package mutating func receiveError(code: UInt16, now: Instant) -> Outcome {
        guard phase != .finished else { return .ignored }
        let isPolite = code == TFTPErrorCode.undefined.rawValue || code == TFTPErrorCode.optionsRefused.rawValue
        // EDK2 (8), BIOS ROMs and the Raspberry Pi (0) ask for the size first and leave like this.
        return finish(isPolite && window.base < 2 ? .sizeProbe : .refusedByClient(code: code))
    }

    /// The same request again from the same port: the first answer was lost, or is slow (R41).
    package mutating func repeatRequest(now: Instant) -> Outcome {
        guard phase != .finished, !isHeard, !owesRepeat else { return .ignored }
        if hasPending { return .proceed }
        if now - lastSent >= TransferTimes.repeatGuard {
            repeatFirstAnswer(now: now)
        } else {
            owesRepeat = true
        }
        return proceed()
    }

    /// Whether the same request once more, from the same port, still means this transfer.
    ///
    /// Before the client has acknowledged anything, our first answer was lost (R46). For a moment afterwards the request is only
    /// late: it was sent before the first answer came, and lay behind those of thousands of others while acknowledgements,
    /// which come to another socket, were read. Later it means another transfer.
    package func isMeant(byRepeatedRequest now: Instant) -> Bool {
        !isHeard || now < started + .milliseconds(Int64(heardAfter)) + TransferTimes.lateRequest
    }

    private mutating func receive(firstAcknowledge number: BlockNumber, now: Instant) -> Outcome {
        // RFC 2347: ACK 0, and nothing else, accepts the OACK.
        guard number.rawValue == 0, !(owesOptionAck && isClean) else { return .ignored }
        phase = .sending
        owesOptionAck = false
        if isClean { timer.sample(now - lastSent) }
        isClean = true
        return advance(now: now)
    }

    /// iPXE and PXELINUX nag when a block is late. Echoes of our own packets come within a round trip, so what comes long
    /// after the latest packet is no echo and cannot start the Sorcerer's Apprentice.
    private mutating func receiveDuplicate(now: Instant) -> Outcome {
        let quiet = max(TransferTimes.repeatGuard, timer.likelyTrip * 2)
        guard !ignoresDuplicates, isHeard, !hasPending, now - lastSent >= quiet else { return .ignored }
        repeatWindow()
        return proceed()
    }

    private mutating func endFlight(now: Instant) {
        if isClean {
            let trip = now - lastSent
            timer.sample(trip)
            latestTrip = UInt32(clamping: trip.nanoseconds / 1000)
        } else if isTimed {
            timer.learn(sinceFirst: now - lastFresh, sinceRepeat: now - lastSent)
        }
        if probe == .sent { window.expectProbeEcho(now: now) }
        isClean = true
    }

    private mutating func advance(now: Instant) -> Outcome {
        if !isHeard { heardAfter = UInt16(min((now - started).nanoseconds / 1_000_000, Int64(Self.notHeard) - 1)) }
        if window.isComplete { return finish(.completed) }
        owesRepeat = false
        probe = .unused
        timer.progressed(unprompted: !isTimed)
        isTimed = false
        progress = now
        waiting = now
        return proceed()
    }
}

extension TFTPSession {
    /// A round trip that was measured since the last call, if one was.
    package mutating func takeRoundTrip() -> TimeSpan? {
        guard latestTrip > 0 else { return nil }
        defer { latestTrip = 0 }
        return .microseconds(Int64(latestTrip))
    }
}

// MARK: - What the clock says

extension TFTPSession {
    /// The deadline has come. Calling too early, or twice, does no harm.
    ///
    /// - Parameters:
    ///   - others: what a round trip takes now to clients of the same sender. Where ten thousand share a link, or our own
    ///     processor, all wait in one queue, and who measured an empty one a moment ago must not repeat into it.
    ///   - hasLeft: whether all that was handed out has left this host; what waits in its queues is late, not lost.
    package mutating func expire(now: Instant, others: TimeSpan = .zero, hasLeft: Bool = true) -> Outcome {
        guard phase != .finished, now >= deadline else { return .ignored }
        if now - progress >= TransferTimes.longestStall { return giveUp() }
        if waitsAtHome(hasLeft: hasLeft, now: now) {
            owesRepeat = false
            waiting = now
            arm()
            return .ignored
        }
        if hasPending {
            // The owner has not sent yet what it was given; that is no silence of the client's.
            waiting = now
            return proceed()
        }
        if owesRepeat, now < waiting + answerTimeout {
            repeatFirstAnswer(now: now)
            return proceed()
        }
        let patience = waiting + others * 2
        if phase == .sending, now < patience {
            deadline = min(patience, progress + TransferTimes.longestStall)
            return .ignored
        }
        if mayProbe, now < waiting + timer.timeout {
            if now < lastHeard + timer.probeDelay {
                // Echoes still come: a probe among them would get no answer of its own.
                arm()
                return .ignored
            }
            probe = .wanted
            isClean = false
            isTimed = true
            return proceed()
        }
        timer.expired()
        mayBeShort = true
        if shouldGiveUp(now: now) { return giveUp() }
        isTimed = true
        waiting = now
        repeatOnTimeout(now: now)
        return proceed()
    }

    /// Whether the client cannot have answered yet: what was sent is still here, or was when this was asked last. Its silence
    /// begins then.
    private mutating func waitsAtHome(hasLeft: Bool, now: Instant) -> Bool {
        guard !hasPending else { return false }
        let wasAtHome = isAtHome
        isAtHome = !hasLeft && now - lastSent < TransferTimes.longestAtHome
        return isAtHome || wasAtHome
    }

    private mutating func repeatOnTimeout(now: Instant) {
        guard isHeard else { return repeatFirstAnswer(now: now) }
        // ACK 0 can be forged by who forged the request, and windows are large: after a few of them one block has to do,
        // which makes a real client say what it lacks.
        guard window.base == 0, window.isWaiting, negotiated.windowSize > 1,
            timer.timeouts > TransferTimes.tries
        else { return repeatWindow() }
        probe = .wanted
        isClean = false
    }

    private func shouldGiveUp(now: Instant) -> Bool {
        // A client that never spoke may be a forged address, and one that lacks only the last block has left (R57): but on
        // a crowded way three repeats can be lost within a tenth of a second, so its own timer gets its turn.
        if !isHeard { return timer.timeouts >= TransferTimes.tries }
        if window.lacksOnlyLast {
            return timer.timeouts >= TransferTimes.tries && now - progress >= TransferTimes.farewell
        }
        return timer.isExhausted(silence: now - progress)
    }

    private mutating func giveUp() -> Outcome {
        // RFC 1350 §6: the client may leave without waiting whether its last ACK arrived.
        finish(isHeard && window.lacksOnlyLast ? .completed : .timedOut)
    }

    private var answerTimeout: TimeSpan {
        phase == .offering ? timer.optionAckTimeout : timer.timeout
    }

    /// One copy of the last block makes EDK2 say what it lacks, for one packet instead of a window. Once per flight,
    /// and never behind a repeat of that very block.
    private var mayProbe: Bool {
        phase == .sending && negotiated.windowSize > 1 && probe == .unused && window.isWaiting && !hasPending
            && timer.probeDelay < timer.timeout && !(isTimed && window.lacksOnlyLast)
    }

    mutating func arm() {
        var next = waiting + answerTimeout
        if owesRepeat { next = min(next, lastSent + TransferTimes.repeatGuard) }
        if mayProbe { next = min(next, max(waiting, lastHeard) + timer.probeDelay) }
        // Give the probe's answer the time that the probe itself was given.
        if probe == .sent { next = max(next, lastSent + timer.probeDelay) }
        deadline = min(next, progress + TransferTimes.longestStall)
    }

    private mutating func proceed() -> Outcome {
        arm()
        return .proceed
    }

    private mutating func finish(_ ending: Ending) -> Outcome {
        phase = .finished
        deadline = .never
        return .finished(ending)
    }
}
