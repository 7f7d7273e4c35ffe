import BootPolicy
import Exchange
import Fetching
import LinuxIO
import Mirroring
import Settings

/// What the service has of other servers: the way to the process that asks them, and what they gave.
struct Upstream {
    let client: FetchClient
    let mirrors: MirrorCache

    /// - Parameters:
    ///   - channel: to the process that fetches, which was started before privileges were dropped.
    ///   - state: the inventory's path; nil when there is no state directory.
    init(
        _ channel: HandOver<ChannelSocket>, settings: Settings, state: String?, _ context: EngineContext
    ) throws {
        guard state != nil else {
            throw StartFailure(
                "mirrors keep their files below the state directory, and \(settings.state) cannot be written; name another "
                    + "with --state")
        }
        let events = context.events
        client = try FetchClient(channel) { events.record(.notice(Notice(.warning, $0))) }
        mirrors = try MirrorCache(
            state: settings.state, mirrors: Array(settings.mirrors.values), fetcher: client, events: events,
            counters: context.counters)
    }

    /// Ends what is under way; to be called when no engine asks any more.
    func stop() {
        client.stop()
        mirrors.stop()
    }
}
