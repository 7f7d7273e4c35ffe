import BootPolicy
import Wire

/// What a machine hears in answer to its DHCP messages.
enum DHCPHearing {
    /// An OFFER or an ACK.
    case told(ObservedOffer)
    /// A NAK: the address is not for it (RFC 2131 §3.1).
    case refused(transaction: UInt32)

    var transaction: UInt32 {
        switch self {
        case .told(let offer): offer.transaction
        case .refused(let transaction): transaction
        }
    }
}

/// One round of DHCP, as firmware and as iPXE go through it: an address from whoever gives one out, and what to boot from
/// whoever says so. Without socket or clock.
///
/// Unlike EDK2 it does not wait for the end of a slot when it has heard all it needs: that would spread a storm.
struct BootRound {
    enum Step: Equatable {
        case nothing
        /// To everybody, from port 68.
        case broadcast(ClientRequest)
        /// To port 4011 of a boot service, from the address that was leased.
        case askBootService(IPv4Address, ClientRequest)
        case done(Told)
        case failed(String)
    }

    /// What the round was for.
    struct Told: Equatable {
        var address: IPv4Address
        /// Where the file is fetched, unless it is a URL.
        var server: IPv4Address
        var file: String
    }

    private enum Phase {
        case discovering
        case requesting
        case askingBootService
        case over
    }

    private(set) var deadline = Instant.never
    private var phase = Phase.discovering
    private var request: ClientRequest
    private var tries = 0
    private var chance: Chance
    private var lease: ObservedOffer?
    private var boot: ObservedOffer?

    /// Seconds between repetitions: of firmware (PXE 2.1 §2.2.3), of iPXE (src/config/dhcp.h), and of EDK2 on port 4011.
    private static let firmware: [Int64] = [4, 8, 16, 32]
    private static let ipxe: [Int64] = [1, 2, 4, 8]
    private static let bootService: [Int64] = [1, 2, 3, 4]

    /// - Parameter transaction: `xid`, another one for each round.
    init(_ kind: FirmwareModel, hardware: MACAddress, machine: MachineUUID, transaction: UInt32) {
        request = ClientRequest(kind, .discover, hardware: hardware, machine: machine, transaction: transaction)
        chance = Chance(seed: UInt64(transaction))
    }

    private var isIPXE: Bool { request.kind == .ipxeBIOS || request.kind == .ipxeUEFI }

    private var slots: [Int64] {
        if phase == .askingBootService { return Self.bootService }
        return isIPXE ? Self.ipxe : Self.firmware
    }

    mutating func begin(now: Instant) -> Step { ask(now) }

    mutating func receive(_ hearing: DHCPHearing, now: Instant) -> Step {
        guard hearing.transaction == request.transaction else { return .nothing }
        switch (phase, hearing) {
        case (.discovering, .told(let offer)) where offer.type == .offer: return consider(offer, now)
        case (.requesting, .told(let offer)) where offer.type == .acknowledge && !offer.isBootService:
            guard offer.address == lease?.address else { return .nothing }
            return leased(now)
        case (.requesting, .refused):
            (lease, boot, phase) = (nil, nil, .discovering)
            request.type = .discover
            (request.requestedAddress, request.server) = (nil, nil)
            return enter(.discovering, now)
        case (.askingBootService, .told(let answer)) where answer.isBootService:
            guard let file = answer.fileByOption, let lease else { return .nothing }
            return finish(Told(address: lease.address, server: answer.nextServerOrIdentifier, file: file))
        default: return .nothing
        }
    }

    /// `deadline` has come.
    mutating func expire(now: Instant) -> Step {
        guard phase != .over, now >= deadline else { return .nothing }
        guard tries >= slots.count else { return ask(now) }
        let why =
            switch phase {
            case .discovering where lease == nil:
                boot == nil ? "nobody answered DHCP" : "no DHCP server offered an address"
            case .discovering: "nobody offered a boot"
            case .requesting: "the DHCP server did not acknowledge"
            case .askingBootService, .over: "port 4011 was silent"
            }
        phase = .over
        deadline = .never
        return .failed(why)
    }

    private mutating func consider(_ offer: ObservedOffer, _ now: Instant) -> Step {
        if !offer.isProxy, lease == nil { lease = offer }
        if offer.clientClass == .pxe, boot == nil, !isIPXE || offer.fileByHeader != nil { boot = offer }
        guard let lease, boot != nil else { return .nothing }
        request.type = .request
        request.requestedAddress = lease.address
        request.server = lease.serverIdentifier
        return enter(.requesting, now)
    }

    private mutating func leased(_ now: Instant) -> Step {
        guard let lease, let boot else { return .nothing }
        let isUEFI = request.kind == .edk2
        // UEFI takes a file from an OFFER only with PXE options beside it; a ROM takes any (EDK2Model, ROMModel).
        if let file = boot.fileByHeader, !isUEFI || boot.vendor.isPXE10 {
            return finish(Told(address: lease.address, server: boot.nextServerOrIdentifier, file: file))
        }
        request.clientAddress = lease.address
        (request.requestedAddress, request.server) = (nil, nil)
        return enter(.askingBootService, now)
    }

    private mutating func enter(_ phase: Phase, _ now: Instant) -> Step {
        self.phase = phase
        tries = 0
        return ask(now)
    }

    private mutating func ask(_ now: Instant) -> Step {
        // RFC 2131 §4.1: a second more or less, so that those who asked at once do not ask at once again.
        let slot = TimeSpan.seconds(slots[tries])
        let spread = Double(min(slot / 4, .seconds(1)).nanoseconds)
        deadline = now + slot + TimeSpan(nanoseconds: Int64(spread * (2 * chance.part() - 1)))
        tries += 1
        guard phase == .askingBootService, let boot else { return .broadcast(request) }
        return .askBootService(boot.nextServerOrIdentifier, request)
    }

    private mutating func finish(_ told: Told) -> Step {
        phase = .over
        deadline = .never
        return .done(told)
    }
}
