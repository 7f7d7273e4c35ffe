import BootPolicy
import Exchange
import Fleet
import Inventory
import LinuxIO
import Settings
import Wire

/// The operator's commands about hosts: `list`, `adopt`, `protect`, `set`, `hosts import`.
struct HostCommands: CommandGroup {
    let inventory: Inventory
    let context: EngineContext
    let desk: InstallDesk

    private var directory: HostDirectory { HostDirectory(context.catalog.current) }

    /// Carries a command out.
    ///
    /// - Parameter attachment: what came with it.
    /// - Returns: nil for the words of another command.
    func answer(_ words: [String], _ attachment: String) throws(CommandFailure) -> String? {
        switch (words.first, words.count) {
        case ("list", 1): try rows(directory.all).lines(json: false)
        case ("list", 2): try rows(directory.hosts(words[1])).lines(json: false)
        // That there are no hosts at all is no mistake of whoever asks for all.
        case ("list", 3) where words[2] == "json":
            try rows(words[1] == "all" ? directory.all : directory.hosts(words[1])).lines(json: true)
        case ("newcomers", 1): try newcomers().lines(json: false)
        case ("newcomers", 2) where words[1] == "json": try newcomers().lines(json: true)
        case ("hosts", 1): Settings.text(of: directory.all)
        case ("hosts", 2): Settings.text(of: try directory.hosts(words[1]))
        case ("host", 2): Settings.text(of: directory.all.filter { $0.isMeant(by: words[1]) })
        case ("import", 1): try take(attachment, isTrial: false)
        case ("import", 2) where words[1] == "trial": try take(attachment, isTrial: true)
        case ("set", 2): try set(words[1], HostEdit(attachment))
        case ("adopt", 3): try adopt(words[1], as: words[2])
        case ("protect", 2): try protect(words[1], true)
        case ("unprotect", 2): try protect(words[1], false)
        case ("release", 2): try release(words[1])
        case ("forget-host", 2): try forget(words[1])
        default: nil
        }
    }

    private func rows(_ hosts: [NamedMachine]) throws(CommandFailure) -> [HostRow] {
        let members = try look { () throws(InventoryError) in try inventory.plan(hosts) }
        let directory = directory
        return members.map {
            HostRow(host: $0.host, install: $0.last, isOfSettings: directory.isOfSettings($0.host.name))
        }
    }
}

// MARK: - What is known of hosts

extension HostCommands {
    /// Takes a list over: what it says of a host is written down, and what it does not say stays as it was.
    private func take(_ text: String, isTrial: Bool) throws(CommandFailure) -> String {
        let listed: [NamedMachine]
        do throws(SettingsErrors) {
            listed = try Settings.machines(in: text, file: "the list")
        } catch {
            throw CommandFailure("\(error)")
        }
        let directory = directory
        var others: [NamedMachine] = []
        for host in listed {
            guard let own = directory.settings(host.name) else {
                others.append(host)
                continue
            }
            // What was exported says nothing new of them.
            guard own.completed(by: host) == own else { throw Self.isOfSettings(host.name) }
        }
        let news = Dictionary(uniqueKeysWithValues: others.map { ($0.name, $0) })
        let changes = try edit(others.map(\.name), isTrial: isTrial) { name, known in
            guard let new = news[name] else { return known ?? NamedMachine(name: name, hardware: []) }
            return known?.completed(by: new) ?? new
        }
        let (new, changed) = (changes.count { $0.before == nil }, changes.count { $0.isReal && $0.before != nil })
        let lines = changes.filter(\.isReal).prefix(Self.mostLines).map {
            "  \($0.before == nil ? "new" : "changed") \($0.after.name)"
        }
        let rest = new + changed - lines.count
        let head = "\(new) new, \(changed) changed, \(changes.count - new - changed) as they were"
        return ([head + (isTrial ? "; nothing was written" : "")] + lines + (rest > 0 ? ["  and \(rest) others"] : []))
            .joined(separator: "\n")
    }

    /// The most hosts that an answer names one by one.
    private static let mostLines = 20

    private func set(_ list: String, _ edit: HostEdit) throws(CommandFailure) -> String {
        let hosts = try directory.hosts(list)
        if let own = hosts.first(where: { directory.isOfSettings($0.name) }) { throw Self.isOfSettings(own.name) }
        var edited: [String: NamedMachine] = [:]
        for host in hosts { edited[host.name] = try edit.applied(to: host) }
        let changes = try self.edit(hosts.map(\.name), isTrial: false) { name, known in
            edited[name] ?? known ?? NamedMachine(name: name, hardware: [])
        }
        return "\(changes.count(where: \.isReal)) of \(changes.count) hosts changed"
    }

    private func edit(
        _ names: [String], isTrial: Bool, _ change: (String, NamedMachine?) -> NamedMachine
    ) throws(CommandFailure) -> [HostChange] {
        let catalog = context.catalog.current
        var failure: CommandFailure?
        let changes = try look { () throws(InventoryError) in
            try inventory.edit(names, isTrial: isTrial, change) { changes in
                do throws(CommandFailure) {
                    for change in changes where change.isReal { try check(change, catalog) }
                } catch {
                    failure = error
                }
                return failure == nil
            }
        }
        if let failure { throw failure }
        if !isTrial, changes.contains(where: \.isReal) { desk.catchUp() }
        return changes
    }

    private func check(_ change: HostChange, _ catalog: Catalog) throws(CommandFailure) {
        let host = change.after
        if let conflict = change.conflict {
            throw CommandFailure("\(host.name): \(conflict.card) belongs to \(conflict.owner); nothing was changed")
        }
        if host.hardware.isEmpty {
            throw CommandFailure(
                "\(host.name): nothing says which machine it is; it needs a card, mac = 52:54:00:12:34:56")
        }
        for card in host.hardware {
            guard let owner = catalog.machines[card] else { continue }
            throw CommandFailure("\(host.name): \(card) belongs to \(owner.name) of the settings; nothing was changed")
        }
        if let target = host.target, catalog.targets[target] == nil {
            throw CommandFailure("\(host.name): there is no target or menu \"\(target)\"; nothing was changed")
        }
    }

    private static func isOfSettings(_ name: String) -> CommandFailure {
        CommandFailure("\(name) is a machine of the settings: change it there; nothing was changed")
    }
}

extension HostChange {
    fileprivate var isReal: Bool { before != after }
}

extension NamedMachine {
    /// The same with what another list says of it; what that does not say stays.
    fileprivate func completed(by other: NamedMachine) -> NamedMachine {
        var host = self
        if !other.hardware.isEmpty { host.hardware = other.hardware }
        host.uuid = other.uuid ?? uuid
        host.serial = other.serial ?? serial
        host.target = other.target ?? target
        if !other.groups.isEmpty { host.groups = other.groups }
        if !other.tags.isEmpty { host.tags = other.tags }
        if !other.note.isEmpty { host.note = other.note }
        host.isProtected = isProtected || other.isProtected
        host.variables.merge(other.variables) { $1 }
        return host
    }

    /// Whether it is called so, or has that card.
    fileprivate func isMeant(by text: String) -> Bool {
        name == text || MACAddress(text).map(hardware.contains) == true
    }
}

// MARK: - Newcomers

extension HostCommands {
    private func newcomers() throws(CommandFailure) -> [Newcomer] {
        try look { () throws(InventoryError) in try inventory.newcomers() }.filter(isNew)
    }

    /// A machine of the settings may not have been written down yet.
    private func isNew(_ newcomer: Newcomer) -> Bool {
        newcomer.conflict != nil || context.catalog.current.machines[newcomer.card] == nil
    }

    private func adopt(_ what: String, as name: String) throws(CommandFailure) -> String {
        guard Settings.isHostName(name) else {
            throw CommandFailure("a host's name has letters, digits, dots and dashes: \(name) has not")
        }
        let found = try candidates(what)
        guard let newcomer = found.first else {
            throw CommandFailure("no machine shows \(what): \"pilotfish list --new\" says who is there")
        }
        guard found.count == 1 else {
            let cards = found.map { "\($0.card)" }.joined(separator: ", ")
            throw CommandFailure("several machines show \(what): name one by its card, \(cards)")
        }
        if let named = context.catalog.current.machines[name: name], !named.hardware.contains(newcomer.card) {
            throw CommandFailure("\(name) is a machine of the settings: write the card \(newcomer.card) there first")
        }
        let outcome = try look { () throws(InventoryError) in
            try inventory.adopt(newcomer.card, as: name, now: Clock.wallMilliseconds)
        }
        switch outcome {
        case .adopted(let cards, let isNew):
            desk.catchUp()
            let all = cards.map { "\($0)" }.joined(separator: " ")
            return isNew ? "\(name) is a new host, with \(all)" : "\(name) has \(all) now"
        case .belongs(let owner): throw CommandFailure("\(newcomer.card) belongs to \(owner)")
        case .underWay(let state): throw CommandFailure("the install of \(name) is not over: it is \(state.rawValue)")
        }
    }

    /// The machines that are meant by a card or by three words.
    private func candidates(_ what: String) throws(CommandFailure) -> [Newcomer] {
        if let card = MACAddress(what) {
            let newcomer = try look { () throws(InventoryError) in try inventory.newcomer(card) }
            return [newcomer].compactMap(\.self).filter(isNew)
        }
        let words: MachineWords
        do throws(MachineWords.Fault) {
            words = try MachineWords(parsing: what)
        } catch {
            throw CommandFailure("\(what) is no card, and no three words of a machine: \(error)")
        }
        return try newcomers().filter { $0.words == words }
    }
}

// MARK: - What holds for a host

extension HostCommands {
    private func release(_ name: String) throws(CommandFailure) -> String {
        let end = try look { () throws(InventoryError) in try inventory.release(name, now: Clock.wallMilliseconds) }
        desk.tell([end?.change].compactMap(\.self))
        desk.catchUp()
        switch end?.state {
        case nil: throw CommandFailure("\(name) has no install")
        case .installing: throw CommandFailure("\(name) is being installed, and cannot be called back")
        case .armed, .claimed, .fetching: return "\(name) will not be installed, and boots as ever"
        case .done, .failed, .expired, .cancelled: return "\(name) boots as ever"
        }
    }

    private func forget(_ name: String) throws(CommandFailure) -> String {
        switch try look({ () throws(InventoryError) in try inventory.forget(host: name) }) {
        case .forgotten:
            desk.catchUp()
            return "\(name) is forgotten"
        case .unknown: throw CommandFailure("nothing is known of a host \(name)")
        case .protected:
            throw CommandFailure("\(name) is protected: take that back first, with \"pilotfish protect --off\"")
        case .underWay(let state):
            throw CommandFailure("the install of \(name) is not over: it is \(state.rawValue)")
        }
    }

    private func protect(_ name: String, _ isProtected: Bool) throws(CommandFailure) -> String {
        let named = context.catalog.current.machines[name: name]
        guard isProtected || named?.isProtected != true else {
            throw CommandFailure("\(name) is protected by the settings: take it back there")
        }
        let isThere = try look { () throws(InventoryError) in
            try inventory.protect(name, isProtected, isNamed: named != nil)
        }
        guard isThere else { throw CommandFailure("there is no host \(name)") }
        desk.catchUp()
        return isProtected ? "\(name) is never installed from now on" : "\(name) may be installed again"
    }
}
