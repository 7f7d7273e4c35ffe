package import Assets
package import BootPolicy
package import Exchange
package import Fetching
package import LinuxIO
import Synchronization
import Wire

/// Files of upstream servers: fetched once, kept, and served while upstream is away.
///
/// What is known of each stands in one table, so that of all who ask for a file at once the first has it fetched and the
/// others find it under way. The disk is waited for by those who ask (threads that may wait) and by the thread `mirror`, which
/// takes in what was fetched; the table's lock is never held meanwhile.
package final class MirrorCache: MirrorSource {
    struct Key: Hashable, Sendable {
        let mirror: String
        /// Of the URL.
        let hash: String
    }

    /// One file under way.
    final class Flight: Sendable {
        let key: Key
        let number: Int
        let url: String
        let path: RequestPath
        let mirror: MirrorPlan
        /// What we have of it already, to be confirmed.
        let previous: CachedFile?
        let growing: GrowingFile
        let began = Clock.now

        init(_ key: Key, number: Int, _ path: RequestPath, _ mirror: MirrorPlan, previous: CachedFile?) {
            self.key = key
            self.number = number
            self.path = path
            self.mirror = mirror
            self.previous = previous
            url = mirror.url(of: path)
            growing = GrowingFile(name: url)
        }

        var checksum: String? { mirror.checksums[path.text] }
    }

    private struct Miss {
        let problem: AssetProblem
        let until: Int64
    }

    private struct Table {
        var files: [Key: CachedFile] = [:]
        var flights: [Key: Flight] = [:]
        var misses: [Key: Miss] = [:]
        var lastNumber = 0
    }

    private final class Shelf: Sendable {
        let disk: CacheShelf
        init(_ disk: consuming CacheShelf) { self.disk = disk }
    }

    enum Task: Sendable {
        case land(Flight, SharedDescriptor, FetchHead, octets: Int64)
        case fail(Flight, FetchFailure)
        case stop
    }

    private enum Decision {
        case serve(CachedFile)
        case join(Flight)
        case fetch(Flight)
        case refuse(AssetProblem)
    }

    /// Files under way at once: anybody may ask for any name.
    private static let mostFlights = 512
    private static let mostMisses = 4096
    /// How long upstream's "no such file" holds, and how long a failure, in milliseconds.
    private static let missTime: Int64 = 60_000
    private static let failureTime: Int64 = 2000
    /// For how long upstream is left alone that could not be asked, while there is something to serve, in milliseconds.
    private static let grace: Int64 = 30_000

    private let table = Mutex(Table())
    private let shelves = Mutex<[String: Shelf]>([:])
    private let state: String
    private let fetcher: any FetchTaker
    private let events: EventRing
    private let counters: EngineCounters
    private let inbox: Mailbox<Task>
    private let thread: Mutex<EngineThread?>

    /// - Parameters:
    ///   - state: the service's own directory.
    ///   - mirrors: those whose files are looked for now; others when they are first asked for.
    /// - Throws: `SystemError` when there is no place to keep files, or no thread.
    package init(
        state: String, mirrors: [MirrorPlan], fetcher: any FetchTaker, events: EventRing, counters: EngineCounters
    ) throws(SystemError) {
        self.state = state
        self.fetcher = fetcher
        self.events = events
        self.counters = counters
        let wake = try WakeUp()
        let epoll = try Epoll()
        try epoll.add(wake.descriptor, token: 0)
        inbox = Mailbox { wake.signal() }
        thread = Mutex(nil)
        for mirror in mirrors { _ = try openShelf(mirror.name, isStart: true) }
        let waiting = HandOver(epoll)
        let started = try EngineThread(name: "mirror") { [self] in
            let epoll = waiting.take()
            while (try? epoll.wait(nil)) != nil {
                wake.clear()
                for task in inbox.drain() {
                    if case .stop = task { return }
                    take(task)
                }
            }
        }
        thread.withLock { $0 = started }
    }

    /// Ends the thread, once nothing is fetched any more.
    package func stop() {
        inbox.post(.stop)
        thread.withLock { $0.take() }?.join()
    }

    // MARK: Who asks

    package func open(_ path: RequestPath, of mirror: MirrorPlan) throws(AssetProblem) -> OpenedAsset {
        let key = Key(mirror: mirror.name, hash: CacheShelf.key(of: mirror.url(of: path)))
        let shelf: Shelf
        do throws(SystemError) {
            shelf = try openShelf(mirror.name, isStart: false)
        } catch {
            throw .unreadable
        }
        while true {
            switch decide(key, path, mirror) {
            case .refuse(let problem): throw problem
            case .join(let flight): return .growing(flight.growing)
            case .fetch(let flight):
                begin(flight, on: shelf)
                return .growing(flight.growing)
            case .serve(let known):
                do throws(SystemError) {
                    return .file(try shelf.disk.open(key.hash, known))
                } catch {
                    // Somebody emptied the cache, or laid a hand on it; of all else the file knows nothing.
                    guard error.isMissing || error.isStale else { throw .unreadable }
                    forget(key, known)
                }
            }
        }
    }

    private func openShelf(_ mirror: String, isStart: Bool) throws(SystemError) -> Shelf {
        if let known = shelves.withLock({ $0[mirror] }) { return known }
        let shelf = Shelf(try CacheShelf(mirror, beneath: state))
        let files = try shelf.disk.load(removesRests: isStart)
        return shelves.withLock { shelves in
            // Another thread may have been here meanwhile.
            if let known = shelves[mirror] { return known }
            table.withLock { table in
                for (hash, file) in files { table.files[Key(mirror: mirror, hash: hash)] = file }
            }
            shelves[mirror] = shelf
            return shelf
        }
    }

    private func decide(_ key: Key, _ path: RequestPath, _ mirror: MirrorPlan) -> Decision {
        let now = Clock.wallMilliseconds
        return table.withLock { table in
            if let flight = table.flights[key] { return .join(flight) }
            if let miss = table.misses[key], now < miss.until { return .refuse(miss.problem) }
            let wanted = mirror.checksums[path.text]
            let known = table.files[key].flatMap { wanted == nil || $0.checksum == wanted ? $0 : nil }
            if let known, known.isFresh(path, of: mirror, now: now) {
                table.files[key]?.used = now
                return .serve(known)
            }
            guard table.flights.count < Self.mostFlights else {
                return .refuse(.upstream(UpstreamFailure("too many files are being fetched already")))
            }
            table.lastNumber += 1
            let flight = Flight(key, number: table.lastNumber, path, mirror, previous: known)
            table.flights[key] = flight
            return .fetch(flight)
        }
    }

    private func forget(_ key: Key, _ file: CachedFile) {
        table.withLock { if $0.files[key] == file || $0.files[key]?.stamp == file.stamp { $0.files[key] = nil } }
    }

    // MARK: What is fetched

    private func begin(_ flight: Flight, on shelf: Shelf) {
        do throws(SystemError) {
            let file = try shelf.disk.begin(flight.key.hash, number: flight.number)
            flight.growing.attach(file)
            var request = FetchRequest(url: flight.url)
            request.fields = flight.previous?.questions ?? []
            request.authorities = flight.mirror.authorities
            request.limits = FetchLimits(octets: flight.mirror.limit)
            fetcher.start(request, into: file) { [self] news in hear(news, flight, file) }
        } catch {
            inbox.post(.fail(flight, FetchFailure(.disk, "\(error)")))
        }
    }

    /// On the thread `fetch`, which must not wait. What has yet to be checked is shown to nobody before.
    private func hear(_ news: FetchNews, _ flight: Flight, _ file: SharedDescriptor) {
        let isShown = flight.checksum == nil
        switch news {
        case .began(let head): if isShown { flight.growing.update { $0.size = head.size } }
        case .progress(let octets): if isShown { flight.growing.update { $0.octets = octets } }
        case .finished(let head, _, let octets):
            if isShown, head.status == 200 { flight.growing.update { $0.octets = octets } }
            inbox.post(.land(flight, file, head, octets: octets))
        case .failed(let failure): inbox.post(.fail(flight, failure))
        }
    }

    /// On the thread `mirror`.
    private func take(_ task: Task) {
        switch task {
        case .land(let flight, let file, let head, let octets): land(flight, file, head, octets)
        case .fail(let flight, let failure):
            fail(flight, failure.description, isTimeout: failure.kind == .timeout)
        case .stop: break
        }
    }

    private func land(_ flight: Flight, _ file: SharedDescriptor, _ head: FetchHead, _ octets: Int64) {
        do throws(SystemError) {
            switch head.status {
            case 200: try keep(flight, file, head, octets)
            case 304:
                guard let previous = flight.previous else { return fail(flight, "it answered 304 unasked") }
                try confirm(flight, previous)
            case 404, 410: lose(flight)
            default: fail(flight, "it answered \(head.status)")
            }
        } catch {
            fail(flight, "\(error)")
        }
    }

    private func keep(
        _ flight: Flight, _ file: SharedDescriptor, _ head: FetchHead, _ octets: Int64
    ) throws(SystemError) {
        let shelf = try openShelf(flight.mirror.name, isStart: false)
        let opened = try file.reopened(flight.url)
        var about = CachedFile(
            url: flight.url, size: octets, stamp: opened.modified, checked: Clock.wallMilliseconds)
        guard opened.size == octets else { return fail(flight, "the file has other octets than were fetched") }
        about.entityTag = head.entityTag
        about.modified = head.modified
        about.used = about.checked
        if let wanted = flight.checksum {
            about.checksum = try opened.checksum()
            guard about.checksum == wanted else {
                tell(flight, .wrongChecksum(found: about.checksum))
                return fail(flight, "its SHA-256 is not the one of the settings", for: Self.missTime)
            }
        }
        try shelf.disk.keep(file, flight.key.hash, number: flight.number, as: about)
        counters.add(.mirrorFetched)
        counters.add(.mirrorBytes, Int(octets))
        tell(flight, .fetched(octets: octets, Clock.now - flight.began))
        end(flight, .complete, about)
        makeRoom(for: flight, on: shelf)
    }

    private func confirm(_ flight: Flight, _ previous: CachedFile) throws(SystemError) {
        let shelf = try openShelf(flight.mirror.name, isStart: false)
        shelf.disk.abandon(flight.key.hash, number: flight.number)
        var about = previous
        about.checked = Clock.wallMilliseconds
        about.used = about.checked
        about.graceUntil = 0
        try shelf.disk.write(about, flight.key.hash)
        counters.add(.mirrorConfirmed)
        tell(flight, .confirmed)
        end(flight, .complete, about)
    }

    /// Upstream has no such file, or no longer.
    private func lose(_ flight: Flight) {
        abandon(flight)
        if let shelf = try? openShelf(flight.mirror.name, isStart: false) { shelf.disk.remove(flight.key.hash) }
        tell(flight, .failed("upstream has no such file"))
        miss(flight, .notFound, for: Self.missTime)
    }

    private func fail(_ flight: Flight, _ reason: String, isTimeout: Bool = false, for time: Int64 = failureTime) {
        abandon(flight)
        if var about = flight.previous {
            about.graceUntil = Clock.wallMilliseconds + Self.grace
            about.used = Clock.wallMilliseconds
            counters.add(.mirrorStale)
            tell(flight, .stale(reason))
            return end(flight, .complete, about)
        }
        counters.add(.mirrorFailed)
        tell(flight, .failed(reason))
        miss(flight, .upstream(UpstreamFailure(reason, isTimeout: isTimeout)), for: time)
    }

    private func abandon(_ flight: Flight) {
        guard let shelf = try? openShelf(flight.mirror.name, isStart: false) else { return }
        shelf.disk.abandon(flight.key.hash, number: flight.number)
    }

    private func miss(_ flight: Flight, _ problem: AssetProblem, for time: Int64) {
        let now = Clock.wallMilliseconds
        table.withLock { table in
            if table.misses.count >= Self.mostMisses { table.misses = table.misses.filter { now < $0.value.until } }
            if table.misses.count >= Self.mostMisses { table.misses = [:] }
            table.misses[flight.key] = Miss(problem: problem, until: now + time)
        }
        end(flight, .failed(problem), nil)
    }

    private func end(_ flight: Flight, _ outcome: GrowingFile.Outcome, _ about: CachedFile?) {
        table.withLock { table in
            table.flights[flight.key] = nil
            table.files[flight.key] = about
            if about != nil { table.misses[flight.key] = nil }
        }
        flight.growing.update { $0.outcome = outcome }
    }

    /// Drops what was not used for longest. Who is being sent a dropped file has it open, and gets all of it.
    private func makeRoom(for flight: Flight, on shelf: Shelf) {
        let dropped = table.withLock { table -> [(hash: String, size: Int64)] in
            let kept = table.files.filter { $0.key.mirror == flight.mirror.name }
            var excess = kept.values.reduce(0) { $0 + $1.size } - flight.mirror.limit
            var dropped: [(hash: String, size: Int64)] = []
            for (key, file) in kept.sorted(by: { $0.value.used < $1.value.used }) where excess > 0 {
                guard key != flight.key, table.flights[key] == nil else { continue }
                excess -= file.size
                table.files[key] = nil
                dropped.append((key.hash, file.size))
            }
            return dropped
        }
        guard !dropped.isEmpty else { return }
        for file in dropped { shelf.disk.remove(file.hash) }
        tell(flight, .dropped(files: dropped.count, octets: dropped.reduce(0) { $0 + $1.size }))
    }

    private func tell(_ flight: Flight, _ outcome: MirrorEvent.Outcome) {
        events.record(.mirrored(MirrorEvent(mirror: flight.mirror.name, url: flight.url, outcome: outcome)))
    }
}

extension OpenFile {
    private static let piece: Int64 = 1 << 20

    /// SHA-256 of all of it.
    fileprivate borrowing func checksum() throws(SystemError) -> String {
        var hash = SHA256()
        var start: Int64 = 0
        while start < size {
            let end = min(start + Self.piece, size)
            let octets = try octets(start..<end)
            hash.update(octets.span.bytes)
            start = end
        }
        return hash.digest
    }
}
