import ArgumentParser

struct TransfersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfers", abstract: "Lists what the running service is sending by TFTP and HTTP.",
        discussion: """
            A line each, those first that have made no progress for longest: client, file, how much of it was sent, and seconds \
            since something of it was. By TFTP sent is what the client has acknowledged, and the line says what was agreed on, and \
            blocks sent again; by HTTP it is what the kernel has taken, which holds a little for each client.
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
