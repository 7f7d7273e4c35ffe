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

    /// A file under way, and what it takes and has taken.
    private struct Under {
        let flight: Flight
        var reserved: Int64 = 0
        var written: Int64 = 0
        /// Whether it is being brought to its place.
        var isLanding = false
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
    private var flights: [Key: Under] = [:]
    private var misses: [Key: Miss] = [:]
    private var rooms: [String: Room] = [:]
    /// Of all mirrors, for they share a file system: octets that were reserved and are still to be written, and those of
    /// files that were dropped and are still on the disk.
    private var pending: Int64 = 0
    private var leaving: Int64 = 0
    private var lastNumber = 0
    private var lastUse: Int64 = 0
    private var isClosed = false

    /// Whether a dropped file is still to go from the disk: not if it was fetched again, or takes its place just now.
    func isGone(_ key: Key) -> Bool { files[key] == nil && flights[key]?.isLanding != true }

    // MARK: Who asks

    /// - Parameter wall: milliseconds since 1970, which is what descriptions on disk go by.
    mutating func decide(
        _ key: Key, _ path: RequestPath, _ mirror: MirrorPlan, now: Instant, wall: Int64
    ) -> Decision {
        let wanted = mirror.checksums[path.text]
        let known = files[key].flatMap { wanted == nil || $0.checksum == wanted ? $0 : nil }
        // What is the file that the settings mean need not be asked for, whatever became of it upstream.
        if let known, wanted != nil { return serve(known, key) }
        if let under = flights[key] {
            // One that a reload has put a checksum to since shall be shown to nobody unchecked.
            return under.flight.checksum == wanted ? .join(under.flight) : .refuse(.upstream(.superseded))
        }
        if let miss = misses[key], now < miss.until { return .refuse(miss.problem) }
        if let known, known.isFresh(path, of: mirror, now: now, wall: wall) { return serve(known, key) }
        guard !isClosed else { return .refuse(.upstream(.ending)) }
        guard flights.count < Self.mostFlights else { return .refuse(.upstream(.crowded)) }
        lastNumber += 1
        let flight = Flight(key, number: lastNumber, path, mirror, previous: known)
        flights[key] = Under(flight: flight)
        rooms[key.mirror, default: Room()].flights += 1
        return .fetch(flight)
    }

    private mutating func serve(_ file: CachedFile, _ key: Key) -> Decision {
        let use = nextUse()
        files[key]?.used = use
        return .serve(file)
    }

    private mutating func nextUse() -> Int64 {
        lastUse += 1
        return lastUse
    }

    /// Takes in what was found on disk; what upstream confirmed last counts as used last.
    ///
    /// - Returns: what does not fit, for the limit may have been lowered since.
    mutating func adopt(_ found: [String: CachedFile], of mirror: MirrorPlan) -> [Dropped] {
        var (octets, count): (Int64, Int) = (0, 0)
        var taken: [(Key, CachedFile)] = []
        var dropped: [Dropped] = []
        for (hash, file) in found.sorted(by: { $0.value.checked > $1.value.checked }) {
            let key = Key(mirror: mirror.name, hash: hash)
            if dropped.isEmpty, count < Self.mostFiles, octets + file.size <= Self.limit(of: mirror) {
                octets += file.size
                count += 1
                taken.append((key, file))
            } else {
                dropped.append(Dropped(key: key, size: file.size))
            }
        }
        for (key, file) in taken.reversed() { set(file, key) }
        return dropped
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

    /// No sum of such limits comes near the largest number.
    private static func limit(of mirror: MirrorPlan) -> Int64 { min(mirror.limit, CachedFile.mostOctets) }

    /// Counts how far a file under way has come.
    ///
    /// - Returns: whether that much was reserved for it.
    mutating func note(written: Int64, of flight: Flight) -> Bool {
        // One that has ended takes no room any more.
        guard let under = under(flight) else { return true }
        guard written <= under.reserved else { return false }
        count(flight, reserved: under.reserved, written: max(under.written, written))
        return true
    }

    /// Counts the octets of a file under way.
    ///
    /// - Parameters:
    ///   - octets: what it will have, or as far as it is known to have come.
    ///   - written: those of them that are on the disk; the numbers come from the process that fetches, and may be any.
    ///   - free: octets of the file system beyond those that stay free; negative where they are missing, nil where it
    ///     does not say.
    /// - Returns: what has to go from the disk for it; nil when it does not fit whatever goes.
    mutating func reserve(
        _ octets: Int64, written: Int64 = 0, for flight: Flight, free: Int64? = nil
    ) -> [Dropped]? {
        guard let before = under(flight) else { return [] }
        let reserved = max(before.reserved, min(octets, Self.limit(of: flight.mirror) + 1))
        count(flight, reserved: reserved, written: max(before.written, min(written, reserved)))
        guard let dropped = makeRoom(for: flight, free: free) else {
            count(flight, reserved: before.reserved, written: before.written)
            return nil
        }
        return dropped
    }

    private func under(_ flight: Flight) -> Under? {
        flights[flight.key].flatMap { $0.flight === flight ? $0 : nil }
    }

    private mutating func count(_ flight: Flight, reserved: Int64, written: Int64) {
        guard let before = under(flight) else { return }
        rooms[flight.key.mirror, default: Room()].reserved += reserved - before.reserved
        pending += (reserved - written) - (before.reserved - before.written)
        flights[flight.key]?.reserved = reserved
        flights[flight.key]?.written = written
    }

    /// Makes up for octets that are missing on the file system before anything is known of the file, which itself stays.
    ///
    /// - Parameter free: as above.
    /// - Returns: what has to go; nil when that is not enough.
    mutating func relieve(_ flight: Flight, free: Int64) -> [Dropped]? {
        let excess = missing(0, free)
        guard excess > 0 else { return [] }
        return drop(excess, files: 0, of: candidates(beside: flight).filter { $0.key != flight.key }, for: flight)
    }

    /// Octets that the file system lacks for so many; what was dropped is as good as free.
    private func missing(_ octets: Int64, _ free: Int64) -> Int64 { octets - min(free, 1 << 60) - leaving }

    /// What was dropped is gone from the disk.
    mutating func left(_ dropped: [Dropped]) { leaving -= dropped.reduce(0) { $0 + $1.size } }

    private mutating func makeRoom(for flight: Flight, free: Int64?) -> [Dropped]? {
        let room = rooms[flight.key.mirror, default: Room()]
        let excess = max(
            room.kept + room.reserved - Self.limit(of: flight.mirror), free.map { missing(pending, $0) } ?? 0)
        var excessFiles = room.files + room.flights - Self.mostFiles
        // Those that will replace a file take no place of their own.
        if excessFiles > 0 {
            excessFiles -= flights.keys.count { $0.mirror == flight.key.mirror && files[$0] != nil }
        }
        guard excess > 0 || excessFiles > 0 else { return [] }
        return drop(excess, files: excessFiles, of: candidates(beside: flight), for: flight)
    }

    /// Who is being sent a dropped file has it open, and gets all of it.
    private mutating func drop(
        _ excess: Int64, files excessFiles: Int, of candidates: [Dropped], for flight: Flight
    ) -> [Dropped]? {
        guard candidates.reduce(0, { $0 + $1.size }) >= excess, candidates.count >= excessFiles else { return nil }
        let room = rooms[flight.key.mirror, default: Room()]
        // What the limit comes to just now, be it the mirror's or the file system's.
        let limit = max(room.kept + room.reserved - excess, 0)
        let (wanted, wantedFiles) = (
            excess > 0 ? excess + limit / Self.foresight : 0,
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
        leaving += octets
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

    /// All of it was fetched.
    mutating func land(_ flight: Flight) {
        if under(flight) != nil { flights[flight.key]?.isLanding = true }
    }

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
        guard under(flight) != nil else { return }
        count(flight, reserved: 0, written: 0)
        flights[flight.key] = nil
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
