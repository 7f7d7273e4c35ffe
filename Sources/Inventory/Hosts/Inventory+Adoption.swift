package import BootPolicy
package import Fleet
import GRDB
package import Wire

/// A machine that belongs to no host, or that nobody knows for sure.
package struct Newcomer: Sendable {
    package let machine: Machine
    package let card: MACAddress
    /// Why it is not known for sure; nil for one that is simply new.
    package let conflict: Conflict?
    /// What its screen shows.
    package let words: MachineWords
}

/// What became of a wish to adopt a machine.
package enum Adoption: Equatable, Sendable {
    /// With these cards now.
    case adopted(cards: [MACAddress], isNewHost: Bool)
    /// The card belongs to another host, and was not taken from it.
    case belongs(to: String)
    /// An install of that host is under way.
    case underWay(Lease.State)
}

extension Inventory {
    /// The machines that the operator might adopt, those first that were seen last.
    ///
    /// - Parameter limit: the most of them.
    package func newcomers(limit: Int = 1000) throws(InventoryError) -> [Newcomer] {
        try perform {
            try database.read { database in
                let rows = try Row.fetchCursor(database, sql: Machine.all + " ORDER BY last_seen DESC, id DESC")
                var newcomers: [Newcomer] = []
                while newcomers.count < limit, let row = try rows.next() {
                    newcomers += try [Newcomer(Machine(row), database)].compactMap(\.self)
                }
                return newcomers
            }
        }
    }

    /// The machine of a card, if the operator might adopt it.
    package func newcomer(_ card: MACAddress) throws(InventoryError) -> Newcomer? {
        try perform { try database.read { try Newcomer(card, $0) } }
    }

    /// Makes the records of hosts say what the settings say of machines of their names, for those that have a record: which cards are
    /// theirs, and which are nobody else's any more. Whether they are protected is not written down: the settings say it, or do not.
    ///
    /// - Returns: whether any record said something else.
    package func align(_ machines: [NamedMachine]) throws(InventoryError) -> Bool {
        let stale = try perform {
            try database.read { database in
                let table = HostTable(database: database)
                return try machines.filter { machine in
                    guard let known = try table.host(machine.name) else { return false }
                    var said = machine.asKept
                    (said.uuid, said.serial) = (said.uuid ?? known.uuid, said.serial ?? known.serial)
                    said.isProtected = known.isProtected
                    return said != known
                }
            }
        }
        guard !stale.isEmpty else { return false }
        return try write(now: 0) { ledger in
            let table = HostTable(database: ledger.database)
            for var machine in stale {
                machine.isProtected = false
                for card in machine.hardware { try table.drop(card) }
                _ = try table.keep(machine)
            }
            return true
        }
    }

    /// Puts the machine that a card was seen in on a host's record: a new host, or one more card and the UUID that it shows for
    /// one that is there.
    package func adopt(_ card: MACAddress, as name: String, now: Moment) throws(InventoryError) -> Adoption {
        try write(now: now) { ledger in
            let table = HostTable(database: ledger.database)
            if let owner = try table.owner(of: card), owner != name { return .belongs(to: owner) }
            let known = try table.host(name)
            if let state = try known.flatMap({ try table.member($0).last }), state == .installing {
                return .underWay(state)
            }
            let evidence = try IdentityTable(database: ledger.database).trusted(card)
            var host = known ?? NamedMachine(name: name, hardware: [])
            if !host.hardware.contains(card) { host.hardware.append(card) }
            host.uuid = evidence.uuid ?? host.uuid
            _ = try table.keep(host)
            return .adopted(cards: host.hardware, isNewHost: known == nil)
        }
    }

    /// Ends what speaks for a host: an install that has not begun is taken back, one that is over is no longer what its machine
    /// boots by.
    ///
    /// - Returns: the state that it was in, `installing` when nothing was changed, and what changed; nil for a host without an install.
    package func release(
        _ name: String, now: Moment
    ) throws(InventoryError) -> (state: Lease.State, change: LeaseChange?)? {
        try write(now: now) { ledger in
            let sql = LeaseRow.all + " WHERE host.name = ? ORDER BY lease.id DESC LIMIT 1"
            guard let row = try Row.fetchOne(ledger.database, sql: sql, arguments: [name]).flatMap(LeaseRow.init)
            else { return nil }
            var lease = row.lease
            let change = lease.cancel(now: now) ? try ledger.write(lease, over: row) : nil
            if row.lease.state != .installing {
                try ledger.database.execute(sql: "UPDATE lease SET is_released = 1 WHERE id = ?", arguments: [row.id])
            }
            return (row.lease.state, change)
        }
    }

    /// What became of a wish to forget a host.
    package enum Farewell: Equatable, Sendable {
        case forgotten
        case unknown
        /// It is never installed, and that would be forgotten, too.
        case protected
        /// An install of it is not over.
        case underWay(Lease.State)
    }

    /// Forgets a host and its installs; its machines are new again. What happened stays in the events.
    package func forget(host name: String) throws(InventoryError) -> Farewell {
        try write(now: 0) { ledger in
            let table = HostTable(database: ledger.database)
            guard let host = try table.host(name), let id = try table.id(of: name) else { return .unknown }
            if host.isProtected { return .protected }
            if let state = try table.member(host).last, !state.isOver { return .underWay(state) }
            try ledger.database.execute(sql: "DELETE FROM lease WHERE host_id = ?", arguments: [id])
            try ledger.database.execute(sql: "DELETE FROM host WHERE id = ?", arguments: [id])
            return .forgotten
        }
    }

    /// Writes a host down as it is known now.
    package func keep(_ host: NamedMachine) throws(InventoryError) {
        try write(now: 0) { _ = try HostTable(database: $0.database).keep(host) }
    }

    /// Whether a host may be installed at all.
    ///
    /// - Parameter isNamed: the settings have a machine of that name, which may not have been written down yet.
    /// - Returns: whether there is such a host.
    package func protect(
        _ name: String, _ isProtected: Bool, isNamed: Bool = false
    ) throws(InventoryError) -> Bool {
        try perform {
            try database.write { database in
                if isNamed {
                    try database.execute(
                        sql: "INSERT INTO host (name) VALUES (?) ON CONFLICT DO NOTHING", arguments: [name])
                }
                try database.execute(
                    sql: "UPDATE host SET is_protected = ? WHERE name = ?", arguments: [isProtected, name])
                return database.changesCount > 0
            }
        }
    }
}

extension Newcomer {
    /// - Returns: nil for a machine that is known for sure to be a host.
    fileprivate init?(_ machine: Machine, _ database: Database) throws {
        guard let card = MACAddress(machine.mac) else { return nil }
        let identities = IdentityTable(database: database)
        switch try identities.identify(try identities.evidence(of: card)) {
        case .host: return nil
        case .unknown: self.init(machine, card, nil)
        case .conflict(let conflict): self.init(machine, card, conflict)
        }
    }

    /// - Returns: nil for a card that was never seen, and as above.
    init?(_ card: MACAddress, _ database: Database) throws {
        let sql = Machine.all + " WHERE mac = ?"
        guard let row = try Row.fetchOne(database, sql: sql, arguments: [card.description]) else { return nil }
        try self.init(Machine(row), database)
    }

    /// - Returns: nil for a machine whose card is nobody's.
    fileprivate init?(_ machine: Machine, _ card: MACAddress, _ conflict: Conflict?) {
        guard let words = MachineWords(of: Evidence(card: card)) else { return nil }
        self.machine = machine
        self.card = card
        self.conflict = conflict
        self.words = words
    }
}
