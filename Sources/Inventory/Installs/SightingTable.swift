import BootPolicy
import Fleet
import GRDB
import Wire

/// Which UUIDs were shown with which card, inside one transaction: for the events of boots, and for installs, which do not wait
/// for those.
struct SightingTable {
    let database: Database

    /// Notes what a boot showed, if it tells machines apart. Of one that no event told of there is a row from then on.
    func note(_ boot: BootSighting, of card: MACAddress) throws {
        guard Evidence(card: card, uuid: boot.machine).uuid != nil else { return }
        try note(boot, of: card, machine: try id(of: card) ?? insert(boot, of: card))
    }

    /// Notes what a boot showed. What is known already is not written again: a machine that waits asks again and again.
    ///
    /// - Parameter id: that of the card's machine.
    func note(_ boot: BootSighting, of card: MACAddress, machine id: Int64) throws {
        guard let uuid = Evidence(card: card, uuid: boot.machine).uuid else { return }
        try database.cachedStatement(
            sql: """
                INSERT INTO sighting (machine_id, uuid, since, last) VALUES (:machine, :uuid, :since, :last)
                ON CONFLICT (machine_id, uuid) DO UPDATE SET
                    since = iif(:since - last > :pause, :since, min(since, :since)), last = max(last, :last)
                WHERE :last > last OR :since < since AND since - :last <= :pause
                """
        ).execute(arguments: [
            "machine": id, "uuid": uuid.description, "since": boot.since, "last": boot.last,
            "pause": BootSighting.longestPause,
        ])
        if database.changesCount > 0 { try prune(id) }
    }

    /// UUIDs that are kept of one card: against somebody who invents them, and more than enough to know a dongle by.
    private static let most = 16

    private func prune(_ id: Int64) throws {
        try database.cachedStatement(
            sql: """
                DELETE FROM sighting WHERE machine_id = :machine AND uuid NOT IN (
                    SELECT uuid FROM sighting WHERE machine_id = :machine ORDER BY last DESC LIMIT :most)
                """
        ).execute(arguments: ["machine": id, "most": Self.most])
    }

    private func id(of card: MACAddress) throws -> Int64? {
        let statement = try database.cachedStatement(sql: "SELECT id FROM machine WHERE mac = ?")
        return try Int64.fetchOne(statement, arguments: [card.description])
    }

    private func insert(_ boot: BootSighting, of card: MACAddress) throws -> Int64 {
        try database.cachedStatement(
            sql: """
                INSERT INTO machine (mac, uuid, architecture, first_seen, last_seen, last_stage) VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            card.description, boot.machine.flatMap { $0.isBlank ? nil : $0.description },
            boot.architecture.map { Int($0.rawValue) }, boot.since, boot.last, boot.stage.description,
        ])
        return database.lastInsertedRowID
    }
}

extension BootSighting {
    /// - Parameter row: a machine's architecture, stage, UUID, and when that was shown, behind two columns of others.
    /// - Returns: nil where no UUID was shown.
    init?(_ row: Row) {
        guard let uuid = (row[4] as String?).flatMap(MachineUUID.init) else { return nil }
        let architecture = (row[2] as Int?).flatMap(UInt16.init(exactly:)).map(ClientArchitecture.init)
        self.init(
            machine: uuid, architecture: architecture, stage: BootStage(row[3] as String) ?? .firmware, since: row[5],
            last: row[6])
    }
}
