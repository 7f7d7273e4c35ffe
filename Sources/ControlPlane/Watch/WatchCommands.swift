import BootPolicy
import Exchange
import Fleet
import Inventory
import LinuxIO
import Wire

/// The operator's questions: `watch`, `show` and `events`.
struct WatchCommands: CommandGroup {
    let inventory: Inventory
    let context: EngineContext
    let desk: InstallDesk
    /// Who knows the boots of machines; nil where nobody does.
    var sessions: SessionDesk?

    /// The most machines of an answer, which is made and sent by the thread that does everything slow.
    private static let mostMachines = 50_000
    /// Events at a time.
    static let page = 500

    /// Answers a question.
    ///
    /// - Returns: nil for the words of another command.
    func answer(_ words: [String], _ attachment: String = "") throws(CommandFailure) -> String? {
        let rest = words.dropFirst()
        switch words.first {
        case "watch": return try watch(rest)
        case "show": return try show(rest)
        case "events": return try events(rest)
        default: return nil
        }
    }

    // MARK: - watch

    /// `watch [ROLLOUT] [most=MACHINES]`: lines of JSON.
    private func watch(_ words: ArraySlice<String>) throws(CommandFailure) -> String {
        var id: Int64?
        var most = Self.mostMachines
        for word in words {
            if let number = Int64(word) {
                id = number
            } else if word.hasPrefix("most="), let number = Int(word.dropFirst(5)), number >= 0 {
                most = min(number, Self.mostMachines)
            } else {
                throw CommandFailure("a rollout has a number, not \"\(word)\"")
            }
        }
        let rollout = id
        let standings = try look { () throws(InventoryError) in try inventory.standings(ofRollout: rollout) }
        if let rollout, standings.isEmpty { throw CommandFailure("there is no rollout \(rollout)") }
        let report = WatchReport(
            files: try UnderWay(context).files, fetched: context.installs.fetched, conflicts: desk.conflicts,
            now: Clock.wallMilliseconds, instant: Clock.now)
        return report.lines(standings, most: most).map(\.json).joined(separator: "\n")
    }

    // MARK: - show

    /// `show MACHINE [json]`
    private func show(_ words: ArraySlice<String>) throws(CommandFailure) -> String {
        guard let name = words.first, words.count == 1 || words.dropFirst() == ["json"] else {
            throw CommandFailure("show wants a host, a card, or three words with - between them")
        }
        let found = try MachineFinder(inventory: inventory, context: context).find(name)
        var events: [EventRow] = []
        for machine in found.machines {
            events += try look { () throws(InventoryError) in
                try inventory.recentEvents(limit: MachineRecord.mostEvents, machine: machine.id)
            }
        }
        let install = try found.host.flatMap { host throws(CommandFailure) in
            try look { () throws(InventoryError) in try inventory.lastLease(of: host.name) }
        }
        var record = MachineRecord(
            host: found.host, machines: found.machines, install: install, events: events,
            now: Clock.wallMilliseconds)
        let cards = found.machines.compactMap { MACAddress($0.mac) }.map(ClientHardware.init)
        record.boot = sessions?.latest(of: cards)
        return words.count == 2 ? record.json : record.lines.joined(separator: "\n")
    }

    // MARK: - events

    /// `events [after=ID] [since=WHEN] [machine=NAME] [json]`: a first line with the number of the last event that is told, or
    /// of `after` when there is none behind it, and a line for each event.
    private func events(_ words: ArraySlice<String>) throws(CommandFailure) -> String {
        var (after, since, isJSON): (Int64, Int64, Bool) = (0, 0, false)
        var machines: [Int64]?
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (parts[0], parts.count > 1 ? parts[1] : nil) {
            case ("json", nil): isJSON = true
            case ("after", let id?): after = Int64(id) ?? 0
            case ("since", let text?): since = try WallTime.wanted(text, now: Clock.wallMilliseconds)
            case ("machine", let name?):
                machines = try MachineFinder(inventory: inventory, context: context).find(name).machines.map(\.id)
            default: throw CommandFailure("events does not know \(word)")
            }
        }
        let query = (after: after, since: since, machines: machines)
        let rows = try look { () throws(InventoryError) in
            try inventory.events(
                after: query.after, since: query.since, machines: query.machines, limit: Self.page)
        }
        let lines = rows.map { isJSON ? $0.json.line : $0.line }
        return (["\(rows.last?.id ?? after)"] + lines).joined(separator: "\n")
    }
}

extension EventRow {
    /// For people.
    var line: String {
        let time = WallTime(milliseconds: time)
        let who = mac.map { "\($0) " } ?? ""
        return "\(time.day) \(time.clock) \(kind) \(who)\(summary)"
    }

    /// For programs: the time in milliseconds since 1970.
    var json: JSONText {
        .object([
            ("id", .number(Int(id))), ("time", .number(Int(time))), ("kind", .text(kind)),
            ("mac", mac.map { .text($0) } ?? .null), ("summary", .text(summary)),
            ("details", .object(details.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })),
        ])
    }
}
