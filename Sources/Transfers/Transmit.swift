package import Wire

/// What a session wants sent now; never the bytes of a file.
package enum Transmit: Equatable, Sendable {
    /// The OACK; its options are `TFTPSession.optionAck`.
    case optionAck
    /// Consecutive DATA packets.
    ///
    /// `first` is absolute, 1 is the file's first block; block *b* holds the octets from (*b* − 1) × block size on and
    /// travels as the `BlockNumber` that `Negotiated.rollover` makes of it. The last block may be short or empty.
    case blocks(first: Int64, count: Int)
}

/// What an event did to a session.
package enum Outcome: Equatable, Sendable {
    /// Ask `nextTransmit` until it has nothing more.
    case proceed
    /// Stale, duplicate, premature: nothing changed.
    case ignored
    /// The session is over and sends nothing more.
    case finished(Ending)
}

/// How a session ended.
package enum Ending: Equatable, Sendable {
    case completed
    /// The client wanted the size only: EDK2 and BIOS ROMs end their first request with ERROR 8 or 0.
    case sizeProbe
    case refusedByClient(code: UInt16)
    case timedOut
}

/// What a session did so far.
package struct TransferStatistics: Equatable, Sendable {
    package var started: Instant
    /// Octets of the file that the client has acknowledged.
    package var bytesAcknowledged: Int64
    /// DATA packets handed out, repeats included.
    package var blocksSent: Int64
    /// Of those, the ones handed out before.
    package var blocksRetransmitted: Int64

    package init(started: Instant, bytesAcknowledged: Int64, blocksSent: Int64, blocksRetransmitted: Int64) {
        self.started = started
        self.bytesAcknowledged = bytesAcknowledged
        self.blocksSent = blocksSent
        self.blocksRetransmitted = blocksRetransmitted
    }
}
