import Fleet
package import Wire

/// How `pilotfish watch` shows what the service has answered: a line for each rollout, and a table of its machines.
package struct WatchText {
    private var before: (octets: [String: Int64], time: Instant)?

    package init() {}

    /// - Parameters:
    ///   - lines: what the service has answered.
    ///   - now: when. What machines have fetched since the last time gives their rates.
    ///   - height: of the terminal; nil for all lines.
    ///   - width: of the terminal; nil to cut none.
    package mutating func table(
        _ lines: [WatchLine], now: Instant, height: Int? = nil, width: Int? = nil
    ) -> [String] {
        let lines = refined(lines, now)
        let heads = lines.compactMap { line in
            if case .rollout(let rollout) = line { Self.head(rollout) } else { nil }
        }
        var rows = lines.compactMap { line in
            if case .machine(let machine) = line {
                Self.row(machine, hasRollout: heads.count > 1).map(\.forTerminal)
            } else {
                nil
            }
        }
        var others = 0
        for case .others(let count) in lines { others += count }
        if let height, heads.count + 1 + rows.count + (others > 0 ? 1 : 0) > height {
            let kept = max(height - heads.count - 2, 0)
            others += rows.count - min(kept, rows.count)
            rows = Array(rows.prefix(kept))
        }
        let title = rows.isEmpty ? [] : [Self.title]
        let rest = others > 0 ? ["and \(Self.grouped(others)) others"] : []
        let cells = TextTable.aligned(title + rows, left: [0, 1])
        return (heads.map(\.forTerminal) + cells + rest).map { line in width.map { String(line.prefix($0)) } ?? line }
    }

    // MARK: Rates

    /// The same with the rates of this moment, where there is something to compare with.
    private mutating func refined(_ lines: [WatchLine], _ now: Instant) -> [WatchLine] {
        var octets: [String: Int64] = [:]
        let refined = lines.map { line in
            switch line {
            case .rollout(var rollout):
                let key = "\(rollout.id)"
                octets[key] = rollout.octets
                rollout.rate = rate(key, rollout.octets, now) ?? rollout.rate
                return WatchLine.rollout(rollout)
            case .machine(var machine):
                let key = "\(machine.rollout) \(machine.host)"
                octets[key] = machine.octets
                machine.rate = rate(key, machine.octets, now) ?? machine.rate
                return .machine(machine)
            case .others: return line
            }
        }
        before = (octets, now)
        return refined
    }

    private func rate(_ key: String, _ octets: Int64, _ now: Instant) -> Double? {
        guard let before, now > before.time, let earlier = before.octets[key] else { return nil }
        return Double(max(octets - earlier, 0)) / (now - before.time).seconds
    }

    // MARK: Words

    static func head(_ rollout: WatchedRollout) -> String {
        let counts = rollout.counts
        let why = rollout.reason.isEmpty ? "" : " (\(rollout.reason))"
        let parts: [String?] = [
            "\(counts.done) done", "\(counts.active) of \(rollout.width) under way", "\(counts.armed) waiting",
            "\(counts.bad) failed", counts.cancelled > 0 ? "\(counts.cancelled) taken back" : nil,
        ]
        let isOver = counts.active + counts.armed == 0
        let end = rollout.left.map { "all done in \(time($0))" } ?? "end not known"
        return "rollout \(rollout.id) \(rollout.target) \(rollout.state)\(why): "
            + parts.compactMap(\.self).joined(separator: ", ") + " of \(grouped(counts.all))"
            + (isOver ? "" : "; \(speed(rollout.rate)), \(end)")
    }

    private static let title = ["HOST", "STAGE", "FOR", "FETCHED", "RATE", "LEFT", ""]

    private static func row(_ machine: WatchedMachine, hasRollout: Bool) -> [String] {
        [
            hasRollout ? "\(machine.host) (\(machine.rollout))" : machine.host, machine.stage, time(machine.seconds),
            amount(machine.octets), machine.rate > 0 ? speed(machine.rate) : "-", machine.left.map(time) ?? "-",
            machine.verdict,
        ]
    }

    /// Of seconds: the two largest units.
    static func time(_ seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
        case ..<86_400: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        default: "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
        }
    }

    static func amount(_ octets: Int64) -> String { EventText.decimal(Double(octets) / 1e6, places: 1) + " MB" }

    static func speed(_ rate: Double) -> String { EventText.decimal(rate / 1e6, places: 1) + " MB/s" }

    /// A number with commas between thousands.
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.indices.reduce(into: "") { text, place in
            if place > 0, (digits.count - place) % 3 == 0 { text += "," }
            text.append(digits[place])
        }
    }
}
