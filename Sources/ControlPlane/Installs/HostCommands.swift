import BootPolicy
import Exchange
import Fleet
import Inventory
import LinuxIO
import Wire

/// The operator's commands about machines: `list`, `adopt`, `protect`.
struct HostCommands {
    let inventory: Inventory
    let context: EngineContext
    let desk: InstallDesk

    /// Carries a command out.
    ///
    /// - Returns: nil for the words of another command.
    func answer(_ words: [String]) throws(CommandFailure) -> String? {
        switch (words.first, words.count) {
        case ("list", 1): try hosts()
        case ("list", 2) where words[1] == "new": try newcomers().map(\.line).joined(separator: "\n")
        case ("adopt", 3): try adopt(words[1], as: words[2])
        case ("protect", 2): try protect(words[1], true)
        case ("unprotect", 2): try protect(words[1], false)
        case ("release", 2): try release(words[1])
        case ("forget-host", 2): try forget(words[1])
        default: nil
        }
    }

    private func hosts() throws(CommandFailure) -> String {
        let named = context.catalog.current.machines.all.map(FleetHost.init)
        let names = Set(named.map(\.name))
        let known = try look { () throws(InventoryError) in try inventory.hosts() }
        let isProtected = Set(known.filter(\.isProtected).map(\.name))
        let all = named + known.filter { !names.contains($0.name) }
        let members = try look { () throws(InventoryError) in try inventory.plan(all) }
        return members.map { member in
            let cards = member.host.hardware.map { "\($0)" }.joined(separator: " ")
            let marks = [
                names.contains(member.host.name) ? "of the settings" : nil,
                isProtected.contains(member.host.name) ? "protected" : nil,
                member.last.map { "install \($0.rawValue)" },
            ]
            return "\(member.host.name) (\(cards)) " + marks.compactMap(\.self).joined(separator: ", ")
        }.joined(separator: "\n")
    }

    private func newcomers() throws(CommandFailure) -> [Newcomer] {
        let machines = context.catalog.current.machines
        return try look { () throws(InventoryError) in try inventory.newcomers() }.filter { newcomer in
            newcomer.conflict != nil || machines[newcomer.card] == nil
        }
    }

    private func adopt(_ what: String, as name: String) throws(CommandFailure) -> String {
        guard Self.isName(name) else {
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
        if let named = context.catalog.current.machines.all.first(where: { $0.name == name }),
            !named.hardware.contains(newcomer.card)
        {
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

    /// RFC 1123 §2.1; also because loaders are told names in scripts.
    private static func isName(_ name: String) -> Bool {
        let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")
        return !name.isEmpty && name.count <= 253 && name.allSatisfy(letters.contains) && name.first != "-"
    }

    /// The machines that are meant by a card or by three words.
    private func candidates(_ what: String) throws(CommandFailure) -> [Newcomer] {
        let all = try newcomers()
        if let card = MACAddress(what) { return all.filter { $0.card == card } }
        do throws(MachineWords.Fault) {
            let words = try MachineWords(parsing: what)
            return all.filter { $0.words == words }
        } catch {
            throw CommandFailure("\(what) is no card, and no three words of a machine: \(error)")
        }
    }

    private func release(_ name: String) throws(CommandFailure) -> String {
        let state = try look { () throws(InventoryError) in try inventory.release(name, now: Clock.wallMilliseconds) }
        desk.catchUp()
        switch state {
        case nil: throw CommandFailure("\(name) has no install")
        case .installing: throw CommandFailure("\(name) is being installed, and cannot be called back")
        case .armed, .claimed, .fetching: return "\(name) will not be installed, and boots as ever"
        case .done, .failed, .expired, .cancelled: return "\(name) boots as ever"
        }
    }

    private func forget(_ name: String) throws(CommandFailure) -> String {
        if let state = try look({ () throws(InventoryError) in try inventory.forget(host: name) }) {
            throw CommandFailure("the install of \(name) is not over: it is \(state.rawValue)")
        }
        desk.catchUp()
        return "\(name) is forgotten"
    }

    private func protect(_ name: String, _ isProtected: Bool) throws(CommandFailure) -> String {
        // A machine of the settings may not have been written down yet.
        if let named = context.catalog.current.machines.all.first(where: { $0.name == name }) {
            try look { () throws(InventoryError) in try inventory.keep(FleetHost(named)) }
        }
        guard try look({ () throws(InventoryError) in try inventory.protect(name, isProtected) }) else {
            throw CommandFailure("there is no host \(name)")
        }
        return isProtected ? "\(name) is never installed from now on" : "\(name) may be installed again"
    }
}

extension Newcomer {
    fileprivate var line: String {
        let what = [machine.architecture.map { "\($0)" }, machine.lastAddress.map { "\($0)" }]
        let facts = ([card.description] + what.compactMap(\.self)).joined(separator: ", ")
        let why = conflict.map { "\n    \($0.code): \($0.cause)\n    \($0.cure)" } ?? ""
        return "\(words) (\(facts))\(why)"
    }
}
