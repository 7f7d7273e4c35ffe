import BootPolicy

extension Settings {
    /// The files and directories of this host that the service itself reads while it runs, beside the root and the
    /// state: absolute paths, each once.
    package var hostPaths: [String] {
        let files = LoaderTable.Role.allCases.flatMap { loaders[$0] }.filter { $0.hasPrefix("/") }
        return Set([templates] + secrets.values + files).sorted()
    }

    /// The files of certificates that other servers are known by: absolute paths, each once. Who fetches reads them,
    /// and the service does not.
    package var authorities: [String] {
        let all = mirrors.values.map(\.authorities) + hooks.values.map(\.authorities) + [webhook.authorities]
        return Set(all).subtracting([""]).sorted()
    }
}
