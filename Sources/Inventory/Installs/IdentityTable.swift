import Fleet
import GRDB
import Wire

/// Who a machine is, by what was seen of it, inside one transaction: a few rows are read whatever the fleet's size.
struct IdentityTable {
    let database: Database

    /// What the card's machine shows, as it booted last.
    ///
    /// - Parameter uuid: what that boot showed, where it is known. If that tells nothing, what was written down last counts.
    func evidence(of card: MACAddress, showing uuid: MachineUUID? = nil) throws -> Evidence {
        let shown = Evidence(card: card, uuid: uuid)
        if shown.uuid != nil { return shown }
        let sql = """
            SELECT sighting.uuid FROM machine LEFT JOIN sighting ON machine_id = machine.id
            WHERE mac = ? ORDER BY last DESC LIMIT 1
            """
        let uuid = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [card.description])
            .flatMap { $0[0] as String? }.flatMap(MachineUUID.init)
        return Evidence(card: card, uuid: uuid)
    }

    func identify(_ evidence: Evidence) throws -> Identification {
        Identification.of(
            evidence, among: HostIndex(try hosts(near: evidence)), seenElsewhere: try history(of: evidence))
    }

    /// What the card's machine shows that no other one does: a clone's UUID on a record would make two hosts of one.
    func trusted(_ card: MACAddress) throws -> Evidence {
        let evidence = try evidence(of: card)
        return Identification.trusted(evidence, among: HostIndex(), seenElsewhere: try history(of: evidence))
    }

    /// The hosts that have anything to do with it.
    private func hosts(near evidence: Evidence) throws -> [KnownHost] {
        let sql = """
            SELECT id, name, uuid, serial FROM host
            WHERE id IN (SELECT host_id FROM host_card WHERE mac = :card)
                OR uuid = :uuid
                OR id IN (
                    SELECT host_id FROM sighting JOIN machine ON machine.id = machine_id
                        JOIN host_card ON host_card.mac = machine.mac
                    WHERE sighting.uuid = :uuid)
            """
        let rows = try Row.fetchAll(
            database.cachedStatement(sql: sql),
            arguments: ["card": evidence.card?.description, "uuid": evidence.uuid?.description])
        return try rows.map { row in
            let cards = try String.fetchAll(
                database.cachedStatement(sql: "SELECT mac FROM host_card WHERE host_id = ?"),
                arguments: [row[0] as Int64])
            return KnownHost(
                id: row[0], name: row[1], cards: cards.compactMap(MACAddress.init),
                uuid: (row[2] as String?).flatMap(MachineUUID.init), serial: row[3])
        }
    }

    /// What was seen with its card, and with its UUID, in the order in which it was.
    private func history(of evidence: Evidence) throws -> CardHistory {
        let sql = """
            SELECT mac, sighting.uuid, since, last FROM sighting JOIN machine ON machine.id = machine_id
            WHERE machine_id = (SELECT id FROM machine WHERE mac = :card) OR sighting.uuid = :uuid
            ORDER BY since, mac
            """
        var history = CardHistory(capacity: 64)
        let rows = try Row.fetchAll(
            database.cachedStatement(sql: sql),
            arguments: ["card": evidence.card?.description, "uuid": evidence.uuid?.description])
        for row in rows.suffix(64) {
            let seen = Evidence(
                card: MACAddress(row[0] as String), uuid: (row[1] as String?).flatMap(MachineUUID.init))
            let since: Moment = row[2]
            _ = history.note(seen, boot: since...max(since, row[3]))
        }
        return history
    }

    /// What a host shows that its record did not have goes on it: from then on it is told by that too.
    func learn(_ evidence: Evidence, host: Int64, news: Marks) throws {
        if news.contains(.uuid), let uuid = evidence.uuid {
            try database.cachedStatement(sql: "UPDATE host SET uuid = ? WHERE id = ? AND uuid IS NULL").execute(
                arguments: [uuid.description, host])
        }
    }
}
