package import BootPolicy
package import Exchange
package import LinuxIO
package import Settings

/// Tells events to people, one line each, as they happen, and keeps the last of them. Belongs to one thread.
///
/// Text for a terminal (`05:12:33.123 info dhcp.offer client=… stage=…`), JSON lines for programs, or fields for the journal.
package final class EventLog {
    /// What is told; the format stays as it was at the start.
    private(set) var settings: Settings.Log
    private(set) var book: LogBook
    /// Lines that the journal did not take in time.
    private(set) var lost = 0
    private var untoldLosses = 0
    private let journal: JournalSocket?
    private let context: EngineContext?
    private let write: (String) -> Void
    private let interfaceName: (Int32) -> String

    /// - Parameters:
    ///   - journal: takes lines for people in the place of `write`; nil where there is none.
    ///   - context: knows whose addresses those are that events are about; nil where nobody does.
    ///   - write: takes each finished line.
    ///   - interfaceName: turns an interface's index into its name.
    package init(
        _ settings: Settings.Log, journal: JournalSocket? = nil, context: EngineContext? = nil,
        write: @escaping (String) -> Void, interfaceName: @escaping (Int32) -> String
    ) {
        self.settings = settings
        // Collectors that want JSON read it from standard error.
        self.journal = settings.format == .text ? journal : nil
        self.context = context
        self.write = write
        self.interfaceName = interfaceName
        book = LogBook(now: Clock.wallMilliseconds)
    }

    /// Takes the levels of new settings over; those given by command are forgotten.
    package func follow(_ settings: Settings.Log) {
        self.settings.level = settings.level
        self.settings.levels = settings.levels
    }

    /// Sets a level until the next reload.
    ///
    /// - Parameter subsystem: nil for all of them.
    func set(_ level: Settings.Log.Level, of subsystem: Settings.Log.Subsystem?) {
        if let subsystem {
            settings.levels[subsystem] = level
        } else {
            settings.level = level
            settings.levels = [:]
        }
    }

    /// - Parameter time: milliseconds since 1970.
    package func tell(_ event: BootEvent, time: Int64) {
        let text = EventText(event, interfaceName: interfaceName)
        var line = LogLine(time: time, level: text.level, name: text.name, fields: text.fields)
        guard isTold(line) else { return }
        if let context { line.subject = LogSubject(event, context) }
        tell(line)
    }

    /// A line that no event stands behind.
    package func tell(
        _ name: String, _ fields: [(key: String, value: String)], level: Settings.Log.Level = .info, time: Int64
    ) {
        let line = LogLine(time: time, level: level, name: name, fields: fields)
        if isTold(line) { tell(line) }
    }

    private func isTold(_ line: LogLine) -> Bool { line.level >= settings.level(of: line.subsystem) }

    private func tell(_ line: LogLine) {
        book.add(line)
        guard let journal else { return write(settings.format == .json ? line.flatJSON : line.text) }
        switch journal.send(JournalEntry(line).octets) {
        case .sent: tellLosses(to: journal, time: line.time)
        case .crowded:
            lost += 1
            untoldLosses += 1
        case .refused: write(line.text)
        }
    }

    /// Whoever reads the journal must know that something is missing there.
    private func tellLosses(to journal: JournalSocket, time: Int64) {
        guard untoldLosses > 0 else { return }
        let notice = EventText(
            .notice(Notice(.warning, "\(untoldLosses) lines of the log were lost: the journal had too much to do")),
            interfaceName: interfaceName)
        let line = LogLine(time: time, level: notice.level, name: notice.name, fields: notice.fields)
        if case .sent = journal.send(JournalEntry(line).octets) { untoldLosses = 0 }
    }
}
