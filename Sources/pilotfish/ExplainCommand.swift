import ArgumentParser
import Assets
import BootPolicy
import ControlPlane
import Doctor
import Fleet
import LinuxIO
import Sessions
import Settings
import Simulation
import Wire

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says what a machine gets and why, what a file's name means, or what a code of the log means.",
        discussion: """
            With a hardware address, it goes the way of that machine's DISCOVER through the settings: every rule with its \
            place, the shape of the offer and why, the exact octets. What the running service knows of the machine is asked \
            for; flags say otherwise.

            With --file, it goes the way of a file's name: cleaned, through the rules for names, to the file that answers. \
            What may be read is looked at with the rights of whoever asks, which may be more than the service has.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "A hardware address, with --file also an IP address; a code such as PF-D011; or what a screen shows, such as PXE-E55 "
                + "or the number of an iPXE error; none lists the codes."))
    var subject: String?

    @Option(help: "The name of a file as a client asks for it.")
    var file: String?

    @OptionGroup var location: ServiceLocation
    @OptionGroup var client: ClientFlags

    @Option(help: "Our address, as the client reaches us.")
    var server = "192.0.2.1"

    @Option(help: "The interface that it arrives on.")
    var interface = ""

    @Flag(help: "JSON for programs: one object, and for a list of codes one a line.")
    var json = false

    func run() throws {
        if let file {
            try explain(file: file)
        } else if let subject, let hardware = MACAddress(subject) {
            try explain(hardware)
        } else if client.isGiven {
            try explain(nil)
        } else {
            try ExplainedCode.tell(subject, json: json)
        }
    }

    private func explain(_ hardware: MACAddress?) throws {
        guard let address = IPv4Address(server), address.isUnicast else {
            throw ValidationError("\(server) is no IPv4 address of a host")
        }
        // A service that does not run knows nothing; the settings say what it would do.
        let known = hardware.flatMap { try? location.ask("machine \($0)") } ?? ""
        let sketch = try client.sketch(hardware, known: KnownMachine(known))
        let settings = try SettingsSource(path: location.settings, overrides: Overrides()).load()
        var catalog = try CatalogBuilder(root: .forLooking(settings.root)).build(settings).catalog
        location.addHost(hardware.map { "\($0)" }, to: &catalog)
        if let mode = (try? location.ask("mode")).flatMap(ServiceMode.init) { catalog.mode = mode }
        var arrival = Arrival(
            port: .dhcp, interface: 0, interfaceName: interface, serverAddress: address,
            source: Endpoint(address: sketch.relay ?? .any, port: 68),
            destination: sketch.relay == nil ? .broadcast : address)
        arrival.isLocal = sketch.relay == nil
        arrival.history = try history(KnownMachine(known))
        let decisions = hardware.flatMap { try? location.ask("decision \($0)") }?.split(separator: "\n").map(
            String.init)
        let explanation = Explanation(sketch.discover, arrival: arrival, in: catalog, decisions: decisions ?? [])
        print(json ? explanation.json : explanation.lines.joined(separator: "\n"))
    }

    private func explain(file: String) throws {
        let settings = try SettingsSource(path: location.settings, overrides: Overrides()).load()
        let root = try ServedRoot.forLooking(settings.root)
        var catalog = CatalogBuilder(root: root).build(settings).catalog
        location.addHost(subject, to: &catalog)
        let explanation = FileExplanation(
            file, for: try location.requester(subject), in: catalog, assets: AssetStore(root: root), root: root.path)
        print(json ? explanation.json : explanation.lines.joined(separator: "\n"))
    }

    /// What was learned of machines of this kind.
    private func history(_ machine: KnownMachine) throws -> ClientHistory {
        var history = ClientHistory()
        guard let kind = machine["fingerprint"], let lessons = try? location.ask("firmware") else { return history }
        let words = lessons.split(separator: "\n").map { $0.split(separator: " ") }
        guard let lesson = words.first(where: { $0.count == 4 && $0[0] == kind }),
            let style = OfferStyle(String(lesson[1])), let loader = Int(lesson[2])
        else { return history }
        history.style = style
        history.loader = loader - 1
        history.reason = .learned
        return history
    }
}

extension ServiceLocation {
    /// Adds a host to a catalog that was made of the settings, if the running service knows one of that name or card.
    func addHost(_ host: String?, to catalog: inout Catalog) {
        guard let host, let known = try? ask("host \(host)"),
            let machines = try? Settings.machines(in: known, file: "the service")
        else { return }
        catalog.hosts = MachineBook(machines)
    }

    /// Who asks for a file: what is not said, the running service may have heard.
    ///
    /// - Parameter subject: a hardware address or an IP address; nil for nobody in particular.
    func requester(_ subject: String?) throws -> Requester {
        guard let subject else { return Requester(address: IPAddress(.any)) }
        let hardware = MACAddress(subject)
        let address = IPAddress(subject)
        guard hardware != nil || address != nil else {
            throw ValidationError("\(subject) is neither a machine of the settings, nor a hardware or IP address")
        }
        let heard = KnownMachine((try? ask("requester \(subject)")) ?? "")
        return Requester(
            address: address ?? heard["address"].flatMap { IPAddress($0) } ?? IPAddress(.any),
            hardware: hardware ?? heard["mac"].flatMap { MACAddress($0) })
    }
}

/// What the running service says of a machine: `key=value` words.
struct KnownMachine {
    private let words: [Substring]

    init(_ line: String) {
        words = line.split(separator: " ")
    }

    subscript(key: String) -> String? {
        words.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
    }
}

/// A client described by flags.
struct ClientFlags: ParsableArguments {
    @Option(name: .customLong("arch"), help: "Architecture: a name such as x64-uefi, or the number of option 93.")
    var architecture: String?

    @Option(help: "How far it is: \(BootStage.allCases.map(\.description).joined(separator: ", ")).")
    var stage: String?

    @Option(help: "UUID, as SMBIOS tools show it.")
    var uuid: String?

    @Option(name: .customLong("class"), help: "Option 60, if it is not the usual one.")
    var vendorClass: String?

    @Option(help: "Option 77.")
    var userClass: String?

    @Option(help: "What an iPXE can do, of \(IPXEFeatures.names.map(\.name).joined(separator: ",")); else all of it.")
    var ipxeFeatures: String?

    @Option(help: "Address of the relay that it is behind.")
    var relay: String?

    @Option(help: "Where it is by its relay's or its own word: option 82.5 or 118.")
    var subnet: String?

    @Option(help: "Option 82.1: a text, or octets as 0x and hexadecimal digits.")
    var circuitID: String?

    @Option(help: "Option 82.2, likewise.")
    var remoteID: String?

    /// Whether anything was said of the client.
    var isGiven: Bool {
        [architecture, stage, uuid, vendorClass, userClass, ipxeFeatures, relay, subnet, circuitID, remoteID]
            .contains { $0 != nil }
    }

    func sketch(_ hardware: MACAddress?, known: KnownMachine) throws -> ClientSketch {
        var sketch = ClientSketch()
        if let hardware { sketch.hardware = hardware }
        sketch.architecture = try value(
            architecture ?? known["architecture"], "architecture", ClientArchitecture.init(name:))
        sketch.machine = try value(uuid ?? known["uuid"], "UUID", { MachineUUID($0) })
        sketch.relay = try value(relay, "IPv4 address", { IPv4Address($0) })
        let stages = Dictionary(uniqueKeysWithValues: BootStage.allCases.map { ($0.description, $0) })
        sketch.stage = try value(stage, "stage", { stages[$0] }) ?? .firmware
        // Their makers' number is how Raspberry Pis are known.
        if hardware == nil, sketch.stage == .raspberryPi { sketch.hardware = MACAddress(0xDCA6_3200_0001) }
        sketch.vendorClass = vendorClass
        sketch.userClass = userClass
        sketch.circuit = try value(circuitID, "text or octets such as 0x0004000a", { RelayIdentifier($0) })
        sketch.remote = try value(remoteID, "text or octets such as 0x0004000a", { RelayIdentifier($0) })
        sketch.features = try value(ipxeFeatures, "list of iPXE features", Self.features)
        sketch.subnet = try value(subnet, "IPv4 address", { IPv4Address($0) })
        return sketch
    }

    private static func features(_ text: String) -> IPXEFeatures? {
        let known = text.split(separator: ",").map { word in IPXEFeatures.names.first { $0.name == word }?.feature }
        return known.contains(nil) ? nil : IPXEFeatures(known.compactMap(\.self))
    }

    private func value<Value>(_ text: String?, _ what: String, _ read: (String) -> Value?) throws -> Value? {
        guard let text else { return nil }
        guard let value = read(text) else { throw ValidationError("\"\(text)\" is no \(what)") }
        return value
    }
}

/// The codes of refusals and of predictions.
private enum ExplainedCode {
    static func tell(_ code: String?, json: Bool) throws {
        guard let code else {
            for entry in entries { print(json ? object(entry) : "\(entry.code)  \(entry.summary)") }
            return
        }
        let exact = entries.filter { $0.code == code.uppercased() }
        // What a screen shows is often a part of what is known, or more than that.
        let found = exact.isEmpty ? ScreenCode.find(code).map(entry) : exact
        guard !found.isEmpty else {
            throw ValidationError(
                "\(code) is neither a hardware address nor a code that is known; \"pilotfish explain\" lists the codes")
        }
        let texts = found.map { json ? object($0) : "\($0.code): \($0.summary)\n\n\($0.explanation)" }
        print(texts.joined(separator: json ? "\n" : "\n\n"))
    }

    private static func entry(_ code: ScreenCode) -> Entry { (code.code, code.meaning, code.explanation) }

    private static func object(_ entry: Entry) -> String {
        JSONText.object([
            ("code", .text(entry.code)), ("summary", .text(entry.summary)), ("explanation", .text(entry.explanation)),
        ]).line
    }

    private typealias Entry = (code: String, summary: String, explanation: String)

    private static var entries: [Entry] {
        var all: [Entry] = Refusal.allCases.map { ($0.code, $0.summary, $0.explanation) }
        all += TransferRefusal.allCases.map { ($0.code, $0.summary, $0.explanation) }
        all += TransferFailure.allCases.map { ($0.code, $0.summary, $0.explanation) }
        all += PredictionCode.allCases.map { ($0.code, $0.summary, $0.explanation) }
        all += SurveyCode.allCases.map { ($0.code, $0.summary, $0.explanation) }
        all += Conflict.Kind.allCases.map { ($0.rawValue, $0.summary, $0.explanation) }
        all += VerdictCode.allCases.map { ($0.code, $0.summary, $0.explanation) }
        all += HealthCode.allCases.map { ($0.code, $0.summary, $0.explanation) }
        all += RehearsalStop.allCases.map { ($0.code, $0.summary, $0.explanation) }
        all += ScreenCode.all.map(entry)
        return all
    }
}
