/// One install of one machine: handed out exactly once, whatever is repeated, lost or late.
///
/// A plain value. What happens goes in, and what to tell the machine comes out; whoever keeps the lease writes the new value
/// down before anybody hears the answer, so that a crash in between loses an answer and never a decision.
///
///     armed ──claim──▶ claimed ──fetch──▶ fetching ──begin──▶ installing ──▶ done | failed | expired
///       │ ▲                │                  │
///       │ └─ silent too long, and not for ever┘──▶ expired
///       └──cancel──▶ cancelled ◀──cancel──┘
///
/// `begin` is the point of no return. Before it nothing was wiped, and the script may be handed out again: each time with
/// another attempt, of which only the last may begin. After it the machine gets no second installer.
package struct Lease: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// The machine may install when it is its turn.
        case armed
        /// It has the script.
        case claimed
        /// It has asked for a file of the install.
        case fetching
        /// Its installer was let go: the disk may be wiped.
        case installing
        case done
        case failed
        /// Nothing was heard for too long.
        case expired
        /// Taken back before anything began.
        case cancelled
    }

    package private(set) var state = State.armed
    /// How often the script was handed out; the number of the one that may begin.
    package private(set) var attempt = 0
    /// How often the machine had its turn, and nothing came of it.
    package private(set) var lostTurns = 0
    /// When its turn began, or else when it was armed.
    package private(set) var turn: Moment
    /// When a file of the install was asked for or sent last in this turn; nil before that.
    package private(set) var heard: Moment?
    /// When the installer was let go; nil before that.
    package private(set) var begun: Moment?
    /// When it was over; nil before that.
    package private(set) var ended: Moment?
    /// Why it ended as it did, for people; empty when nothing is to be said.
    package private(set) var reason = ""
    /// Done is what we made of it: nobody said so.
    package private(set) var isInferred = false

    package init(armed now: Moment) {
        turn = now
    }

    /// A lease as it was written down.
    package init(
        state: State, attempt: Int, lostTurns: Int, turn: Moment, heard: Moment?, begun: Moment?, ended: Moment?,
        reason: String, isInferred: Bool
    ) {
        self.state = state
        self.attempt = attempt
        self.lostTurns = lostTurns
        self.turn = turn
        self.heard = heard
        self.begun = begun
        self.ended = ended
        self.reason = reason
        self.isInferred = isInferred
    }
}

/// Milliseconds since 1970: a lease outlives the process, and its clock.
package typealias Moment = Int64

/// The times of a lease, in milliseconds.
package struct LeaseTimes: Hashable, Sendable {
    /// A machine that has its turn and neither begins nor fetches anything for so long has lost it.
    package var patience: Moment = 30 * 60_000
    /// After so many lost turns it gets no other.
    package var turns = 3
    /// An install that does not end for so long has expired; and no turn lasts longer, whatever is fetched in it.
    package var longest: Moment = 3 * 3_600_000
    /// A machine that boots by network again sooner than this after its begin was interrupted; one that does so later is done.
    package var shortest: Moment = 120_000

    package init() {}
}

extension Lease.State {
    /// Takes a place in its rollout.
    package var isActive: Bool { self == .claimed || self == .fetching || self == .installing }
    /// Nothing more is to come, but for a word that is late.
    package var isOver: Bool { !isActive && self != .armed }
    /// Counts against the failures that a rollout may have.
    package var isBad: Bool { self == .failed || self == .expired }
}

// MARK: - What the machine does

extension Lease {
    /// What a machine gets that asks what to boot.
    package enum Answer: Hashable, Sendable {
        /// The script of the install, which may begin under this number.
        case install(attempt: Int)
        /// It asks again later.
        case wait
        case localDisk
        /// Its install ended badly. It gets none until the operator says so.
        case stopped
        /// The lease is no more.
        case usual
    }

    /// The machine boots by network and asks what.
    ///
    /// - Parameter mayStart: it is its turn; asked for only where that matters.
    package mutating func ask(now: Moment, _ times: LeaseTimes, mayStart: () -> Bool) -> Answer {
        // It speaks, however late: an install that is over is not one that fell silent.
        if state != .installing { expire(now: now, times) }
        switch state {
        case .armed:
            guard mayStart() else { return .wait }
            turn = now
            heard = nil
            return handOut()
        // It retries, or lost its power: nothing began, and the script that it had before may begin no more.
        case .claimed, .fetching: return handOut()
        case .installing:
            end(afterRebootAt: now, times)
            return state == .done ? .localDisk : .stopped
        case .done: return .localDisk
        case .failed, .expired: return .stopped
        case .cancelled: return .usual
        }
    }

    /// It asks for a file of the install, or is still being sent one: a load that takes long does not lose its turn.
    package mutating func fetch(now: Moment) {
        guard state == .claimed || state == .fetching else { return }
        state = .fetching
        // A clock that was set back takes no time away that it had.
        heard = max(heard ?? now, now)
    }

    /// Its script has all files in memory and wants to let the installer go.
    ///
    /// - Returns: whether it may. Asked again by the same script, whose answer was lost, it still may: it would not ask
    ///   any more had it gone.
    package mutating func begin(attempt number: Int, now: Moment) -> Bool {
        guard number == attempt else { return false }
        switch state {
        case .claimed, .fetching:
            state = .installing
            begun = now
            return true
        case .installing: return true
        case .armed, .done, .failed, .expired, .cancelled: return false
        }
    }

    /// The installer, or what it installed, says that it is done. It may say so late.
    ///
    /// - Returns: whether the lease is done now.
    package mutating func finish(now: Moment) -> Bool {
        if state == .done {
            isInferred = false
            return true
        }
        guard begun != nil, state != .cancelled else { return false }
        end(.done, now)
        return true
    }

    /// The installer says that it failed.
    ///
    /// - Returns: whether the lease has failed now.
    package mutating func fail(_ why: String, now: Moment) -> Bool {
        if state.isActive { end(.failed, now, why) }
        return state == .failed
    }

    private mutating func handOut() -> Answer {
        state = .claimed
        attempt += 1
        return .install(attempt: attempt)
    }

    private mutating func end(afterRebootAt now: Moment, _ times: LeaseTimes) {
        let time = now - (begun ?? now)
        if time >= times.shortest {
            end(.done, now, "it boots by network again \(time / 1000) s after its installer began")
            isInferred = true
        } else {
            end(.failed, now, "interrupted: it boots by network again \(time / 1000) s after its installer began")
        }
    }

    private mutating func end(_ how: State, _ now: Moment, _ why: String = "") {
        state = how
        ended = now
        reason = why
        isInferred = false
    }
}

// MARK: - What the clock and the operator do

extension Lease {
    /// Time has passed.
    ///
    /// - Parameter isHeldBack: it may not begin, whatever it does: a turn that is over for that does not count as lost.
    package mutating func expire(now: Moment, _ times: LeaseTimes, isHeldBack: Bool = false) {
        switch state {
        case .claimed, .fetching:
            guard now >= endOfTurn(times) else { return }
            if !isHeldBack { lostTurns += 1 }
            if !isHeldBack, lostTurns >= times.turns {
                end(.expired, now, "had its turn \(lostTurns) times and did not begin")
            } else {
                state = .armed
            }
        case .installing:
            guard now - (begun ?? now) >= times.longest else { return }
            end(.expired, now, "nothing was heard for \(times.longest / 60_000) min after its installer began")
        case .armed, .done, .failed, .expired, .cancelled: return
        }
    }

    /// When `expire` has something to do; nil for never.
    package func deadline(_ times: LeaseTimes) -> Moment? {
        switch state {
        case .claimed, .fetching: endOfTurn(times)
        case .installing: (begun ?? turn) + times.longest
        case .armed, .done, .failed, .expired, .cancelled: nil
        }
    }

    /// Who fetches for ever must not keep the others from their turn.
    private func endOfTurn(_ times: LeaseTimes) -> Moment {
        min(max(turn, heard ?? turn) + times.patience, turn + max(times.longest, times.patience))
    }

    /// The operator takes the install back.
    ///
    /// - Returns: whether that was in time: an installer that runs cannot be called back.
    package mutating func cancel(now: Moment) -> Bool {
        switch state {
        case .armed, .claimed, .fetching: end(.cancelled, now)
        case .cancelled: break
        case .installing, .done, .failed, .expired: return false
        }
        return true
    }
}
