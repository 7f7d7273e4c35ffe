import ArgumentParser

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
            ConvertCommand.self, RenderCommand.self, ExplainCommand.self,
            ProbeCommand.self, DecodeCommand.self, FirmwareCommand.self, GetCommand.self, SwarmCommand.self,
            WatchCommand.self, ShowCommand.self, EventsCommand.self, TransfersCommand.self, VersionCommand.self,
            FetcherCommand.self, HooksCommand.self, ConsoleCommand.self,
        ]
    )
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version.")

    func run() {
        print("pilotfish \(Pilotfish.version)")
    }
}
