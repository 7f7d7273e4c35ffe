package import Wire

/// What client and server agreed on: the result of RFC 2347's negotiation.
package struct Negotiated: Equatable, Sendable {
    private let blockOctets: UInt16
    private let windowBlocks: UInt16
    private let timeoutSeconds: UInt8
    private let granted: Granted

    /// The options that the OACK names; their values are the session's own. And a bit for one of these values.
    private struct Granted: OptionSet, Equatable {
        let rawValue: UInt8
        static let blockSize = Granted(rawValue: 1)
        static let transferSize = Granted(rawValue: 2)
        static let timeout = Granted(rawValue: 4)
        static let windowSize = Granted(rawValue: 8)
        static let rollover = Granted(rawValue: 16)
        /// Numbers go on with 1, asked for or not.
        static let rollsToOne = Granted(rawValue: 32)
    }

    /// Weighs what was asked against the limits; never grants what was not asked (RFC 2347).
    ///
    /// - Parameter size: octets of the file as sent, or nil when unknown: netascii grows on the way (R05).
    package init(_ asked: TransferOptions, limits: TransferLimits, size: Int64?) {
        var granted: Granted = []
        if asked.blockSize != nil { granted.insert(.blockSize) }
        // RFC 2349: the server answers the real size, whatever number stood in the request.
        if asked.transferSize != nil, size != nil { granted.insert(.transferSize) }
        // RFC 2349: the interval is answered as asked, or the option is left out.
        if asked.timeout != nil { granted.insert(.timeout) }
        if asked.windowSize != nil { granted.insert(.windowSize) }
        if asked.rollover != nil { granted.insert(.rollover) }
        if asked.rollover ?? limits.rollover == .toOne { granted.insert(.rollsToOne) }
        self.granted = granted
        // RFC 2348, RFC 7440 §3: the answer may be smaller than the request, never larger. RFC 1350 §2: else 512.
        blockOctets = UInt16(clamping: asked.blockSize.map { max(min($0, limits.blockSize), 8) } ?? 512)
        windowBlocks = UInt16(clamping: asked.windowSize.map { max(min($0, limits.windowSize), 1) } ?? 1)
        timeoutSeconds = UInt8(clamping: asked.timeout ?? 0)
    }

    /// Octets of every block but the last.
    package var blockSize: Int { Int(blockOctets) }
    /// Blocks sent before the server waits (RFC 7440 §4); 1 is plain RFC 1350.
    package var windowSize: Int { Int(windowBlocks) }
    /// The retransmission interval that the client wished, in seconds.
    package var timeout: Int? { granted.contains(.timeout) ? Int(timeoutSeconds) : nil }

    /// What follows block 65,535.
    package var rollover: Rollover { granted.contains(.rollsToOne) ? .toOne : .toZero }

    /// What the OACK says for a file of `size` octets; nil when the answer is DATA 1 (RFC 2347: no option accepted).
    package func optionAck(size: Int64) -> TransferOptions? {
        guard needsOptionAck else { return nil }
        return TransferOptions(
            blockSize: granted.contains(.blockSize) ? blockSize : nil,
            transferSize: granted.contains(.transferSize) ? size : nil,
            timeout: timeout,
            windowSize: granted.contains(.windowSize) ? windowSize : nil,
            rollover: granted.contains(.rollover) ? rollover : nil)
    }

    /// Whether the first answer is an OACK.
    package var needsOptionAck: Bool { granted.subtracting(.rollsToOne) != [] }
}
