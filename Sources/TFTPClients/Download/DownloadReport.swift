package import LinuxIO
package import Transfers
package import Wire

/// What a download is to do.
package struct DownloadPlan: Sendable {
    package var server: IPEndpoint
    /// The file's name in the request.
    package var name: [UInt8]
    package var habits: ClientHabits
    package var wantsChecksum: Bool

    package init(server: IPEndpoint, name: [UInt8], habits: ClientHabits, wantsChecksum: Bool) {
        self.server = server
        self.name = name
        self.habits = habits
        self.wantsChecksum = wantsChecksum
    }
}

/// How a download went.
package struct DownloadReport: Sendable {
    package let bytes: Int64
    /// From the request to the last block.
    package let time: TimeSpan
    package let blockSize: Int
    package let windowSize: Int
    /// Whether the server took any option.
    package let hasOptions: Bool
    /// The size as the server told it beforehand.
    package let announcedSize: Int64?
    package let statistics: ReceivingStatistics
    /// In hexadecimal digits.
    package let sha256: String?

    init(_ session: ReceivingSession, time: TimeSpan, sha256: String?) {
        bytes = session.received
        self.time = time
        blockSize = Int(session.blockSize)
        windowSize = Int(session.windowSize)
        hasOptions = session.hasOptions
        announcedSize = session.announcedSize
        statistics = session.statistics
        self.sha256 = sha256
    }
}

/// Why there is no file.
package enum DownloadError: Error, Sendable {
    /// The network said that nobody is there.
    case unreachable(SystemError)
    /// The transfer failed; with the text of the server's ERROR, or nothing.
    case failed(ReceivingFailure, text: String)
    /// The server told one size and sent another.
    case wrongSize(announced: Int64, received: Int64)
    /// The file could not be written.
    case output(SystemError)
    /// A signal asked for the end.
    case interrupted
    case system(SystemError)
}
