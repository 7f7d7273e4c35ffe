package import Wire

/// What a datagram, or time that passed, meant to a client, and what it sends in return.
package struct Reaction: Equatable, Sendable {
    package enum Meaning: UInt8, Sendable {
        /// The server granted options, or granted them again.
        case granted
        /// The next block: its contents belong at `offset`.
        case block
        /// The same, and the file is complete.
        case lastBlock
        /// A block that was here before.
        case duplicate
        /// A block behind one that is missing.
        case ahead
        /// From a port that is not the transfer's (RFC 1350 §4).
        case foreign
        /// Nothing changed.
        case ignored
        /// The client waited in vain and asks again.
        case repeated
        /// The transfer failed: see `ReceivingSession.failure`.
        case failed
    }

    package enum Answer: Equatable, Sendable {
        case nothing
        /// The request, to the server's well-known port.
        case request
        case acknowledge(BlockNumber)
        /// An ERROR to the port that the datagram came from.
        case error(TFTPErrorCode)
    }

    package let meaning: Meaning
    package let answer: Answer
    /// Where in the file the block's contents belong.
    package let offset: Int64

    /// What a datagram of no meaning means.
    package static let ignored = Reaction(.ignored)

    init(_ meaning: Meaning, _ answer: Answer = .nothing, offset: Int64 = 0) {
        self.meaning = meaning
        self.answer = answer
        self.offset = offset
    }
}

/// Why a client has no file.
package enum ReceivingFailure: Hashable, Sendable {
    /// Nothing ever came from the server.
    case noAnswer
    /// The server fell silent in the middle.
    case stalled
    case serverError(code: UInt16)
    /// The server granted what was not asked, or more of it (RFC 2347): ERROR 8 told it so.
    case unacceptableOptions
    /// A block longer than the agreed size.
    case oversizedBlock
}

/// What a client counted.
package struct ReceivingStatistics: Equatable, Sendable {
    /// DATA packets, whatever they were worth.
    package var dataReceived: UInt32 = 0
    package var duplicates: UInt32 = 0
    /// Times that a block was missing where another came.
    package var gaps: UInt32 = 0
    /// Blocks behind a gap, thrown away.
    package var ahead: UInt32 = 0
    /// Datagrams from a wrong port.
    package var foreign: UInt32 = 0
    package var acknowledgements: UInt32 = 0
    /// Requests and ACKs that had to be repeated by the clock.
    package var repeatedRequests: UInt32 = 0
    package var repeatedAcknowledgements: UInt32 = 0
}
