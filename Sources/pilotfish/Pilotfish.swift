import ArgumentParser
import ControlPlane

/// The program: `serve` is the service, everything else works without it.
@main
struct Pilotfish: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "pilotfish",
        abstract: "Boots machines over the network beside a DHCP server that nobody may touch.",
        version: version,
        subcommands: [
            ServeCommand.self, ArmCommand.self, ObserveCommand.self, FreezeCommand.self, CheckCommand.self,
            TargetCommand.self, InstallCommand.self, RolloutCommand.self, RetryCommand.self, WakeCommand.self,
            ListCommand.self,
            HostsCommand.self, SetCommand.self, AdoptCommand.self, ProtectCommand.self, ReleaseCommand.self,
            ForgetCommand.self, ImportCommand.self,
            ConvertCommand.self, RenderCommand.self, ExplainCommand.self, SimulateCommand.self,
            ProbeCommand.self, DecodeCommand.self, FirmwareCommand.self, GetCommand.self, SwarmCommand.self,
            DoctorCommand.self, StatusCommand.self, SessionsCommand.self, WatchCommand.self, ShowCommand.self,
            EventsCommand.self, LogCommand.self, TransfersCommand.self, CaptureCommand.self, ReplayCommand.self,
            MetricsCommand.self, VersionCommand.self,
            ConfigCommand.self, CompletionsCommand.self, BugreportCommand.self,
            OpenCommand.self, FetcherCommand.self, HooksCommand.self, ConsoleCommand.self,
        ]
    )
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version.")

    @Flag(help: "One JSON object.")
    var json = false

    func run() {
        print(
            json ? JSONText.object([("version", .text(Pilotfish.version))]).line : "pilotfish \(Pilotfish.version)")
    }
}
