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
/// others find it under way. The disk is waited for by those who ask (threads that may wait) and by two threads that take
/// in what was fetched; the table's lock is never held meanwhile.
package final class MirrorCache: MirrorSource {
    final class Shelf: Sendable {
        let disk: CacheShelf
        init(_ disk: consuming CacheShelf) { self.disk = disk }
    }

    enum Task: Sendable {
        case land(Flight, SharedDescriptor, FetchHead, octets: Int64)
        case fail(Flight, FetchFailure)
        case drop(Flight, [MirrorTable.Dropped])
    }

    /// Octets from which a file is large: to hash it and bring it to the disk takes so long that small ones do not wait for
    /// it.
    private static let leastLarge: Int64 = 32 << 20
    /// Octets that stay free on the file system for everything else, or a twentieth of it where that is less.
    private static let spare: Int64 = 1 << 30

    let table = Mutex(MirrorTable())
    private let shelves = Mutex<[String: Shelf]>([:])
    private let state: String
    private let fetcher: any FetchTaker
    let teller: MirrorTeller
    let counters: EngineCounters
    private let small: Lane<Task>
    private let large: Lane<Task>
    private let stopping = Atomic<Bool>(false)

    /// - Parameters:
    ///   - state: the service's own directory.
    ///   - mirrors: those whose files are looked for now; others when they are first asked for.
    /// - Throws: `SystemError` when there is no place to keep files, or no thread.
    package init(
        state: String, mirrors: [MirrorPlan], fetcher: any FetchTaker, events: EventRing, counters: EngineCounters
    ) throws(SystemError) {
        self.state = state
        self.fetcher = fetcher
        self.counters = counters
        teller = MirrorTeller(events)
        small = try Lane()
        large = try Lane()
        for mirror in mirrors { _ = try openShelf(mirror, isStart: true) }
        for (lane, name) in [(small, "mirror"), (large, "mirror-large")] {
            try lane.start(
                name: name, deadline: { [teller] in teller.deadline },
                look: { [teller] in teller.tellUntold(now: Clock.now) }, take: { [self] in take($0) })
        }
    }

    /// Fails what is under way, so that nobody waits for it any more, and ends the threads. What is kept goes on to be served.
    package func stop() {
        stopping.store(true, ordering: .relaxed)
        let under = table.withLock { $0.close() }
        for flight in under {
            if let number = flight.giveUp() { fetcher.cancel(number) }
            flight.growing.update { $0.outcome = .failed(.upstream(.ending)) }
        }
        small.stop()
        large.stop()
        for flight in under { abandon(flight) }
        teller.tellRest()
    }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    // MARK: Who asks

    package func open(_ path: RequestPath, of mirror: MirrorPlan) throws(AssetProblem) -> OpenedAsset {
        let key = MirrorTable.Key(mirror: mirror.name, hash: CacheShelf.key(of: mirror.url(of: path)))
        let shelf: Shelf
        do throws(SystemError) {
            shelf = try openShelf(mirror, isStart: false)
        } catch {
            throw .unreadable
        }
        while true {
            let decision = table.withLock {
                $0.decide(key, path, mirror, now: Clock.now, wall: Clock.wallMilliseconds)
            }
            switch decision {
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
                    table.withLock { $0.forget(key, known) }
                }
            }
        }
    }

    func openShelf(_ mirror: MirrorPlan, isStart: Bool) throws(SystemError) -> Shelf {
        if let known = shelves.withLock({ $0[mirror.name] }) { return known }
        let shelf = Shelf(try CacheShelf(mirror.name, beneath: state))
        let files = try shelf.disk.load(removesRests: isStart)
        return shelves.withLock { shelves in
            // Another thread may have been here meanwhile.
            if let known = shelves[mirror.name] { return known }
            let dropped = table.withLock { $0.adopt(files, of: mirror) }
            for file in dropped { shelf.disk.remove(file.key.hash) }
            shelves[mirror.name] = shelf
            return shelf
        }
    }

    // MARK: What is fetched

    private func begin(_ flight: Flight, on shelf: Shelf) {
        do throws(SystemError) {
            let room = try shelf.disk.room()
            guard relieve(room, for: flight) else {
                let text = "only \(room.free) octets are free on the file system of the cache; make room there"
                return post(.fail(flight, FetchFailure(.disk, text)))
            }
            let file = try shelf.disk.begin(flight.key.hash, number: flight.number)
            flight.growing.attach(file)
            var request = FetchRequest(url: flight.url)
            request.fields = flight.previous?.questions ?? []
            request.authorities = flight.mirror.authorities
            request.limits = FetchLimits(octets: flight.mirror.limit)
            request.limits.spare = Self.guarded(room)
            let number = fetcher.start(request, into: file) { [self] news in hear(news, flight, file) }
            if let number = flight.started(as: number) { fetcher.cancel(number) }
        } catch {
            post(.fail(flight, FetchFailure(.disk, "\(error)")))
        }
    }

    /// Makes room where others took what has to stay free.
    ///
    /// - Returns: false when that does not help, and nothing is there that upstream might confirm.
    private func relieve(_ room: FileSystemRoom, for flight: Flight) -> Bool {
        // Some file systems do not say how large they are.
        guard room.total > 0 else { return true }
        let free = room.free - Self.guarded(room) - 1
        guard let dropped = table.withLock({ $0.relieve(flight, free: free) }) else { return flight.previous != nil }
        if !dropped.isEmpty { drop(dropped, for: flight) }
        return true
    }

    /// Octets that the process that fetches itself leaves free: half of the spare, for it hears of no file that goes.
    private static func guarded(_ room: FileSystemRoom) -> Int64 { spare(of: room) / 2 }

    private static func spare(of room: FileSystemRoom) -> Int64 { min(spare, room.total / 20) }

    /// On the thread `fetch`, which must not wait. What has yet to be checked is shown to nobody before.
    private func hear(_ news: FetchNews, _ flight: Flight, _ file: SharedDescriptor) {
        guard !flight.isOver else { return }
        let isShown = flight.checksum == nil
        switch news {
        case .began(let head):
            if hasRoom(head.size ?? 0, written: 0, flight, file), isShown {
                flight.growing.update { $0.size = head.size }
            }
        case .progress(let octets):
            let isReserved = table.withLock { $0.note(written: octets, of: flight) }
            guard isReserved || hasRoom(octets, written: octets, flight, file) else { return }
            if isShown { flight.growing.update { $0.octets = octets } }
        case .finished(let head, _, let octets):
            // Another answer brings nothing that takes room.
            guard head.status != 200 || hasRoom(octets, written: octets, flight, file) else { return }
            if isShown, head.status == 200 { flight.growing.update { $0.octets = octets } }
            table.withLock { $0.land(flight) }
            post(.land(flight, file, head, octets: octets))
        case .failed(let failure): post(.fail(flight, failure))
        }
    }

    /// Whether the mirror and the file system have room for so much of a file; if not, that is the end of it.
    private func hasRoom(_ octets: Int64, written: Int64, _ flight: Flight, _ file: SharedDescriptor) -> Bool {
        // The kernel has the numbers of a local file system in memory: nothing is waited for.
        let room = (try? file.room(flight.url)).flatMap { $0.total > 0 ? $0 : nil }
        let free = room.map { $0.free - Self.spare(of: $0) }
        if let dropped = table.withLock({ $0.reserve(octets, written: written, for: flight, free: free) }) {
            if !dropped.isEmpty { post(.drop(flight, dropped)) }
            return true
        }
        if let number = flight.giveUp() { fetcher.cancel(number) }
        let text =
            "no room for \(octets) octets beside what else is being fetched: the mirror's limit is \(flight.mirror.limit)"
            + (room.map { ", and \($0.free) octets are free, of which \(Self.spare(of: $0)) stay so" } ?? "")
        post(.fail(flight, FetchFailure(.tooLarge, text)))
        return false
    }

    private func post(_ task: Task) {
        let isLarge = if case .land(_, _, _, let octets) = task { octets >= Self.leastLarge } else { false }
        (isLarge ? large : small).post(task)
    }
}
