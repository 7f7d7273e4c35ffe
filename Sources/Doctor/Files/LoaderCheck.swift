package import BootPolicy
import LinuxIO
package import Settings

/// Whether the loaders that machines are offered are there, and made for those machines.
package struct LoaderCheck {
    private let settings: Settings
    private let catalog: Catalog
    private let account: Account
    private let look: (String) -> PathFacts

    package init(
        settings: Settings, catalog: Catalog, account: Account, look: @escaping (String) -> PathFacts
    ) {
        self.settings = settings
        self.catalog = catalog
        self.account = account
        self.look = look
    }

    package var findings: [Finding] {
        var found: [Finding] = []
        for role in LoaderTable.Role.allCases {
            let loaders = catalog.loaders[role]
            let states = loaders.map { ($0, look(path(of: $0))) }
            let isServed = states.contains { $0.1.problem == nil }
            for (loader, facts) in states { found += findings(of: loader, facts, for: role, isServed: isServed) }
        }
        return found + others.flatMap { findings(of: $0.loader, at: $0.place) } + unsigned
    }

    private func path(of loader: Loader) -> String {
        loader.isOnHost ? loader.path : "\(settings.root)/\(loader.path)"
    }

    /// Those that rules and the menu of the firmware name.
    private var others: [(loader: Loader, place: String)] {
        let ruled = catalog.rules.rules.compactMap { rule -> (Loader, String)? in
            // What lies on another server is none of our business.
            guard case .boot(let plan) = rule.verdict, plan.nextServer == nil, let loader = plan.loader else {
                return nil
            }
            return (loader, "the rule of \(rule.place)")
        }
        let chosen = catalog.menu.items.compactMap { item -> (Loader, String)? in
            guard case .loader(let loader) = item.choice else { return nil }
            return (loader, "menu item \"\(item.text)\"")
        }
        return (ruled + chosen).map { (loader: $0.0, place: $0.1) }
    }

    /// Of no role in particular: the machines that a rule is for are not known here.
    private func findings(of loader: Loader, at place: String) -> [Finding] {
        let facts = look(path(of: loader))
        if let problem = problem(loader, facts, place, isServed: false) { return [problem] }
        return LoaderKind(facts.head) == .text ? [strange(loader, place)] : []
    }

    /// - Parameter isServed: whether another loader of the role is there.
    private func findings(
        of loader: Loader, _ facts: PathFacts, for role: LoaderTable.Role, isServed: Bool
    ) -> [Finding] {
        let clients = "clients \(role.rawValue)"
        if let problem = problem(loader, facts, clients, isServed: isServed) { return [problem] }
        guard let kind = LoaderKind(facts.head) else {
            return [
                Finding(
                    .loaderStrange, "the loader \(path(of: loader)) for \(clients) is empty", command: remedy(loader))
            ]
        }
        if kind == .text { return [strange(loader, clients)] }
        guard kind.starts(on: role) == false else { return [] }
        return [
            Finding(
                .loaderOfOtherMachine, "the loader \(path(of: loader)) for \(clients) is \(kind.name)",
                command: "set [loaders] \(role.rawValue) to a file that is made for \(role.rawValue)")
        ]
    }

    private func problem(_ loader: Loader, _ facts: PathFacts, _ clients: String, isServed: Bool) -> Finding? {
        let path = path(of: loader)
        if facts.problem?.isMissing == true {
            return Finding(
                .loaderMissing, "the loader \(path) for \(clients) is not there",
                cause: isServed ? "It is the second choice; the other one is there." : "",
                command: remedy(loader), severity: isServed ? .note : nil)
        }
        if let obstacle = facts.obstacle(for: account) {
            return Finding(
                .fileUnreadable, "the user \(account.name) may not read the loader \(path) for \(clients)",
                cause: "\(obstacle.path) does not allow it (mode \(String(obstacle.mode.bits, radix: 8))).",
                command: "chmod o+\(obstacle.isFile ? "r" : "x") \(obstacle.path)")
        }
        return facts.problem.map {
            Finding(
                .fileUnreadable, "the loader \(path) for \(clients) cannot be read: \($0)", command: "ls -lL \(path)")
        }
    }

    private func strange(_ loader: Loader, _ clients: String) -> Finding {
        Finding(
            .loaderStrange, "the loader \(path(of: loader)) for \(clients) is text, and no program",
            command: "head -c 300 \(path(of: loader))")
    }

    private func remedy(_ loader: Loader) -> String {
        loader.path.hasPrefix("/usr/lib/ipxe/")
            ? "apt-get install --reinstall ipxe"
            : "put the file there, or name another in [loaders]"
    }

    /// All of them in one finding: a network without Secure Boot has no use for signatures.
    private var unsigned: [Finding] {
        let files = catalog.loaders.all.filter { entry in
            let facts = look(path(of: entry.loader))
            guard facts.problem == nil, case .efi(_, isSigned: false)? = LoaderKind(facts.head) else { return false }
            return true
        }
        guard !files.isEmpty else { return [] }
        var seen: Set<String> = []
        let names = files.map { path(of: $0.loader) }.filter { seen.insert($0).inserted }
        return [
            Finding(
                .loaderUnsigned, "not signed, so machines with Secure Boot refuse: \(names.joined(separator: ", "))",
                command:
                    "apt-get install shim-signed grub-efi-amd64-signed   # then name shim in [loaders], if you need it")
        ]
    }
}
