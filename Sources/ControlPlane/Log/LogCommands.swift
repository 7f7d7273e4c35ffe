import BootPolicy
import Exchange
import Inventory
import LinuxIO
import Settings
import Wire

/// The operator's questions about the log: `log` and `log-level`.
struct LogCommands {
    let log: EventLog
    let inventory: Inventory
    let context: EngineContext

    /// Lines at a time.
    static let page = 500

    /// Answers a question.
    ///
    /// - Returns: nil for the words of another command.
    func answer(_ words: [String], _ attachment: String = "") throws(CommandFailure) -> String? {
        switch words.first {
        case "log": return try lines(words.dropFirst())
        case "log-level": return try levels(words.dropFirst())
        default: return nil
        }
    }

    // MARK: - log

    private struct Query {
        var after: Int64 = 0
        var since: Int64 = 0
        var least = Settings.Log.Level.debug
        var machine: LogMachine?
        var isJSON = false

        func wants(_ line: LogLine) -> Bool {
            line.time >= since && line.level >= least && machine?.isMeant(by: line.subject) != false
        }
    }

    /// `log [after=NUMBER] [since=WHEN] [level=LEVEL] [machine=NAME] [json]`: a first line with the number of the last line that
    /// was looked at, and each line that is wanted.
    private func lines(_ words: ArraySlice<String>) throws(CommandFailure) -> String {
        let query = try query(words)
        var last = query.after
        var found: [String] = []
        for line in log.book.lines(after: query.after) {
            guard found.count < Self.page else { break }
            last = line.number
            if query.wants(line) { found.append(query.isJSON ? line.json.line : line.dayText) }
        }
        return (["\(last)"] + found).joined(separator: "\n")
    }

    private func query(_ words: ArraySlice<String>) throws(CommandFailure) -> Query {
        var query = Query()
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (parts[0], parts.count > 1 ? parts[1] : nil) {
            case ("json", nil): query.isJSON = true
            case ("after", let number?): query.after = Int64(number) ?? 0
            case ("since", let text?): query.since = try WallTime.wanted(text, now: Clock.wallMilliseconds)
            case ("level", let name?): query.least = try Self.level(name)
            case ("machine", let name?):
                query.machine = try LogMachine(name, MachineFinder(inventory: inventory, context: context))
            default: throw CommandFailure("log does not know \(word)")
            }
        }
        return query
    }

    // MARK: - log-level

    /// `log-level [SUBSYSTEM=LEVEL …]`: sets levels, and answers with those of all subsystems.
    private func levels(_ words: ArraySlice<String>) throws(CommandFailure) -> String {
        var changes: [(Settings.Log.Subsystem?, Settings.Log.Level)] = []
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw CommandFailure("write SUBSYSTEM=LEVEL, not \"\(word)\"") }
            let level = try Self.level(parts[1])
            changes.append((try Self.subsystem(parts[0]), level))
        }
        // All or nothing.
        for (subsystem, level) in changes { log.set(level, of: subsystem) }
        return Settings.Log.Subsystem.allCases
            .map { "\($0.rawValue)=\(log.settings.level(of: $0).rawValue)" }.joined(separator: "\n")
    }

    /// Nil for all of them.
    private static func subsystem(_ name: String) throws(CommandFailure) -> Settings.Log.Subsystem? {
        if name == "all" { return nil }
        if let subsystem = Settings.Log.Subsystem(rawValue: name) { return subsystem }
        let names = Settings.Log.Subsystem.allCases.map(\.rawValue).joined(separator: ", ")
        throw CommandFailure("there is no subsystem \(name), but \(names) and all")
    }

    private static func level(_ name: String) throws(CommandFailure) -> Settings.Log.Level {
        if let level = Settings.Log.Level(rawValue: name) { return level }
        let names = Settings.Log.Level.allCases.map(\.rawValue).joined(separator: ", ")
        throw CommandFailure("there is no level \(name), but \(names)")
    }
}

/// The machine whose lines are wanted.
struct LogMachine {
    private var host: String?
    private var cards: Set<MACAddress> = []
    /// Those that its cards have now.
    private var addresses: Set<IPAddress> = []

    /// - Throws: when nobody knows the name, and it is neither a card nor an address.
    init(_ name: String, _ finder: MachineFinder) throws(CommandFailure) {
        do throws(CommandFailure) {
            let found = try finder.find(name)
            host = found.host?.name
            cards = Set((found.host?.hardware ?? []) + found.machines.compactMap { MACAddress($0.mac) })
        } catch {
            // A machine that is not in the inventory may be in the log all the same.
            if let card = MACAddress(name) {
                cards = [card]
            } else if let address = IPAddress(name) {
                addresses = [address]
            } else {
                throw error
            }
        }
        for card in cards {
            addresses.formUnion([finder.context.addresses.requester(of: card)?.address].compactMap(\.self))
        }
    }

    /// An address counts only where no card is known: another machine may have had it before.
    func isMeant(by subject: LogSubject) -> Bool {
        if let host, subject.host == host { return true }
        if let card = subject.card, cards.contains(card) { return true }
        guard let address = subject.address, subject.card == nil || cards.isEmpty else { return false }
        return addresses.contains(address)
    }
}

extension LogLine {
    /// For people who read of more than one day.
    fileprivate var dayText: String { "\(WallTime(milliseconds: time).day) \(text)" }
}
