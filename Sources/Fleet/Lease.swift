package import Wire

/// One install of one machine: handed out exactly once, whatever is repeated, lost or late.
///
/// A plain value. What happens goes in as an event, and what to tell the machine comes out; whoever keeps it writes the new
/// value down before anybody hears the answer, so that a crash in between forgets an answer and never a decision.
///
///     armed ──claim──▶ claimed ──fetch──▶ fetching ──begin──▶ installing ──▶ done | failed | expired
///       ▲ ╲               │                  │                    ▲ a stale `begin` is refused, a late `done` still counts
///       │  ╲──cancel──▶ cancelled            │
///       └────────── too long silent ─────────┘
///
/// `begin` is the point of no return. Before it nothing was wiped, and the script may be handed out again and again: each
/// time with another attempt, of which only the last may begin. After it the machine gets no second installer.
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

        /// Takes a place in its rollout.
        package var isActive: Bool { self == .claimed || self == .fetching || self == .installing }
        /// Nothing more is to come.
        package var isOver: Bool { !isActive && self != .armed }
    }

    package private(set) var state = State.armed
    /// How often the script was handed out; the number of the one that may begin.
    package private(set) var attempt = 0
    /// How often it was handed out and nothing came of it in time.
    package private(set) var silences = 0
    /// When the state was entered.
    package private(set) var since: WallTime
    /// When the installer was let go; nil before that.
    package private(set) var begun: WallTime?
    /// Why it failed, or how one knows that it is done; for people.
    package private(set) var reason = ""
    /// Done is what we made of it: nobody said so.
    package private(set) var isInferred = false

    package init(armed now: WallTime) {
        since = now
    }
}

/// Milliseconds since 1970: a lease outlives the process, and its clock.
package typealias WallTime = Int64

/// The times of a lease, in milliseconds.
package struct LeaseTimes: Hashable, Sendable {
    /// A machine that has the script and does not begin for so long has lost its turn.
    package var patience: WallTime = 15 * 60_000
    /// After so many lost turns it gets no other.
    package var silences = 3
    /// An install that says nothing for so long has expired.
    package var longest: WallTime = 3 * 3_600_000
    /// A machine that boots by network again sooner than this after its begin was interrupted, and is not done.
    package var shortest: WallTime = 120_000

    package init() {}
}
