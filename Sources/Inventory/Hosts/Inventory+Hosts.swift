package import BootPolicy
import Fleet
import GRDB
package import Wire

/// What becomes of one host that is edited.
package struct HostChange: Equatable, Sendable {
    /// Nil for a new one.
    package let before: NamedMachine?
    package let after: NamedMachine
    /// A card of it belongs to another host.
    package let conflict: CardConflict?

    package struct CardConflict: Equatable, Sendable {
        package let card: MACAddress
        package let owner: String
    }
}

extension Inventory {
    /// All hosts, in the order of their names.
    package func hosts() throws(InventoryError) -> [NamedMachine] {
        try perform {
            try database.read { database in
                let cards = try Self.texts(
                    of: "SELECT host.name, mac FROM host_card JOIN host ON host.id = host_id", database)
                return try Row.fetchAll(database, sql: "SELECT * FROM host ORDER BY name").map { row in
                    NamedMachine(row, cards: cards[row["name"], default: []])
                }
            }
        }
    }

    /// Changes hosts: all of them, or none.
    ///
    /// - Parameters:
    ///   - names: each once.
    ///   - isTrial: nothing is written in any case.
    ///   - change: what a host shall be, by its name and by what is known of it.
    ///   - approve: hears what would become of them, and whether it is written down.
    /// - Returns: what became of each, or would.
    package func edit(
        _ names: [String], isTrial: Bool = false, _ change: (String, NamedMachine?) -> NamedMachine,
        approve: ([HostChange]) -> Bool = { $0.allSatisfy { $0.conflict == nil } }
    ) throws(InventoryError) -> [HostChange] {
        if isTrial {
            let changes = try perform {
                try database.read { try HostTable(database: $0).changes(names, change) }
            }
            _ = approve(changes)
            return changes
        }
        return try write(now: 0) { ledger in
            let table = HostTable(database: ledger.database)
            let changes = try table.changes(names, change)
            guard approve(changes) else { return changes }
            let real = changes.filter { $0.before != $0.after }
            // A card may go from one of them to another.
            for change in real {
                if let id = try table.id(of: change.after.name) { try table.dropCards(of: id) }
            }
            for change in real { _ = try table.keep(change.after) }
            return changes
        }
    }
}

extension HostTable {
    fileprivate func changes(
        _ names: [String], _ change: (String, NamedMachine?) -> NamedMachine
    ) throws -> [HostChange] {
        let edited = Set(names)
        var owners: [MACAddress: String] = [:]
        return try names.map { name in
            let before = try host(name)
            let after = change(name, before).asKept
            var conflict: HostChange.CardConflict?
            for card in after.hardware {
                let known = try owner(of: card).flatMap { edited.contains($0) ? nil : $0 }
                if let owner = known ?? owners[card] { conflict = HostChange.CardConflict(card: card, owner: owner) }
                owners[card] = name
            }
            return HostChange(before: before, after: after, conflict: conflict)
        }
    }
}

extension NamedMachine {
    /// As it comes out of the inventory.
    var asKept: NamedMachine {
        var kept = self
        kept.uuid = uuid?.eitherOrder
        kept.hardware = Set(hardware).sorted { $0.value < $1.value }
        return kept
    }
}
