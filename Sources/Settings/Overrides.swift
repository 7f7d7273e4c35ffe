package import BootPolicy
package import Wire

/// What the flags of `pilotfish serve` say; nil and empty mean that the flag was not given.
package struct Overrides: Equatable, Sendable {
    package var mode: ServiceMode?
    package var interfaces: [String] = []
    /// An absolute path; only the command line knows the directory that a relative one starts from.
    package var root: String?
    /// An absolute path, likewise.
    package var state: String?
    /// When not empty, exactly these run.
    package var only: Set<Engine> = []
    /// When not empty, exactly there; and so the next.
    package var tftpListen: [IPEndpoint] = []
    package var httpListen: [IPEndpoint] = []
    package var user: String?
    package var logFormat: Settings.Log.Format?

    package init() {}
}

extension Settings {
    /// Reads `ADDRESS:PORT` of either version of IP, for flags.
    package static func listenAddress(_ text: String) throws(SettingsErrors) -> IPEndpoint {
        do throws(Problem) {
            return try Check.listen(text)
        } catch {
            throw SettingsErrors([SettingsError(file: "", place: nil, key: "", message: error.text)])
        }
    }

    /// These settings with the flags put over them.
    ///
    /// - Throws: every flag that is wrong by itself, or together with the rest.
    package func applying(_ overrides: Overrides) throws(SettingsErrors) -> Settings {
        var settings = self
        var errors: [SettingsError] = []
        func take<Value>(_ flag: String, _ check: () throws(Problem) -> Value) -> Value? {
            do throws(Problem) {
                return try check()
            } catch {
                errors.append(SettingsError(file: "", place: nil, key: flag, message: error.text))
                return nil
            }
        }
        settings.mode = overrides.mode ?? mode
        if !overrides.tftpListen.isEmpty { settings.tftp.listen = overrides.tftpListen }
        if !overrides.httpListen.isEmpty { settings.http.listen = overrides.httpListen }
        settings.log.format = overrides.logFormat ?? log.format
        if !overrides.only.isEmpty { settings.engines = overrides.only }
        let names = overrides.interfaces.compactMap { name in
            take("--interface") { () throws(Problem) in try Check.interface(name) }
        }
        if !names.isEmpty { settings.interfaces = names }
        if let root = overrides.root, let path = take("--root", { () throws(Problem) in try Check.directory(root) }) {
            settings.root = path
        }
        if let state = overrides.state, let path = take("--state", { () throws(Problem) in try Check.directory(state) })
        {
            settings.state = path
        }
        if let user = overrides.user, let name = take("--user", { () throws(Problem) in try Check.user(user) }) {
            settings.user = name
        }
        errors += settings.conflicts.map { SettingsError(file: "", place: nil, key: $0.keys[0], message: $0.message) }
        guard errors.isEmpty else { throw SettingsErrors(errors) }
        return settings
    }
}
