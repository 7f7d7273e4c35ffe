package import Wire

/// A client's side of one transfer, without socket, clock or file: what came in goes in, what to send comes out.
///
/// Send the request, then hand over every datagram, and call `expire` when `deadline` has come. A plain value of fixed
/// size that never allocates, so that ten thousand of them are a table.
package struct ReceivingSession: Sendable {
    package enum Phase: UInt8, Sendable {
        /// No answer came yet.
        case requesting
        case receiving
        /// All is here. A repeated last block is still acknowledged: its ACK may have been lost (RFC 1350 §6).
        case complete
        case failed
    }

    package private(set) var phase = Phase.requesting
    /// The port that the server chose for this transfer, its TID; 0 before its first answer.
    package private(set) var port: UInt16 = 0
    private var hasGap = false
    private var attempts: UInt8 = 1
    private var lastAhead: UInt16 = 0
    private var sinceAcknowledge: Int32 = 0
    /// What was agreed on; without an OACK the values of RFC 1350.
    package private(set) var windowSize: Int32 = 1
    package private(set) var blockSize: Int64 = 512
    /// The block that comes next, counted from 1 without rolling over.
    private var expected: Int64 = 1
    /// Octets of the file that are here, in sequence.
    package private(set) var received: Int64 = 0
    /// When `expire` must be called next; `.never` once nothing is waited for.
    package private(set) var deadline: Instant
    private var interval: TimeSpan
    package private(set) var statistics = ReceivingStatistics()
    package private(set) var failure: ReceivingFailure?
    /// The file's size as the server told it.
    package private(set) var announcedSize: Int64?
    /// Whether the server took any option.
    package private(set) var hasOptions = false
    private let habits: ClientHabits

    /// A client that sends its request now.
    package init(_ habits: ClientHabits, now: Instant) {
        self.habits = habits
        interval = habits.interval
        deadline = now + habits.interval
    }

    /// Blocks in sequence so far.
    package var blocks: Int64 { expected - 1 }
    /// Still under way.
    package var isActive: Bool { phase == .requesting || phase == .receiving }
}

// MARK: - What the server says

extension ReceivingSession {
    /// Takes a DATA packet.
    ///
    /// - Parameter count: octets of its contents.
    package mutating func receive(_ number: BlockNumber, count: Int, from source: UInt16, now: Instant) -> Reaction {
        if phase != .receiving {
            if let early = settle(number, from: source) { return early }
        } else if source != port {
            return foreign()
        }
        statistics.dataReceived += 1
        // Sixteen bits around the block we wait for: 0 follows 65,535, and half of the space is behind us.
        let distance = Int16(bitPattern: number.rawValue &- UInt16(truncatingIfNeeded: expected))
        guard distance == 0 else { return unexpected(number, distance: distance, now: now) }
        guard count <= blockSize else { return fail(.oversizedBlock, .error(.illegalOperation)) }
        return accept(count: Int64(count), now: now)
    }

    /// Takes an OACK (RFC 2347).
    ///
    /// - Parameter isOdd: it holds what nobody asks for.
    package mutating func receive(
        granted: TransferOptions, isOdd: Bool, from source: UInt16, now: Instant
    ) -> Reaction {
        switch phase {
        case .complete, .failed: return Reaction(.ignored)
        case .receiving where source != port: return foreign()
        case .receiving:
            // Our ACK 0 was lost. Later than that an OACK is a straggler.
            guard hasOptions, expected == 1 else { return Reaction(.ignored) }
            return acknowledge(.granted, now: now)
        case .requesting: break
        }
        port = source
        guard !isOdd, habits.asked.covers(granted) else { return fail(.unacceptableOptions, .error(.optionsRefused)) }
        phase = .receiving
        hasOptions = true
        blockSize = Int64(granted.blockSize ?? 512)
        windowSize = Int32(granted.windowSize ?? 1)
        announcedSize = granted.transferSize
        progress()
        return acknowledge(.granted, now: now)
    }

    /// Takes an ERROR, which is never answered (RFC 1350 §7).
    package mutating func receiveError(code: UInt16, from source: UInt16) -> Reaction {
        guard isActive else { return Reaction(.ignored) }
        // One from a wrong port ends nothing, and is not answered either.
        guard phase == .requesting || source == port else { return Reaction(.foreign) }
        return fail(.serverError(code: code), .nothing)
    }

    /// Asks again, or gives up: `deadline` has come.
    package mutating func expire(now: Instant) -> Reaction {
        guard isActive, now >= deadline else { return Reaction(.ignored) }
        guard attempts < habits.tries else { return fail(phase == .requesting ? .noAnswer : .stalled, .nothing) }
        attempts += 1
        interval = min(interval * 2, habits.longestInterval)
        hasGap = false
        guard phase == .receiving else {
            statistics.repeatedRequests += 1
            deadline = now + interval
            return Reaction(.repeated, .request)
        }
        statistics.repeatedAcknowledgements += 1
        return acknowledge(.repeated, now: now)
    }

    /// The owner has no use for the rest: its disk is full, the contents are wrong.
    ///
    /// - Returns: what tells the server so, for its port of this transfer.
    package mutating func abandon(_ code: TFTPErrorCode) -> Reaction.Answer {
        let isHeard = phase == .receiving
        phase = .failed
        deadline = .never
        return isHeard ? .error(code) : .nothing
    }
}

// MARK: - Steps

extension ReceivingSession {
    /// DATA outside of the receiving phase; nil when it is the first of a transfer without options.
    private mutating func settle(_ number: BlockNumber, from source: UInt16) -> Reaction? {
        switch phase {
        case .requesting:
            // Any other block is of an older transfer from the same port of ours.
            guard number == BlockNumber(absolute: 1, rollover: .toZero) else { return Reaction(.ignored) }
            port = source
            phase = .receiving
            return nil
        case .complete:
            guard source == port, number == BlockNumber(absolute: blocks, rollover: .toZero) else {
                return Reaction(.ignored)
            }
            statistics.dataReceived += 1
            statistics.duplicates += 1
            statistics.acknowledgements += 1
            return Reaction(.duplicate, .acknowledge(number))
        case .failed, .receiving: return Reaction(.ignored)
        }
    }

    private mutating func accept(count: Int64, now: Instant) -> Reaction {
        let offset = received
        received += count
        expected += 1
        sinceAcknowledge += 1
        progress()
        if count < blockSize {
            phase = .complete
            statistics.acknowledgements += 1
            deadline = .never
            return Reaction(.lastBlock, .acknowledge(BlockNumber(absolute: blocks, rollover: .toZero)), offset: offset)
        }
        if sinceAcknowledge >= windowSize { return acknowledge(.block, offset: offset, now: now) }
        deadline = now + interval
        return Reaction(.block, offset: offset)
    }

    private mutating func unexpected(_ number: BlockNumber, distance: Int16, now: Instant) -> Reaction {
        if distance < 0 {
            statistics.duplicates += 1
            // RFC 7440 §4: the end of a flight that we had in full says that our ACK was lost.
            let isAnswered = habits.model != .rfc || distance == -1
            return isAnswered ? acknowledge(.duplicate, now: now) : Reaction(.duplicate)
        }
        statistics.ahead += 1
        let isNew = !hasGap
        // A number that does not grow is of another flight, which did not fill the gap either.
        let isAgain = Int16(bitPattern: number.rawValue &- lastAhead) <= 0
        hasGap = true
        lastAhead = number.rawValue
        if isNew { statistics.gaps += 1 }
        switch habits.model {
        case .rfc: return isNew || isAgain ? acknowledge(.ahead, now: now) : Reaction(.ahead)
        case .edk2: return acknowledge(.ahead, now: now)
        case .lockstep: return Reaction(.ahead)
        }
    }

    private mutating func acknowledge(_ meaning: Reaction.Meaning, offset: Int64 = 0, now: Instant) -> Reaction {
        sinceAcknowledge = 0
        statistics.acknowledgements += 1
        deadline = now + interval
        return Reaction(meaning, .acknowledge(BlockNumber(absolute: blocks, rollover: .toZero)), offset: offset)
    }

    private mutating func progress() {
        hasGap = false
        attempts = 1
        interval = habits.interval
    }

    private mutating func foreign() -> Reaction {
        statistics.foreign += 1
        return Reaction(.foreign, .error(.unknownTransfer))
    }

    private mutating func fail(_ why: ReceivingFailure, _ answer: Reaction.Answer) -> Reaction {
        phase = .failed
        failure = why
        deadline = .never
        return Reaction(.failed, answer)
    }
}

extension TransferOptions {
    /// Whether a server may grant these: only what was asked, and no larger blocks or windows (RFC 2348, RFC 7440).
    fileprivate func covers(_ granted: TransferOptions) -> Bool {
        if let size = granted.blockSize, size > blockSize ?? 0 { return false }
        if let size = granted.windowSize, size > windowSize ?? 0 { return false }
        if let time = granted.timeout, time != timeout { return false }
        return granted.transferSize == nil || transferSize != nil
    }
}
