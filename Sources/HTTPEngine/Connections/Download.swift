import Assets
import BootPolicy
import Exchange
import LinuxIO
import NIOHTTP1
import Wire

/// A response under way: what it is made of, how far it has come, and what will be told of it. Lives on one event loop.
final class Download {
    /// Octets given to the kernel at a time: enough to fill a socket buffer more than once, few enough that no client keeps a
    /// thread for long and that a disk which must be read first delays others by no more than these.
    private static let pieceLength: Int64 = 1_048_576

    let isHead: Bool
    /// As asked for, printable.
    let path: String
    private let client: IPEndpoint
    private let began = Clock.now
    private let engine: EngineContext
    private(set) var status = HTTPResponseStatus.ok
    private(set) var keepsAlive: Bool
    private(set) var file: ServedFile?
    /// How far the file has come, if it is still being fetched.
    private(set) var growing: GrowingFile?
    /// What remains to be given to the channel.
    private var rest: ArraySlice<Answer.Segment> = []
    /// Where in the file the last of what is sent of it ends.
    private var fileEnd: Int64 = 0
    /// Octets of body that the channel has, and of those the ones that the kernel has taken.
    private var queued: Int64 = 0
    private var sent: Int64 = 0

    init(_ request: HTTPRequestHead, path: String, client: IPEndpoint, engine: EngineContext) {
        isHead = request.method == .HEAD
        keepsAlive = request.isKeepAlive
        self.path = path
        self.client = client
        self.engine = engine
    }

    /// Remembers what is about to be sent.
    func begin(_ answer: Answer, file: ServedFile?, growing: GrowingFile?) {
        status = answer.status
        rest = answer.body[...]
        self.file = file
        self.growing = growing
        for case .file(let octets) in answer.body { fileEnd = max(fileEnd, octets.upperBound) }
        // The rest of a request that we did not want to hear out cannot be told from the next one.
        if status == .payloadTooLarge { keepsAlive = false }
    }

    /// What is to be sent next, of a file no more than a piece; nil after the last, and where the file has not come so far.
    func nextPiece() -> Answer.Segment? {
        guard var piece = rest.first else { return nil }
        let there = there
        if case .file(let octets) = piece, !octets.isEmpty, octets.lowerBound >= there { return nil }
        rest.removeFirst()
        if case .file(let octets) = piece, octets.count > Self.pieceLength || octets.upperBound > there {
            let end = min(octets.lowerBound + Self.pieceLength, octets.upperBound, there)
            rest = [.file(end..<octets.upperBound)] + rest
            piece = .file(octets.lowerBound..<end)
        }
        queued += piece.length
        return piece
    }

    var hasMore: Bool { !rest.isEmpty }

    /// Octets of the file that are there.
    private var there: Int64 {
        guard let progress = growing?.progress, progress.outcome != .complete else { return .max }
        return progress.octets
    }

    /// Whether the file has lost octets that we promised to send.
    var isCutShort: Bool {
        let there = min(fileEnd, there)
        return file.map { !$0.reaches(there) } ?? false
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

    /// What is told of how it ended; to be asked once.
    func end(isComplete: Bool) -> DownloadFacts {
        file = nil
        if !isComplete || status.code >= 500 { engine.counters.add(.httpFailed) }
        return DownloadFacts(
            client: client, path: path, status: Int(status.code), bytes: sent, duration: Clock.now - began,
            isComplete: isComplete)
    }
}
