import BootPolicy
import Wire

extension Settings {
    /// Everything that the values mean together and must not.
    var conflicts: [Conflict] {
        [exposedState, nothingToServe, takenPort].compactMap(\.self) + loadersOfOneName
    }

    private var exposedState: Conflict? {
        guard state == root || state.hasPrefix(root + "/") else { return nil }
        return Conflict(
            keys: ["state", "root"],
            message:
                "the state directory \(state) lies in the root \(root), so every client could fetch the inventory; "
                + "keep them apart")
    }

    private var nothingToServe: Conflict? {
        guard engines.isEmpty else { return nil }
        return Conflict(
            keys: ["dhcp.enabled", "tftp.enabled", "http.enabled"],
            message: "dhcp, tftp and http are all switched off, so there is nothing to do; switch one on")
    }

    /// The proxy needs 67 and 4011 for itself.
    private var takenPort: Conflict? {
        guard dhcp.isEnabled, tftp.isEnabled, [67, 4011].contains(tftp.listen.port) else { return nil }
        return Conflict(
            keys: ["tftp.listen", "dhcp.enabled"],
            message: "port \(tftp.listen.port) belongs to DHCP; choose another, or switch dhcp off")
    }

    /// Clients name a loader by the last part of its path only.
    private var loadersOfOneName: [Conflict] {
        let named = LoaderTable.Role.allCases.flatMap { role in
            loaders[role].map { (key: "loaders.\(role.rawValue)", loader: Loader(path: $0)) }
        }
        return named.indices.flatMap { index in
            named[..<index].compactMap { earlier in
                let (key, loader) = named[index]
                guard loader.path != earlier.loader.path, loader.name == earlier.loader.name else { return nil }
                return Conflict(
                    keys: [key, earlier.key],
                    message: "\(loader.path) and \(earlier.loader.path) are both fetched as \"\(loader.name)\"; "
                        + "rename one of them")
            }
        }
    }
}
