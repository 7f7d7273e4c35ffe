/// Where the bytes of a request come from.
package enum Asset: Equatable, Sendable {
    /// A file beneath the root, opened so that no link leads out of it.
    case rootFile(RequestPath)
    /// A file that the settings name, at an absolute path of this host.
    case hostFile(path: String)
    /// The script that iPXE runs, made for the address that the client reached us at.
    case bootScript(BootTarget)
    /// The script that sends iPXE to ask for its own.
    case automaticScript
    /// The configuration that GRUB runs.
    case grubConfig(BootTarget)
}

/// The one place that turns a path into an asset, for TFTP and HTTP alike.
package enum AssetResolver {
    /// The places to look, best first: a real file of the operator always wins over what we make up.
    package static func candidates(for path: RequestPath, in catalog: Catalog) -> [Asset] {
        var found = [Asset.rootFile(path)]
        if let made = made(for: path, in: catalog) { found.append(made) }
        if let loader = catalog.hostLoader(named: path.text) { found.append(.hostFile(path: loader.path)) }
        if let shared = path.withoutRaspberryPi { found.append(.rootFile(shared)) }
        return found
    }

    /// What we make up under a path, if anything.
    private static func made(for path: RequestPath, in catalog: Catalog) -> Asset? {
        if path.text == IPXEScript.path { return .bootScript(catalog.target) }
        // iPXE looks beside its own file and in the root, wherever the loader lies.
        if path.parts.last.map(String.init) == IPXEScript.automaticName {
            return catalog.bootsOneThing ? .bootScript(catalog.target) : .automaticScript
        }
        if let profile = catalog.profiles.first(where: { IPXEScript.path(profile: $0.key) == path.text }) {
            return .bootScript(profile.value)
        }
        return GRUBConfig.isAskedFor(path.text) ? .grubConfig(catalog.target) : nil
    }
}

extension Catalog {
    /// The loader outside of the root that clients fetch under `name`.
    package func hostLoader(named name: String) -> Loader? {
        allLoaders.first { $0.isOnHost && $0.name == name }
    }

    /// Every loader that any client may be told of.
    package var allLoaders: [Loader] {
        let ruled = rules.rules.compactMap { rule -> Loader? in
            guard case .boot(let plan) = rule.verdict else { return nil }
            return plan.loader
        }
        let items = menu.items.compactMap { item -> Loader? in
            guard case .loader(let loader) = item.choice else { return nil }
            return loader
        }
        return loaders.all.map(\.loader) + ruled + items
    }

    /// Whether every machine that boots runs the same script.
    fileprivate var bootsOneThing: Bool {
        !rules.rules.contains { rule in
            guard case .boot(let plan) = rule.verdict else { return false }
            return plan.profile != nil
        }
    }
}

extension RequestPath {
    fileprivate var parts: [Substring] { text.split(separator: "/") }

    /// Raspberry Pis ask for everything in a directory of their serial number or hardware address; those without one of
    /// their own share this directory.
    static let raspberryPiDirectory = "raspberry-pi"

    /// The path in the shared directory, if the first part names one Raspberry Pi.
    fileprivate var withoutRaspberryPi: RequestPath? {
        guard parts.count > 1, let first = parts.first, first.isSerialNumber || first.isDashedAddress else {
            return nil
        }
        let rest = parts.dropFirst().joined(separator: "/")
        return try? RequestPath("\(Self.raspberryPiDirectory)/\(rest)".utf8)
    }
}

extension Substring {
    fileprivate var isSerialNumber: Bool { utf8.count == 8 && utf8.allSatisfy(\.isHexadecimal) }

    /// `dc-a6-32-01-02-03`.
    fileprivate var isDashedAddress: Bool {
        let octets = split(separator: "-", omittingEmptySubsequences: false)
        return octets.count == 6 && octets.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy(\.isHexadecimal) }
    }
}

extension UInt8 {
    fileprivate var isHexadecimal: Bool {
        (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
    }
}
