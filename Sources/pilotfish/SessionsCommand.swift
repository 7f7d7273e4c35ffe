import ArgumentParser

struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Shows how far each machine's boot is, and what keeps it from going on.",
        discussion: """
            A line for each machine's latest boot, those that are stuck first: how it stands, the stage it has reached and for how \
            long, the file that it fetches, and, if it is stuck, a code, the cause and what to do. "pilotfish explain CODE" says \
            more of a code. Of one machine, all that happened to its latest boot.
            """
    )

    @Argument(help: "A host, a card, the three words of a screen, or the number of a boot.")
    var machine: String?

    @Flag(help: "Every boot that is kept, the last four of each machine.")
    var all = false

    @Option(help: "No more boots than these; of all machines, those that came to their end a day ago are left out.")
    var most = 10_000

    @Flag(help: "One JSON object a line; times in milliseconds since 1970.")
    var json = false

    @OptionGroup var location: ServiceLocation

    func validate() throws {
        guard machine.map({ !$0.isEmpty && !$0.contains(" ") }) ?? true else {
            throw ValidationError("no blanks in the name, and - between the three words")
        }
        guard most >= 0 else { throw ValidationError("--most is a number of boots") }
    }

    func run() throws {
        let form = json ? " json" : Terminal.colorWord
        if let machine, let id = Int64(machine) {
            print(try location.ask("session \(id)" + form))
            return
        }
        let words = ["sessions", machine.map { "machine=\($0)" }, all ? "all" : nil].compactMap(\.self)
        let answer = try location.ask(words.joined(separator: " ") + " most=\(most)" + form)
        if !answer.isEmpty { print(answer) }
        // Of one machine people want to know what happened.
        if machine != nil, !json, !all, let id = try latestBoot(words) {
            print(try location.ask("session \(id)" + form))
        }
    }

    private func latestBoot(_ words: [String]) throws -> Int64? {
        let line = try location.ask(words.joined(separator: " ") + " most=1 json")
        return line.firstMatch(of: #/"id":(\d+)/#).flatMap { Int64($0.1) }
    }
}
