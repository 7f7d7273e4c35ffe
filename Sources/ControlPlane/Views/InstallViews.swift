import BootPolicy
import Fleet
import Inventory
import Wire

/// A rollout in `pilotfish rollout`.
extension RolloutRow: ViewRow {
    var line: String {
        let why = rollout.reason.isEmpty ? "" : " (\(rollout.reason))"
        return "\(id) \(rollout.target) \(rollout.state.rawValue)\(why): \(counts.armed) waiting, \(counts.active) of "
            + "\(rollout.width) under way, \(counts.done) done, \(counts.bad) failed, \(counts.cancelled) taken back"
    }

    var fields: [(String, JSONText)] {
        [
            ("rollout", .number(Int(id))), ("target", .text(rollout.target)), ("state", .text(rollout.state.rawValue)),
            ("reason", .text(rollout.reason)), ("width", .number(rollout.width)),
            ("canaries", .number(rollout.canaries)), ("budget", .number(rollout.budget)),
            ("created", .number(Int(created))), ("start", .orNull(rollout.start)), ("machines", .number(counts.all)),
            ("waiting", .number(counts.armed)), ("active", .number(counts.active)), ("done", .number(counts.done)),
            ("failed", .number(counts.bad)), ("cancelled", .number(counts.cancelled)),
        ]
    }
}

/// A machine of a rollout in `pilotfish rollout NUMBER`.
struct LeaseView: ViewRow {
    let row: LeaseRow
    let now: Moment

    private var since: Moment { row.lease.ended ?? row.lease.begun ?? row.lease.turn }
    private var seconds: Int { Int(max(now - since, 0) / 1000) }

    var line: String {
        let inferred = row.lease.isInferred ? ", inferred" : ""
        let why = row.lease.reason.isEmpty ? "" : ": \(row.lease.reason)"
        return "  \(row.host) \(row.lease.state.rawValue)\(inferred) for \(seconds) s\(why)"
    }

    var fields: [(String, JSONText)] {
        let lease = row.lease
        return [
            ("host", .text(row.host)), ("rollout", .number(Int(row.rollout))), ("state", .text(lease.state.rawValue)),
            ("inferred", .truth(lease.isInferred)), ("seconds", .number(seconds)), ("reason", .text(lease.reason)),
            ("turn", .number(Int(lease.turn))), ("begun", .orNull(lease.begun)), ("ended", .orNull(lease.ended)),
            ("lost_turns", .number(lease.lostTurns)),
        ]
    }
}

extension RolloutMember {
    /// Why it gets no install, as the end of a sentence about it; nil when it does.
    fileprivate var why: String? {
        switch obstacle {
        case .protected: "is protected"
        case .underWay(let state): "has an install that is \(state.rawValue)"
        case .noCard: "has no network card that is known"
        case .sharesCard(let card, let other): "has the card \(card), which belongs to \(other)"
        case nil: nil
        }
    }

    var line: String {
        let before = last.map { ", its last install: \($0.rawValue)" } ?? ""
        let cards = host.hardware.map { "\($0)" }.joined(separator: " ")
        return why.map { "  not \(host.name): it \($0)" } ?? "  wipe \(host.name) (\(cards))\(before)"
    }
}

/// A machine in the plan of `pilotfish install`.
struct PlanRow: ViewRow {
    let member: RolloutMember
    /// What stands against its install all the same, a line each.
    let remarks: [String]

    var line: String { ([member.line] + remarks).joined(separator: "\n") }

    var fields: [(String, JSONText)] {
        [
            ("host", .text(member.host.name)), ("cards", .texts(member.host.hardware)),
            ("wipe", .truth(member.obstacle == nil)), ("why_not", .orNull(member.why)),
            ("last_install", .orNull(member.last?.rawValue)), ("remarks", .texts(remarks.map(PlanView.unindented))),
        ]
    }
}

/// What `pilotfish install` says: the plan, or the rollout that has begun.
struct PlanView {
    let rollout: Rollout
    let rows: [PlanRow]
    /// What holds for all machines, a line each.
    let remarks: [String]
    /// The number of the rollout; nil for a plan.
    var id: Int64?
    /// Who was woken, in words.
    var woken: String?

    private var count: Int { rows.count { $0.member.obstacle == nil } }

    /// A line for the whole, and one for each machine.
    func lines(json: Bool) -> String {
        guard !json else { return JSONText.object(fields).line + "\n" + rows.lines(json: true) }
        let first = rollout.canaries > 0 ? ", \(rollout.canaries) of them first" : ""
        let start = rollout.start.map { "; not before \(StartTime.text($0))" } ?? ""
        let head =
            "\(rollout.target) on \(count) machines, \(rollout.width) at a time\(first); pauses after "
            + "\(rollout.budget) failures\(start)"
        let before = [id.map { "rollout \($0)" }, head].compactMap(\.self) + remarks
        return (before + [rows.lines(json: false)] + [woken].compactMap(\.self)).joined(separator: "\n")
    }

    private var fields: [(String, JSONText)] {
        [
            ("rollout", .orNull(id)), ("target", .text(rollout.target)), ("machines", .number(count)),
            ("width", .number(rollout.width)), ("canaries", .number(rollout.canaries)),
            ("budget", .number(rollout.budget)), ("start", .orNull(rollout.start)),
            ("remarks", .texts(remarks.map(Self.unindented))), ("woken", .orNull(woken)),
        ]
    }

    static func unindented(_ line: String) -> String { String(line.drop { $0 == " " }) }
}
