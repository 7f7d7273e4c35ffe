import ArgumentParser

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows how all stands: the service, the network, the machines.",
        discussion: """
            Mode, interfaces, other servers that were heard, what stands in the way (with what to do), how many machines boot, are \
            stuck, have booted or were refused, the rollouts, and the machines that are stuck with cause and fix.
            """
    )

    @Flag(help: "One JSON object; times in milliseconds since 1970.")
    var json = false

    @OptionGroup var location: ServiceLocation

    func run() throws {
        print(try location.ask("status" + (json ? " json" : Terminal.colorWord)))
    }
}
