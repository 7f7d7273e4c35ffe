import Wire

/// Tells the echoes of our own repeats from reports of new losses.
///
/// EDK2 answers every block it did not expect, so one lost block brings up to W − 1 equal acknowledgements, and each
/// repeated block another one. A sender that restarts on all of them multiplies its traffic without end.
struct EchoGuard {
    /// Restarts of one block without progress before only the timer may restart it again.
    private static var mostRestarts: UInt8 { 3 }
    private static var longestBackOff: UInt8 { 64 }

    /// Repeated blocks that may still bring an echo.
    private var credit: UInt16 = 0
    /// How many half round trips a block must have been under way before it is believed lost, 1...64.
    private var backOff: UInt8 = 1
    /// Restarts since the last progress.
    private var restarts: UInt8 = 0
    private var lastRepeat: Instant

    init(now: Instant) {
        lastRepeat = now
    }

    /// Whether a block sent at `time` has been under way long enough for news of its loss.
    func believesLoss(ofBlockSentAt time: Instant, now: Instant, roundTrip: TimeSpan) -> Bool {
        mayRestart && (now - time) * 2 >= roundTrip * Int64(backOff)
    }

    /// Whether this block was not restarted too often without progress: then only the timer does, which backs off.
    var mayRestart: Bool { restarts < Self.mostRestarts }

    /// Whether an acknowledgement without progress is an echo that was to be expected; it is then used up.
    mutating func absorbs(now: Instant, roundTrip: TimeSpan) -> Bool {
        if isQuiet(now: now, roundTrip: roundTrip) { credit = 0 }
        guard credit > 0 else { return false }
        credit -= 1
        return true
    }

    /// A loss was believed: the window starts again.
    mutating func restarted() {
        credit = 0
        if restarts < Self.mostRestarts { restarts += 1 }
        backOff = min(backOff * 2, Self.longestBackOff)
    }

    /// `count` blocks go out again.
    mutating func repeated(_ count: Int64, now: Instant) {
        guard count > 0 else { return }
        credit = UInt16(clamping: Int64(credit) + count)
        lastRepeat = now
    }

    /// `count` blocks did not go out again after all.
    mutating func withdrawn(_ count: Int64) {
        credit = UInt16(clamping: Int64(credit) - count)
    }

    /// The client acknowledged something new; `whole` when nothing is under way any more.
    mutating func progressed(whole: Bool, now: Instant, roundTrip: TimeSpan) {
        restarts = 0
        guard whole else { return }
        backOff = isQuiet(now: now, roundTrip: roundTrip) ? 1 : max(backOff / 2, 1)
    }

    private func isQuiet(now: Instant, roundTrip: TimeSpan) -> Bool {
        now - lastRepeat >= roundTrip * (2 * Int64(backOff))
    }
}
