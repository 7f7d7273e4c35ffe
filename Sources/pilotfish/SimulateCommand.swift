import ArgumentParser
import Assets
import BootPolicy
import ControlPlane
import LinuxIO
import Settings
import Simulation
import Wire

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Plays the boot of a machine, from its DISCOVER to its kernel, without any network.",
        discussion: """
            pilotfish simulate uefi --mac 52:54:00:12:34:56
            pilotfish simulate bios --settings candidate.toml --root /srv/tftp --choose rescue

            Each line is what the machine is told, or a file that it asks for, and what answers. The running service plays it with \
            all that it knows: hosts, installs, the mode, what was learned of firmware. With --settings, a file of settings is \
            played that need not be in force.

            Nothing comes of it: no install begins, nothing is learned or fetched from other servers, nobody is asked. Ends with \
            status 1 when the machine gets no answer, or stops before it boots anything.
            """
    )

    @Argument(help: "The machine: \(RehearsedKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind: RehearsedKind

    @Option(help: "Its hardware address.")
    var mac: MACAddress?

    @Option(help: "Its UUID, as SMBIOS tools show it.")
    var uuid: String?

    @Option(help: "Its serial number; of a Raspberry Pi it names the directory.")
    var serial: String?

    @Option(help: "The address that it is leased.")
    var ip: String?

    @Option(help: "The interface that it arrives on.")
    var interface: String?

    @Option(help: "Our address, as it reaches us.")
    var server: String?

    @Option(help: "Its memory in MiB, as it tells it itself.")
    var memory: Int?

    @Option(help: "What somebody chooses in a menu; again for the menu behind that. Else the menu's time runs out.")
    var choose: [String] = []

    @Option(help: "The directory that is served, instead of the one of the settings.", completion: .directory)
    var root: String?

    @Flag(help: "One JSON object: \"steps\" and \"end\".")
    var json = false

    @OptionGroup var location: ServiceLocation

    func run() throws {
        let question = try self.question
        let answer: String
        if location.settings == nil, root == nil, (try? location.ask("mode")) != nil {
            answer = try location.ask("simulate \(question.line)")
        } else {
            if location.settings == nil { StandardError.write("no service was asked: played by the settings alone") }
            answer = try offline(question)
        }
        let (text, isFailure) = RehearsalText.read(answer)
        print(text)
        if isFailure { throw ExitCode.failure }
    }

    private var question: RehearsalQuestion {
        get throws {
            var question = RehearsalQuestion(kind)
            question.hardware = mac
            question.machine = try value(uuid, "UUID") { MachineUUID($0) }
            question.address = try value(ip, "IPv4 address") { IPv4Address($0) }
            question.server = try value(server, "IPv4 address") { IPv4Address($0) }
            question.serial = try value(serial, "serial number") { $0.contains(" ") || $0.isEmpty ? nil : $0 }
            question.interface = interface
            question.memory = memory
            question.choices = choose
            question.isJSON = json
            return question
        }
    }

    private func value<Value>(_ text: String?, _ what: String, _ read: (String) -> Value?) throws -> Value? {
        guard let text else { return nil }
        guard let value = read(text) else { throw ValidationError("\"\(text)\" is no \(what)") }
        return value
    }

    /// By a file of settings alone: no service is asked.
    private func offline(_ question: RehearsalQuestion) throws -> String {
        let settings = try SettingsSource(path: location.settings, overrides: Overrides()).load()
        let root = try ServedRoot.forLooking(self.root ?? settings.root)
        var catalog = CatalogBuilder(root: root).build(settings).catalog
        catalog.answers = catalog.answers.replacingSecrets { _ in "********" }
        let world = RehearsalWorld(catalog: catalog, root: root)
        let plan = question.plan(server: question.server ?? address ?? IPv4Address(192, 0, 2, 1))
        return RehearsalText.answer(Rehearsal.play(plan, in: world), isJSON: json)
    }

    /// Our address on the interface that was named.
    private var address: IPv4Address? {
        interface.flatMap { name in
            (try? NetlinkSocket().interfaces())?.named(name)?.address
        }
    }
}

extension RehearsedKind: ExpressibleByArgument {}
