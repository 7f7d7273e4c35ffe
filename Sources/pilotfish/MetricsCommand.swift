import ArgumentParser

struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Prints the running service's numbers in the text format of Prometheus.",
        discussion: "No label names a machine, a file or an address."
    )

    @OptionGroup var location: ServiceLocation

    func run() throws {
        print(try location.ask("metrics"))
    }
}
