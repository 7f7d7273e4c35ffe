package import BootPolicy
import Wire

extension Settings {
    /// What policy serves by.
    ///
    /// - Parameter canOpen: whether an asset is there and may be read; asked until the loaders' fate is clear.
    package func catalog(canOpen: (Asset) -> Bool) -> Catalog {
        var catalog = Catalog()
        catalog.mode = mode
        catalog.rules = RuleBook(rules)
        catalog.targets = targetBook
        catalog.variables = variables
        catalog.machines = MachineBook(Array(machines.values))
        catalog.strangers = strangers.map { strangers in
            switch strangers {
            case .silence: return .silence
            case .target(let name):
                var plan = BootPlan.usual
                plan.target = name
                return .boot(plan)
            }
        }
        catalog.answers = answers
        catalog.webhook = webhook
        catalog.webhook.token = answers.secrets[webhookSecret] ?? ""
        catalog.hooks = hooks.values.sorted { $0.name < $1.name }.map { hook in
            var hook = hook
            hook.token = answers.secrets[hook.secret] ?? ""
            return hook
        }
        catalog.menu = firmwareMenu
        catalog.naming = tftp.naming
        catalog.mirrors = upstreamFiles.mirrors
        catalog.install = install
        // Listening everywhere, an engine is found where the client already found us.
        if let door = http.door(.ipv4) {
            catalog.httpAddress = door.address.isAny ? nil : door.address.ipv4
            catalog.httpPort = door.port
        }
        catalog.httpIPv6 = http.door(.ipv6)
        catalog.servesHTTP = http.isEnabled
        let tftpAddresses = tftp.listen.compactMap(\.address.ipv4)
        catalog.tftpAddress = tftpAddresses.contains(.any) ? nil : tftpAddresses.first
        catalog.interfaces = interfaces
        catalog.networks = networks
        catalog.vendorClasses = dhcp.vendorClasses
        catalog.standby = dhcp.standby == .zero ? nil : dhcp.standby
        catalog.yieldsToRivals = dhcp.yieldsToRivals
        for role in LoaderTable.Role.allCases { catalog.loaders[role] = loaders[role].map { Loader(path: $0) } }
        let whole = catalog
        catalog.changeLoaders { loader in
            Loader(path: loader.path, isPresent: whole.sources(of: loader).contains(where: canOpen))
        }
        return catalog
    }

    /// The files of other servers: mirrors, and what targets name by URLs.
    package var upstreamFiles: UpstreamFiles {
        UpstreamFiles(urls, checksums: checksums.values.reduce(into: [:]) { $0.merge($1) { $1 } }, mirrors: mirrors)
    }

    private var usualTarget: BootTarget { BootTarget(title: BootTarget.standard.title, action: .linux(boot)) }

    /// The files that targets name by URLs.
    private var urls: [String] { ([usualTarget] + targets.sorted { $0.key < $1.key }.map(\.value)).flatMap(\.urls) }

    /// Everything that can be booted, as machines hear of it.
    package var targetBook: TargetBook {
        let files = upstreamFiles
        var all = targets.mapValues { TargetBook.Entry.target($0.replacingFiles(files.path)) }
        for (name, menu) in menus {
            var menu = menu
            menu.lock = locks[name]
            all[name] = .menu(menu)
        }
        var book = TargetBook(usual: .target(usualTarget.replacingFiles(files.path)), all)
        if let named = usual.flatMap({ book[$0] }) { book.usual = named }
        return book
    }

    /// What other servers are asked for; each is a process that is started with the service, or not at all.
    package var asksOthers: UpstreamNeeds {
        let isFetching = !mirrors.isEmpty || !urls.isEmpty
        let isAsking = rules.contains { rule in
            guard case .boot(let plan) = rule.verdict else { return false }
            return plan.webhook != nil
        }
        var needs: UpstreamNeeds = []
        if isFetching { needs.insert(.files) }
        if isAsking { needs.insert(.decisions) }
        return needs
    }

    /// What hooks need, each a process likewise.
    package var hookNeeds: UpstreamNeeds {
        hooks.values.reduce(into: []) { needs, hook in needs.insert(hook.need) }
    }

    /// The keys that differ from `other` and that a reload cannot change, in the order of the packaged file; then those that
    /// need a process which does not run.
    ///
    /// - Parameter started: what the service can ask others for.
    package func needsRestart(comparedTo other: Settings, started: UpstreamNeeds) -> [String] {
        let missing = asksOthers.subtracting(started)
        let fetched = missing.contains(.files) ? [mirrors.isEmpty ? "target" : "mirror"] : []
        return SettingKey.all.filter { !$0.isLive && $0.text(self) != $0.text(other) }.map(\.name) + fetched
            + (missing.contains(.decisions) ? ["rule.ask"] : [])
            + (hookNeeds.isSubset(of: started) ? [] : ["hook"])
    }

    /// These settings as far as a running service can take them over: keys that need a restart keep the values of
    /// `running`, so that nothing is promised which nobody serves yet. So does all that says what is booted, if some of it
    /// needs a process that does not run: targets, menus, machines and rules name each other, and half of them would lead
    /// nowhere. Of hooks each waits for itself.
    ///
    /// - Parameter started: what the service can ask others for.
    package func takenOver(by running: Settings, started: UpstreamNeeds) -> Settings {
        var settings = self
        for key in SettingKey.all where !key.isLive { key.copy(running, &settings) }
        if !started.isSuperset(of: asksOthers) { settings.keepBoots(of: running) }
        for (name, hook) in hooks where !started.contains(hook.need) { settings.hooks[name] = running.hooks[name] }
        return settings
    }

    private mutating func keepBoots(of running: Settings) {
        boot = running.boot
        usual = running.usual
        strangers = running.strangers
        targets = running.targets
        checksums = running.checksums
        menus = running.menus
        menuPasswords = running.menuPasswords
        locks = running.locks
        machines = running.machines
        variables = running.variables
        mirrors = running.mirrors
        rules = running.rules
    }
}

/// What the service has other processes for.
package struct UpstreamNeeds: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Files: those of mirrors, and what targets name by URLs.
    package static let files = Self(rawValue: 1)
    /// What a machine boots.
    package static let decisions = Self(rawValue: 2)
    /// Endpoints are told of events.
    package static let reports = Self(rawValue: 4)
    /// The operator's commands are run.
    package static let commands = Self(rawValue: 8)
}

extension Hook {
    fileprivate var need: UpstreamNeeds { isCommand ? .commands : .reports }
}

extension Settings.HTTP {
    /// What clients of one version of IP are told: all of its addresses if those are listened on, else the first.
    fileprivate func door(_ family: IPFamily) -> IPEndpoint? {
        let doors = listen.filter { $0.address.family == family }
        return doors.first { $0.address.isAny } ?? doors.first
    }
}

extension Catalog {
    /// What a client gets who asks for a loader by its name, best first.
    fileprivate func sources(of loader: Loader) -> [Asset] {
        let anybody = Requester(address: IPAddress(.any))
        return AssetResolver.resolve(loader.name.utf8, for: anybody, in: self).candidates.map(\.asset)
    }

    /// Puts another loader in the place of each that we serve.
    fileprivate mutating func changeLoaders(_ change: (Loader) -> Loader) {
        for role in LoaderTable.Role.allCases { loaders[role] = loaders[role].map(change) }
        for index in rules.rules.indices {
            // What lies on another server is none of our business.
            guard case .boot(var plan) = rules.rules[index].verdict, plan.nextServer == nil else { continue }
            plan.loader = plan.loader.map(change)
            rules.rules[index].verdict = .boot(plan)
        }
        for index in menu.items.indices {
            guard case .loader(let loader) = menu.items[index].choice else { continue }
            menu.items[index].choice = .loader(change(loader))
        }
    }
}
