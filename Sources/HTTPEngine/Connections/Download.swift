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
    /// The install that it belongs to.
    var install: InstallToken?
    private(set) var status = HTTPResponseStatus.ok
    private(set) var keepsAlive: Bool
    private(set) var file: ServedFile?
    /// How far the file has come, if it is still being fetched.
    private(set) var growing: GrowingFile?
    /// What the file was asked for as.
    var resolution: NameResolution?
    /// What remains to be sent.
    private var rest: ArraySlice<Answer.Segment> = []
    /// Where in the file the last of what is sent of it ends.
    private var fileEnd: Int64 = 0
    private var headLength: Int64 = 0
    /// Octets of body.
    private var size: Int64 = 0
    /// Octets that were taken from `rest`, and of those the ones that the kernel has.
    private var queued: Int64 = 0
    private var sent: Int64 = 0

    init(_ request: HTTPRequestHead, path: String, client: IPEndpoint, engine: EngineContext) {
        isHead = request.method == .HEAD
        // Behind an offer to go over to another protocol the parser hears nothing more.
        keepsAlive = request.isKeepAlive && request.method != .CONNECT && !request.headers.contains(name: "Upgrade")
        self.path = path
        self.client = client
        self.engine = engine
    }

    /// Remembers what is about to be sent.
    ///
    /// - Parameter head: status line and fields.
    func begin(_ answer: Answer, head: [UInt8], file: ServedFile?, growing: GrowingFile?) {
        status = answer.status
        rest = [.octets(head)] + answer.body
        headLength = Int64(head.count)
        size = answer.length
        self.file = file
        self.growing = growing
        for case .file(let octets) in answer.body { fileEnd = max(fileEnd, octets.upperBound) }
    }

    /// The connection ends with this response.
    func isLast() {
        keepsAlive = false
    }

    /// What is to be sent next; nil after the last, and where the file has not come so far.
    func nextPortion() -> Portion? {
        var portion = Portion()
        while case .octets(let octets) = rest.first {
            portion.made += octets
            rest.removeFirst()
        }
        if case .file(let octets) = rest.first {
            let end = min(octets.lowerBound + Self.pieceLength, octets.upperBound, there)
            if end > octets.lowerBound { portion.file = octets.lowerBound..<end }
            if end == octets.upperBound {
                rest.removeFirst()
            } else if end > octets.lowerBound {
                rest[rest.startIndex] = .file(end..<octets.upperBound)
            }
        }
        queued += portion.length
        return portion.isEmpty ? nil : portion
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
        let newly = max(queued - waiting, headLength) - max(sent, headLength)
        guard newly > 0 else { return }
        sent = queued - waiting
        engine.counters.add(.httpBytes, Int(newly))
    }

    /// How far it is.
    ///
    /// - Parameter silence: how long ago something left.
    func progress(_ now: Instant, silence: TimeSpan) -> DownloadProgress {
        DownloadProgress(
            client: client, path: path, install: install, bytes: max(sent - headLength, 0), size: size,
            age: now - began, silence: silence)
    }

    /// What is told of how it ended; to be asked once.
    func end(isComplete: Bool) -> DownloadFacts {
        file = nil
        let now = Clock.now
        if let install { engine.installs.note(max(sent - headLength, 0), of: install, now: now) }
        if !isComplete || status.code >= 500 { engine.counters.add(.httpFailed) }
        return DownloadFacts(
            client: client, path: path, status: Int(status.code), bytes: max(sent - headLength, 0),
            duration: now - began, isComplete: isComplete, isHead: isHead)
    }
}

/// What of a response is sent at a time: octets that we made, and those of the file that come right behind them.
struct Portion {
    var made: ArraySlice<UInt8> = []
    /// Of the file that the response is made of.
    var file: Range<Int64> = 0..<0

    /// Octets.
    var length: Int64 { Int64(made.count + file.count) }
    var isEmpty: Bool { made.isEmpty && file.isEmpty }
}

extension Portion {
    /// Sends what a socket takes at once, so that of a small file nothing ever has to wait; keeps the rest.
    ///
    /// - Returns: whether the file has what was promised of it.
    mutating func leave(by stream: LentStream, of served: ServedFile?) throws(SystemError) -> Bool {
        if !made.isEmpty {
            made = made.dropFirst(try stream.send(made, hasMore: !file.isEmpty))
            guard made.isEmpty else { return true }
        }
        guard !file.isEmpty, let served else { return file.isEmpty }
        guard let taken = try served.send(file, by: stream) else { return false }
        file = (file.lowerBound + Int64(taken))..<file.upperBound
        return true
    }
}
