package import BootPolicy
package import Fleet
import GRDB
package import Wire

/// A rollout as it was written down.
package struct RolloutRow: Equatable, Sendable {
    package let id: Int64
    /// Milliseconds since 1970.
    package let created: Moment
    package var rollout: Rollout
    package var counts: Rollout.Counts
}

/// A lease as it was written down, with what it belongs to.
package struct LeaseRow: Equatable, Sendable {
    package let id: Int64
    package let rollout: Int64
    package let host: String
    let hostID: Int64
    let isProtected: Bool
    package let target: String
    package let token: InstallToken
    package var lease: Lease
}

/// A step that somebody wants to take.
package struct InstallRequest: Sendable {
    package var step: InstallStep
    package var token: InstallToken
    /// The card of the machine that asks, where that is known.
    package var card: MACAddress?
    /// What the latest boot of that card showed, where it was heard: events may come later, or not at all.
    package var boot: BootSighting?
    /// Why it cannot be installed now, beside all that the inventory knows.
    package var obstacle: String?

    package init(_ step: InstallStep, token: InstallToken, card: MACAddress? = nil) {
        self.step = step
        self.token = token
        self.card = card
    }
}

/// What came of it.
package struct InstallOutcome: Sendable {
    package let answer: InstallAnswer
    /// Nil when nothing changed.
    package var change: LeaseChange?
    /// Why nobody knows which machine asked.
    package var conflict: InstallConflict?
}

/// A machine with the marks of a host that may be another one.
package struct InstallConflict: Hashable, Sendable {
    /// The host whose install was asked for.
    package let host: String
    package let conflict: Conflict

    init(_ host: String, _ conflict: Conflict) {
        self.host = host
        self.conflict = conflict
    }
}

/// A lease that has changed.
package struct LeaseChange: Equatable, Sendable {
    package let host: String
    package let rollout: Int64
    package let target: String
    package let token: InstallToken
    package let from: Lease.State
    package let to: Lease
    /// Why its rollout paused itself over this; nil when it did not.
    package var pause: String?
}

extension RolloutRow {
    init(_ row: Row, _ counts: Rollout.Counts) {
        id = row["id"]
        created = row["created"]
        rollout = Rollout(row)
        self.counts = counts
    }
}

extension Rollout {
    init(_ row: Row) {
        self.init(
            target: row["target"], width: row["width"], canaries: row["canaries"], budget: row["budget"],
            start: row["start"])
        // What a newer version wrote is not begun by this one.
        state = State(rawValue: row["state"]) ?? .paused
        reason = row["reason"]
    }
}

extension LeaseRow {
    static let all = """
        SELECT lease.*, host.name AS host, host.is_protected AS is_protected, rollout.target AS target
        FROM lease JOIN host ON host.id = host_id JOIN rollout ON rollout.id = rollout_id
        """

    /// - Returns: nil for what this version cannot read.
    init?(_ row: Row) {
        guard let state = Lease.State(rawValue: row["state"]), let token = InstallToken(row["token"] as String) else {
            return nil
        }
        id = row["id"]
        rollout = row["rollout_id"]
        host = row["host"]
        hostID = row["host_id"]
        isProtected = row["is_protected"]
        target = row["target"]
        self.token = token
        lease = Lease(
            state: state, attempt: row["attempt"], lostTurns: row["lost_turns"], turn: row["turn"],
            heard: row["heard"], begun: row["begun"], ended: row["ended"], reason: row["reason"],
            isInferred: row["is_inferred"])
    }

    func change(to lease: Lease) -> LeaseChange {
        LeaseChange(host: host, rollout: rollout, target: target, token: token, from: self.lease.state, to: lease)
    }
}
