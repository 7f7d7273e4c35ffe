import BootPolicy
import Confinement
import Console
import ControlPlane
import Exchange
import Fetching
import LinuxIO
import Mirroring
import Settings

/// What the service has other processes for: the ways to them, and what came of it.
enum Upstream {
    /// The ways to the processes that are needed. Files have one and questions another: so that no file keeps a machine waiting
    /// that is to be decided about, and no server of files comes near an endpoint's secret.
    struct Channels {
        var files: HandOver<ChannelSocket>?
        var questions: HandOver<ChannelSocket>?
        var commands: HandOver<ChannelSocket>?
        let console: ConsoleStart

        /// What the service can have done as long as it runs.
        ///
        /// - Parameter mirrors: who keeps files of other servers; nil where there is no place for them.
        func needs(mirrors: MirrorCache?) -> UpstreamNeeds {
            var needs: UpstreamNeeds = mirrors == nil ? [] : .files
            if questions != nil { needs.formUnion([.decisions, .reports]) }
            if commands != nil { needs.insert(.commands) }
            return needs
        }

        /// The files that a process reads which was started to fetch; nil where none was.
        ///
        /// - Parameter settings: those that it was started for.
        func fetchersReach(_ settings: Settings) -> FileReach? {
            guard files != nil || questions != nil else { return nil }
            return Confinement.reach(of: .fetcher, with: FetcherCommand.reach(reading: settings.authorities))
        }
    }

    /// To be called before the service gives its own privileges up.
    ///
    /// - Parameter hasState: whether there is a state directory.
    static func startProcesses(
        for settings: Settings, as user: ServiceUser?, hasState: Bool
    ) throws(SystemError) -> Channels {
        var channels = Channels(console: ConsoleStart(settings, as: user, hasState: hasState))
        let (boots, hooks) = (settings.asksOthers, settings.hookNeeds)
        if !boots.isEmpty { channels.files = try FetcherCommand.start(as: user, authorities: settings.authorities) }
        if !boots.isEmpty || hooks.contains(.reports) {
            channels.questions = try FetcherCommand.start(as: user, authorities: settings.authorities)
        }
        if hooks.contains(.commands) { channels.commands = try HooksCommand.start(as: user) }
        return channels
    }

    /// Who hears what the process of the control API has to tell; nil where that does not run.
    static func console(_ channels: Channels, _ events: EventRing) throws(SystemError) -> ConsoleLink? {
        guard let channel = channels.console.channel else { return nil }
        return try ConsoleLink(channel, socket: channels.console.socket) {
            events.record(.notice(Notice(Notice.Level($0.level), $0.text)))
        }
    }

    /// Who tells hooks; nil where nobody could.
    ///
    /// - Parameter asker: the process for questions, which takes events to endpoints.
    static func hooks(
        _ commands: HandOver<ChannelSocket>?, _ asker: FetchClient?, _ context: EngineContext
    ) throws(SystemError) -> HookDesk? {
        guard commands != nil || asker != nil else { return nil }
        return try HookDesk(runner: commands, fetcher: asker, events: context.events, counters: context.counters)
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
