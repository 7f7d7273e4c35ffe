package import BootPolicy
import GRDB
package import Wire

/// A machine that asked for a network boot at least once.
package struct Machine: Equatable, Sendable {
    package let id: Int64
    /// The hardware address as text: `52:54:00:…`, or type and octets for clients that have no Ethernet address.
    package let mac: String
    /// Option 97 as text.
    package let uuid: String?
    package let architecture: ClientArchitecture?
    /// The text of the `Fingerprint` that its firmware had last.
    package let fingerprint: String?
    /// Milliseconds since 1970.
    package let firstSeen: Int64
    /// Milliseconds since 1970.
    package let lastSeen: Int64
    /// The text of `BootStage`.
    package let lastStage: String
    /// The address that it was last seen with, unless another machine has it by now.
    package let lastAddress: IPv4Address?
    /// Boots that we answered; the repeated DISCOVERs of one boot count once.
    package let boots: Int
    /// Option 60 of its firmware: a text, or hexadecimal digits behind `0x` where it is none.
    package let vendorClass: String?
    /// Where it is.
    package let place: Place

    /// Where a machine's last message without an address of its own came from.
    package struct Place: Equatable, Sendable {
        /// The name of our interface.
        package let interface: String?
        /// Nil for a machine of the same network.
        package let relay: IPv4Address?
        /// Option 82.1 and 82.2 as `RelayIdentifier` writes them.
        package let circuit: String?
        package let remote: String?
    }
}

/// An event as it was written down.
package struct EventRow: Equatable, Sendable {
    /// Grows with every event.
    package let id: Int64
    /// Milliseconds since 1970.
    package let time: Int64
    /// The machine that it is about, as far as that is known.
    package let machineID: Int64?
    package let mac: String?
    /// A word for filters: `answered`, `refused`, `foreign-offer`, `transfer-started`, …
    package let kind: String
    /// One line for people, free of control characters.
    package let summary: String
    package let details: [String: String]
}

extension Machine {
    static let all = """
        SELECT id, mac, uuid, architecture, first_seen, last_seen, last_stage, last_address, boots, fingerprint,
            vendor_class, interface, relay, circuit, remote
        FROM machine
        """

    init(_ row: Row) {
        id = row[0]
        mac = row[1]
        uuid = row[2]
        architecture = (row[3] as Int?).flatMap(UInt16.init(exactly:)).map(ClientArchitecture.init)
        firstSeen = row[4]
        lastSeen = row[5]
        lastStage = row[6]
        lastAddress = (row[7] as String?).flatMap(IPv4Address.init)
        boots = row[8]
        fingerprint = row[9]
        vendorClass = row[10]
        place = Place(
            interface: row[11], relay: (row[12] as String?).flatMap(IPv4Address.init), circuit: row[13],
            remote: row[14])
    }
}

extension EventRow {
    static let all = """
        SELECT event.id, time, machine_id, mac, kind, summary, details
        FROM event LEFT JOIN machine ON machine.id = machine_id
        """

    init(_ row: Row) {
        id = row[0]
        time = row[1]
        machineID = row[2]
        mac = row[3]
        kind = row[4]
        summary = row[5]
        details = EventText.details(fromJSON: row[6])
    }
}
