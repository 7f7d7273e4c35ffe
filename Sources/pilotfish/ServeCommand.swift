import ArgumentParser
import BootPolicy
import ControlPlane
import Glibc
import Settings
import Wire

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves network boots, in the foreground.",
        discussion: """
            Flags win over the settings file. SIGHUP reads the file again without dropping a transfer; SIGTERM ends the service.
            """
    )

    @Option(help: "The settings file; without it \(SettingsSource.defaultPath), if there is one.")
    var settings: String?

    @Option(
        name: .customLong("interface"),
        help: """
            An interface to serve; may be repeated. Without any: the wired one of the default route, or the only wired one.
            """)
    var interfaces: [String] = []

    @Option(help: "The directory that clients may fetch from.", completion: .directory)
    var root: String?

    @Option(help: "The directory of the inventory.", completion: .directory)
    var state: String?

    @Option(help: "observe (send nothing), armed (serve), or frozen (begin no new boot).")
    var mode: ServiceMode?

    @Option(help: "Run this engine only: dhcp, tftp or http; may be repeated.")
    var only: [Engine] = []

    @Option(
        help: "ADDRESS:PORT for TFTP, as 0.0.0.0:69 or [::]:69; may be repeated. Ports above 1023 need no privilege.")
    var tftpListen: [IPEndpoint] = []

    @Option(
        help: "ADDRESS:PORT for HTTP, as 0.0.0.0:80 or [::]:80; may be repeated. Ports above 1023 need no privilege.")
    var httpListen: [IPEndpoint] = []

    @Option(help: "The user to become once the sockets are open.")
    var user: String?

    @Option(help: "text for people, json for programs.")
    var logFormat: Settings.Log.Format?

    func run() throws {
        let source = SettingsSource(path: settings.map(Self.absolute), overrides: overrides)
        do {
            try Service.run(source: source, ownsState: state != nil)
        } catch {
            StandardError.write("pilotfish: \(error)")
            throw ExitStatus.trouble.code
        }
    }

    private var overrides: Overrides {
        var overrides = Overrides()
        overrides.mode = mode
        overrides.interfaces = interfaces
        overrides.root = root.map(Self.absolute)
        overrides.state = state.map(Self.absolute)
        overrides.only = Set(only)
        overrides.tftpListen = tftpListen
        overrides.httpListen = httpListen
        overrides.user = user
        overrides.logFormat = logFormat
        return overrides
    }

    /// Flags are relative to where the command was typed.
    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }
}

extension ServiceMode: ExpressibleByArgument {}
extension Engine: ExpressibleByArgument {}
extension Settings.Log.Format: ExpressibleByArgument {}

extension IPEndpoint: ExpressibleByArgument {
    public init?(argument: String) {
        guard let endpoint = try? Settings.listenAddress(argument) else { return nil }
        self = endpoint
    }
}

/// Lines for people, beside what a command prints for programs.
enum StandardError {
    /// One write for a line, so that lines of several processes do not mix.
    static func write(_ line: String) {
        let bytes = Array(line.utf8) + [0x0A]
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
