import ArgumentParser
import Glibc

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows all that is known of one machine.",
        discussion: """
            Its cards, UUID, firmware, when and where it was seen (interface, relay, and what the relay says of its port), its last \
            install, and its last 20 events.
            """
    )

    @Argument(
        help: "A host, a card, or the three words of its screen, with - between them.",
        completion: Suggestions.machines)
    var machine: String

    @Flag(help: "One JSON object.")
    var json = false

    @OptionGroup var location: ServiceLocation

    func validate() throws {
        guard !machine.isEmpty, !machine.contains(" ") else {
            throw ValidationError("no blanks in the name, and - between the three words")
        }
    }

    func run() throws {
        print(try location.ask("show \(machine)" + (json ? " json" : "")))
    }
}

struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Prints what happened, the oldest first.",
        discussion: "How much is kept is said by [history] in the settings."
    )

    @Option(
        help: "A host, a card, or the three words of a screen: what happened to that machine.",
        completion: Suggestions.machines)
    var machine: String?

    @Option(
        help:
            "What happened since: 90s, 30m, 2h or 7d ago, or a day (2026-05-31) or time (2026-05-31T04:30) of this clock."
    )
    var since: String?

    @Flag(help: "Goes on with what happens, until Ctrl-C.")
    var follow = false

    @Flag(help: "One JSON object a line; times in milliseconds since 1970.")
    var json = false

    @OptionGroup var location: ServiceLocation

    func validate() throws {
        guard ![machine, since].contains(where: { $0?.contains(" ") == true }) else {
            throw ValidationError("no blanks in names and times")
        }
    }

    func run() throws {
        let words = [machine.map { "machine=\($0)" }, since.map { "since=\($0)" }, json ? "json" : nil]
        let question = (["events"] + words.compactMap(\.self)).joined(separator: " ")
        try location.printPages(of: question, follows: follow)
    }
}

extension ServiceLocation {
    /// Prints what a command answers page by page; the first line of each page says where the next one begins.
    ///
    /// - Parameter follows: whether to go on with what comes, until Ctrl-C.
    func printPages(of question: String, follows: Bool) throws {
        var last = "0"
        while true {
            let answer = try ask("\(question) after=\(last)").split(separator: "\n", maxSplits: 1)
            if answer.count > 1 { print(answer[1]) }
            let next = answer.first.map(String.init) ?? last
            if next == last {
                guard follows else { return }
                fflush(nil)
                sleep(1)
            }
            last = next
        }
    }
}
