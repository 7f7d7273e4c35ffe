import Wire

/// A packet on its way to a client model: the absolute number rides along, so that a wrong block is noticed.
enum ServerPacket: Equatable {
    case optionAck
    case data(block: Int64, isLast: Bool)

    func number(_ rollover: Rollover) -> UInt16 {
        guard case .data(let block, _) = self else { return 0 }
        return BlockNumber(absolute: block, rollover: rollover).rawValue
    }
}

/// A TFTP client as far as a server can tell: what it answers to each packet, and what its own timer sends.
struct ClientModel {
    enum Kind: String, CaseIterable {
        /// RFC 1350: acknowledges what it expects and what it had before; repeats its last ACK after 1 s.
        case lockstep
        /// RFC 7440 §4: one ACK per window, one per gap; repeats its last ACK after 1 s.
        case rfc7440
        /// The same, but it reports a gap again in each flight that does not fill it.
        case patient
        /// Acknowledges the last good block for every block it did not expect; 4 s timer.
        case edk2
        /// Lockstep with a timer that starts at 250 ms and doubles.
        case ipxe
        /// Lockstep; acknowledges old blocks as they come, never repeats an ACK by itself.
        case grub
        /// Ignores old blocks, reports a gap once, and not at all from block 32,768 on; 5 s timer.
        case uboot
        /// Acknowledges each block, whatever window it was granted.
        case eager
        /// Acknowledges every second block.
        case second

    }

    let kind: Kind
    let window: Int
    let rollover: Rollover
    /// Blocks received in sequence; the content is right as long as `isCorrupt` is false.
    private(set) var received: Int64 = 0
    private(set) var isCorrupt = false
    private(set) var isDone = false
    /// Blocks that came although the client had them.
    private(set) var duplicates = 0
    /// OACKs that came after data.
    private(set) var lateOptionAcks = 0
    private(set) var deadline = Instant.never
    private var hasSpoken = false
    private var sinceAcknowledge = 0
    private var reportedGap: Int64 = -1
    private var lastUnexpected: UInt16 = 0
    private var interval = TimeSpan.zero

    init(_ kind: Kind, window: Int, rollover: Rollover) {
        self.kind = kind
        self.rollover = rollover
        self.window = window
        interval = firstInterval
    }

    private var firstInterval: TimeSpan {
        switch kind {
        case .lockstep, .rfc7440, .patient, .eager, .second: .seconds(1)
        case .edk2: .seconds(4)
        case .ipxe: .milliseconds(250)
        case .uboot: .seconds(5)
        case .grub: .zero
        }
    }

    /// The ACK numbers it sends in answer to a packet.
    mutating func receive(_ packet: ServerPacket, now: Instant) -> UInt16? {
        guard case .data(let block, let isLast) = packet else {
            if received > 0 { lateOptionAcks += 1 }
            return received > 0 ? nil : acknowledge(now)
        }
        if packet.number(rollover) == BlockNumber(absolute: received + 1, rollover: rollover).rawValue {
            if block != received + 1 { isCorrupt = true }
            return accept(isLast: isLast, now: now)
        }
        if block <= received { duplicates += 1 }
        return unexpected(packet.number(rollover), now: now)
    }

    /// The ACK its own timer repeats.
    mutating func expire(now: Instant) -> UInt16? {
        if isDone { deadline = .never }
        guard now >= deadline, hasSpoken, !isDone else { return nil }
        interval = kind == .ipxe ? interval * 2 : interval
        deadline = now + interval
        return BlockNumber(absolute: received, rollover: rollover).rawValue
    }

    private mutating func accept(isLast: Bool, now: Instant) -> UInt16? {
        received += 1
        sinceAcknowledge += 1
        reportedGap = -1
        interval = firstInterval
        if isLast { isDone = true }
        if isLast || sinceAcknowledge >= stride { return acknowledge(now) }
        if kind != .grub { deadline = now + interval }
        return nil
    }

    private var stride: Int {
        switch kind {
        case .lockstep, .ipxe, .grub, .eager: 1
        case .second: min(2, window)
        case .rfc7440, .patient, .edk2, .uboot: window
        }
    }

    private mutating func unexpected(_ number: UInt16, now: Instant) -> UInt16? {
        let isOld = Int16(bitPattern: number &- BlockNumber(absolute: received, rollover: rollover).rawValue) <= 0
        switch kind {
        case .edk2: return acknowledge(now)
        case .lockstep, .ipxe: return isOld ? acknowledge(now) : nil
        case .grub: return isOld ? number : nil
        case .uboot:
            if isOld || received & 0xFFFF >= 32_768 { return nil }
            return reportGap(now)
        case .patient:
            let isAhead = Int16(bitPattern: number &- lastUnexpected) > 0
            lastUnexpected = number
            if !isAhead { reportedGap = -1 }
            return reportGap(now)
        case .rfc7440, .eager, .second: return reportGap(now)
        }
    }

    private mutating func reportGap(_ now: Instant) -> UInt16? {
        guard reportedGap != received else { return nil }
        reportedGap = received
        return acknowledge(now)
    }

    private mutating func acknowledge(_ now: Instant) -> UInt16 {
        sinceAcknowledge = 0
        hasSpoken = true
        deadline = kind == .grub ? .never : now + interval
        return BlockNumber(absolute: received, rollover: rollover).rawValue
    }
}
