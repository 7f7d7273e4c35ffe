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
    /// Octets of translated and generated files that one worker holds before it takes on no more.
    package var translatedOctets: Int
    /// Transfers of one worker whose client has not acknowledged anything yet: their addresses may be forged.
    package var unheardPerWorker: Int { max(1, sessionsPerWorker / 4) }

    package init(
        sessionsPerWorker: Int = 16_384, maxBlockSize: Int = 1468, maxWindowSize: Int = 64,
        largestTranslatedFile: Int = 1 << 20, translatedOctets: Int = 64 << 20
    ) {
        self.translatedOctets = translatedOctets
        self.sessionsPerWorker = sessionsPerWorker
        self.maxBlockSize = maxBlockSize
        self.maxWindowSize = maxWindowSize
        self.largestTranslatedFile = largestTranslatedFile
    }
}
