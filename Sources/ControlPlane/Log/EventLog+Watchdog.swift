package import Exchange
import Settings
import Wire

extension EventLog {
    /// Tells of threads that do not get on, by the names that `ps -L` shows, and of those that do again.
    ///
    /// - Parameter time: milliseconds since 1970.
    package func tell(_ look: Watchdog.Look, time: Int64) {
        for told in look.stuck {
            let (name, level) = told.absence.mayWait ? ("waits", Settings.Log.Level.warning) : ("stuck", .error)
            tell("watchdog.\(name)", Self.fields(told), level: level, time: time)
        }
        for told in look.back { tell("watchdog.back", Self.fields(told), level: .warning, time: time) }
    }

    private static func fields(_ told: Watchdog.Told) -> [(key: String, value: String)] {
        [("engine", told.absence.name), ("for", EventText.decimal(told.time.seconds, places: 1) + " s")]
    }
}
