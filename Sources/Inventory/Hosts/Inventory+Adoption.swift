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
    /// - Parameter limit: how many machines are looked at.
    package func newcomers(limit: Int = 1000) throws(InventoryError) -> [Newcomer] {
        try perform {
            try database.read { database in
                let sql = Machine.all + " ORDER BY last_seen DESC, id DESC LIMIT ?"
                return try Row.fetchAll(database, sql: sql, arguments: [limit]).map(Machine.init).compactMap {
                    try Newcomer($0, database)
                }
            }
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
    /// - Returns: the state that it was in, `installing` when nothing was changed; nil for a host without an install.
    package func release(_ name: String, now: Moment) throws(InventoryError) -> Lease.State? {
        try write(now: now) { ledger in
            let sql = LeaseRow.all + " WHERE host.name = ? ORDER BY lease.id DESC LIMIT 1"
            guard let row = try Row.fetchOne(ledger.database, sql: sql, arguments: [name]).flatMap(LeaseRow.init)
            else { return nil }
            var lease = row.lease
            if lease.cancel(now: now) { _ = try ledger.write(lease, over: row) }
            if row.lease.state != .installing {
                try ledger.database.execute(sql: "UPDATE lease SET is_released = 1 WHERE id = ?", arguments: [row.id])
            }
            return row.lease.state
        }
    }

    /// Forgets a host and its installs; its machines are new again. What happened stays in the events.
    ///
    /// - Returns: why not: the state of an install that is not over; nil when it is forgotten, or was not there.
    package func forget(host name: String) throws(InventoryError) -> Lease.State? {
        try write(now: 0) { ledger in
            let table = HostTable(database: ledger.database)
            guard let host = try table.host(name), let id = try table.id(of: name) else { return nil }
            if let state = try table.member(host).last, !state.isOver { return state }
            try ledger.database.execute(sql: "DELETE FROM lease WHERE host_id = ?", arguments: [id])
            try ledger.database.execute(sql: "DELETE FROM host WHERE id = ?", arguments: [id])
            return nil
        }
    }

    /// Writes a host down as it is known now.
    package func keep(_ host: NamedMachine) throws(InventoryError) {
        try write(now: 0) { _ = try HostTable(database: $0.database).keep(host) }
    }

    /// Whether a host may be installed at all.
    ///
    /// - Returns: whether there is such a host.
    package func protect(_ name: String, _ isProtected: Bool) throws(InventoryError) -> Bool {
        try perform {
            try database.write { database in
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
