import BootPolicy
package import Exchange
package import Inventory
import LinuxIO
import Wire

/// What the service knows of itself: its numbers and its log. Belongs to one thread.
package final class Monitor: EventListener, CommandGroup {
    /// What is monitored beside what engines say.
    package struct Subject: Sendable {
        package var version: String
        /// Directories whose disks may fill up, by what they are for.
        package var directories: [(name: String, path: String)]

        package init(version: String, directories: [(name: String, path: String)]) {
            self.version = version
            self.directories = directories
        }
    }

    private let context: EngineContext
    private let inventory: Inventory
    private let log: EventLog
    private let feed: MetricsFeed
    private let subject: Subject
    private let started = Clock.wallMilliseconds
    private let sessions: SessionDesk?

    /// - Parameter sessions: who follows the boots of machines; nil where nobody does.
    package init(
        _ subject: Subject, log: EventLog, inventory: Inventory, context: EngineContext, sessions: SessionDesk? = nil
    ) {
        self.subject = subject
        self.sessions = sessions
        self.log = log
        self.inventory = inventory
        self.context = context
        feed = MetricsFeed(addresses: context.addresses)
    }

    package func hear(_ recorded: RecordedEvent) { feed.hear(recorded) }

    package func heardAll(lost: Int) { feed.lostEvents += lost }

    package func hearOfInventoryFailure() { feed.inventoryFailures += 1 }

    /// Answers `metrics`, `log` and `log-level`.
    ///
    /// - Returns: nil for the words of another command.
    func answer(_ words: [String], _ attachment: String = "") throws(CommandFailure) -> String? {
        if words == ["metrics"] { return metrics }
        return try LogCommands(log: log, inventory: inventory, context: context).answer(words)
    }

    /// Everything, in the text format of Prometheus, without the last line's end.
    private var metrics: String {
        let families = figures.families + CounterNames.families { context.counters[$0] } + feed.families
        return String(MetricText.text(families).dropLast())
    }

    private var figures: ServiceFigures {
        let catalog = context.catalog.current
        let (process, room) = (ProcessFigures.own, subject.directories)
        // An engine that is stuck must not take all other numbers with it.
        let traffic = sessions?.currentTraffic
        return ServiceFigures(
            version: subject.version, started: Double(started) / 1000, mode: catalog.mode,
            generation: Int(catalog.generation), process: process, processorSeconds: ProcessTime.own.seconds,
            underWay: traffic.flatMap { $0.isKnown ? $0.counts : nil },
            hosts: HostDirectory(catalog).all.count, inventory: try? inventory.figures(),
            isReadOnly: inventory.isReadOnly,
            directories: room.compactMap { directory in
                (try? FileSystemRoom(path: directory.path)).map {
                    ServiceFigures.Directory(name: directory.name, room: $0)
                }
            },
            lostLines: log.lost, sessions: sessions?.figures, flight: context.flight.usage)
    }
}
