import ArgumentParser
import Confinement
import Fetching
import LinuxIO

/// The process that fetches for the service; `serve` starts it, people do not.
struct FetcherCommand: ParsableCommand {
    private static let name = "fetcher"

    static let configuration = CommandConfiguration(commandName: name, shouldDisplay: false)

    @Option(help: "The user to become.")
    var user: String?

    func run() throws {
        guard let channel = FetcherProcess.inheritedChannel() else {
            throw ValidationError("this command is for \"pilotfish serve\" to start")
        }
        let user = try user.map { name in
            guard let found = ServiceUser(named: name) else { throw StartFailure("there is no user \"\(name)\"") }
            return found
        }
        try Confinement.enter(as: user, role: .fetcher)
        try FetchKeeper.run(channel)
    }

    /// Starts it, confined as `user`; to be called before the service gives its own privileges up.
    ///
    /// - Returns: the service's end of the channel to it.
    static func start(as user: ServiceUser?) throws(SystemError) -> HandOver<ChannelSocket> {
        let flags = user.map { ["--user", $0.name] } ?? []
        return try FetcherProcess.start(arguments: ["pilotfish", name] + flags)
    }
}
