import ArgumentParser
import Assets
import BootPolicy
import ControlPlane
import LinuxIO
import Settings
import Wire

struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Tells a capture of DHCP in words, and what each client made of what it heard.",
        discussion: """
            Reads pcap and pcapng. Make a capture with: tcpdump -i IF -w FILE 'port 67 or port 68 or port 4011'
            """
    )

    @Argument(help: "The capture.", completion: .file(extensions: ["pcap", "pcapng"]))
    var file: String

    @Option(name: .customLong("server"), help: "An address that is us, to tell ours from theirs; may be repeated.")
    var servers: [IPv4Address] = []

    @Flag(help: "Says below each message what we would answer, at the first --server, by the settings.")
    var answers = false

    @Option(help: "The settings file for --answers; without it \(SettingsSource.defaultPath), if there is one.")
    var settings: String?

    @Flag(help: "JSON for programs instead of text.")
    var json = false

    /// More than this is no capture of DHCP.
    private static let sizeLimit = 1 << 30

    func run() throws {
        let transcript: CaptureTranscript
        do {
            transcript = CaptureTranscript(
                try CaptureFile(try InputFile.read(file, atMost: Self.sizeLimit)), ours: Set(servers),
                answerer: try answerer())
        } catch let error as CaptureError {
            StandardError.write("pilotfish: \(file): \(error)")
            throw ExitStatus.trouble.code
        } catch {
            StandardError.write("pilotfish: \(error)")
            throw ExitStatus(error).code
        }
        print(json ? transcript.json + "\n" : transcript.text, terminator: "")
    }

    private func answerer() throws -> CaptureAnswerer? {
        guard answers else { return nil }
        guard let server = servers.first else { throw ValidationError("--answers needs our address: --server ADDRESS") }
        let settings = try SettingsSource(path: settings, overrides: Overrides()).load()
        var catalog = try CatalogBuilder(root: .forLooking(settings.root)).build(settings).catalog
        catalog.mode = .armed
        return CaptureAnswerer(server: server, catalog: catalog)
    }
}

extension IPv4Address: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}
