import Wire

/// How long to wait for a client: the round trip as measured (RFC 6298), the back-off, and when to stop.
struct RetransmitTimer {
    /// Zero while nothing was measured.
    private var smoothed = TimeSpan.zero
    private var variation = TimeSpan.zero
    /// A floor for every wait, from a flight that was repeated too early; see `learn`.
    private var lesson = TimeSpan.zero
    private let isWindowed: Bool
    /// The interval that the client negotiated, in seconds; 0 when none.
    private let negotiated: UInt8
    private var backOff: UInt8 = 0
    /// Clean flights to go until the way is no longer held for a lossy one.
    private var suspicion: UInt8 = 0
    /// Expiries since the last progress.
    private(set) var timeouts: UInt8 = 0

    init(_ negotiated: Negotiated) {
        isWindowed = negotiated.windowSize > 1
        self.negotiated = UInt8(clamping: negotiated.timeout ?? 0)
    }

    /// The round trip, or a guess that is right for a LAN.
    var roundTrip: TimeSpan { smoothed == .zero ? TransferTimes.guessedRoundTrip : smoothed }

    /// The same where nothing depends on it but a block or two: whether an acknowledgement is an echo, and when to probe. As
    /// long as it varies much, a timer of the client's may be in the estimate, and it is not believed to be that long.
    var likelyTrip: TimeSpan {
        variation * 4 > smoothed ? min(roundTrip, TransferTimes.shortestClientTimer) : roundTrip
    }

    /// The wait before data is repeated (RFC 6298 §2, RFC 1123 §4.2.3.2: it backs off).
    var timeout: TimeSpan {
        var wait = TransferTimes.unknownRoundTrip
        if smoothed != .zero {
            wait = max(floor, lesson, smoothed + variation * 4)
        }
        return backedOff(min(wait, ceiling))
    }

    /// Where blocks were lost a moment ago, silence means another loss: a repeat too many costs less than the wait.
    private var floor: TimeSpan {
        guard isWindowed else { return TransferTimes.lockstepFloor }
        return suspicion > 0 ? TransferTimes.lossyFloor : TransferTimes.windowFloor
    }

    /// The wait before the tail probe (reference 4.8).
    var probeDelay: TimeSpan { max(TransferTimes.probeFloor, lesson, likelyTrip * 2) }

    /// The wait before the OACK is repeated: 2 s, 4 s, 8 s; a negotiated interval is not agreed on yet.
    var optionAckTimeout: TimeSpan { min(TransferTimes.optionAck * (1 << Int64(backOff)), TransferTimes.longest) }

    /// RFC 2349's interval is a ceiling of ours, never a floor (R91).
    private var ceiling: TimeSpan {
        negotiated == 0 ? TransferTimes.longest : min(.seconds(Int64(negotiated)), TransferTimes.longest)
    }

    private func backedOff(_ wait: TimeSpan) -> TimeSpan { min(wait * (1 << Int64(backOff)), ceiling) }

    /// Takes the round trip of a block that was sent only once, though others of its flight were lost.
    mutating func correct(by trip: TimeSpan) {
        if isRefuted(by: trip) { sample(trip) }
    }

    /// Whether the estimate has a timer of the client's in it, a second or more, for an acknowledgement was lost and the
    /// client said it again: nothing of ours was repeated then. Every loss would cost some of those seconds.
    private func isRefuted(by trip: TimeSpan) -> Bool {
        smoothed >= TransferTimes.shortestClientTimer && trip < smoothed / 8
    }

    /// Takes the round trip of a flight of which nothing was repeated (RFC 6298 §2, §3).
    mutating func sample(_ trip: TimeSpan) {
        if suspicion > 0 { suspicion -= 1 }
        let trip = max(trip, .microseconds(1))
        if smoothed == .zero || isRefuted(by: trip) {
            smoothed = trip
            variation = trip / 2
            lesson = .zero
        } else {
            let error = trip < smoothed ? smoothed - trip : trip - smoothed
            variation = (variation * 3 + error) / 4
            smoothed = (smoothed * 7 + trip) / 8
        }
    }

    /// Takes the time from a flight's first transmission to its end, and from its latest repeat, made by a timer.
    ///
    /// Karn (RFC 6298 §3) forbids both as samples, for nobody knows which copy was answered. But were they forgotten, a
    /// path whose round trip outgrew the timeout would be repeated on in every flight and never measured again. The time
    /// since the repeat is not longer than the round trip, unless a timer of the client's ended the flight, so it may
    /// begin the estimate, or raise it by steps. The whole time may be far longer: it becomes a floor of the next waits, but slowly,
    /// or true losses would add wait to wait.
    mutating func learn(sinceFirst: TimeSpan, sinceRepeat: TimeSpan) {
        guard isWindowed else { return }
        let step = max(roundTrip * 4, TransferTimes.probeFloor)
        if smoothed == .zero || sinceRepeat > roundTrip, sinceRepeat <= step { sample(sinceRepeat) }
        lesson = min(sinceFirst + sinceFirst / 4, max(step * 2, lesson + lesson / 4), TransferTimes.longest)
    }

    /// The client said that blocks were lost.
    mutating func lost() {
        suspicion = TransferTimes.suspicion
    }

    /// A timer ran out.
    mutating func expired() {
        if timeouts < .max { timeouts += 1 }
        // 2^8 times the shortest wait is above the longest.
        if backOff < 8 { backOff += 1 }
    }

    /// The client acknowledged something new (R94); `unprompted` when no timer had repeated anything.
    mutating func progressed(unprompted: Bool) {
        timeouts = 0
        backOff = 0
        if unprompted { lesson = lesson - lesson / 8 }
    }

    /// Whether a client is gone that was silent for so long.
    func isExhausted(silence: TimeSpan) -> Bool {
        silence >= TransferTimes.longestStall
            || (timeouts >= TransferTimes.patientTimeouts && silence >= TransferTimes.patience)
    }
}
