package import Wire

/// What the server grants at most, and the habits of a session that can be chosen.
package struct TransferLimits: Equatable, Sendable {
    /// The largest block granted, in octets, 8...65,464.
    package var blockSize: Int
    /// The largest window granted, in blocks, 1...256: beyond that stale acknowledgements grow ambiguous (R70).
    package var windowSize: Int
    /// Keeps RFC 1123 §4.2.3.1 to the letter: in lockstep a duplicate acknowledgement never triggers a resend.
    package var ignoresDuplicates: Bool
    /// What follows block 65,535 for clients that do not ask for either; some devices need 1 and cannot say so.
    package var rollover: Rollover

    /// - Parameters:
    ///   - pathMTU: octets of the largest IP packet on the way; blocks stay below it, for some ROMs cannot put fragments
    ///     together.
    ///   - family: the version of IP that the client speaks, whose header counts.
    ///   - windowSize: clamped to 1...256.
    package init(
        pathMTU: Int = 1500, family: IPFamily = .ipv4, windowSize: Int = 64, ignoresDuplicates: Bool = false,
        rollover: Rollover = .toZero
    ) {
        blockSize = min(max(pathMTU - family.headerSize - Self.headers, 8), 65_464)
        self.windowSize = min(max(windowSize, 1), 256)
        self.ignoresDuplicates = ignoresDuplicates
        self.rollover = rollover
    }

    /// Octets of the UDP and TFTP headers before a block.
    private static let headers = 8 + 4
}

/// The times of the session, all in one place.
enum TransferTimes {
    /// The first wait for ACK 0; doubled each time. Firmware breaks on a second OACK, so it is late (Pi 4, FreeBSD).
    static var optionAck: TimeSpan { .seconds(2) }
    /// The wait for the first ACK of data when the round trip is unknown (RFC 6298 §2.1).
    static var unknownRoundTrip: TimeSpan { .seconds(1) }
    /// What the round trip is taken for while unknown, to tell echoes from losses.
    static var guessedRoundTrip: TimeSpan { .milliseconds(10) }
    /// After so long the quickest client says its last word again (PXELINUX).
    static var shortestClientTimer: TimeSpan { .milliseconds(100) }
    /// The shortest wait in lockstep: firmware breaks on spurious duplicates (Pi 4, GRUB, atftp).
    static var lockstepFloor: TimeSpan { .seconds(1) }
    /// The shortest wait with a window, where negative acknowledgements do most of the work.
    static var windowFloor: TimeSpan { .milliseconds(50) }
    /// The same where the client has reported losses lately.
    static var lossyFloor: TimeSpan { .milliseconds(10) }
    /// Clean flights after a loss until the way is trusted again.
    static var suspicion: UInt8 { 32 }
    /// The shortest wait before the tail probe.
    static var probeFloor: TimeSpan { .milliseconds(2) }
    /// What is said to wait in this host's queues for longer than this is not believed to leave by itself.
    static var longestAtHome: TimeSpan { .seconds(4) }
    /// The longest wait of all.
    static var longest: TimeSpan { .seconds(8) }
    /// The shortest time between two answers to one repeated request.
    static var repeatGuard: TimeSpan { .milliseconds(200) }
    /// A request that was sent before the first acknowledgement is read no later than this after it.
    static var lateRequest: TimeSpan { .seconds(2) }
    /// Without progress for so long, and `patientTimeouts`, the client is gone.
    static var patience: TimeSpan { .seconds(45) }
    static var patientTimeouts: UInt8 { 6 }
    /// Without progress for so long the client is gone, whatever it says.
    static var longestStall: TimeSpan { .seconds(120) }
    /// Transmissions before a client that never acknowledged, or lacks only the last block, is left alone.
    static var tries: UInt8 { 3 }
    /// A client that lacks only the last block, and is there, has asked for it by then: twice what EDK2's timer takes.
    static var farewell: TimeSpan { .seconds(10) }
}
