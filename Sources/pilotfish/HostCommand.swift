import ArgumentParser

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the hosts, or the machines that belong to none.",
        discussion: """
            With --new: machines that were seen and belong to no host, with the three words that their screens show; and those whose \
            marks contradict each other (a UUID that two machines have, a card in another machine), with the reason and what to do.
            """
    )

    @Argument(help: "\(HostHelp.list)", completion: Suggestions.hosts)
    var hosts: String?

    @Flag(help: "The machines that belong to no host.")
    var new = false

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var location: ServiceLocation

    func validate() throws {
        guard !new || hosts == nil else {
            throw ValidationError("--new lists machines that belong to no host: leave out the list of hosts, or --new")
        }
        try HostHelp.checkBlanks(hosts ?? "")
    }

    func run() throws {
        // A host may be called json: the word counts behind a list only.
        let words = new ? ["newcomers"] : ["list"] + [hosts ?? (json ? "all" : nil)].compactMap(\.self)
        let lines = try location.ask((words + (json ? ["json"] : [])).joined(separator: " "))
        if !lines.isEmpty { print(lines) }
    }
}

/// What commands say of lists of hosts.
enum HostHelp {
    static let list = "Which hosts: names with * ? [01-20], @group, tag=name, all, parted by commas; ! leaves out."

    static func checkBlanks(_ list: String) throws {
        guard !list.contains(where: \.isWhitespace) else {
            throw ValidationError("a list of hosts has commas and no blanks: \(list)")
        }
    }
}

struct AdoptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Gives a machine that was seen a name, so that it can be installed."
    )

    @Argument(
        help: "The three words of its screen, with - between them, or its card.", completion: Suggestions.newcomers)
    var machine: String

    @Option(help: "The host: a new one, or one that is there and has one more card.")
    var name: String

    @OptionGroup var location: ServiceLocation

    func validate() throws {
        guard !name.isEmpty, !name.contains(" "), !machine.contains(" ") else {
            throw ValidationError("no blanks in the name, and - between the three words")
        }
    }

    func run() throws {
        print(try location.ask("adopt \(machine) \(name)"))
    }
}

struct ProtectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect", abstract: "Keeps a host from ever being installed, until it is taken back with --off."
    )

    @Argument(help: "The host.", completion: Suggestions.hosts)
    var host: String

    @Flag(help: "It may be installed again.")
    var off = false

    @OptionGroup var location: ServiceLocation

    func run() throws {
        print(try location.ask((off ? "unprotect " : "protect ") + host))
    }
}

struct ReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Lets a host boot as if it had no install.",
        discussion: """
            An install that has not begun is taken back; after one that is over the machine boots what its rule names again, and not \
            its disk in any case.
            """
    )

    @Argument(help: "The host.", completion: Suggestions.hosts)
    var host: String

    @OptionGroup var location: ServiceLocation

    func run() throws {
        print(try location.ask("release \(host)"))
    }
}

struct ForgetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Forgets a host: its cards, its UUID and its installs.",
        discussion: "Its machines are new again, unless they stand in the settings."
    )

    @Argument(help: "The host.", completion: Suggestions.hosts)
    var host: String

    @OptionGroup var location: ServiceLocation

    func run() throws {
        print(try location.ask("forget-host \(host)"))
    }
}
