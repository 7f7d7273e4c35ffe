import ArgumentParser
import Assets
import BootPolicy
import ControlPlane
import LinuxIO
import Settings
import Wire

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Plays the questions of a capture through the settings, and says where other answers come of it.",
        discussion: """
            Best with a file of "pilotfish capture". Every message of a boot client, and every TFTP request, is decided on again, in its \
            order and at its time, beginning with nothing remembered; what would be answered is compared with what was. \
            Endpoints are not asked, hosts that only the service's inventory knows are unknown, and files are looked for under the \
            root of the settings.

            Exit status: 0 when all answers are the same, 1 when some differ, 2 when the capture cannot be played.
            """
    )

    @Argument(help: "The capture: pcap or pcapng.", completion: .file(extensions: ["pcap", "pcapng"]))
    var file: String

    @Option(help: "The settings to play by; without it \(SettingsSource.defaultPath), if there is one.")
    var settings: String?

    @Option(
        help: "The directory that clients may fetch from, if it is not that of the settings.", completion: .directory)
    var root: String?

    @Option(
        name: .customLong("server"), help: "An address that is us, where the capture does not say so; may be repeated.")
    var servers: [IPv4Address] = []

    @Flag(name: .customLong("dhcp-only"), help: "Looks for no files: TFTP requests are not played.")
    var isDHCPOnly = false

    @Flag(help: "JSON for programs instead of text.")
    var json = false

    /// More than this is no capture of boots.
    private static let sizeLimit = 1 << 28
    private static let cannotBePlayed = ExitCode(2)

    func run() throws {
        let replay: FlightReplay
        do {
            replay = try play()
        } catch {
            StandardError.write("pilotfish: \(file): \(error)")
            throw Self.cannotBePlayed
        }
        print(json ? replay.json + "\n" : replay.text, terminator: "")
        if !replay.isSame { throw ExitCode.failure }
    }

    private func play() throws -> FlightReplay {
        let capture = try CaptureFile(try InputFile.read(file, atMost: Self.sizeLimit))
        var overrides = Overrides()
        overrides.root = root
        let settings = try SettingsSource(path: settings, overrides: overrides).load()
        let served = try ServedRoot.forLooking(settings.root)
        return try FlightReplay(
            capture, ours: Set(servers), catalog: CatalogBuilder(root: served).build(settings).catalog,
            mark: settings.mark, assets: isDHCPOnly ? nil : AssetStore(root: served))
    }
}
