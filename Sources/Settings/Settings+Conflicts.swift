import BootPolicy
import Wire

extension Settings {
    /// Everything that the values mean together and must not.
    var conflicts: [Conflict] {
        [exposedState, nothingToServe, takenPort, deafGate].compactMap(\.self) + doorlessOffers + loadersOfOneName
            + shortInstalls + apiConflicts
    }

    private var exposedState: Conflict? {
        guard state == root || state.hasPrefix(root + "/") else { return nil }
        return Conflict(
            keys: ["state", "root"],
            message:
                "the state directory \(state) lies in the root \(root), so every client could fetch the inventory; "
                + "keep them apart")
    }

    /// iPXE sends a password by HTTP only.
    private var deafGate: Conflict? {
        guard !http.isEnabled, let menu = menuPasswords.keys.min() else { return nil }
        return Conflict(
            keys: ["menu.\(menu).password", "http.enabled"],
            message: "the menu \(menu) has a password, which iPXE sends by HTTP, and http is switched off; switch it on"
        )
    }

    /// An install would expire before anything else could come of it.
    private var shortInstalls: [Conflict] {
        let longest = install.longest
        return [("install.patience", install.patience), ("install.shortest", install.shortest)].filter {
            $0.1 > longest
        }.map { key, time in
            let (time, longest) = (Measure.times.text(time), Measure.times.text(longest))
            return Conflict(
                keys: [key, "install.longest"],
                message:
                    "\(key) is \(time), and install.longest \(longest): an install would expire before; make that longer, or "
                    + "this shorter")
        }
    }

    private var nothingToServe: Conflict? {
        guard engines.isEmpty else { return nil }
        return Conflict(
            keys: ["dhcp.enabled", "tftp.enabled", "http.enabled"],
            message: "dhcp, tftp and http are all switched off, so there is nothing to do; switch one on")
    }

    /// The proxy needs 67 and 4011 for itself.
    private var takenPort: Conflict? {
        let taken = tftp.listen.first { [67, 4011].contains($0.port) }
        guard dhcp.isEnabled, tftp.isEnabled, let taken else { return nil }
        return Conflict(
            keys: ["tftp.listen", "dhcp.enabled"],
            message: "port \(taken.port) belongs to DHCP; choose another, or switch dhcp off")
    }

    /// Offers name an IPv4 address for the loader and for the script.
    private var doorlessOffers: [Conflict] {
        let doors = [
            (key: "tftp.listen", name: "TFTP", port: 69, listen: tftp.isEnabled ? tftp.listen : []),
            (key: "http.listen", name: "HTTP", port: 80, listen: http.isEnabled ? http.listen : []),
        ]
        return doors.filter { door in
            dhcp.isEnabled && !door.listen.isEmpty && door.listen.allSatisfy { $0.address.family == .ipv6 }
        }.map { door in
            Conflict(
                keys: [door.key, "dhcp.enabled"],
                message: "offers name an IPv4 address for \(door.name), but it listens on IPv6 only; "
                    + "add \"0.0.0.0:\(door.port)\"")
        }
    }

    /// Clients name a file of this host by the last part of its path only.
    private var loadersOfOneName: [Conflict] {
        let files = hostLoaders
        return files.indices.compactMap { index in
            let (key, loader) = files[index]
            guard let earlier = files[..<index].first(where: { $0.loader.name == loader.name }),
                earlier.loader.path != loader.path
            else { return nil }
            return Conflict(
                keys: [key, earlier.key],
                message: "\(loader.path) and \(earlier.loader.path) are both fetched as \"\(loader.name)\"; "
                    + "rename one of them")
        }
    }

    /// Every loader outside of the root, with its key; rules and items count from 0 in theirs.
    private var hostLoaders: [(key: String, loader: Loader)] {
        let table = LoaderTable.Role.allCases.flatMap { role in
            loaders[role].map { (key: "loaders.\(role.rawValue)", loader: Loader(path: $0)) }
        }
        let ruled = rules.enumerated().compactMap { index, rule -> (key: String, loader: Loader)? in
            guard case .boot(let plan) = rule.verdict, let loader = plan.loader else { return nil }
            return ("rule[\(index)].loader", loader)
        }
        let items = firmwareMenu.items.enumerated().compactMap { index, item -> (key: String, loader: Loader)? in
            guard case .loader(let loader) = item.choice else { return nil }
            return ("firmware-menu.item[\(index)].loader", loader)
        }
        return (table + ruled + items).filter(\.loader.isOnHost)
    }
}
