import ArgumentParser

struct WakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wake", abstract: "Switches hosts on.",
        discussion: """
            Sends a magic packet (Wake-on-LAN) for each of their cards on every interface that is served, a hundred in a second, and \
            tells each host to the hooks of the settings that hear of "wake", for machines that a BMC switches on.
            """
    )

    @Argument(help: "Which hosts: names with * ? [01-20], parted by commas; ! leaves out.")
    var hosts: String

    @OptionGroup var location: ServiceLocation

    func validate() throws {
        guard !hosts.contains(" ") else { throw ValidationError("no blanks in names of hosts") }
    }

    func run() throws {
        print(try location.ask("wake \(hosts)"))
    }
}
