import ArgumentParser
import Confinement
import Hooks
import LinuxIO

/// The process that runs the operator's commands for the service; `serve` starts it, people do not.
struct HooksCommand: ParsableCommand {
    private static let name = "hooks"

    static let configuration = CommandConfiguration(commandName: name, shouldDisplay: false)

    @Option(help: "The user to become.")
    var user: String?

    func run() throws {
        guard let channel = HelperProcess.inheritedChannel() else {
            throw ValidationError("this command is for \"pilotfish serve\" to start")
        }
        try Confinement.enter(as: try ServiceUser.required(user), role: .hooks)
        try HookRunner.run(channel)
    }

    /// Starts it, confined as `user`; to be called before the service gives its own privileges up.
    ///
    /// - Returns: the service's end of the channel to it.
    static func start(as user: ServiceUser?) throws(SystemError) -> HandOver<ChannelSocket> {
        try HelperProcess.start(arguments: ["pilotfish", name] + (user.map { ["--user", $0.name] } ?? []))
    }
}
