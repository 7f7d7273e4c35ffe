import CLinuxNet
import Glibc

/// The way to systemd's journal, by which a message keeps its fields (systemd's "Native Journal Protocol").
///
/// It never waits. Each message finds the journal by its path, so that one which was restarted is found again.
package final class JournalSocket: Sendable {
    package enum Outcome: Sendable {
        case sent
        /// The journal has too much to do: the message is lost.
        case crowded
        /// There is no journal, or it does not take this message.
        case refused
    }

    private let descriptor: OwnedDescriptor
    private let path: String

    /// - Parameter path: of the journal's socket.
    /// - Throws: `SystemError` when no socket can be made; whether anybody listens shows with each message.
    package init(path: String = "/run/systemd/journal/socket") throws(SystemError) {
        self.path = path
        descriptor = OwnedDescriptor(try check("socket", path) { pilotfish_datagram_socket(AF_UNIX) })
    }

    /// The journal, when standard error leads there and nowhere else.
    package static var behindStandardError: JournalSocket? {
        guard let stream = getenv("JOURNAL_STREAM") else { return nil }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0, String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
        else { return nil }
        return try? JournalSocket()
    }

    /// Sends one message, as the protocol writes it.
    package func send(_ message: [UInt8]) -> Outcome {
        do throws(SystemError) {
            try withUnixAddress(path) { address, length throws(SystemError) in
                try check("sendto", path) {
                    sendto(
                        descriptor.number, message, message.count, Int32(MSG_NOSIGNAL), address, length) < 0
                        ? -1 : 0
                }
            }
            return .sent
        } catch {
            return error.isWouldBlock || error.code == ENOBUFS ? .crowded : .refused
        }
    }
}
