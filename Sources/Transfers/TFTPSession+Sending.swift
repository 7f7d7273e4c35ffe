package import Wire

extension TFTPSession {
    /// What to send next; nil when nothing more may go out before the next event.
    ///
    /// - Parameter maxBlocks: the most blocks in this piece, for the owner's batches and for its fairness.
    package mutating func nextTransmit(maxBlocks: Int, now: Instant) -> Transmit? {
        switch phase {
        case .finished: return nil
        case .offering: return nextOptionAck(now: now)
        case .sending: break
        }
        if probe == .wanted, maxBlocks > 0 { return nextProbe(now: now) }
        guard let piece = window.take(maxBlocks: maxBlocks, now: now) else { return nil }
        justProbed = false
        if window.isShortFlightOut { probe = .wanted }
        if !piece.repeats { lastFresh = now }
        sentAnything(now: now)
        return .blocks(first: piece.first, count: piece.count)
    }

    /// Takes back what the kernel would not send now: it is offered again.
    ///
    /// To be called before any other verb. When several pieces were refused, name each, the last one first.
    package mutating func didNotTransmit(_ transmit: Transmit) {
        guard phase != .finished else { return }
        switch transmit {
        case .optionAck:
            owesOptionAck = phase == .offering
        case .blocks(let first, let count):
            if justProbed {
                probe = .wanted
                justProbed = false
                window.countProbe(-1)
            } else {
                window.putBack(first: first, count: count)
                // It comes behind them, if at all.
                if probe == .wanted { probe = .unused }
            }
        }
    }

    /// Whether a packet that an ICMP message quotes is one that the client has not acknowledged.
    package func hasUnderWay(_ quoted: RawSpan) -> Bool {
        var reader = ByteReader(quoted)
        guard let code = try? reader.u16(), let number = try? reader.u16() else { return false }
        switch TFTPOpcode(rawValue: code) {
        case .optionAcknowledge: return phase == .offering
        case .data:
            let distance = BlockNumber(number).distance(after: window.base, rollover: negotiated.rollover)
            return phase == .sending && distance >= 1 && distance <= window.highest - window.base
        default: return false
        }
    }

    /// The block that `nextTransmit` would hand out next, if it hands out blocks.
    package var nextBlock: Int64 { probe == .wanted ? window.highest : window.cursor + 1 }

    /// Blocks that are due and that `nextTransmit` has not handed out; 1 for anything else that is.
    package var pendingBlocks: Int64 {
        guard hasPending else { return 0 }
        return phase == .offering || probe == .wanted ? 1 : window.pending
    }

    /// How often the timer has run out since the client acknowledged something new.
    package var timeouts: Int { Int(timer.timeouts) }

    /// Blocks that the client has acknowledged in sequence.
    package var acknowledgedBlocks: Int64 { window.base }

    /// Whether something is due that `nextTransmit` has not handed out.
    package var hasPending: Bool {
        phase == .offering ? owesOptionAck : probe == .wanted || window.pending > 0
    }

    private mutating func nextOptionAck(now: Instant) -> Transmit? {
        guard owesOptionAck else { return nil }
        owesOptionAck = false
        sentAnything(now: now)
        return .optionAck
    }

    private mutating func nextProbe(now: Instant) -> Transmit {
        probe = .sent
        justProbed = true
        window.countProbe(1)
        lastSent = now
        arm()
        return .blocks(first: window.highest, count: 1)
    }

    private mutating func sentAnything(now: Instant) {
        lastSent = now
        waiting = now
        arm()
    }

    mutating func repeatFirstAnswer(now: Instant) {
        owesRepeat = false
        if phase == .offering {
            owesOptionAck = true
            isClean = false
            waiting = now
        } else {
            repeatWindow()
        }
    }

    mutating func repeatWindow() {
        isClean = false
        probe = .unused
        window.restart()
    }
}
