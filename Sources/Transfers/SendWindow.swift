import Wire

/// Which blocks may go out, which are under way, and what an acknowledgement means for them (RFC 7440 §4).
///
/// Blocks are absolute: 1 is the first of the file, and no wrap is visible here.
struct SendWindow {
    /// What an acknowledgement meant.
    enum Verdict {
        /// Stale, ahead of us, or the echo of a repeat.
        case ignored
        /// In lockstep, the block before the one under way once more: the client's own timer, or an echo.
        case duplicate
        /// Something new; `whole` when all that was ever sent has arrived.
        case advanced(whole: Bool)
        /// A loss: the window starts again behind the acknowledged block.
        case restarted(advanced: Bool)
        /// The probe's answer says that nothing arrived, as it did too often before: whole windows are the timer's.
        case exhausted
    }

    /// Blocks of a short flight.
    private static let shortFlight: Int64 = 4

    /// The file's last block; shorter than the others, possibly empty (RFC 1350 §6).
    let last: Int64
    /// The highest block acknowledged in sequence.
    private(set) var base: Int64 = 0
    /// The highest block handed out since the window last started.
    private(set) var cursor: Int64 = 0
    /// The highest block handed out before the window last started; all up to it are repeats.
    private var sentBefore: Int64 = 0
    private var stamps = FlightStamps()
    private let blocks: UInt16
    /// Whether only a few blocks go out until one of them is acknowledged.
    private var isShort = false
    private var echoes: EchoGuard
    /// Blocks handed out, and of those the repeats.
    private(set) var sent: Int64 = 0
    private(set) var repeated: Int64 = 0

    /// - Parameter size: blocks under way at most, 1...65,535.
    init(last: Int64, size: Int, now: Instant) {
        self.last = last
        blocks = UInt16(size)
        echoes = EchoGuard(now: now)
    }

    /// Blocks under way at most.
    private var size: Int64 { Int64(blocks) }

    /// The highest block ever handed out.
    var highest: Int64 { max(cursor, sentBefore) }

    /// Blocks that may go out now.
    var pending: Int64 { min(base + (isShort ? min(size, Self.shortFlight) : size), last) - cursor }

    /// Whether a short flight is out. Its client waits for the rest of the window, unless a block from behind a gap makes
    /// it say what it has.
    var isShortFlightOut: Bool { isShort && pending == 0 && cursor < highest }

    /// Whether the client has an answer to give.
    var isWaiting: Bool { highest > base }

    var isComplete: Bool { base == last }

    /// Whether nothing is missing but the acknowledgement of the file's last block.
    var lacksOnlyLast: Bool { base == last - 1 && highest == last }

    /// Hands out the next blocks, `maxBlocks` at most.
    mutating func take(maxBlocks: Int, now: Instant) -> (first: Int64, count: Int, repeats: Bool)? {
        let count = min(pending, Int64(maxBlocks))
        guard count > 0 else { return nil }
        let first = cursor + 1
        let again = repeats(first: first, count: count)
        cursor += count
        sent += count
        repeated += again
        echoes.repeated(again, now: now)
        stamps.append(first: first, at: now)
        return (first, Int(count), again > 0)
    }

    /// Takes back blocks that did not leave, and all after them.
    mutating func putBack(first: Int64, count: Int) {
        guard first <= cursor else { return }
        let again = repeats(first: first, count: Int64(count))
        cursor = max(first - 1, base)
        sent -= Int64(count)
        repeated -= again
        echoes.withdrawn(again)
        stamps.remove(from: first)
    }

    /// Counts one more copy of the highest block.
    mutating func countProbe(_ count: Int64) {
        sent += count
        repeated += count
    }

    /// The probe's answer and the flight's own may both come; one of them is an echo.
    mutating func expectProbeEcho(now: Instant) {
        echoes.repeated(1, now: now)
    }

    /// Starts again behind the acknowledged block, with a full window (RFC 7440 §4).
    ///
    /// - Parameter short: with a few blocks instead, for a client whose address nothing has proved for long.
    mutating func restart(short: Bool = false) {
        isShort = short
        sentBefore = highest
        cursor = base
        stamps.removeAll()
    }

    private func repeats(first: Int64, count: Int64) -> Int64 {
        max(min(first + count - 1, sentBefore) - first + 1, 0)
    }
}

extension SendWindow {
    /// When the block that is acknowledged now was sent, if it was sent only once: only then does it tell a round trip
    /// (Karn, RFC 6298 §3).
    func timeOfOnlyTransmission(distance: Int64) -> Instant? {
        guard distance > 0, base + distance <= cursor, base + distance > sentBefore else { return nil }
        return stamps.time(of: base + distance)
    }

    /// Applies an acknowledgement; the table is reference 4.9.
    ///
    /// - Parameters:
    ///   - distance: how many blocks behind `base` the acknowledged one is, as its number says; huge when that is stale.
    ///   - isProbed: the probe was sent and this may be its answer. It was sent because all echoes had died down,
    ///     so it names what is missing, and no echo is looked for.
    mutating func acknowledge(
        distance: Int64, isProbed: Bool, now: Instant, roundTrip: TimeSpan
    ) -> Verdict {
        guard isWaiting, distance <= highest - base else { return .ignored }
        if distance == 0 { return withoutProgress(isProbed: isProbed, now: now, roundTrip: roundTrip) }
        base += distance
        isShort = false
        cursor = max(cursor, base)
        stamps.remove(before: base + 1)
        let whole = base == highest
        echoes.progressed(whole: whole, now: now, roundTrip: roundTrip)
        if whole { return .advanced(whole: true) }
        // A block inside the window: the one behind it is lost (RFC 7440 §4), unless it has only just been sent. Then the
        // window is filled up, so that the client's count of W can complete, and nothing is repeated.
        guard isProbed || isLost(base + 1, now: now, roundTrip: roundTrip) else { return .advanced(whole: false) }
        echoes.restarted()
        restart()
        return .restarted(advanced: true)
    }

    private mutating func withoutProgress(isProbed: Bool, now: Instant, roundTrip: TimeSpan) -> Verdict {
        // RFC 1123 §4.2.3.1: in lockstep a duplicate must not trigger a transmission (the Sorcerer's Apprentice).
        guard size > 1 else { return .duplicate }
        // RFC 7440 §4: the window's first block is lost, or this is one of the echoes.
        if isProbed {
            guard echoes.mayRestart else { return .exhausted }
        } else {
            guard !echoes.absorbs(now: now, roundTrip: roundTrip), isLost(base + 1, now: now, roundTrip: roundTrip)
            else { return .ignored }
        }
        echoes.restarted()
        restart()
        return .restarted(advanced: false)
    }

    private func isLost(_ block: Int64, now: Instant, roundTrip: TimeSpan) -> Bool {
        // Not sent again yet since the window started: it is on its way out.
        guard block <= cursor, let time = stamps.time(of: block) else { return false }
        return echoes.believesLoss(ofBlockSentAt: time, now: now, roundTrip: roundTrip)
    }
}
