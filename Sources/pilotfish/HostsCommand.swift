import ArgumentParser
import BootPolicy
import ControlPlane
import LinuxIO
import Settings

struct HostsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts", abstract: "Takes hosts from a file, or writes them into one: TOML, JSON or CSV.",
        subcommands: [Import.self, Export.self]
    )

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a list of hosts over: all of it, or nothing when anything is wrong with it.",
            discussion: """
                TOML has tables [machine.NAME] as in the settings, JSON a list of objects with "name", CSV a header with \
                name,mac,uuid,serial,target,groups,tags,note,protected,variable.NAME, as many of them as you like. What a list says of a \
                host that is known takes the place of what was there; what it leaves out or empty stays.
                """
        )

        @Argument(help: "The file; - for standard input.", completion: .file())
        var file: String

        @Option(help: "toml, json or csv; else as the file's name ends.")
        var format: HostList.Format?

        @Flag(help: "Says what would be changed, and changes nothing.")
        var dryRun = false

        @OptionGroup var location: ServiceLocation

        /// As much as the service takes.
        private static let mostOctets = 64 << 20

        func run() throws {
            let ending = file.split(separator: ".").last.map { $0.lowercased() } ?? ""
            guard let format = format ?? HostList.Format(rawValue: ending) else {
                throw ValidationError("name the format of \(file) with --format toml, json or csv")
            }
            let path = file == "-" ? "/dev/stdin" : file
            do {
                let octets = try InputFile.read(path, atMost: Self.mostOctets + 1)
                let tables = try HostList.tables(in: octets, format, file: file)
                // Looked at here, where the file's name and lines are known.
                _ = try HostList.hosts(of: tables, format, file: file)
                print(try location.ask(dryRun ? "import trial" : "import", attaching: tables))
            } catch let error as SettingsErrors {
                StandardError.write("\(error)")
                throw ExitStatus.trouble.code
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints hosts, those of the settings too, so that they can be taken over again.")

        @Option(help: "\(HostHelp.list)", completion: Suggestions.hosts)
        var hosts: String?

        @Option(help: "toml, json or csv.")
        var format = HostList.Format.toml

        @OptionGroup var location: ServiceLocation

        func validate() throws { try HostHelp.checkBlanks(hosts ?? "") }

        func run() throws {
            let question = (["hosts"] + [hosts].compactMap(\.self)).joined(separator: " ")
            let all = try Settings.machines(in: try location.ask(question), file: "the service")
            print(HostList.text(all, format), terminator: "")
        }
    }
}

extension HostList.Format: ExpressibleByArgument {}

struct SetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes what is known of hosts: groups, tags, variables, cards, …",
        discussion: """
            pilotfish set 'rack4-*' --group edge --variable disk=/dev/nvme0n1
            pilotfish set web7 --no-tag spare --note "waits for a new fan"

            A variable is a text, true or false, or a list: --variable 'packages=[openssh-server, vim]'.
            """
    )

    @Argument(help: "\(HostHelp.list)", completion: Suggestions.hosts)
    var hosts: String

    @Option(help: "Adds them to a group; may be repeated, as all of these.")
    var group: [String] = []

    @Option(help: "Takes them out of a group.")
    var noGroup: [String] = []

    @Option(help: "Gives them a tag.")
    var tag: [String] = []

    @Option(help: "Takes a tag from them.")
    var noTag: [String] = []

    @Option(help: "NAME=VALUE, for arguments, URLs and templates.")
    var variable: [String] = []

    @Option(help: "Takes a variable from them.")
    var noVariable: [String] = []

    @Option(help: "A network card that belongs to the host.")
    var card: [String] = []

    @Option(help: "A network card that does so no longer.")
    var noCard: [String] = []

    @Option(help: "What they boot, whatever their rules name.")
    var target: String?

    @Flag(help: "They boot what their rules name.")
    var noTarget = false

    @Option(help: "One line for people; an empty one takes it away.")
    var note: String?

    @Option(help: "The serial number, for templates.")
    var serial: String?

    @OptionGroup var location: ServiceLocation

    func validate() throws {
        try HostHelp.checkBlanks(hosts)
        let all = edit.steps
        guard !all.isEmpty else { throw ValidationError("nothing is said that shall be changed") }
        guard !all.contains(where: { $0.value.contains(where: \.isNewline) }) else {
            throw ValidationError("no line ends in what is set")
        }
    }

    func run() throws {
        print(try location.ask("set \(hosts)", attaching: edit.text))
    }

    private var edit: HostEdit {
        func steps(_ verb: HostEdit.Verb, _ matter: HostEdit.Matter, _ values: [String]) -> [HostEdit.Step] {
            values.map { HostEdit.Step(verb, matter, $0) }
        }
        return HostEdit(
            steps(.add, .group, group) + steps(.remove, .group, noGroup) + steps(.add, .tag, tag)
                + steps(.remove, .tag, noTag) + steps(.set, .variable, variable) + steps(.remove, .variable, noVariable)
                + steps(.add, .card, card) + steps(.remove, .card, noCard)
                + steps(.set, .note, [note].compactMap(\.self))
                + steps(.set, .target, [target].compactMap(\.self)) + steps(.remove, .target, noTarget ? [""] : [])
                + steps(.set, .serial, [serial].compactMap(\.self)))
    }
}
