import ArgumentParser
import ControlPlane
import Glibc
import LinuxIO
import Wire

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Shows every machine of the rollouts that are under way, and every boot, until Ctrl-C.",
        discussion: """
            A line for each rollout, and one for each machine: what it does (it waits, has its script, fetches a file, is being \
            installed, is done, has failed) and for how long, what it has fetched of this install since the service started and how \
            fast, in how much time it will be done, and what is wrong, if anything is. Those with which something is wrong come \
            first. How much time is left is made of what the machines of the rollout needed that are done: - while none is, and \
            for machines that wait, for nobody knows which of them comes next.

            Without a rollout's number, the boots under way stand beneath, those that are stuck first and red (not with NO_COLOR).
            """
    )

    @Argument(help: "The number of a rollout, be it over or not.")
    var rollout: Int?

    @Flag(help: "Prints all machines once, as it does where there is no terminal.")
    var once = false

    @Flag(help: "Rollouts, then their machines as JSON, an object on each line; \"sessions --json\" has the boots.")
    var json = false

    @OptionGroup var location: ServiceLocation

    func run() throws {
        guard !json, !once, let screen = Terminal.size else { return try printOnce() }
        try draw(screen)
    }

    private var question: String { ["watch", rollout.map { "\($0)" }].compactMap(\.self).joined(separator: " ") }

    private func printOnce() throws {
        let answer = try location.ask(question)
        if json {
            if !answer.isEmpty { print(answer) }
            return
        }
        // Machines boot that belong to no rollout.
        let boots = rollout == nil ? try location.ask("sessions json") : ""
        var text = WatchText()
        let watched = Self.read(answer)
        var lines = text.table(watched, now: Clock.now)
        if rollout == nil {
            lines += SessionText.table(Self.boots(boots, besides: watched), hasColor: Terminal.hasColor)
        }
        let nothing = "no machine boots, and there are no rollouts: \"pilotfish install\" begins one"
        print(lines.isEmpty ? nothing : lines.joined(separator: "\n"))
    }

    /// Draws anew each second.
    private func draw(_ first: Terminal) throws -> Never {
        var text = WatchText()
        while true {
            let screen = Terminal.size ?? first
            let lines = Self.read(try location.ask("\(question) most=\(screen.height)"))
            var table = text.table(lines, now: Clock.now, height: screen.height - 1, width: screen.width)
            let room = screen.height - 1 - table.count
            if rollout == nil, room > 1 {
                let boots = Self.boots(try location.ask("sessions most=\(room) json"), besides: lines)
                table += SessionText.table(
                    boots, height: room, width: screen.width, hasColor: Terminal.hasColor, hasFixes: false)
            }
            // Home, each line with what stood behind it erased, and what stood beneath.
            print("\u{1B}[H" + table.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J", terminator: "")
            fflush(nil)
            Clock.nap(.seconds(1))
        }
    }

    private static func read(_ answer: String) -> [WatchLine] {
        answer.split(separator: "\n").compactMap { WatchLine(json: $0) }
    }

    /// The boots under way, and those that are stuck.
    /// - Parameter watched: what is shown of rollouts, whose machines are not shown twice.
    private static func boots(_ answer: String, besides watched: [WatchLine]) -> [SessionLine] {
        let now = Clock.wallMilliseconds
        let hosts = Set(watched.compactMap { if case .machine(let machine) = $0 { machine.host } else { nil } })
        return answer.split(separator: "\n").compactMap { SessionLine(json: $0, now: now) }
            .filter { !hosts.contains($0.name) }
            .filter { $0.isTrouble || $0.isUnderWay || !$0.code.isEmpty }
    }
}
