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

    /// Boots told of to who does not say how many it wants: a page asks each second, and the main thread has other things to do.
    private static let most = 2000

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
        var most: Int?
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
            of: try name.map { name throws(CommandFailure) in try cards(of: name) }, isAll: isAll,
            most: most ?? Self.most)
        guard !form.isJSON else {
            return reports.map { $0.json(hasEvents: false).line }.joined(separator: "\n")
        }
        let lines = SessionText.table(reports.map(\.line), hasColor: form.hasColor)
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
    /// Boots, those with which something is wrong first, then those under way; among their like those heard last.
    ///
    /// - Parameters:
    ///   - cards: of these machines; nil for all but those whose boot came to its end a day ago.
    ///   - isAll: every boot that is kept, not only each machine's latest.
    ///   - most: no more than these; more are not even looked at.
    func reports(of cards: [ClientHardware]?, isAll: Bool, most: Int) -> [SessionReport] {
        let reports: [SessionReport]
        if let cards {
            let moment = moment
            let boots = cards.flatMap { isAll ? table.boots(of: $0).reversed() : table.boots(of: $0).suffix(1) }
            reports = inOrder(boots.map { report($0, moment) })
        } else {
            let latest = latestReports.filter(\.isFresh)
            reports = isAll ? inOrder(latest + earlier(than: latest, most: most - latest.count)) : latest
        }
        return Array(reports.prefix(most))
    }

    /// The boots before these of the same machines.
    private func earlier(than latest: [SessionReport], most: Int) -> [SessionReport] {
        let moment = moment
        var earlier: [SessionReport] = []
        for report in latest {
            guard earlier.count < most else { break }
            let boots = table.boots(of: report.boot.hardware).dropLast().reversed()
            earlier += boots.prefix(most - earlier.count).map { self.report($0, moment) }
        }
        return earlier
    }

    func inOrder(_ reports: [SessionReport]) -> [SessionReport] {
        let ranks = reports.map(\.rank)
        return reports.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.map { reports[$0] }
    }

    func report(of id: Int64) -> SessionReport? { table.session(id).map { report($0, moment) } }

    /// The latest boot of a machine, by whichever of its cards.
    func latest(of cards: [ClientHardware]) -> SessionReport? {
        let boots = cards.compactMap { table.boots(of: $0).last }
        return boots.max { $0.last < $1.last }.map { report($0, moment) }
    }

    func report(_ boot: BootSession, _ moment: Moment) -> SessionReport {
        SessionReport(
            boot: boot, standing: standing(of: boot, moment), progress: moment.progress(of: boot),
            host: boot.host ?? host(of: boot.hardware), now: moment.now)
    }
}

extension SessionReport {
    /// How long a boot is shown of which nothing more is to be expected, in milliseconds.
    private static let afterglow: Int64 = 24 * 3_600_000

    fileprivate var isFresh: Bool {
        switch standing.state {
        case .stuck, .refused, .underWay: true
        case .booted, .over: now - boot.last < Self.afterglow
        }
    }

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
