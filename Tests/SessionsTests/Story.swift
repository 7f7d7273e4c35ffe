import BootPolicy
import Testing
import Wire

@testable import Sessions

/// Boots on a virtual clock, told event by event as the engines do.
struct Story {
    static let start: Int64 = 1_700_000_000_000
    static let us = IPv4Address(10, 0, 0, 2)
    static let router = IPv4Address(10, 0, 0, 1)
    static let other = IPv4Address(10, 0, 0, 9)

    var table: SessionTable
    var circumstances = Circumstances()
    let card: MACAddress
    let address: IPv4Address
    var hosts: [String: [MACAddress]] = [:]

    init(machine: UInt64 = 1, limits: SessionTable.Limits = .init()) {
        table = SessionTable(limits)
        card = MACAddress(0x52_54_00_00_00_00 + machine)
        address = IPv4Address(0x0A00_0100 + UInt32(machine))
    }

    var hardware: ClientHardware { ClientHardware(card) }
    var latest: BootSession? { table.boots(of: hardware).last }

    static func time(_ seconds: Double) -> Int64 { start + Int64(seconds * 1000) }

    mutating func hear(_ event: BootEvent, at seconds: Double) {
        let hosts = hosts
        table.hear(
            event, at: Self.time(seconds),
            SessionTable.Names(card: { _ in nil }, cards: { hosts[$0] ?? [] }))
    }

    func standing(at seconds: Double, progress: FetchProgress? = nil) throws -> Standing {
        table.standing(of: try #require(latest), at: Self.time(seconds), circumstances, progress: progress)
    }

    // MARK: DHCP

    func client(
        _ stage: BootStage = .firmware, waited: UInt16 = 0, architecture: UInt8 = 7, address: IPv4Address = .any
    ) throws -> BootClient {
        var bytes = [UInt8](repeating: 0, count: 236)
        bytes.replaceSubrange(0..<3, with: [1, 1, 6])
        bytes.replaceSubrange(8..<10, with: [UInt8(waited >> 8), UInt8(waited & 0xFF)])
        bytes.replaceSubrange(12..<16, with: address.octets)
        bytes.replaceSubrange(28..<34, with: card.octets)
        let kind = stage == .httpFirmware ? "HTTPClient" : "PXEClient"
        bytes += [99, 130, 83, 99, 53, 1, 1, 60, UInt8(kind.utf8.count)] + Array(kind.utf8) + [93, 2, 0, architecture]
        if stage == .foreignIPXE { bytes += [77, 4] + Array("iPXE".utf8) }
        if stage == .ownIPXE { bytes += [77, 9] + Array("pilotfish".utf8) }
        bytes.append(255)
        let message = try DHCPMessage(bytes.span.bytes)
        return BootClient(try ClientFacts.read(message).get(), interfaceName: "eth0")
    }

    /// It asks, and is offered a boot.
    mutating func offer(
        _ file: String = "snponly.efi", _ shape: ReplyShape = .binl, stage: BootStage = .firmware, waited: UInt16 = 0,
        architecture: UInt8 = 7, port: Arrival.Port = .dhcp, at seconds: Double
    ) throws {
        let client = try client(
            stage, waited: waited, architecture: architecture, address: port == .dhcp ? .any : address)
        var message = DHCPReply(
            kind: .offer, transaction: 1, hardware: hardware, serverIdentifier: Self.us)
        message.bootFile = file
        let reply = BootReply(message: message, route: .broadcast, shape: shape)
        hear(.answered(client, port: port, interface: 2, reply: reply), at: seconds)
    }

    mutating func refuse(_ reason: Refusal, at seconds: Double) throws {
        hear(.refused(try client(), interface: 2, reason: reason), at: seconds)
    }

    /// A DHCP server offers an address, and gives it.
    mutating func lease(at seconds: Double, isBootServer: Bool = false) {
        for type in [DHCPMessageType.offer, .acknowledge] {
            foreign(type, address, from: Self.router, isBootServer: isBootServer, at: seconds)
        }
    }

    mutating func foreign(
        _ type: DHCPMessageType, _ address: IPv4Address, from server: IPv4Address, isBootServer: Bool,
        at seconds: Double
    ) {
        let offer = ForeignOffer(
            hardware: hardware, type: type, server: server, address: address, isBootServer: isBootServer)
        hear(.foreignOffer(offer, interface: 2), at: seconds)
    }

    /// Asked, addressed, told on port 4011.
    mutating func told(_ file: String = "snponly.efi", architecture: UInt8 = 7, at seconds: Double) throws {
        try offer(file, architecture: architecture, at: seconds)
        lease(at: seconds + 0.1)
        try offer(file, architecture: architecture, port: .bootService, at: seconds + 0.2)
    }

    // MARK: Files

    private func facts(_ name: String, _ size: Int64) -> TransferFacts {
        TransferFacts(
            client: IPEndpoint(address: IPAddress(address), port: 2000), name: name, size: size, blockSize: 1000,
            windowSize: 4)
    }

    mutating func start(_ name: String, size: Int64 = 1000, at seconds: Double) {
        hear(.transferStarted(facts(name, size)), at: seconds)
    }

    mutating func end(
        _ name: String, _ outcome: TransferEnding.Outcome = .completed, octets: Int64 = 1000, again: Int64 = 0,
        at seconds: Double
    ) {
        let ending = TransferEnding(
            outcome: outcome, bytes: octets, duration: .milliseconds(100), retransmitted: again)
        hear(.transferEnded(facts(name, octets), ending), at: seconds)
    }

    mutating func refuse(_ name: String, _ reason: TransferRefusal, at seconds: Double) {
        let client = IPEndpoint(address: IPAddress(address), port: 2000)
        hear(.transferRefused(client: client, name: name, reason: reason), at: seconds)
    }

    mutating func get(
        _ path: String, status: Int = 200, octets: Int64 = 1000, isComplete: Bool = true, isHead: Bool = false,
        at seconds: Double
    ) {
        hear(
            .downloadEnded(
                DownloadFacts(
                    client: IPEndpoint(address: IPAddress(address), port: 3000), path: path, status: status,
                    bytes: octets,
                    duration: .milliseconds(10), isComplete: isComplete, isHead: isHead)), at: seconds)
    }

    mutating func install(_ state: String, reason: String = "", at seconds: Double) {
        hear(
            .install(
                InstallEvent(
                    host: "web1", rollout: 1, target: "debian", from: "", to: state, attempt: 1, reason: reason)),
            at: seconds)
    }

    /// Loader, iPXE, script, kernel and initrd, in ten seconds.
    mutating func bootWhole(at seconds: Double) throws {
        try told(at: seconds)
        start("snponly.efi", at: seconds + 1)
        end("snponly.efi", at: seconds + 2)
        try offer("http://10.0.0.2/boot.ipxe", .direct, stage: .foreignIPXE, at: seconds + 4)
        lease(at: seconds + 4.1)
        get("/boot.ipxe", at: seconds + 5)
        get("/debian/vmlinuz", octets: 5000, at: seconds + 7)
        get("/debian/initrd.img", octets: 9000, at: seconds + 9)
    }
}
