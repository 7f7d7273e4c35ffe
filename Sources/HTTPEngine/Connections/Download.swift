import BootPolicy
import Exchange
import LinuxIO
import NIOHTTP1
import Wire

/// A response under way: what it is made of, how far it has come, and what will be told of it. Lives on one event loop.
final class Download {
    /// Octets given to the kernel at a time: enough to fill a socket buffer, few enough that no client keeps a thread for
    /// long and that a disk which must be read first delays others by no more than these.
    private static let pieceLength: Int64 = 262_144

    let isHead: Bool
    /// As asked for, printable.
    let path: String
    private let client: Endpoint
    private let began = Clock.now
    private let engine: EngineContext
    private(set) var status = HTTPResponseStatus.ok
    private(set) var keepsAlive: Bool
    /// What remains to be given to the channel, if the body is a file.
    private(set) var file: ServedFile?
    private var rest: Range<Int64> = 0..<0
    /// Octets of body that the channel has, and of those the ones that the kernel has taken.
    private var queued: Int64 = 0
    private var sent: Int64 = 0

    init(_ request: HTTPRequestHead, path: String, client: Endpoint, engine: EngineContext) {
        isHead = request.method == .HEAD
        keepsAlive = request.isKeepAlive
        self.path = path
        self.client = client
        self.engine = engine
    }

    /// Remembers what is about to be sent.
    func begin(_ answer: Answer, file: ServedFile?) {
        status = answer.status
        if case .file(let range) = answer.body {
            rest = range
            self.file = file
        } else {
            queued = answer.length
        }
        // The rest of a request that we did not want to hear out cannot be told from the next one.
        if status == .payloadTooLarge { keepsAlive = false }
    }

    /// The next octets of the file to send; nil after the last.
    func nextPiece() -> Range<Int64>? {
        guard !rest.isEmpty else { return nil }
        let end = min(rest.lowerBound + Self.pieceLength, rest.upperBound)
        defer { rest = end..<rest.upperBound }
        queued += end - rest.lowerBound
        return rest.lowerBound..<end
    }

    /// Whether the file has lost octets that we promised to send.
    var isCutShort: Bool {
        file.map { !$0.reaches(rest.upperBound) } ?? false
    }

    /// Counts what has left.
    ///
    /// - Parameter waiting: octets that the channel still holds.
    func progress(waiting: Int64 = 0) {
        let newly = queued - waiting - sent
        guard newly > 0 else { return }
        sent += newly
        engine.counters.add(.httpBytes, Int(newly))
    }

    /// Tells how it ended; once.
    func end(isComplete: Bool) {
        file = nil
        if !isComplete || status.code >= 500 { engine.counters.add(.httpFailed) }
        let facts = DownloadFacts(
            client: client, path: path, status: Int(status.code), bytes: sent, duration: Clock.now - began,
            isComplete: isComplete)
        engine.events.record(.downloadEnded(facts))
    }
}
