package import BootPolicy
import Wire

extension Settings {
    /// What policy serves by.
    ///
    /// - Parameter isPresent: whether a loader file can be read, asked once for each path.
    package func catalog(isPresent: (String) -> Bool) -> Catalog {
        var table = LoaderTable()
        for role in LoaderTable.Role.allCases {
            table[role] = loaders[role].map { Loader(path: $0, isPresent: isPresent($0)) }
        }
        // Listening everywhere, an engine is found where the client already found us.
        var catalog = Catalog()
        catalog.mode = mode
        catalog.loaders = table
        catalog.target = boot
        catalog.httpAddress = http.listen.address.isAny ? nil : http.listen.address
        catalog.httpPort = http.listen.port
        catalog.servesHTTP = http.isEnabled
        catalog.tftpAddress = tftp.listen.address.isAny ? nil : tftp.listen.address
        catalog.interfaces = interfaces
        return catalog
    }

    /// The keys that differ from `other` and that a reload cannot change, in the order of the packaged file.
    package func needsRestart(comparedTo other: Settings) -> [String] {
        SettingKey.all.filter { !$0.isLive && $0.text(self) != $0.text(other) }.map(\.name)
    }

    /// These settings as far as a running service can take them over: keys that need a restart keep the values of
    /// `running`, so that nothing is promised which nobody serves yet.
    package func takenOver(by running: Settings) -> Settings {
        var settings = self
        for key in SettingKey.all where !key.isLive { key.copy(running, &settings) }
        return settings
    }

    /// These settings as a TOML text that names every key, for `pilotfish check` to show what holds.
    package var text: String {
        SettingKey.all.map { "\($0.name) = \($0.text(self))\n" }.joined()
    }

    /// Every key with its default and one sentence, as text for a terminal.
    package static var reference: String {
        let rows = SettingKey.all.map { key in
            "\(key.name) = \(key.defaultText)\n    \(key.summary)\n    Allowed: \(key.allowed)."
                + (key.isLive ? "" : " Needs a restart.")
        }
        return rows.joined(separator: "\n") + "\n"
    }
}
