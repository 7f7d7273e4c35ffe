import ArgumentParser

struct TransfersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfers", abstract: "Lists the TFTP transfers that are under way in the running service.",
        discussion: """
            A line each, those first that have made no progress for longest: client, file, what was agreed on, how much the \
            client has acknowledged, blocks sent again, and seconds since it last acknowledged something new.
            """
    )

    @OptionGroup var location: ServiceLocation

    @Flag(help: "One JSON object a line.")
    var json = false

    func run() throws {
        let lines = try location.ask(json ? "transfers json" : "transfers")
        if !lines.isEmpty { print(lines) }
    }
}
