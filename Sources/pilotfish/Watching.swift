import Assets
import ControlPlane
import Exchange
import Inventory
import LinuxIO
import Settings

/// Who tells people of what happens, who makes boots of it, and who counts it.
struct Watching {
    let log: EventLog
    let sessions: SessionDesk
    let monitor: Monitor

    /// To be called when privileges are given up: the journal takes messages of anybody.
    init(_ settings: Settings, _ inventory: Inventory, _ context: EngineContext, root: ServedRoot) {
        log = EventLog(
            settings.log, journal: .behindStandardError, context: context, write: StandardError.write,
            interfaceName: NetworkInterface.name)
        let sessions = SessionDesk(context: context, inventory: inventory, root: root, version: Pilotfish.version)
        let subject = Monitor.Subject(
            version: Pilotfish.version, directories: [("root", settings.root), ("state", settings.state)])
        monitor = Monitor(subject, log: log, inventory: inventory, context: context, sessions: sessions)
        self.sessions = sessions
    }

    /// The far end of the events' road.
    func recorder(_ context: EngineContext, _ inventory: Inventory, _ hooks: HookDesk?) -> EventRecorder {
        let feed = hooks.map { HookFeed(catalog: context.catalog, tell: $0.tell) }
        return EventRecorder(
            ring: context.events, log: log, inventory: inventory, hooks: feed,
            listeners: [sessions, monitor] + [FlightFeed(context)].compactMap(\.self))
    }

    /// The settings were read again.
    func follow(_ settings: Settings.Log, _ installs: InstallDesk) {
        log.follow(settings)
        installs.followSettings()
    }
}
