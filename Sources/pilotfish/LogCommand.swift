import ArgumentParser
import Settings

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Prints the last lines of the running service's log, and sets its levels.",
        discussion: """
            The service keeps its last 4096 lines in memory. \"pilotfish log --level tftp=debug\" logs TFTP in more detail until the next \
            reload or restart; [log.levels] in the settings does it for good. Subsystems: \
            \(Settings.Log.Subsystem.allCases.map(\.rawValue).joined(separator: ", ")), or all.
            """
    )

    @Flag(help: "Goes on with what is logged, until Ctrl-C.")
    var follow = false

    @Option(help: "A host, a card, an address, or the three words of a screen: lines about that machine.")
    var machine: String?

    @Option(
        help: """
            A level (debug, info, warning, error): lines of no lesser one. SUBSYSTEM=LEVEL: the least that is logged of it from \
            now on; may be repeated.
            """)
    var level: [String] = []

    @Option(
        help:
            "What was logged since: 90s, 30m, 2h or 7d ago, or a day (2026-05-31) or time (2026-05-31T04:30) of this clock."
    )
    var since: String?

    @Flag(help: "Prints what is logged of each subsystem.")
    var levels = false

    @Flag(help: "One JSON object a line; times in milliseconds since 1970.")
    var json = false

    @OptionGroup var location: ServiceLocation

    /// The levels to set, and the one to show.
    private var settings: [String] { level.filter { $0.contains("=") } }
    private var shown: [String] { level.filter { !$0.contains("=") } }

    func validate() throws {
        guard !(level + [machine, since].compactMap(\.self)).contains(where: { $0.contains(" ") }) else {
            throw ValidationError("no blanks in names, levels and times")
        }
        guard shown.count < 2 else { throw ValidationError("one level can be shown, not \(shown.count)") }
    }

    func run() throws {
        if levels || !settings.isEmpty {
            print(try location.ask((["log-level"] + settings).joined(separator: " ")))
            if levels || !follow { return }
        }
        let words = [
            machine.map { "machine=\($0)" }, since.map { "since=\($0)" }, shown.first.map { "level=\($0)" },
            json ? "json" : nil,
        ]
        try location.printPages(of: (["log"] + words.compactMap(\.self)).joined(separator: " "), follows: follow)
    }
}
