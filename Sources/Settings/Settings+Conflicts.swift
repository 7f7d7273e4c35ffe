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
        let roles = LoaderTable.Role.allCases
        return roles.indices.flatMap { index in
            roles[..<index].compactMap { other in
                let (path, earlier) = (loaders[roles[index]], loaders[other])
                let name = Loader(path: path).name
                guard path != earlier, name == Loader(path: earlier).name else { return nil }
                return Conflict(
                    keys: ["loaders.\(roles[index].rawValue)", "loaders.\(other.rawValue)"],
                    message: "\(path) and \(earlier) are both fetched as \"\(name)\"; rename one of them")
            }
        }
    }
}
