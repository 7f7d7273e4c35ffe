import BootPolicy
import GRDB
import Wire

/// Turns events into rows, inside one transaction.
struct Recorder {
    let database: Database

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
        var seen: Set<MACAddress> = []
        return try events.compactMap { event in
            let card: MACAddress? =
                switch event {
                case .answered(let client, _, _, _), .refused(let client, _, _): client.hardware.mac
                default: nil
                }
            guard let card, seen.insert(card).inserted, try known(ClientHardware(card)) == nil else { return nil }
            return card
        }
    }

    /// Rows that go at a time, as a rule: nobody shall wait long for the disk because the operator has changed his mind of how
    /// much is kept.
    private static let step = 1000

    /// Drops what is too old to keep, or too much.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - written: rows that were just added at most; more than those go, so that a storm does not fill the disk.
    func prune(_ limits: Inventory.Limits, now: Int64, written: Int) throws {
        let step = max(Self.step, 2 * written)
        try execute(
            """
            DELETE FROM event WHERE id IN (
                SELECT id FROM event WHERE id <= (SELECT max(id) FROM event) - ? ORDER BY id LIMIT ?)
            """, [limits.events, step])
        if let age = limits.age {
            try execute(
                "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE time < ? ORDER BY time LIMIT ?)",
                [now - age, step])
        }
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
            try note(client, of: id)
            return id
        case .refused(let client, _, _):
            let id = try see(client, at: time, isBoot: false)
            try note(client, of: id)
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
            .mirrored, .hook:
            return nil
        case .unheard(let request):
            return try see(IPAddress(request.client), at: time)
        case .stuck(let stuck):
            return try known(stuck.hardware)
        case .install(let event):
            return try lastSeen(ofHost: event.host)
        case .fleet(let event):
            return try event.host.flatMap { try lastSeen(ofHost: $0) }
                ?? event.cards.first.flatMap { try known(ClientHardware($0)) }
        }
    }

    /// The machine behind a host's name: of its cards the one that was seen last.
    private func lastSeen(ofHost name: String) throws -> Int64? {
        let sql = """
            SELECT machine.id FROM host JOIN host_card ON host_id = host.id JOIN machine ON machine.mac = host_card.mac
            WHERE host.name = ? ORDER BY last_seen DESC LIMIT 1
            """
        return try fetchID(sql, [name])
    }

    /// A DHCP message of a machine. One that shows no hardware address at all cannot be told from the next.
    private func see(_ client: BootClient, at time: Int64, isBoot: Bool) throws -> Int64? {
        guard client.hardware.length > 0 else { return nil }
        try execute(
            """
            INSERT INTO machine
                (mac, uuid, architecture, fingerprint, vendor_class, first_seen, last_seen, last_stage, last_boot, boots)
            VALUES (
                :mac, :uuid, :architecture, :fingerprint, :class, :time, :time, :stage, iif(:boot, :time, NULL), :boot)
            ON CONFLICT (mac) DO UPDATE SET
                fingerprint = coalesce(excluded.fingerprint, fingerprint),
                vendor_class = coalesce(excluded.vendor_class, vendor_class),
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
                "fingerprint": client.stage == .firmware ? client.fingerprint.description : nil,
                "class": client.stage == .firmware ? client.vendorClass.array.plainText : nil, "time": time,
                "stage": client.stage.description, "boot": isBoot, "oneBoot": BootSighting.longestPause,
            ])
        let id = try known(client.hardware)
        if let id, let card = client.hardware.mac {
            try SightingTable(database: database).note(BootSighting(client, at: time), of: card, machine: id)
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

    /// Notes where a client is. What it sends with an address of its own goes past the relay.
    private func note(_ client: BootClient, of id: Int64?) throws {
        try note(client.address, of: id, hardware: client.hardware)
        guard let id, client.address.isAny else { return }
        func said(_ suboption: UInt8) -> String? {
            client.relayInformation?.suboption(suboption).flatMap(RelayIdentifier.init)?.description
        }
        try execute(
            "UPDATE machine SET interface = ?, relay = ?, circuit = ?, remote = ? WHERE id = ?",
            [
                client.interfaceName.isEmpty ? nil : client.interfaceName,
                client.relay.isAny ? nil : client.relay.description, said(RelayOption.circuit),
                said(RelayOption.remote), id,
            ])
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
