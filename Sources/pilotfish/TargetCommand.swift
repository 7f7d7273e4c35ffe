import ArgumentParser
import Assets
import BootPolicy
import ControlPlane
import Glibc
import LinuxIO
import Settings

struct TargetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "target", abstract: "Lists, adds and removes what machines can boot.",
        discussion: """
            A target is a table [target.NAME] of the settings. `add` writes one into a file of its own, conf.d/target-NAME.toml \
            beside the settings file, and `remove` takes that file away; a running service reads it with \
            `systemctl reload pilotfish`.
            """,
        subcommands: [TargetListCommand.self, TargetAddCommand.self, TargetRemoveCommand.self],
        defaultSubcommand: TargetListCommand.self)
}

/// Where targets are read and written.
struct TargetPlace: ParsableArguments {
    @Option(help: "The settings file.", completion: .file(extensions: ["toml"]))
    var settings: String?

    var source: SettingsSource { SettingsSource(path: settings, overrides: Overrides()) }

    func load() throws -> Settings { try source.load() }

    /// The file of a target that the command line made.
    func file(of name: String) -> String { "\(source.directory)/target-\(name).toml" }
}

struct TargetListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists targets and menus, and whether their files are there.")

    @OptionGroup var place: TargetPlace

    @Flag(help: "One JSON object a line.")
    var json = false

    func run() throws {
        let settings = try place.load()
        let root = try ServedRoot.forLooking(settings.root)
        let catalog = settings.catalog { _ in true }
        let list = TargetList(catalog.targets) { path in
            if let size = (try? root.current.open(path))?.size { return .root(size) }
            return catalog.upstreamURL(of: path).map { .upstream(url: $0) }
        }
        for line in list.lines(json: json) { print(line) }
    }
}

struct TargetAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds a target to the settings.",
        discussion: """
            Paths lie beneath root; what a URL names is fetched once, kept, and served as ours. One of --kernel, --program, \
            --chain and --memdisk is needed. The first URL needs a restart of the service, not just a reload.
            """)

    @OptionGroup var place: TargetPlace

    @Argument(help: "The name: letters, digits, and . _ -")
    var name: String

    @Option(help: "What menus call it.")
    var title: String?

    @Option(help: "A Linux kernel: a path beneath root, or a URL.")
    var kernel: String?

    @Option(parsing: .upToNextOption, help: "Its initial RAM disks, in order.")
    var initrd: [String] = []

    @Option(help: "Its command line; ${mac}, ${base} and other variables are filled in.")
    var args: String?

    @Option(help: "An EFI program, or for BIOS what starts like a kernel.")
    var program: String?

    @Option(help: "The URL of a script or loader elsewhere.")
    var chain: String?

    @Option(help: "An image of a disk; BIOS only.")
    var memdisk: String?

    @Flag(help: "Takes the place of a target of that name.")
    var replace = false

    func run() throws {
        // Settings that are wrong as yet may be so because this target is missing.
        let before = try? place.load()
        guard replace || before?.targets[name] == nil && before?.menus[name] == nil else {
            throw StartFailure("there is \"\(name)\" already; --replace puts this in its place")
        }
        guard let target = try Settings.target(named: name, keys: keys) else { return }
        let file = place.file(of: name)
        let text = Array(Settings.text(of: target, named: name).utf8)
        // Whatever another file says of it is told before anything is written.
        _ = try place.source.load(with: file, being: text)
        // What else may be wrong with it is told when the file is made there.
        _ = mkdir(place.source.directory, 0o755)
        var output = try OutputFile(path: file)
        try output.append(text.span.bytes)
        try output.finish()
        print("added \"\(name)\" in \(file); systemctl reload pilotfish takes it over")
    }

    private var keys: [(name: String, values: [String])] {
        let single = [
            ("title", title), ("kernel", kernel), ("arguments", args), ("program", program), ("chain", chain),
            ("memdisk", memdisk),
        ]
        return single.compactMap { key, value in value.map { (key, [$0]) } }
            + (initrd.isEmpty ? [] : [("initrd", initrd)])
    }
}

struct TargetRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes a target that `add` made.")

    @OptionGroup var place: TargetPlace

    @Argument(help: "The name.")
    var name: String

    func run() throws {
        let settings = try place.load()
        guard settings.targets[name] != nil else { throw StartFailure("there is no target \"\(name)\"") }
        let path = place.file(of: name)
        guard access(path, F_OK) == 0 else {
            throw StartFailure("\"\(name)\" was written by hand; take [target.\(name)] out of the settings")
        }
        do {
            _ = try place.source.load(with: path, being: nil)
        } catch {
            throw StartFailure("\(error)\n\"\(name)\" stays")
        }
        guard unlink(path) == 0 else { throw SystemError(call: "unlink", subject: path) }
        print("removed \"\(name)\"; systemctl reload pilotfish takes it over")
    }
}
