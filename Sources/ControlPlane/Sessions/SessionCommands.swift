import BootPolicy
import Exchange
import Fleet
import Inventory
import LinuxIO
import Sessions
import Wire

/// The operator's questions `status`, `sessions` and `session`.
struct SessionCommands: CommandGroup {
    let desk: SessionDesk
    let installs: InstallDesk

    init(desk: SessionDesk, installs: InstallDesk) {
        self.desk = desk
        self.installs = installs
        desk.follow(installs)
    }

    /// Answers a question.
    ///
    /// - Returns: nil for the words of another command.
    func answer(_ words: [String], _ attachment: String = "") throws(CommandFailure) -> String? {
        let rest = words.dropFirst()
        switch words.first {
        case "status": return try status(rest)
        case "sessions": return try sessions(rest)
        case "session": return try session(rest)
        default: return nil
        }
    }

    /// `status [json] [color]`
    private func status(_ words: ArraySlice<String>) throws(CommandFailure) -> String {
        let form = try Form(words, "status") { _ in false }
        let report = StatusReport(desk, standings: try rollouts(), conflicts: installs.conflicts)
        return form.isJSON ? report.json : report.lines(hasColor: form.hasColor).joined(separator: "\n")
    }

    private func rollouts() throws(CommandFailure) -> [RolloutStanding] {
        try look { () throws(InventoryError) in try desk.inventory.standings(ofRollout: nil) }
    }

    /// `sessions [machine=NAME] [all] [most=N] [json] [color]`
    private func sessions(_ words: ArraySlice<String>) throws(CommandFailure) -> String {
        var name: String?
        var isAll = false
        var most = Int.max
        let form = try Form(words, "sessions") { word in
            if word == "all" {
                isAll = true
            } else if word.hasPrefix("machine="), word.count > 8 {
                name = String(word.dropFirst(8))
            } else if word.hasPrefix("most="), let number = Int(word.dropFirst(5)), number >= 0 {
                most = number
            } else {
                return false
            }
            return true
        }
        let reports = desk.reports(
            of: try name.map { name throws(CommandFailure) in try cards(of: name) }, isAll: isAll)
        guard !form.isJSON else {
            return reports.prefix(most).map { $0.json(hasEvents: false).line }.joined(separator: "\n")
        }
        let lines = SessionText.table(reports.prefix(most).map(\.line), hasColor: form.hasColor)
        return lines.isEmpty ? "no machine has booted since the service started" : lines.joined(separator: "\n")
    }

    private func cards(of name: String) throws(CommandFailure) -> [ClientHardware] {
        if let card = MACAddress(name) { return [ClientHardware(card)] }
        let found = try MachineFinder(inventory: desk.inventory, context: desk.context).find(name)
        let cards = found.machines.compactMap { MACAddress($0.mac) } + (found.host?.hardware ?? [])
        return Set(cards).map(ClientHardware.init)
    }

    /// `session ID [json] [color]`
    private func session(_ words: ArraySlice<String>) throws(CommandFailure) -> String {
        guard let id = words.first.flatMap({ Int64($0) }) else {
            throw CommandFailure("session wants the number of a boot, as \"sessions json\" has it")
        }
        let form = try Form(words.dropFirst(), "session") { _ in false }
        guard let report = desk.report(of: id) else { throw CommandFailure("no boot \(id) is kept") }
        return form.isJSON
            ? report.json(hasEvents: true).line : report.lines(hasColor: form.hasColor).joined(separator: "\n")
    }

    /// How an answer is wanted.
    private struct Form {
        var isJSON = false
        var hasColor = false

        /// - Parameter take: takes a word that is not one of these; false for one that nobody knows.
        init(_ words: ArraySlice<String>, _ command: String, take: (String) -> Bool) throws(CommandFailure) {
            for word in words {
                switch word {
                case "json": isJSON = true
                case "color": hasColor = true
                default: guard take(word) else { throw CommandFailure("\(command) does not know \"\(word)\"") }
                }
            }
        }
    }
}

extension SessionDesk {
    /// Boots, those with which something is wrong first; among their like those heard last.
    ///
    /// - Parameters:
    ///   - cards: of these machines; nil for all.
    ///   - isAll: every boot that is kept, not only each machine's latest.
    func reports(of cards: [ClientHardware]?, isAll: Bool) -> [SessionReport] {
        let boots: [BootSession]
        if let cards {
            boots = cards.flatMap { card -> [BootSession] in
                let kept = table.boots(of: card)
                return isAll ? kept.reversed() : Array(kept.suffix(1))
            }
        } else {
            boots = isAll ? table.all : table.latest
        }
        let (now, known) = (Clock.wallMilliseconds, circumstances)
        let reports = boots.map { report($0, at: now, known) }
        let ranks = reports.map(\.rank)
        return reports.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.map { reports[$0] }
    }

    func report(of id: Int64) -> SessionReport? {
        table.session(id).map { report($0, at: Clock.wallMilliseconds, circumstances) }
    }

    /// The latest boot of a machine, by whichever of its cards.
    func latest(of cards: [ClientHardware]) -> SessionReport? {
        let boots = cards.compactMap { table.boots(of: $0).last }
        return boots.max { $0.last < $1.last }.map { report($0, at: Clock.wallMilliseconds, circumstances) }
    }

    private func report(_ boot: BootSession, at now: Int64, _ circumstances: Circumstances) -> SessionReport {
        SessionReport(
            boot: boot, standing: standing(of: boot, at: now, circumstances),
            progress: boot.isLatest ? progress(of: boot) : nil,
            host: boot.host ?? host(of: boot.hardware), now: now)
    }
}

extension SessionReport {
    fileprivate var rank: Int {
        switch standing.state {
        case .stuck: 0
        case .refused: standing.verdict == nil ? 5 : 1
        case .underWay: standing.verdict == nil ? 3 : 2
        case .booted: standing.verdict == nil ? 4 : 2
        case .over: 6
        }
    }
}

extension BootSession {
    fileprivate var isLatest: Bool { followed == nil }
}
