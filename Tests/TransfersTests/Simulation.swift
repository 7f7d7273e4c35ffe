import Support
import Transfers
import Wire

/// A session and a client model on two lossy links, under a virtual clock.
struct Simulation {
    struct Report: CustomStringConvertible {
        var ending: Ending?
        var elapsed = TimeSpan.zero
        var needed: Int64 = 0
        var statistics: TransferStatistics
        var client: ClientModel
        var optionAcks = 0
        var mostOutstanding: Int64 = 0

        /// DATA packets sent for each one needed.
        var overhead: Double { Double(statistics.blocksSent) / Double(needed) }
        var isGood: Bool { ending == .completed && client.isDone && !client.isCorrupt && client.received == needed }

        var description: String {
            "\(client.kind) W\(client.window): \(ending.map { "\($0)" } ?? "running"), \(elapsed.seconds) s, x\(overhead)"
        }
    }

    private enum Event {
        case toClient(ServerPacket)
        case read(ServerPacket)
        case toServer(UInt16)
        case clientTimer
    }

    var down: LossyLink
    var up: LossyLink
    /// What the client needs for one packet, and the packets its card holds meanwhile.
    var processing = TimeSpan.microseconds(8)
    var ring = 64
    /// Blocks the engine takes at a time.
    var batch = 16
    var longest = TimeSpan.seconds(2000)
    /// Once it is done the client answers nothing more.
    var leaves = false

    private var clock = VirtualClock<Event>()
    private var session: TFTPSession
    private var report: Report
    private var client: ClientModel
    private let blockSize: Int64
    private var busyUntil = Instant(nanoseconds: 0)
    private var queued = 0
    private var timerSet = Instant.never

    init(
        _ kind: ClientModel.Kind, window: Int, blocks: Int64, seed: UInt64 = 1, options: Bool = true,
        rollover: Rollover? = nil
    ) {
        let asked =
            options
            ? TransferOptions(blockSize: 1_428, windowSize: window > 1 ? window : nil, rollover: rollover)
            : TransferOptions()
        let limits = TransferLimits(windowSize: 256)
        let size = blocks * (options ? 1_428 : 512) - 1
        let negotiated = Negotiated(asked, limits: limits, size: size)
        session = TFTPSession(negotiated: negotiated, size: size, limits: limits, now: clock.now)
        client = ClientModel(kind, window: window, rollover: negotiated.rollover)
        blockSize = Int64(negotiated.blockSize)
        report = Report(needed: blocks, statistics: session.statistics, client: client)
        down = LossyLink(seed: seed &* 7919)
        up = LossyLink(seed: seed &* 104_729 &+ 1)
        up.wireTime = .microseconds(1)
    }

    /// Runs until the session ends, nothing is left to happen, or time is up.
    mutating func run() -> Report {
        let start = clock.now
        transmit()
        // A livelock fails the test instead of hanging it.
        var steps = 0
        while report.ending == nil, clock.now - start < longest, steps < 5_000_000 {
            steps += 1
            if session.deadline < clock.next {
                clock.advance(to: session.deadline)
                apply(session.expire(now: clock.now))
            } else if let event = clock.step() {
                handle(event)
            } else {
                break
            }
        }
        report.elapsed = clock.now - start
        report.statistics = session.statistics
        report.client = client
        return report
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .toServer(let number):
            apply(session.receive(acknowledge: BlockNumber(number), now: clock.now))
        case .toClient(let packet):
            guard queued < ring else { return }
            queued += 1
            busyUntil = max(busyUntil, clock.now) + processing
            clock.schedule(.read(packet), at: busyUntil)
        case .read(let packet):
            queued -= 1
            if leaves, client.isDone { return }
            answer(client.receive(packet, now: clock.now))
        case .clientTimer:
            timerSet = .never
            answer(client.expire(now: clock.now))
        }
    }

    private mutating func answer(_ number: UInt16?) {
        if let number {
            for arrival in up.carry(at: clock.now) { clock.schedule(.toServer(number), at: arrival) }
        }
        if client.deadline < timerSet {
            timerSet = client.deadline
            clock.schedule(.clientTimer, at: client.deadline)
        } else if client.deadline != .never, timerSet == .never {
            timerSet = client.deadline
            clock.schedule(.clientTimer, at: client.deadline)
        }
    }

    private mutating func apply(_ outcome: Outcome) {
        if case .finished(let ending) = outcome { report.ending = ending }
        transmit()
    }

    private mutating func transmit() {
        while let piece = session.nextTransmit(maxBlocks: batch, now: clock.now) {
            switch piece {
            case .optionAck:
                report.optionAcks += 1
                send(.optionAck)
            case .blocks(let first, let count):
                for block in first..<first + Int64(count) {
                    send(.data(block: block, isLast: block == report.needed))
                }
                let acknowledged = session.statistics.bytesAcknowledged / blockSize
                report.mostOutstanding = max(report.mostOutstanding, first + Int64(count) - 1 - acknowledged)
            }
        }
    }

    private mutating func send(_ packet: ServerPacket) {
        for arrival in down.carry(at: clock.now) { clock.schedule(.toClient(packet), at: arrival) }
    }
}
