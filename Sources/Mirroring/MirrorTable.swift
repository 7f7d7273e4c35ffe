import Assets
import BootPolicy
import Wire

/// What is known of the files of all mirrors: what is kept, what is under way, and what cannot be had. No disk and no clock in
/// it.
///
/// What is kept and what is under way together stay within a mirror's `limit`. The slack is what arrives between two
/// reports of the process that fetches (20 ms): only then a file without a size in its head is known to be larger.
struct MirrorTable {
    struct Key: Hashable, Sendable {
        let mirror: String
        /// Of the URL.
        let hash: String
    }

    enum Decision {
        case serve(CachedFile)
        case join(Flight)
        case fetch(Flight)
        case refuse(AssetProblem)
    }

    struct Dropped: Equatable {
        let key: Key
        let size: Int64
    }

    private struct Miss {
        let problem: AssetProblem
        let until: Instant
    }

    /// What one mirror takes.
    private struct Room {
        var kept: Int64 = 0
        var reserved: Int64 = 0
        var files = 0
        var flights = 0
    }

    /// Files under way at once: anybody may ask for any name.
    static let mostFlights = 512
    /// Files of one mirror: each takes two inodes, however small it is.
    static let mostFiles = 65_536
    static let mostMisses = 4096
    /// Where something has to go, a little more goes, so that the next file need not look through all of them again.
    private static let foresight: Int64 = 64

    private var files: [Key: CachedFile] = [:]
    private var flights: [Key: (flight: Flight, reserved: Int64)] = [:]
    private var misses: [Key: Miss] = [:]
    private var rooms: [String: Room] = [:]
    private var lastNumber = 0
    private var lastUse: Int64 = 0
    private var isClosed = false

    func knows(_ key: Key) -> Bool { files[key] != nil }

    // MARK: Who asks

    /// - Parameter wall: milliseconds since 1970, which is what descriptions on disk go by.
    mutating func decide(
        _ key: Key, _ path: RequestPath, _ mirror: MirrorPlan, now: Instant, wall: Int64
    ) -> Decision {
        if let under = flights[key] { return .join(under.flight) }
        if let miss = misses[key], now < miss.until { return .refuse(miss.problem) }
        let wanted = mirror.checksums[path.text]
        let known = files[key].flatMap { wanted == nil || $0.checksum == wanted ? $0 : nil }
        // What is the file that the settings mean need not be asked for, whatever became of it upstream.
        if let known, wanted != nil || known.isFresh(path, of: mirror, now: now, wall: wall) {
            let use = nextUse()
            files[key]?.used = use
            return .serve(known)
        }
        guard !isClosed else { return .refuse(.upstream(.ending)) }
        guard flights.count < Self.mostFlights else { return .refuse(.upstream(.crowded)) }
        lastNumber += 1
        let flight = Flight(key, number: lastNumber, path, mirror, previous: known)
        flights[key] = (flight, 0)
        rooms[key.mirror, default: Room()].flights += 1
        return .fetch(flight)
    }

    private mutating func nextUse() -> Int64 {
        lastUse += 1
        return lastUse
    }

    /// Takes in what was found on disk; what upstream confirmed last counts as used last.
    mutating func adopt(_ found: [String: CachedFile], of mirror: String) {
        for (hash, file) in found.sorted(by: { $0.value.checked < $1.value.checked }) {
            set(file, Key(mirror: mirror, hash: hash))
        }
    }

    /// A file is not the one that is described, or gone.
    mutating func forget(_ key: Key, _ file: CachedFile) {
        if files[key]?.stamp == file.stamp { set(nil, key) }
    }

    private mutating func set(_ file: CachedFile?, _ key: Key) {
        var file = file
        file?.used = nextUse()
        let before = files[key]
        rooms[key.mirror, default: Room()].kept += (file?.size ?? 0) - (before?.size ?? 0)
        rooms[key.mirror, default: Room()].files += (file == nil ? 0 : 1) - (before == nil ? 0 : 1)
        files[key] = file
    }

    // MARK: Room

    /// Counts the octets of a file under way.
    ///
    /// - Parameter octets: what it will have, or as far as it is known to have come.
    /// - Returns: what has to go from the disk for it; nil when it does not fit whatever goes.
    mutating func reserve(_ octets: Int64, for flight: Flight) -> [Dropped]? {
        let key = flight.key
        // One that has ended takes no room any more.
        guard let under = flights[key], under.flight === flight else { return [] }
        let more = max(octets - under.reserved, 0)
        rooms[key.mirror, default: Room()].reserved += more
        guard let dropped = makeRoom(for: flight) else {
            rooms[key.mirror, default: Room()].reserved -= more
            return nil
        }
        flights[key]?.reserved += more
        return dropped
    }

    /// Who is being sent a dropped file has it open, and gets all of it.
    private mutating func makeRoom(for flight: Flight) -> [Dropped]? {
        let room = rooms[flight.key.mirror, default: Room()]
        let excess = room.kept + room.reserved - flight.mirror.limit
        let excessFiles = room.files + room.flights - Self.mostFiles
        guard excess > 0 || excessFiles > 0 else { return [] }
        let candidates = candidates(beside: flight)
        guard candidates.reduce(0, { $0 + $1.size }) >= excess, candidates.count >= excessFiles else { return nil }
        let (wanted, wantedFiles) = (
            excess > 0 ? excess + flight.mirror.limit / Self.foresight : 0,
            excessFiles > 0 ? excessFiles + Self.mostFiles / Int(Self.foresight) : 0
        )
        var dropped: [Dropped] = []
        var octets: Int64 = 0
        for file in candidates {
            // Its own predecessor is what is served if the fetch fails: it goes only for what is really needed.
            let isOwn = file.key == flight.key
            let isEnough =
                octets >= (isOwn ? excess : wanted) && dropped.count >= (isOwn ? excessFiles : wantedFiles)
            if isEnough { break }
            octets += file.size
            dropped.append(file)
            set(nil, file.key)
        }
        return dropped
    }

    /// What may go, the longest unused first; what is under way itself stays.
    private func candidates(beside flight: Flight) -> [Dropped] {
        var others: [(used: Int64, file: Dropped)] = []
        for (key, file) in files where key.mirror == flight.key.mirror && flights[key] == nil {
            others.append((file.used, Dropped(key: key, size: file.size)))
        }
        let own = files[flight.key].map { [Dropped(key: flight.key, size: $0.size)] } ?? []
        return others.sorted { $0.used < $1.used }.map(\.file) + own
    }

    // MARK: How it ended

    /// - Parameter file: what is there now.
    mutating func end(_ flight: Flight, with file: CachedFile) {
        release(flight)
        misses[flight.key] = nil
        set(file, flight.key)
    }

    /// Upstream could not be asked: what is there is served until then without asking again.
    ///
    /// - Returns: false when nothing is there.
    mutating func endStale(_ flight: Flight, until: Instant) -> Bool {
        guard let previous = flight.previous, files[flight.key]?.stamp == previous.stamp else { return false }
        release(flight)
        files[flight.key]?.graceUntil = until
        return true
    }

    /// It is not to be had, until `until`.
    ///
    /// - Parameter isLost: whether what was there of it goes, too.
    mutating func end(_ flight: Flight, _ problem: AssetProblem, isLost: Bool, now: Instant, until: Instant) {
        release(flight)
        if isLost { set(nil, flight.key) }
        if misses.count >= Self.mostMisses { misses = misses.filter { now < $0.value.until } }
        if misses.count >= Self.mostMisses { misses = [:] }
        misses[flight.key] = Miss(problem: problem, until: until)
    }

    private mutating func release(_ flight: Flight) {
        guard let under = flights[flight.key], under.flight === flight else { return }
        flights[flight.key] = nil
        rooms[flight.key.mirror, default: Room()].reserved -= under.reserved
        rooms[flight.key.mirror, default: Room()].flights -= 1
    }

    /// Nothing is fetched from now on.
    ///
    /// - Returns: what was under way.
    mutating func close() -> [Flight] {
        isClosed = true
        let under = flights.values.map(\.flight)
        for flight in under { release(flight) }
        return under
    }
}
