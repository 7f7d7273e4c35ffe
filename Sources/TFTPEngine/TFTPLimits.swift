/// How much the TFTP engine takes on.
package struct TFTPLimits: Sendable, Equatable {
    /// Transfers that one worker runs at once; more get an error and try again.
    package var sessionsPerWorker: Int
    /// The largest `blksize` agreed to, octets.
    package var maxBlockSize: Int
    /// The largest `windowsize` agreed to, blocks.
    package var maxWindowSize: Int
    /// The largest file that is sent in netascii, octets: it is translated in memory.
    package var largestTranslatedFile: Int

    package init(
        sessionsPerWorker: Int = 16_384, maxBlockSize: Int = 1468, maxWindowSize: Int = 64,
        largestTranslatedFile: Int = 16 << 20
    ) {
        self.sessionsPerWorker = sessionsPerWorker
        self.maxBlockSize = maxBlockSize
        self.maxWindowSize = maxWindowSize
        self.largestTranslatedFile = largestTranslatedFile
    }
}
