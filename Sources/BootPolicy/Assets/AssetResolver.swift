/// Where the bytes of a request come from.
package enum Asset: Equatable, Sendable {
    /// A file beneath the root, opened so that no link leads out of it.
    case rootFile(RequestPath)
    /// A file that the settings name, at an absolute path of this host.
    case hostFile(path: String)
    /// Made for this client, and for the address that it reached us at.
    case script(ScriptDialect, TargetBook.Entry)
    /// The script of a menu whose password did not come with the request.
    case lockedScript(menu: String)
    /// The script that sends iPXE to ask for its own.
    case automaticScript
    /// The same for everybody.
    case text(String)
    /// A template of `Catalog.answers`, filled in for a machine: its answer file.
    case answerFile(template: String, Requester)
    /// The answer file of another machine than the one that asks.
    case foreignAnswerFile
    /// A file of an upstream server's, fetched when it is not there or too old.
    case mirrored(MirrorPlan, RequestPath)
    /// What comes of a step of the machine's install.
    case install(InstallStep, Enrolment)
}

/// Whose language a script or configuration of ours is in.
package enum ScriptDialect: Sendable {
    case ipxe
    case pxelinux
    case grub
}

/// One place to look, and why there.
package struct Candidate: Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        /// The directory of this machine, by one of its names.
        case machine
        /// The path as it was asked for.
        case path
        /// Nothing of that name need be there: we make it up.
        case made
        /// The settings name a loader of this host that clients call so.
        case loader
        /// It belongs to a loader of Debian's.
        case module
        /// All Raspberry Pis share it.
        case raspberryPi
        /// The settings say that another server has it.
        case mirror
        /// The machine is being installed.
        case install
    }

    package var asset: Asset
    package var reason: Reason

    /// Whether it is made for who asks, so that two may get different things under one name.
    package var isMade: Bool { reason == .made }

    package init(_ asset: Asset, _ reason: Reason) {
        self.asset = asset
        self.reason = reason
    }
}

/// What a name turned out to mean, and how.
package struct NameResolution: Equatable, Sendable {
    /// Who asked.
    package var requester: Requester
    /// The name cleaned; or why it is no path.
    package var cleaned: Result<RequestPath, RequestPath.Problem>
    /// What became of it at each rule for names.
    package var steps: [RewriteStep] = []
    /// The name behind the rules; nil when there is none.
    package var path: RequestPath?
    /// The places to look, best first.
    package var candidates: [Candidate] = []

    /// Whether the name is refused as such: it leads out of the root, or a rule said so.
    package var isDenied: Bool { path == nil && (cleaned == .failure(.leavesRoot) || !steps.isEmpty) }
}

/// The one place that turns a name into assets, for TFTP and HTTP alike.
package enum AssetResolver {
    /// Cleans a name, takes it through the operator's rules, and says where to look.
    ///
    /// - Parameter name: the name as the client sent it, percent-decoded if it came by HTTP.
    package static func resolve(
        _ name: some Sequence<UInt8>, for requester: Requester, in catalog: Catalog
    ) -> NameResolution {
        resolve(RequestPath.cleaning(name), for: requester, in: catalog)
    }

    /// The same for a name that was cleaned before.
    package static func resolve(
        _ cleaned: Result<RequestPath, RequestPath.Problem>, for requester: Requester, in catalog: Catalog
    ) -> NameResolution {
        guard case .success(let name) = cleaned else { return NameResolution(requester: requester, cleaned: cleaned) }
        let (path, steps) = rewrite(name, for: requester, in: catalog)
        return NameResolution(
            requester: requester, cleaned: cleaned, steps: steps, path: path,
            candidates: path.map { candidates(for: $0, of: requester, in: catalog) } ?? [])
    }

    /// The operator's rules are for files: what stands before one of an install is ours.
    private static func rewrite(
        _ cleaned: RequestPath, for requester: Requester, in catalog: Catalog
    ) -> (RequestPath?, [RewriteStep]) {
        let rewrites = catalog.naming.rewrites
        guard let install = InstallPath(cleaned) else { return rewrites.rewrite(cleaned, for: requester) }
        guard install.step == nil, let file = install.rest else { return (cleaned, []) }
        let (path, steps) = rewrites.rewrite(file, for: requester)
        return (path?.inside([InstallPath.top, install.token.text]), steps)
    }

    /// The places to look, best first: what its install has for the machine, then a machine's own file, then the operator's,
    /// then what we make up. A real file of the operator wins over all but an install.
    package static func candidates(
        for path: RequestPath, of requester: Requester, in catalog: Catalog
    ) -> [Candidate] {
        if let path = InstallPath(path) { return candidates(for: path, of: requester, in: catalog) }
        if let enrolment = requester.enrolment, let dialect = dialect(of: path, for: requester, in: catalog) {
            return [Candidate(.install(.ask(dialect), enrolment), .install)]
        }
        return files(for: path, of: requester, in: catalog)
    }

    /// What lies beneath the path of an install: its steps, and all files.
    private static func candidates(
        for path: InstallPath, of requester: Requester, in catalog: Catalog
    ) -> [Candidate] {
        // A machine that asks what to boot may do so by an install that is over: what speaks for it now answers.
        let dialect = path.rest.flatMap { self.dialect(of: $0, for: requester, in: catalog) }
        if let enrolment = requester.enrolment, let dialect {
            return [Candidate(.install(.ask(dialect), enrolment), .install)]
        }
        guard dialect != nil || requester.enrolment?.token == path.token else {
            // A script that asks whether it may begin asks until it hears an answer.
            guard case .begin(_, let dialect)? = path.step else { return [] }
            return [Candidate(.text(InstallScript.stale(dialect)), .install)]
        }
        if let step = path.step, let enrolment = requester.enrolment {
            return [Candidate(.install(step, enrolment), .install)]
        }
        return path.rest.map { files(for: $0, of: requester, in: catalog) } ?? []
    }

    private static func files(
        for path: RequestPath, of requester: Requester, in catalog: Catalog
    ) -> [Candidate] {
        let own = catalog.naming.hasMachineDirectories ? MachineDirectories.paths(for: path, of: requester) : []
        var found = own.map { Candidate(.rootFile($0), .machine) }
        found.append(Candidate(.rootFile(path), .path))
        if let made = made(for: path, of: requester, in: catalog) { found.append(Candidate(made, .made)) }
        if let loader = catalog.hostLoaders.find(path.text, ignoresCase: catalog.naming.ignoresCase) {
            found.append(Candidate(.hostFile(path: loader.path), .loader))
        }
        if let module = SyslinuxModules.file(for: path) { found.append(Candidate(.hostFile(path: module), .module)) }
        if let shared = MachineDirectories.raspberryPi(path) {
            found.append(Candidate(.rootFile(shared), .raspberryPi))
        }
        if let mirrored = catalog.mirrored(path) { found.append(Candidate(mirrored, .mirror)) }
        return found
    }

    /// What we make up under a path, if anything.
    private static func made(for path: RequestPath, of requester: Requester, in catalog: Catalog) -> Asset? {
        let isSame = catalog.naming.isSame
        let own = catalog.entry(for: requester)
        if isSame(path.text, IPXEScript.path) { return .script(.ipxe, own) }
        // iPXE looks beside its own file and in the root, wherever the loader lies.
        if let last = path.parts.last, isSame(last, IPXEScript.automaticName) { return .automaticScript }
        if path.text == IPXEScript.path(of: IPXEScript.decided) {
            return requester.order.made.map { .script(.ipxe, .target($0)) }
        }
        if let gate = IPXEScript.name(ofGate: path.text).flatMap({ catalog.targets[$0] }), gate.lock != nil {
            return .script(.ipxe, gate)
        }
        if let entry = catalog.entry(ofScript: path.text) {
            let lock = entry.lock.flatMap { $0.opens(to: requester.password) ? nil : $0 }
            return lock.map { .lockedScript(menu: $0.menu) } ?? .script(.ipxe, entry)
        }
        if let check = IPXEScript.memoryCheck(path) { return .text(check) }
        if let (template, hardware) = catalog.answers.template(for: path) {
            return requester.named(by: hardware).map { .answerFile(template: template, $0) } ?? .foreignAnswerFile
        }
        let text = catalog.naming.ignoresCase ? CaseFolding.fold(path.text) : path.text
        if PXELINUXConfig.isAskedFor(text) { return .script(.pxelinux, own) }
        return GRUBConfig.isAskedFor(text) ? .script(.grub, own) : nil
    }
}

extension AssetResolver {
    /// The language of a path that says what a machine boots; nil for any other path.
    private static func dialect(
        of path: RequestPath, for requester: Requester, in catalog: Catalog
    ) -> ScriptDialect? {
        switch made(for: path, of: requester, in: catalog) {
        case .script(let dialect, _): dialect
        // The first menu of all may be one that has a password: an install needs none.
        case .lockedScript: .ipxe
        default: nil
        }
    }
}

extension Naming {
    /// Whether two names mean the same file.
    fileprivate func isSame(_ one: String, _ other: String) -> Bool {
        one == other || ignoresCase && CaseFolding.areSame(one, other)
    }
}

extension Catalog {
    /// What a machine boots: what was decided when it was last answered, else the usual.
    fileprivate func entry(for requester: Requester) -> TargetBook.Entry {
        if let own = machine(of: requester.hardware)?.target.flatMap({ targets[$0] }) { return own }
        if let made = requester.order.made { return .target(made) }
        return requester.order.name.flatMap { targets[$0] } ?? targets.usual
    }

    /// The target or menu whose script has this path: the very one first, then the first in order that differs in case.
    fileprivate func entry(ofScript path: String) -> TargetBook.Entry? {
        if let exact = IPXEScript.name(ofScript: path).flatMap({ targets[$0] }) { return exact }
        guard naming.ignoresCase else { return nil }
        return (targets.names + TargetBook.builtIn.keys.sorted()).first {
            CaseFolding.areSame(IPXEScript.path(of: $0), path)
        }.flatMap { targets[$0] }
    }
}

extension Catalog {
    /// What lies under `mirror/NAME/`, if the settings have a mirror of that name.
    package func mirrored(_ path: RequestPath) -> Asset? {
        let parts = path.parts
        guard parts.count > 2, parts[0] == MirrorPlan.top, let plan = mirrors[parts[1]],
            let rest = path.withoutFirst?.withoutFirst, plan.serves(rest)
        else { return nil }
        return .mirrored(plan, rest)
    }

    /// The URL that a path of a mirror's stands for; nil for any other path.
    package func upstreamURL(of path: String) -> String? {
        guard let path = try? RequestPath(path.utf8), case .mirrored(let plan, let rest)? = mirrored(path) else {
            return nil
        }
        return plan.url(of: rest)
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
}
