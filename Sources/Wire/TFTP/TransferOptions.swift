/// The options of a transfer: those a client asked for, or those the server grants (RFC 2347).
///
/// Nil means "not asked", or "asked with a value that means nothing": RFC 2347 lets a server leave such an option out.
package struct TransferOptions: Equatable, Sendable {
    /// `blksize` in octets, 8...65,464 (RFC 2348).
    package var blockSize: Int?
    /// `tsize` in octets; 0 in a request, the file's size in the answer (RFC 2349).
    package var transferSize: Int64?
    /// `timeout` in seconds, 1...255 (RFC 2349).
    package var timeout: Int?
    /// `windowsize` in blocks, 1...65,535 (RFC 7440).
    package var windowSize: Int?
    /// `rollover`, 0 or 1: what follows block 65,535. In no RFC; tftp-hpa and rs-tftpd have it.
    package var rollover: Rollover?

    package init(
        blockSize: Int? = nil, transferSize: Int64? = nil, timeout: Int? = nil, windowSize: Int? = nil,
        rollover: Rollover? = nil
    ) {
        self.blockSize = blockSize
        self.transferSize = transferSize
        self.timeout = timeout
        self.windowSize = windowSize
        self.rollover = rollover
    }

    package var isEmpty: Bool { self == TransferOptions() }
}

extension TransferOptions {
    /// Reads the pairs behind a request's mode.
    ///
    /// Octets after the last whole pair are no option and no mistake: HP PA-RISC ROMs pad the request with garbage.
    init(pairs: RawSpan) {
        self.init()
        var strings = TerminatedStrings(pairs)
        var seen = Seen()
        while let name = strings.next(), let value = strings.next() {
            read(name, value, &seen)
        }
    }

    /// The options met so far: RFC 2347 allows each once, so the first one counts, usable or not.
    private struct Seen: OptionSet {
        let rawValue: UInt8
        static let blockSize = Seen(rawValue: 1)
        static let transferSize = Seen(rawValue: 2)
        static let timeout = Seen(rawValue: 4)
        static let windowSize = Seen(rawValue: 8)
        static let rollover = Seen(rawValue: 16)
    }

    private mutating func read(_ name: RawSpan, _ value: RawSpan, _ seen: inout Seen) {
        // Anything else is left out without a word (RFC 2347): multicast, msftwindow, utimeout, blksize2, garbage.
        if name.equalsIgnoringCase("blksize"), seen.insert(.blockSize).inserted {
            blockSize = value.decimal(in: 8...65_464).map { Int($0) }
        } else if name.equalsIgnoringCase("tsize"), seen.insert(.transferSize).inserted {
            transferSize = value.decimal(in: 0...Int64.max)
        } else if name.equalsIgnoringCase("timeout"), seen.insert(.timeout).inserted {
            timeout = value.decimal(in: 1...255).map { Int($0) }
        } else if name.equalsIgnoringCase("windowsize"), seen.insert(.windowSize).inserted {
            windowSize = value.decimal(in: 1...65_535).map { Int($0) }
        } else if name.equalsIgnoringCase("rollover"), seen.insert(.rollover).inserted {
            rollover = value.decimal(in: 0...1).flatMap { Rollover(rawValue: UInt8($0)) }
        }
    }
}
