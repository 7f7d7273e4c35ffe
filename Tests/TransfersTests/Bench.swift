import Transfers
import Wire

/// A session on a bench: its clock stands still until a test moves it, and all it sends is noted.
struct Bench {
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    private(set) var session: TFTPSession
    private(set) var ending: Ending?
    private let start = Instant(nanoseconds: 1_000_000_000)

    /// - Parameters:
    ///   - window: nil for a request without options, which is lockstep with blocks of 512 octets.
    ///   - opened: the OACK was sent and ACK 0 came after `trip`.
    init(
        window: Int?, blocks: Int64, timeout: Int? = nil, strict: Bool = false, opened: Bool = true,
        trip: TimeSpan = .milliseconds(1), rollover: Rollover? = nil
    ) {
        let asked = TransferOptions(
            blockSize: window == nil ? nil : 1_000, timeout: timeout, windowSize: window.flatMap { $0 > 1 ? $0 : nil },
            rollover: rollover)
        let size = blocks * (window == nil ? 512 : 1_000) - 1
        self.init(asked, size: size, strict: strict)
        guard opened, asked != TransferOptions() else { return }
        _ = sent()
        pass(trip)
        acknowledge(0)
    }

    init(
        _ asked: TransferOptions, size: Int64, strict: Bool = false, mtu: Int = 1500, rollover: Rollover = .toZero
    ) {
        let limits = TransferLimits(pathMTU: mtu, windowSize: 256, ignoresDuplicates: strict, rollover: rollover)
        let negotiated = Negotiated(asked, limits: limits, size: size)
        session = TFTPSession(negotiated: negotiated, size: size, limits: limits, now: now)
    }

    /// Milliseconds since the request.
    var elapsed: Double { (now - start).seconds * 1000 }

    mutating func pass(_ time: TimeSpan) {
        now = now + time
    }

    /// What goes out now, block by block; -1 is the OACK.
    mutating func sent(batch: Int = 16) -> [Int64] {
        var all: [Int64] = []
        while let piece = session.nextTransmit(maxBlocks: batch, now: now) {
            switch piece {
            case .optionAck: all.append(-1)
            case .blocks(let first, let count): all += first..<first + Int64(count)
            }
        }
        return all
    }

    @discardableResult mutating func acknowledge(_ number: UInt16) -> Outcome {
        note(session.receive(acknowledge: BlockNumber(number), now: now))
    }

    /// The deadline comes; of what goes out then the last block alone arrives, and the client says that it has nothing.
    mutating func hearNothingButTheLast() {
        let silence = session.deadline - now
        pass(silence)
        expire()
        _ = sent()
        pass(.milliseconds(1))
        acknowledge(0)
    }

    @discardableResult mutating func error(_ code: UInt16) -> Outcome {
        note(session.receiveError(code: code, now: now))
    }

    @discardableResult mutating func repeatRequest() -> Outcome {
        note(session.repeatRequest(now: now))
    }

    @discardableResult mutating func expire(others: TimeSpan = .zero, hasLeft: Bool = true) -> Outcome {
        note(session.expire(now: now, others: others, hasLeft: hasLeft))
    }

    mutating func takeRoundTrip() -> TimeSpan? {
        session.takeRoundTrip()
    }

    mutating func refuse(_ transmit: Transmit) {
        session.didNotTransmit(transmit)
    }

    mutating func next(_ maxBlocks: Int) -> Transmit? {
        session.nextTransmit(maxBlocks: maxBlocks, now: now)
    }

    /// Lets the client be silent: what goes out by the clock alone, with the milliseconds of silence before each.
    mutating func silence(upTo time: TimeSpan) -> [(after: Double, blocks: [Int64])] {
        let from = now
        var all: [(after: Double, blocks: [Int64])] = []
        while session.deadline != .never, session.deadline - from <= time {
            now = max(now, session.deadline)
            expire()
            let blocks = sent()
            if !blocks.isEmpty { all.append(((now - from).seconds * 1000, blocks)) }
        }
        if ending == nil { now = max(now, from + time) }
        return all
    }

    private mutating func note(_ outcome: Outcome) -> Outcome {
        if case .finished(let how) = outcome { ending = how }
        return outcome
    }
}
