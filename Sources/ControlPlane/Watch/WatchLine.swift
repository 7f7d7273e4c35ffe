package import Fleet

/// A line of what `pilotfish watch` shows: made by the service, and read again by the command that draws it.
package enum WatchLine: Equatable, Sendable {
    case rollout(WatchedRollout)
    case machine(WatchedMachine)
    /// So many machines more that are not listed.
    case others(Int)
}

/// A rollout, as its machines fare.
package struct WatchedRollout: Equatable, Sendable {
    package var id: Int64
    package var target: String
    /// The word of `Rollout.State`.
    package var state: String
    /// Why it is paused; may be empty.
    package var reason: String
    package var width: Int
    package var counts: Rollout.Counts
    /// That its machines have fetched, as far as this service knows.
    package var octets: Int64
    /// Octets in a second, of all machines together.
    package var rate: Double
    /// Seconds until all are done; nil where nobody can tell.
    package var left: Int?
}

/// A machine of a rollout.
package struct WatchedMachine: Equatable, Sendable {
    package var host: String
    package var rollout: Int64
    /// The word of `Lease.State`.
    package var state: String
    /// What it does, in a word or two: the file that it fetches, where it does.
    package var stage: String
    /// Since when it does that.
    package var seconds: Int
    /// That it has fetched of this install, as far as this service knows.
    package var octets: Int64
    /// Octets in a second.
    package var rate: Double
    /// What is wrong, in a sentence; empty when nothing is.
    package var verdict: String
    /// Seconds until it is done; nil where nobody can tell.
    package var left: Int?
}

// MARK: - JSON

extension WatchLine {
    /// An object on one line.
    package var json: String {
        switch self {
        case .rollout(let rollout): JSONText.object(rollout.fields).line
        case .machine(let machine): JSONText.object(machine.fields).line
        case .others(let count): JSONText.object([("others", .number(count))]).line
        }
    }

    /// Reads what `json` gave; nil for anything else.
    package init?(json: some StringProtocol) {
        guard case .object(let fields)? = JSONValue(Array(json.utf8)) else { return nil }
        if fields["host"] != nil {
            guard let machine = WatchedMachine(fields) else { return nil }
            self = .machine(machine)
        } else if fields["target"] != nil {
            guard let rollout = WatchedRollout(fields) else { return nil }
            self = .rollout(rollout)
        } else {
            guard let others = fields.number("others") else { return nil }
            self = .others(Int(others))
        }
    }
}

extension WatchedRollout {
    fileprivate var fields: [(String, JSONText)] {
        [
            ("rollout", .number(Int(id))), ("target", .text(target)), ("state", .text(state)),
            ("reason", .text(reason)), ("width", .number(width)), ("machines", .number(counts.all)),
            ("waiting", .number(counts.armed)), ("active", .number(counts.active)), ("done", .number(counts.done)),
            ("failed", .number(counts.bad)), ("cancelled", .number(counts.cancelled)),
            ("octets", .number(Int(octets))), ("rate", .number(Int(rate))), ("left", left.map { .number($0) } ?? .null),
        ]
    }

    fileprivate init?(_ fields: [String: JSONValue]) {
        guard let id = fields.number("rollout"), let target = fields.text("target"), let state = fields.text("state"),
            let reason = fields.text("reason"), let width = fields.number("width"),
            let octets = fields.number("octets"), let rate = fields.number("rate")
        else { return nil }
        func count(_ name: String) -> Int { Int(fields.number(name) ?? 0) }
        var counts = Rollout.Counts()
        (counts.armed, counts.active, counts.done) = (count("waiting"), count("active"), count("done"))
        (counts.bad, counts.cancelled) = (count("failed"), count("cancelled"))
        self.init(
            id: Int64(id), target: target, state: state, reason: reason, width: Int(width), counts: counts,
            octets: Int64(octets), rate: rate, left: fields.number("left").map { Int($0) })
    }
}

extension WatchedMachine {
    fileprivate var fields: [(String, JSONText)] {
        [
            ("host", .text(host)), ("rollout", .number(Int(rollout))), ("state", .text(state)),
            ("stage", .text(stage)), ("seconds", .number(seconds)), ("octets", .number(Int(octets))),
            ("rate", .number(Int(rate))), ("verdict", .text(verdict)), ("left", left.map { .number($0) } ?? .null),
        ]
    }

    fileprivate init?(_ fields: [String: JSONValue]) {
        guard let host = fields.text("host"), let rollout = fields.number("rollout"), let state = fields.text("state"),
            let stage = fields.text("stage"), let seconds = fields.number("seconds"),
            let octets = fields.number("octets"), let rate = fields.number("rate"), let verdict = fields.text("verdict")
        else { return nil }
        self.init(
            host: host, rollout: Int64(rollout), state: state, stage: stage, seconds: Int(seconds),
            octets: Int64(octets), rate: rate, verdict: verdict, left: fields.number("left").map { Int($0) })
    }
}

extension [String: JSONValue] {
    func text(_ name: String) -> String? {
        guard case .text(let text)? = self[name] else { return nil }
        return text
    }

    /// A whole number that every double holds.
    func number(_ name: String) -> Double? {
        guard case .number(let number)? = self[name], number.magnitude < 9e15 else { return nil }
        return number
    }
}
