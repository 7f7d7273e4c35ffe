import ArgumentParser
import Confinement
import Fetching
import LinuxIO

/// The process that fetches for the service; `serve` starts it, people do not.
struct FetcherCommand: ParsableCommand {
    private static let name = "fetcher"
    /// What a proxy is told by.
    private static let proxies = [
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
    ]

    static let configuration = CommandConfiguration(commandName: name, shouldDisplay: false)

    @Option(help: "The user to become.")
    var user: String?

    @Option(help: "A file that it reads beside what every host has; may be repeated.")
    var reading: [String] = []

    func run() throws {
        guard let channel = HelperProcess.inheritedChannel() else {
            throw ValidationError("this command is for \"pilotfish serve\" to start")
        }
        let unlisted = try UnlistedCalls.chosen()
        try Confinement.enter(
            as: try ServiceUser.required(user), role: .fetcher, reach: Self.reach(reading: reading), unlisted: unlisted)
        try FetchKeeper.run(channel) { try Confinement.narrowKept(.fetcher, unlisted: unlisted) }
    }

    /// What it opens beside what every process of its kind does.
    ///
    /// - Parameter authorities: the files of certificates that it was started with.
    static func reach(reading authorities: [String]) -> FileReach {
        var reach = FileReach()
        for path in authorities { reach.readWhatever(has: path) }
        return reach
    }

    /// Starts it, confined as `user`; to be called before the service gives its own privileges up.
    ///
    /// - Parameter authorities: the files of certificates that it may be told to use.
    /// - Returns: the service's end of the channel to it.
    static func start(as user: ServiceUser?, authorities: [String]) throws(SystemError) -> HandOver<ChannelSocket> {
        let flags = (user.map { ["--user", $0.name] } ?? []) + authorities.flatMap { ["--reading", $0] }
        return try HelperProcess.start(
            arguments: ["pilotfish", name] + flags, inheriting: proxies + [UnlistedCalls.variable])
    }
}

extension ServiceUser {
    /// Whom one of our other processes was told to become; nil when nobody was named.
    static func required(_ name: String?) throws -> ServiceUser? {
        guard let name else { return nil }
        guard let found = ServiceUser(named: name) else { throw StartFailure("there is no user \"\(name)\"") }
        return found
    }
}
