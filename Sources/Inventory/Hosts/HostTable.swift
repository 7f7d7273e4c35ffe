import BootPolicy
import Fleet
import Foundation
import GRDB
import Wire

/// The hosts inside one transaction.
struct HostTable {
    let database: Database

    func id(of name: String) throws -> Int64? {
        try Int64.fetchOne(database.cachedStatement(sql: "SELECT id FROM host WHERE name = ?"), arguments: [name])
    }

    func isProtected(_ name: String) throws -> Bool {
        let statement = try database.cachedStatement(sql: "SELECT is_protected FROM host WHERE name = ?")
        return try Bool.fetchOne(statement, arguments: [name]) ?? false
    }

    /// What a rollout would do to a host.
    func member(_ host: NamedMachine) throws -> RolloutMember {
        let sql = """
            SELECT lease.state, is_protected FROM host LEFT JOIN lease ON lease.host_id = host.id
            WHERE host.name = ? ORDER BY lease.id DESC LIMIT 1
            """
        let row = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [host.name])
        let last = (row?[0] as String?).flatMap(Lease.State.init)
        let isProtected = host.isProtected || row?[1] as Bool? == true
        return RolloutMember(host: host, obstacle: try obstacle(host, last, isProtected), last: last)
    }

    private func obstacle(
        _ host: NamedMachine, _ last: Lease.State?, _ isProtected: Bool
    ) throws -> RolloutMember.Obstacle? {
        if isProtected { return .protected }
        if let last, !last.isOver { return .underWay(last) }
        if host.hardware.isEmpty { return .noCard }
        for card in host.hardware {
            if let owner = try owner(of: card), owner != host.name { return .sharesCard(card, with: owner) }
        }
        return nil
    }

    func owner(of card: MACAddress) throws -> String? {
        let sql = "SELECT name FROM host JOIN host_card ON host_id = host.id WHERE mac = ?"
        return try String.fetchOne(database.cachedStatement(sql: sql), arguments: [card.description])
    }

    /// A host by its name.
    func host(_ name: String) throws -> NamedMachine? {
        let statement = try database.cachedStatement(sql: "SELECT * FROM host WHERE name = ?")
        guard let row = try Row.fetchOne(statement, arguments: [name]) else { return nil }
        let cards = try String.fetchAll(
            database.cachedStatement(sql: "SELECT mac FROM host_card WHERE host_id = ?"), arguments: [row["id"]])
        return NamedMachine(row, cards: cards)
    }

    /// Writes a host down as it is known now; a UUID or serial number that is known stays until there is another.
    ///
    /// - Returns: its number.
    func keep(_ host: NamedMachine) throws -> Int64 {
        try database.cachedStatement(
            sql: """
                INSERT INTO host (name, uuid, serial, target, groups, tags, variables, note, is_protected)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET uuid = coalesce(excluded.uuid, uuid),
                    serial = coalesce(excluded.serial, serial), target = excluded.target, groups = excluded.groups,
                    tags = excluded.tags, variables = excluded.variables, note = excluded.note,
                    is_protected = is_protected OR excluded.is_protected
                """
        ).execute(arguments: [
            host.name, host.uuid?.eitherOrder.description, host.serial, host.target, HostJSON.text(host.groups),
            HostJSON.text(host.tags), HostJSON.text(host.variables), host.note, host.isProtected,
        ])
        guard let id = try id(of: host.name) else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
        try dropCards(of: id)
        for card in Set(host.hardware) {
            try database.cachedStatement(sql: "INSERT INTO host_card (mac, host_id) VALUES (?, ?)").execute(
                arguments: [card.description, id])
        }
        return id
    }

    func drop(_ card: MACAddress) throws {
        try database.cachedStatement(sql: "DELETE FROM host_card WHERE mac = ?").execute(arguments: [card.description])
    }

    func dropCards(of id: Int64) throws {
        try database.cachedStatement(sql: "DELETE FROM host_card WHERE host_id = ?").execute(arguments: [id])
    }
}

extension NamedMachine {
    init(_ row: Row, cards: [String]) {
        self.init(
            name: row["name"], hardware: cards.compactMap(MACAddress.init),
            uuid: (row["uuid"] as String?).flatMap(MachineUUID.init), serial: row["serial"], target: row["target"],
            variables: HostJSON.value(of: row["variables"]) ?? [:])
        groups = HostJSON.value(of: row["groups"]) ?? []
        tags = HostJSON.value(of: row["tags"]) ?? []
        note = row["note"]
        isProtected = row["is_protected"]
    }
}

/// Lists and variables of hosts as columns hold them.
private enum HostJSON {
    /// Most hosts have none, and a hundred thousand of them are read at once.
    private static let empty: Set = ["[]", "{}"]

    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts, lists of such and flags can always be encoded.
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    static func value<Value: Decodable>(of text: String) -> Value? {
        empty.contains(text) ? nil : try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}

extension VariableValue: Codable {
    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try value.decode([String].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .list(let texts): try container.encode(texts)
        case .flag(let flag): try container.encode(flag)
        }
    }
}
