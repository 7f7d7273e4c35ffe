import ArgumentParser
import Assets
import BootPolicy
import ControlPlane
import LinuxIO
import Settings
import Wire

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Prints what a machine gets under a path: its answer file, script or menu.",
        discussion: """
            pilotfish render web1 answers/preseed.cfg --check
            pilotfish render 52:54:00:12:34:56 boot.ipxe

            The settings and templates are read as they are now, whether the service runs or not. Secrets are masked; with \
            --check, the program that knows the file's language reads it too.
            """
    )

    @Argument(help: "The machine: its name, a hardware address or an IP address.")
    var machine: String

    @Argument(help: "The path as the machine asks for it.")
    var path: String

    @OptionGroup var location: ServiceLocation

    @Option(help: "Our address, as the machine reaches it.")
    var server = "192.0.2.1"

    @Flag(
        help: "Has the text read by the checker of its language; fails when that finds something wrong, or is missing.")
    var check = false

    @Flag(help: "Prints secrets too.")
    var secrets = false

    func run() throws {
        guard let local = IPAddress(server) else { throw ValidationError("\(server) is no IP address") }
        let settings = try SettingsSource(path: location.settings, overrides: Overrides()).load()
        let root = try ServedRoot.forLooking(settings.root)
        var catalog = CatalogBuilder(root: root).build(settings).catalog
        if !secrets { catalog.answers = catalog.answers.replacingSecrets { _ in "********" } }
        location.addHost(machine, to: &catalog)
        let named = catalog.machine(named: machine)
        let requester = try location.requester(named?.hardware.first.map { "\($0)" } ?? machine)
        do throws(Preview.Failure) {
            let text = try Preview.text(
                of: path, for: requester, local: local, in: catalog, assets: AssetStore(root: root))
            print(text, terminator: "")
            if check { try tell(SyntaxCheck.verdict(on: text, named: path)) }
        } catch {
            StandardError.write("pilotfish: \(error)")
            throw ExitStatus.trouble.code
        }
    }

    private func tell(_ verdict: SyntaxCheck.Verdict) throws(Preview.Failure) {
        switch verdict {
        case .right(let checker): StandardError.write("\(path): \(checker) finds nothing wrong")
        case .wrong(let checker, let words): throw Preview.Failure("\(path): \(checker) says: \(words)")
        case .unknown(let advice): throw Preview.Failure("\(path) was not checked: \(advice)")
        }
    }
}
