import Assets
import BootPolicy
import Exchange
import Fetching
import LinuxIO
import Synchronization
import Wire

/// What becomes of a file when its fetch has ended, on the threads that wait for the disk.
extension MirrorCache {
    /// How long upstream's "no such file" holds, and how long a failure.
    private static let missTime = TimeSpan.seconds(60)
    private static let failureTime = TimeSpan.seconds(2)
    /// For how long upstream is left alone that could not be asked, while there is something to serve.
    private static let grace = TimeSpan.seconds(30)

    func take(_ task: Task) {
        switch task {
        // What is under way has ended for everybody then. What was dropped goes, or the next start would find it again.
        case .land where isStopping, .fail where isStopping: return
        case .land(let flight, let file, let head, let octets): land(flight, file, head, octets)
        case .fail(let flight, let failure): fail(flight, failure.description, UpstreamFailure(failure.kind))
        case .drop(let flight, let dropped): drop(dropped, for: flight)
        }
    }

    private func land(_ flight: Flight, _ file: SharedDescriptor, _ head: FetchHead, _ octets: Int64) {
        do throws(SystemError) {
            switch head.status {
            case 200: try keep(flight, file, head, octets)
            case 304:
                guard let previous = flight.previous else { return fail(flight, status: 304) }
                try confirm(flight, previous)
            case 404, 410: lose(flight)
            case let other: fail(flight, status: other)
            }
        } catch {
            fail(flight, "\(error)", UpstreamFailure(.disk))
        }
    }

    private func keep(
        _ flight: Flight, _ file: SharedDescriptor, _ head: FetchHead, _ octets: Int64
    ) throws(SystemError) {
        let shelf = try openShelf(flight.mirror, isStart: false)
        let opened = try file.reopened(flight.url)
        var about = CachedFile(
            url: flight.url, size: octets, stamp: opened.modified, checked: Clock.wallMilliseconds)
        guard opened.size == octets else {
            return fail(flight, "the file has other octets than were fetched", UpstreamFailure(.disk))
        }
        about.entityTag = head.entityTag
        about.modified = head.modified
        if let wanted = flight.checksum {
            guard let found = try opened.checksum(unless: { isStopping }) else { return }
            about.checksum = found
            guard found == wanted else {
                tell(flight, .wrongChecksum(found: found))
                return fail(flight, "its SHA-256 is not the one of the settings", .otherFile, for: Self.missTime)
            }
        }
        try shelf.disk.keep(file, flight.key.hash, number: flight.number, as: about)
        counters.add(.mirrorFetched)
        counters.add(.mirrorBytes, Int(octets))
        tell(flight, .fetched(octets: octets, Clock.now - flight.began))
        end(flight, with: about)
    }

    private func confirm(_ flight: Flight, _ previous: CachedFile) throws(SystemError) {
        let shelf = try openShelf(flight.mirror, isStart: false)
        shelf.disk.abandon(flight.key.hash, number: flight.number)
        var about = previous
        about.checked = Clock.wallMilliseconds
        about.graceUntil = nil
        try shelf.disk.write(about, flight.key.hash)
        counters.add(.mirrorConfirmed)
        tell(flight, .confirmed)
        end(flight, with: about)
    }

    /// Upstream has no such file, or no longer.
    private func lose(_ flight: Flight) {
        abandon(flight)
        if let shelf = try? openShelf(flight.mirror, isStart: false) { shelf.disk.remove(flight.key.hash) }
        tell(flight, .failed("upstream has no such file"))
        miss(flight, .notFound, isLost: true, for: Self.missTime)
    }

    private func fail(_ flight: Flight, status: Int) {
        fail(flight, "it answered \(status)", UpstreamFailure("upstream answered \(status)"))
    }

    /// - Parameters:
    ///   - reason: for the log.
    ///   - said: for clients.
    private func fail(
        _ flight: Flight, _ reason: String, _ said: UpstreamFailure, for time: TimeSpan = failureTime
    ) {
        abandon(flight)
        if table.withLock({ $0.endStale(flight, until: Clock.now + Self.grace) }) {
            counters.add(.mirrorStale)
            tell(flight, .stale(reason))
            return flight.growing.update { $0.outcome = .complete }
        }
        counters.add(.mirrorFailed)
        tell(flight, .failed(reason))
        miss(flight, .upstream(said), for: time)
    }

    func abandon(_ flight: Flight) {
        guard let shelf = try? openShelf(flight.mirror, isStart: false) else { return }
        shelf.disk.abandon(flight.key.hash, number: flight.number)
    }

    private func miss(_ flight: Flight, _ problem: AssetProblem, isLost: Bool = false, for time: TimeSpan) {
        let now = Clock.now
        table.withLock { $0.end(flight, problem, isLost: isLost, now: now, until: now + time) }
        flight.growing.update { $0.outcome = .failed(problem) }
    }

    private func end(_ flight: Flight, with about: CachedFile) {
        table.withLock { $0.end(flight, with: about) }
        flight.growing.update { $0.outcome = .complete }
    }

    func drop(_ dropped: [MirrorTable.Dropped], for flight: Flight) {
        defer { table.withLock { $0.left(dropped) } }
        guard let shelf = try? openShelf(flight.mirror, isStart: false) else { return }
        // One that was fetched again meanwhile stays. Should it be just now, whoever asks for it finds that it is gone.
        for file in dropped where table.withLock({ $0.isGone(file.key) }) { shelf.disk.remove(file.key.hash) }
        tell(flight, .dropped(files: dropped.count, octets: dropped.reduce(0) { $0 + $1.size }))
    }

    private func tell(_ flight: Flight, _ outcome: MirrorEvent.Outcome) {
        teller.tell(MirrorEvent(mirror: flight.mirror.name, url: flight.url, outcome: outcome))
    }
}

/// What clients are told; the log knows more, for it may name what only the administrator should see.
extension UpstreamFailure {
    static let ending = UpstreamFailure("the service ends")
    static let crowded = UpstreamFailure("too many files are being fetched already")
    static let superseded = UpstreamFailure("it is being fetched as it was meant before the last reload; ask again")
    fileprivate static let otherFile = UpstreamFailure("the file of upstream is not the one that is meant")

    init(_ kind: FetchFailure.Kind) {
        let text =
            switch kind {
            case .unreachable: "upstream cannot be reached"
            case .timeout: "upstream takes too long"
            case .untrusted: "upstream's certificate is not trusted"
            case .tooLarge, .disk: "there is no room to keep the file"
            case .fetcherDied, .unavailable: "nothing can be fetched at the moment"
            case .refused: "upstream's answer is of no use"
            }
        self.init(text, isTimeout: kind == .timeout)
    }
}

extension OpenFile {
    private static let piece: Int64 = 1 << 20

    /// SHA-256 of all of it.
    ///
    /// - Returns: nil when `isOver` said so before the end.
    fileprivate borrowing func checksum(unless isOver: () -> Bool) throws(SystemError) -> String? {
        var hash = SHA256()
        var start: Int64 = 0
        while start < size {
            if isOver() { return nil }
            let end = min(start + Self.piece, size)
            let octets = try octets(start..<end)
            hash.update(octets.span.bytes)
            start = end
        }
        return hash.digest
    }
}
