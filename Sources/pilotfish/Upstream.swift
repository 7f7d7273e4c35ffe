import BootPolicy
import Confinement
import Exchange
import Fetching
import LinuxIO
import Mirroring
import Settings

/// What the service has of other servers: the ways to the processes that ask them, and what they gave.
enum Upstream {
    /// The ways to two processes, one for files and one for questions: so that no file keeps a machine waiting that is to be
    /// decided about, and no server of files comes near an endpoint's secret.
    struct Channels {
        let files: HandOver<ChannelSocket>
        let questions: HandOver<ChannelSocket>
    }

    /// To be called before the service gives its own privileges up.
    static func startProcesses(as user: ServiceUser?) throws(SystemError) -> Channels {
        Channels(files: try FetcherCommand.start(as: user), questions: try FetcherCommand.start(as: user))
    }

    /// Who keeps the files of other servers; nil when there is no place for them and nobody needs one.
    ///
    /// - Parameters:
    ///   - fetcher: the process that fetches, which was started before privileges were dropped.
    ///   - state: the inventory's path; nil when there is no state directory.
    static func mirrors(
        _ fetcher: FetchClient, _ settings: Settings, state: String?, _ context: EngineContext
    ) throws -> MirrorCache? {
        let mirrors = Array(settings.upstreamFiles.mirrors.values)
        guard state != nil else {
            guard mirrors.isEmpty else {
                throw StartFailure(
                    "mirrors and targets with URLs keep their files below the state directory, and \(settings.state) cannot be written; name "
                        + "another with --state")
            }
            return nil
        }
        return try MirrorCache(
            state: settings.state, mirrors: mirrors, fetcher: fetcher, events: context.events,
            counters: context.counters)
    }
}
