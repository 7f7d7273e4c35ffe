import ArgumentParser

struct WakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wake", abstract: "Switches hosts on.",
        discussion: """
            Sends a magic packet (Wake-on-LAN) for each of their cards on every interface that is served, a hundred in a second, and \
            tells each host to the hooks of the settings that hear of "wake", for machines that a BMC switches on.
            """
    )

    @Argument(help: "\(HostHelp.list)", completion: Suggestions.hosts)
    var hosts: String

    @OptionGroup var location: ServiceLocation

    func validate() throws { try HostHelp.checkBlanks(hosts) }

    func run() throws {
        print(try location.ask("wake \(hosts)"))
    }
}
