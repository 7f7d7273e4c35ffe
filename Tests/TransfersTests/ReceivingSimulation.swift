import Support
import Transfers
import Wire

/// The real client machine and the real server machine on two lossy links, under a virtual clock; no kernel.
struct ReceivingSimulation {
    struct Report: CustomStringConvertible {
        var ending: Ending?
        var elapsed = TimeSpan.zero
        var server: TransferStatistics
        var client: ReceivingSession
        /// A block was handed over under another's number.
        var isCorrupt = false
        var needed: Int64

        /// Both sides agree that all of the file is there.
        var isGood: Bool {
            !isCorrupt && client.phase == .complete && client.blocks == needed && ending == .completed
        }
        /// DATA packets sent for each one needed.
        var overhead: Double { Double(server.blocksSent) / Double(needed) }

        var description: String {
            """
            client \(client.phase) with \(client.blocks) of \(needed) blocks, server \(ending.map { "\($0)" } ?? "runs"), \
            \(elapsed.seconds) s, x\(overhead), \(client.statistics)
            """
        }
    }

    private enum Event {
        case toClient(ServerPacket)
        case acknowledge(UInt16)
        case request
    }

    var down: LossyLink
    var up: LossyLink
    /// The client's last ACK is lost so many times.
    var lostEnds = 0
    private let habits: ClientHabits
    private var clock = VirtualClock<Event>()
    private var session: TFTPSession?
    private let size: Int64
    private let limits = TransferLimits(windowSize: 256)
    private var report: Report

    private static let serverPort: UInt16 = 40_000

    init(_ model: ReceivingModel, window: Int, blocks: Int64, seed: UInt64 = 1, options: Bool = true) {
        let asked =
            options ? TransferOptions(blockSize: 1_428, windowSize: window > 1 ? window : nil) : TransferOptions()
        habits = ClientHabits(model: model, asked: asked)
        size = blocks * (options ? 1_428 : 512) - 1
        report = Report(
            server: TransferStatistics(
                started: clock.now, bytesAcknowledged: 0, blocksSent: 0, blocksRetransmitted: 0),
            client: ReceivingSession(habits, now: clock.now), needed: blocks)
        down = LossyLink(seed: seed &* 7919)
        up = LossyLink(seed: seed &* 104_729 &+ 1)
        up.wireTime = .microseconds(1)
    }

    /// Runs until the server has ended, nothing is left to happen, or two thousand seconds have passed.
    mutating func run() -> Report {
        let start = clock.now
        send(.request)
        var steps = 0
        while report.ending == nil, clock.now - start < .seconds(2000), steps < 5_000_000 {
            steps += 1
            let server = session?.deadline ?? .never
            let client = report.client.deadline
            let next = min(server, client, clock.next)
            guard next != .never else { break }
            if next == clock.next, let event = clock.step() {
                handle(event)
            } else if next == client {
                clock.advance(to: client)
                send(report.client.expire(now: clock.now).answer)
            } else {
                clock.advance(to: server)
                let outcome = session?.expire(now: clock.now)
                apply(outcome)
            }
        }
        report.elapsed = clock.now - start
        if let session { report.server = session.statistics }
        return report
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .request:
            if session == nil {
                let negotiated = Negotiated(habits.asked, limits: limits, size: size)
                session = TFTPSession(negotiated: negotiated, size: size, limits: limits, now: clock.now)
                apply(.proceed)
            } else {
                apply(session?.repeatRequest(now: clock.now))
            }
        case .acknowledge(let number):
            apply(session?.receive(acknowledge: BlockNumber(number), now: clock.now))
        case .toClient(let packet): hear(packet)
        }
    }

    private mutating func hear(_ packet: ServerPacket) {
        switch packet {
        case .optionAck:
            guard let granted = session?.optionAck else { return }
            send(report.client.receive(granted: granted, isOdd: false, from: Self.serverPort, now: clock.now).answer)
        case .data(let block, let isLast):
            let count = Int(report.client.blockSize) - (isLast ? 1 : 0)
            let reaction = report.client.receive(
                BlockNumber(absolute: block, rollover: .toZero), count: count, from: Self.serverPort, now: clock.now)
            if reaction.meaning == .block || reaction.meaning == .lastBlock {
                if reaction.offset != (block - 1) * report.client.blockSize { report.isCorrupt = true }
            }
            if report.client.phase == .complete, lostEnds > 0 {
                lostEnds -= 1
                return
            }
            send(reaction.answer)
        }
    }

    private mutating func send(_ answer: Reaction.Answer) {
        let event: Event
        switch answer {
        case .request: event = .request
        case .acknowledge(let number): event = .acknowledge(number.rawValue)
        case .nothing, .error: return
        }
        for arrival in up.carry(at: clock.now) { clock.schedule(event, at: arrival) }
    }

    private mutating func apply(_ outcome: Outcome?) {
        if case .finished(let ending) = outcome { report.ending = ending }
        while let piece = session?.nextTransmit(maxBlocks: 16, now: clock.now) {
            switch piece {
            case .optionAck: arrive(.optionAck)
            case .blocks(let first, let count):
                for block in first..<first + Int64(count) {
                    arrive(.data(block: block, isLast: block == report.needed))
                }
            }
        }
    }

    private mutating func arrive(_ packet: ServerPacket) {
        for arrival in down.carry(at: clock.now) { clock.schedule(.toClient(packet), at: arrival) }
    }
}
