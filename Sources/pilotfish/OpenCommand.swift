import ArgumentParser
import Confinement
import ControlPlane
import Settings

/// Opens the sockets for a service that may not; pilotfish.service starts it, people do not.
struct OpenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "open", shouldDisplay: false)

    @Option(help: "The settings file.")
    var settings = SettingsSource.defaultPath

    func run() throws {
        guard let store = try DescriptorStore(SystemdNotifier.take()) else {
            throw ValidationError(
                "this command is for pilotfish.service to start (ExecStartPre=), before the service itself")
        }
        do {
            // As root nothing is read but the settings themselves.
            let source = SettingsSource(path: settings, overrides: Overrides())
            try Resources.leave(try source.loadAlone(), with: store)
        } catch {
            StandardError.write("pilotfish: \(error)")
            throw ExitStatus.trouble.code
        }
    }
}
