import Transfers
import Wire

/// A transfer: the octets say what was agreed on, then what the client, the clock and the kernel do, one after the other.
struct SessionFuzz {
    private var session: TFTPSession
    private var now = Instant(nanoseconds: 1_000_000_000)
    /// The last block of the file.
    private let last: Int64
    private var acknowledged: Int64 = 0
    private var hasEnded = false
    /// What was handed out since the last event, for a kernel that refuses it.
    private var handedOut: [Transmit] = []
    private var sprints = 0

    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        var choices = Choices(octets)
        var fuzz = SessionFuzz(&choices, &complaints)
        var steps = 0
        while !choices.isEmpty, steps < 500 {
            steps += 1
            fuzz.step(&choices, &complaints)
            fuzz.check(&complaints)
        }
        fuzz.fallSilent(&complaints)
    }

    private init(_ choices: inout Choices, _ complaints: inout Complaints) {
        let habits = choices.next()
        let windows = [nil, 1, 2, 4, 8, 16, 64, 65_535]
        let sizes: [Int64] = [0, 1, 511, 512, 513, 5000, 40_000, 1 << 33]
        let asked = TransferOptions(
            blockSize: habits & 1 == 0 ? nil : 8 + Int(choices.next()) * 8,
            transferSize: habits & 2 == 0 ? nil : 0,
            timeout: habits & 4 == 0 ? nil : Int(choices.next()) + 1,
            windowSize: windows[Int(choices.next() & 7)],
            rollover: habits & 8 == 0 ? nil : .toOne)
        let limits = TransferLimits(
            windowSize: 256, ignoresDuplicates: habits & 16 != 0, rollover: habits & 32 == 0 ? .toZero : .toOne)
        let size = sizes[Int(choices.next() & 7)] + Int64(choices.next())
        let negotiated = Negotiated(asked, limits: limits, size: size)
        session = TFTPSession(negotiated: negotiated, size: size, limits: limits, now: now)
        last = size / Int64(negotiated.blockSize) + 1
        complaints.demand(
            negotiated.windowSize <= min(asked.windowSize ?? 1, 256), "a window of \(negotiated.windowSize)")
    }

    private var window: Int64 { Int64(session.negotiated.windowSize) }

    private mutating func step(_ choices: inout Choices, _ complaints: inout Complaints) {
        let step = choices.next()
        switch step & 15 {
        case 0...2: send(atMost: Int(step >> 4) + 1, &complaints)
        case 3: now = now + .microseconds(Int64(choices.next()) << 4)
        case 4: now = now + .milliseconds(Int64(choices.next()) << 3)
        case 5: now = max(now, session.deadline == .never ? now : session.deadline)
        case 6, 7: note(session.expire(now: now), &complaints)
        case 8: note(session.repeatRequest(now: now), &complaints)
        case 9 where step >> 4 == 0: note(session.receiveError(code: UInt16(choices.next()), now: now), &complaints)
        case 10: refuse()
        case 11 where sprints < 2: sprint(flights: Int(choices.next()) * 16, &complaints)
        case 12: say(UInt16(choices.next()) << 8 | UInt16(choices.next()), &complaints)
        default: acknowledge(acknowledged + Int64(choices.next()) % (window + 3) - 1, &complaints)
        }
    }

    private mutating func say(_ number: UInt16, _ complaints: inout Complaints) {
        note(session.receive(acknowledge: BlockNumber(number), now: now), &complaints)
    }

    private mutating func acknowledge(_ block: Int64, _ complaints: inout Complaints) {
        say(BlockNumber(absolute: max(block, 0), rollover: session.negotiated.rollover).rawValue, &complaints)
    }

    /// Many flights that nothing befalls: the numbers roll over.
    private mutating func sprint(flights: Int, _ complaints: inout Complaints) {
        sprints += 1
        for _ in 0..<flights where !hasEnded {
            let before = session.statistics.blocksSent
            send(atMost: 256, &complaints)
            guard session.statistics.blocksSent > before else { return }
            now = now + .microseconds(100)
            acknowledge(min(acknowledged + window, last), &complaints)
            check(&complaints)
        }
    }

    private mutating func send(atMost count: Int, _ complaints: inout Complaints) {
        var pieces = 0
        while let transmit = session.nextTransmit(maxBlocks: count, now: now) {
            pieces += 1
            complaints.demand(!hasEnded, "a packet after the end")
            handedOut.append(transmit)
            if case .blocks(let first, let length) = transmit { check(first, length, atMost: count, &complaints) }
            guard pieces <= 1000 else { return complaints.add(["it never stops sending"]) }
        }
    }

    private func check(_ first: Int64, _ count: Int, atMost most: Int, _ complaints: inout Complaints) {
        let end = first + Int64(count) - 1
        complaints.demand(count >= 1 && count <= most, "\(count) blocks where \(most) were asked for")
        complaints.demand(first > acknowledged, "block \(first) although \(acknowledged) is acknowledged")
        complaints.demand(end <= last, "block \(end) of \(last)")
        complaints.demand(end <= acknowledged + window, "block \(end) outside of the window at \(acknowledged)")
    }

    /// The kernel takes none of what was handed out.
    private mutating func refuse() {
        for transmit in handedOut.reversed() { session.didNotTransmit(transmit) }
        handedOut = []
    }

    private mutating func note(_ outcome: Outcome, _ complaints: inout Complaints) {
        handedOut = []
        if hasEnded { complaints.demand(outcome == .ignored, "\(outcome) after the end") }
        guard case .finished(let ending) = outcome else { return }
        hasEnded = true
        complaints.demand(session.deadline == .never, "a deadline after the end")
        complaints.demand(session.nextTransmit(maxBlocks: 16, now: now) == nil, "a packet after the end")
        if ending == .completed {
            complaints.demand(blocksAcknowledged >= last - 1, "complete at \(blocksAcknowledged) of \(last)")
        }
    }

    /// As far as octets tell: the last block may be empty.
    private var blocksAcknowledged: Int64 {
        let octets = session.statistics.bytesAcknowledged
        return octets == session.size ? last : octets / Int64(session.negotiated.blockSize)
    }

    private mutating func check(_ complaints: inout Complaints) {
        let statistics = session.statistics
        let blocks = statistics.bytesAcknowledged / Int64(session.negotiated.blockSize)
        complaints.demand(blocks >= acknowledged, "acknowledged octets fell")
        complaints.demand(statistics.bytesAcknowledged <= session.size, "more octets than there are")
        complaints.demand(
            statistics.blocksRetransmitted >= 0 && statistics.blocksSent >= statistics.blocksRetransmitted,
            "\(statistics.blocksRetransmitted) repeats among \(statistics.blocksSent)")
        acknowledged = max(acknowledged, blocks)
    }

    /// Nobody says anything any more: it ends, and in time.
    private mutating func fallSilent(_ complaints: inout Complaints) {
        let start = now
        var expiries = 0
        send(atMost: 16, &complaints)
        while !hasEnded {
            guard session.deadline != .never else { return complaints.add(["it waits for nothing"]) }
            expiries += 1
            guard expiries < 1000 else { return complaints.add(["a thousand deadlines in silence"]) }
            now = max(now, session.deadline)
            note(session.expire(now: now), &complaints)
            send(atMost: 16, &complaints)
            check(&complaints)
        }
        complaints.demand(now - start <= .seconds(130), "it ended after \((now - start).seconds) s of silence")
    }
}
