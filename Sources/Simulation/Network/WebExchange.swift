import LinuxIO
import Wire

/// One HTTP request on a connection of its own.
final class WebExchange {
    let stream: ClientStream
    private(set) var reader: ResponseReader
    private var unsent: ArraySlice<UInt8>
    /// When it has been silent for too long.
    private(set) var deadline: Instant
    /// Until when a slow machine does not read on; zero for a quick one.
    private(set) var rest = Instant(nanoseconds: 0)
    private let isSlow: Bool

    /// iPXE's TCP gives a silent connection up after minutes; a test need not wait so long.
    private static let patience = TimeSpan.seconds(60)
    /// Octets the kernel keeps of a connection; thousands of them must fit.
    private static let buffer: Int32 = 131_072
    /// What a slow machine reads at a time, and how long it looks at it: 1.6 MB/s.
    private static let gulp = (octets: 32_768, rest: TimeSpan.milliseconds(20))
    /// What a quick one reads before others have their turn.
    private static let share = 1 << 20

    init(
        _ location: HTTPLocation, isScript: Bool, from local: IPv4Address, isSlow: Bool, now: Instant
    ) throws(SystemError) {
        stream = try ClientStream(from: local, to: location.server, buffer: Self.buffer)
        reader = ResponseReader(keepsScript: isScript)
        unsent = location.request[...]
        deadline = now + Self.patience
        self.isSlow = isSlow
    }

    var wantsOutput: Bool { !unsent.isEmpty }

    /// What came of it; nil while it is under way.
    var outcome: HTTPOutcome? {
        switch reader.phase {
        case .head, .body: nil
        case .complete: .answered(status: reader.status, octets: reader.received, script: reader.script)
        case .failed(let why): .failed(why)
        }
    }

    func send() throws(SystemError) {
        try stream.confirm()
        unsent = unsent.dropFirst(try stream.send(unsent))
    }

    /// Takes what has come.
    ///
    /// - Parameter room: memory that all exchanges share.
    func receive(into room: inout [UInt8], now: Instant) throws(SystemError) {
        var left = isSlow ? Self.gulp.octets : Self.share
        while left > 0, outcome == nil {
            let unseen = Int(clamping: reader.unseen)
            let count =
                if unseen > 0 {
                    try stream.discard(min(unseen, left))
                } else {
                    try stream.receive(into: &room)
                }
            guard let count else { break }
            deadline = now + Self.patience
            left -= max(count, 1)
            if count == 0 {
                reader.close()
            } else if unseen > 0 {
                reader.skip(Int64(count))
            } else {
                reader.take(room[..<count])
            }
        }
        if isSlow { rest = now + Self.gulp.rest }
    }
}
