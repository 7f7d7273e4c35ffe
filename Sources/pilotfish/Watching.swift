import ControlPlane
import Exchange
import Inventory
import LinuxIO
import Settings

/// Who tells people of what happens, and who counts it.
enum Watching {
    /// To be called when privileges are given up: the journal takes messages of anybody.
    static func open(
        _ settings: Settings, _ inventory: Inventory, _ context: EngineContext
    ) -> (log: EventLog, monitor: Monitor) {
        let log = EventLog(
            settings.log, journal: .behindStandardError, context: context, write: StandardError.write,
            interfaceName: NetworkInterface.name)
        let subject = Monitor.Subject(
            version: Pilotfish.version, directories: [("root", settings.root), ("state", settings.state)])
        return (log, Monitor(subject, log: log, inventory: inventory, context: context))
    }
}
