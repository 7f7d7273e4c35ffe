import BootPolicy
import Fleet
import GRDB
import Wire

/// Turns events into rows, inside one transaction.
struct Recorder {
    let database: Database

    /// Milliseconds. ROMs repeat the DISCOVER of one boot after 4, 8, 16 and 32 seconds, so never more than a minute later.
    private static let oneBoot: Int64 = 60_000

    func record(_ event: BootEvent, at time: Int64) throws {
        let machine = try machine(of: event, at: time)
        guard isWorthARow(event, machine: machine) else { return }
        let text = EventText(event)
        try execute(
            "INSERT INTO event (time, machine_id, kind, summary, details) VALUES (?, ?, ?, ?, ?)",
            [time, machine, text.kind, text.summary, text.detailsAsJSON])
    }

    /// The cards that these events are the first to tell of, each once.
    func newCards(of events: [BootEvent]) throws -> [MACAddress] {
        var new: [MACAddress] = []
        for event in events {
            let card: MACAddress? =
                switch event {
                case .answered(let client, _, _, _), .refused(let client, _, _): client.hardware.mac
                default: nil
                }
            guard let card, !new.contains(card), try known(ClientHardware(card)) == nil else { continue }
            new.append(card)
        }
        return new
    }

    /// Drops what is too old to keep.
    func prune(_ limits: Inventory.Limits) throws {
        try execute("DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?", [limits.events])
        try execute(
            "DELETE FROM machine WHERE id IN (SELECT id FROM machine ORDER BY last_seen DESC, id DESC LIMIT -1 OFFSET ?)",
            [limits.machines])
    }

    /// Everybody's leases would fill the table; what counts are our machines', and rivals of ours.
    private func isWorthARow(_ event: BootEvent, machine: Int64?) -> Bool {
        guard case .foreignOffer(let offer, _) = event else { return true }
        return machine != nil || offer.isBootServer
    }

    /// Finds the machine that an event is about and notes what the event tells of it.
    private func machine(of event: BootEvent, at time: Int64) throws -> Int64? {
        switch event {
        case .answered(let client, let port, _, _):
            let id = try see(client, at: time, isBoot: port == .dhcp && client.stage.isFirmware)
            try note(client.address, of: id, hardware: client.hardware)
            return id
        case .refused(let client, _, _):
            let id = try see(client, at: time, isBoot: false)
            try note(client.address, of: id, hardware: client.hardware)
            return id
        case .foreignOffer(let offer, _):
            let id = try known(offer.hardware)
            try note(offer.address, of: id, hardware: offer.hardware)
            return id
        case .transferStarted(let transfer), .transferEnded(let transfer, _):
            return try see(transfer.client.address, at: time)
        case .transferRefused(let client, _, _):
            return try see(client.address, at: time)
        case .downloadEnded(let download):
            return try see(download.client.address, at: time)
        case .learned(let lesson):
            try learn(lesson, at: time)
            return try known(lesson.teacher)
        case .decided(let report):
            return try known(ClientHardware(report.question.hardware))
        case .found, .interfaceChanged, .notice, .untold, .untoldTransfers, .untoldDownloads, .untoldMirrored,
            .mirrored, .install, .fleet, .hook:
            return nil
        }
    }

    /// A DHCP message of a machine. One that shows no hardware address at all cannot be told from the next.
    private func see(_ client: BootClient, at time: Int64, isBoot: Bool) throws -> Int64? {
        guard client.hardware.length > 0 else { return nil }
        try execute(
            """
            INSERT INTO machine
                (mac, uuid, architecture, fingerprint, first_seen, last_seen, last_stage, last_boot, boots)
            VALUES (:mac, :uuid, :architecture, :fingerprint, :time, :time, :stage, iif(:boot, :time, NULL), :boot)
            ON CONFLICT (mac) DO UPDATE SET
                fingerprint = coalesce(excluded.fingerprint, fingerprint),
                uuid = coalesce(excluded.uuid, uuid),
                architecture = coalesce(excluded.architecture, architecture),
                last_seen = max(last_seen, :time),
                boots = boots + (:boot AND (last_boot IS NULL OR last_stage <> :stage OR :time - last_boot > :oneBoot)),
                last_boot = iif(:boot, :time, last_boot),
                last_stage = :stage
            """,
            [
                "mac": client.hardware.description,
                "uuid": client.machine.flatMap { $0.isBlank ? nil : $0.description },
                "architecture": client.architecture.map { Int($0.rawValue) },
                "fingerprint": client.stage == .firmware ? client.fingerprint.description : nil, "time": time,
                "stage": client.stage.description, "boot": isBoot, "oneBoot": Self.oneBoot,
            ])
        let id = try known(client.hardware)
        if let id, let uuid = Evidence(card: client.hardware.mac, uuid: client.machine).uuid {
            try execute(
                """
                INSERT INTO sighting (machine_id, uuid, since, last) VALUES (:machine, :uuid, :time, :time)
                ON CONFLICT (machine_id, uuid) DO UPDATE SET
                    since = iif(:time - last > :oneBoot, :time, since), last = max(last, :time)
                """,
                ["machine": id, "uuid": uuid.description, "time": time, "oneBoot": Self.oneBoot])
        }
        return id
    }

    /// A request by TFTP or HTTP, which shows an IP address only; one of IPv6 is no machine's that a lease was heard for.
    private func see(_ address: IPAddress, at time: Int64) throws -> Int64? {
        let id = try fetchID("SELECT id FROM machine WHERE last_address = ?", [address.description])
        if let id {
            try execute("UPDATE machine SET last_seen = max(last_seen, ?) WHERE id = ?", [time, id])
        }
        return id
    }

    /// Ties an IP address to a machine and unties it from every other, also when its new holder is none of ours.
    private func note(_ address: IPv4Address, of id: Int64?, hardware: ClientHardware) throws {
        guard address.isUnicast else { return }
        try execute(
            "UPDATE machine SET last_address = NULL WHERE last_address = ? AND mac <> ?",
            [address.description, hardware.description])
        guard let id else { return }
        try execute("UPDATE machine SET last_address = ? WHERE id = ?", [address.description, id])
    }

    private func known(_ hardware: ClientHardware) throws -> Int64? {
        try fetchID("SELECT id FROM machine WHERE mac = ?", [hardware.description])
    }

    private func fetchID(_ sql: String, _ arguments: StatementArguments) throws -> Int64? {
        try Int64.fetchOne(database.cachedStatement(sql: sql), arguments: arguments)
    }

    private func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
