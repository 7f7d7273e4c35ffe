import ArgumentParser
import ControlPlane
import Glibc
import LinuxIO
import Wire

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Shows every machine of the rollouts that are under way, until Ctrl-C.",
        discussion: """
            A line for each rollout, and one for each machine: what it does (it waits, has its script, fetches a file, is being \
            installed, is done, has failed) and for how long, what it has fetched of this install since the service started and how \
            fast, in how much time it will be done, and what is wrong, if anything is. Those with which something is wrong come \
            first. How much time is left is made of what the machines of the rollout needed that are done: - while none is, and \
            for machines that wait, for nobody knows which of them comes next.
            """
    )

    @Argument(help: "The number of a rollout, be it over or not.")
    var rollout: Int?

    @Flag(help: "Prints all machines once, as it does where there is no terminal.")
    var once = false

    @Flag(help: "The same as JSON, an object on each line: rollouts, then machines.")
    var json = false

    @OptionGroup var location: ServiceLocation

    func run() throws {
        let question = ["watch", rollout.map { "\($0)" }].compactMap(\.self).joined(separator: " ")
        guard !json, !once, let screen = Screen.size else {
            let answer = try location.ask(question)
            var text = WatchText()
            let lines = json ? answer : text.table(Self.read(answer), now: Clock.now).joined(separator: "\n")
            if !lines.isEmpty { return print(lines) }
            return json ? () : print("there are no rollouts: \"pilotfish install\" begins one")
        }
        try draw(question, screen)
    }

    /// Draws anew each second.
    private func draw(_ question: String, _ first: Screen) throws -> Never {
        var text = WatchText()
        while true {
            let screen = Screen.size ?? first
            let lines = Self.read(try location.ask("\(question) most=\(screen.height)"))
            let table = text.table(lines, now: Clock.now, height: screen.height - 1, width: screen.width)
            // Home, each line with what stood behind it erased, and what stood beneath.
            print("\u{1B}[H" + table.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J", terminator: "")
            fflush(nil)
            Clock.nap(.seconds(1))
        }
    }

    private static func read(_ answer: String) -> [WatchLine] {
        answer.split(separator: "\n").compactMap { WatchLine(json: $0) }
    }
}

/// The terminal that standard output goes to.
private struct Screen {
    let height: Int
    let width: Int

    /// Nil when it goes elsewhere.
    static var size: Screen? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else {
            return nil
        }
        return Screen(height: Int(size.ws_row), width: Int(size.ws_col))
    }
}
