import ArgumentParser
import ControlPlane
import Glibc

struct InstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Installs a target on machines, exactly once on each.",
        discussion: """
            Prints the plan: which machines would be wiped, and which would not and why. With --yes, or their number typed, they \
            are armed: the next time that one boots by network it is installed, as many at a time as --wave says; the others \
            wait at a script of ours that asks again. Afterwards a machine boots its disk.
            """
    )

    @Argument(help: "A target of the settings.", completion: Suggestions.targets)
    var target: String

    @Option(help: "\(HostHelp.list)", completion: Suggestions.hosts)
    var hosts: String

    @Option(help: "The most machines at a time.")
    var wave = 20

    @Option(help: "So many go first, and the others wait until those are done.")
    var canary = 0

    @Option(help: "Pauses when more than so many have failed.")
    var failures = 0

    @Option(
        help: """
            Nobody begins before: 22:00 by the clock of the host that serves, a whole time as 2027-01-31T22:00:00+01:00, or \
            seconds since 1970.
            """)
    var start: String?

    @Flag(help: "Wakes them, once they are armed, as \"pilotfish wake\" does.")
    var wake = false

    @Flag(help: "Arms them without a question.")
    var yes = false

    @Flag(help: "The plan as JSON, an object for the whole and one a line for each machine; arms them with --yes only.")
    var json = false

    @OptionGroup var location: ServiceLocation

    func validate() throws {
        guard wave > 0, canary >= 0, failures >= 0 else {
            throw ValidationError("--wave is a number from 1, the others from 0")
        }
        guard !target.contains(" ") else { throw ValidationError("no blanks in the name of a target") }
        try HostHelp.checkBlanks(hosts)
        guard start?.contains(where: \.isWhitespace) != true else {
            throw ValidationError("no blanks in --start: write 22:00, or 2027-01-31T22:00:00+01:00")
        }
    }

    /// How the line of a machine begins that would be wiped.
    private static let wipe = "  wipe "

    func run() throws {
        let order =
            "target=\(target) hosts=\(hosts) wave=\(wave) canary=\(canary) failures=\(failures)"
            + (start.map { " start=\($0)" } ?? "") + (wake ? " wake" : "") + (json ? " json" : "")
        if yes { return print(try location.ask("install begin \(order)")) }
        let plan = try location.ask("install plan \(order)")
        print(plan)
        let names = plan.split(separator: "\n").filter { $0.hasPrefix(Self.wipe) }.map { line in
            String(line.dropFirst(Self.wipe.count).prefix { $0 != " " })
        }
        let count = names.count
        guard !json, count > 0, isatty(STDIN_FILENO) == 1 else { return }
        print("Type the number of machines to wipe and install them, anything else to leave them: ", terminator: "")
        fflush(nil)
        guard let typed = readLine(), Int(typed) == count else { return print("nothing was changed") }
        print(try location.ask("install begin \(order) expect=\(PlanMark.of(names))"))
    }
}

struct RolloutCommand: ParsableCommand {
    enum Verb: String, ExpressibleByArgument, CaseIterable {
        case pause, resume, abort
    }

    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Shows the rollouts of installs, or the machines of one; pauses, resumes or aborts it.",
        discussion: """
            Paused, nobody else begins, and who has begun goes on. Aborted, it is taken back for all who have not begun; those boot \
            as ever.
            """
    )

    @Argument(help: "The number of a rollout.", completion: Suggestions.rollouts)
    var number: Int?

    @Argument(help: "pause, resume or abort.")
    var verb: Verb?

    @Flag(help: "One JSON object a line: rollouts, or a rollout and its machines.")
    var json = false

    @OptionGroup var location: ServiceLocation

    func validate() throws {
        guard !json || verb == nil else { throw ValidationError("--json shows rollouts: leave it out, or the verb") }
    }

    func run() throws {
        let words: [String?] =
            (number.map { ["rollout", "\($0)"] } ?? ["rollouts"]) + [verb?.rawValue, json ? "json" : nil]
        let answer = try location.ask(words.compactMap(\.self).joined(separator: " "))
        if !json || !answer.isEmpty { print(answer) }
    }
}

struct RetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Arms a machine again whose install failed.",
        discussion: "It belongs to the same rollout as before, and waits for its turn there."
    )

    @Argument(help: "The host.", completion: Suggestions.hosts)
    var host: String

    @Flag(help: "Also when its install is done: it is wiped and installed once more.")
    var again = false

    @OptionGroup var location: ServiceLocation

    func run() throws {
        print(try location.ask("retry \(host)" + (again ? " again" : "")))
    }
}
