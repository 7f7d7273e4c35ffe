import Assets
import BootPolicy
import Testing
import Wire

@testable import Mirroring

@Suite("what a mirror knows and has room for")
struct MirrorTableTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)
    private static let wall: Int64 = 1_000_000

    private var table = MirrorTable()
    private var mirror = MirrorPlan(name: "d", upstream: "http://up")

    private func key(_ name: String) -> MirrorTable.Key { MirrorTable.Key(mirror: "d", hash: name) }

    private func file(_ name: String, _ size: Int64, checked: Int64 = wall) -> CachedFile {
        CachedFile(url: "http://up/\(name)", size: size, stamp: size, checked: checked)
    }

    private mutating func decide(
        _ name: String, now: Instant = start, wall: Int64 = wall
    ) throws -> MirrorTable.Decision {
        table.decide(key(name), try RequestPath(name.utf8), mirror, now: now, wall: wall)
    }

    private mutating func begin(_ name: String, wall: Int64 = wall) throws -> Flight {
        guard case .fetch(let flight) = try decide(name, wall: wall) else { throw Unexpected() }
        return flight
    }

    // An expectation cannot change a value by itself.

    private mutating func reserve(
        _ octets: Int64, written: Int64 = 0, for flight: Flight, free: Int64? = nil
    ) -> [String]? {
        table.reserve(octets, written: written, for: flight, free: free)?.map(\.key.hash)
    }

    private mutating func note(written: Int64, of flight: Flight) -> Bool { table.note(written: written, of: flight) }

    private mutating func relieve(_ flight: Flight, free: Int64) -> [String]? {
        table.relieve(flight, free: free)?.map(\.key.hash)
    }

    private mutating func adopt(_ files: [String: CachedFile], of mirror: MirrorPlan) -> [String] {
        table.adopt(files, of: mirror).map(\.key.hash)
    }

    private mutating func endsStale(_ flight: Flight, until: Instant) -> Bool {
        table.endStale(flight, until: until)
    }

    private struct Unexpected: Error {}

    /// Fetches a file and keeps it.
    private mutating func keep(_ name: String, _ size: Int64) throws {
        let flight = try begin(name)
        #expect(reserve(size, for: flight) != nil)
        table.end(flight, with: file(name, size))
    }

    @Test("what is kept and what is under way stay within the limit, and what is under way stays")
    mutating func room() throws {
        mirror.limit = 100
        try keep("old", 40)
        try keep("new", 40)
        _ = try decide("old")
        let flight = try begin("a")
        #expect(reserve(20, for: flight) == [])
        // Said again, and less than before: counted once.
        #expect(reserve(20, for: flight) == [])
        #expect(reserve(10, for: flight) == [])
        // The longest unused goes.
        #expect(reserve(21, for: flight) == ["new"])
        #expect(reserve(61, for: flight) == ["old"])
        let other = try begin("b")
        #expect(reserve(40, for: other) == nil)
        #expect(reserve(39, for: other) == [])
        // Nothing goes in vain.
        #expect(reserve(62, for: flight) == nil)
        table.end(other, .notFound, isLost: true, now: Self.start, until: Self.start)
        #expect(reserve(100, for: flight) == [])
        table.end(flight, with: file("a", 100))
        let next = try begin("c")
        #expect(reserve(1, for: next) == ["a"])
    }

    @Test("another mirror's files have nothing to do with it")
    mutating func apart() throws {
        mirror.limit = 100
        #expect(adopt(["x": file("x", 1000)], of: MirrorPlan(name: "other", upstream: "http://up")) == [])
        let flight = try begin("a")
        #expect(reserve(100, for: flight) == [])
    }

    @Test("the predecessor of a file goes last, and then there is nothing to serve when the fetch fails")
    mutating func predecessor() throws {
        mirror.limit = 100
        mirror.fresh = .zero
        try keep("a", 60)
        try keep("b", 30)
        let late = Self.wall + 10_000
        let flight = try begin("a", wall: late)
        #expect(reserve(40, for: flight) == ["b"])
        #expect(reserve(60, for: flight) == ["a"])
        let until = Self.start + .seconds(30)
        #expect(!endsStale(flight, until: until))
    }

    @Test("on a full file system what was not used for longest goes, however far the limit is")
    mutating func fullDisk() throws {
        mirror.limit = .max
        for name in ["a", "b", "c"] { try keep(name, 100) }
        let flight = try begin("d")
        #expect(reserve(50, for: flight, free: 50) == [])
        #expect(reserve(50, for: flight, free: 49) == ["a"])
        // It is as good as free, though it is still on the disk.
        #expect(reserve(50, for: flight, free: -50) == [])
        table.left([MirrorTable.Dropped(key: key("a"), size: 100)])
        #expect(reserve(50, written: 30, for: flight, free: 20) == [])
        #expect(reserve(301, written: 30, for: flight, free: 20) == nil)
        #expect(reserve(50, written: 50, for: flight, free: -1) == ["b"])
    }

    @Test("what others took of the file system is made up for by what is kept, except by the file itself")
    mutating func relief() throws {
        mirror.fresh = .zero
        for name in ["a", "b"] { try keep(name, 100) }
        let flight = try begin("a", wall: Self.wall + 5000)
        #expect(relieve(flight, free: 0) == [])
        #expect(relieve(flight, free: -101) == nil)
        #expect(relieve(flight, free: -100) == ["b"])
        #expect(relieve(flight, free: -100) == [])
        #expect(relieve(flight, free: -101) == nil)
    }

    @Test("files that are begun together share the file system, those of other mirrors, too")
    mutating func together() throws {
        let (one, other) = (try begin("a"), try begin("b"))
        mirror = MirrorPlan(name: "e", upstream: "http://up")
        guard
            case .fetch(let third) = table.decide(
                MirrorTable.Key(mirror: "e", hash: "c"), try RequestPath("c".utf8), mirror, now: Self.start,
                wall: Self.wall)
        else { throw Unexpected() }
        #expect(reserve(50, for: one, free: 60) == [])
        #expect(reserve(50, for: other, free: 60) == nil)
        #expect(reserve(11, for: third, free: 60) == nil)
        #expect(reserve(10, for: third, free: 60) == [])
        #expect(note(written: 20, of: one))
        #expect(!note(written: 51, of: one))
        #expect(reserve(1, for: other, free: 40) == nil)
        table.end(third, .notFound, isLost: true, now: Self.start, until: Self.start)
        #expect(reserve(10, for: other, free: 40) == [])
    }

    @Test("no number that the process that fetches says is too large", arguments: [100, Int64.max])
    mutating func wild(limit: Int64) throws {
        mirror.limit = limit
        try keep("a", 10)
        let (one, other) = (try begin("b"), try begin("c"))
        for flight in [one, other] {
            for octets in [.max, Int64.max - 1, CachedFile.mostOctets + 1] {
                #expect(reserve(octets, written: .max, for: flight, free: .max) == nil)
                #expect(reserve(octets, for: flight, free: -(1 << 30)) == nil)
            }
            #expect(reserve(.min, written: .min, for: flight, free: .max) == [])
        }
        #expect(reserve(90, written: .max, for: one, free: .max) == [])
    }

    @Test("what was dropped goes from the disk, unless it is there again or takes its place just now")
    mutating func goes() throws {
        mirror.limit = 100
        try keep("a", 60)
        #expect(!table.isGone(key("a")))
        let other = try begin("b")
        #expect(reserve(100, for: other) == ["a"])
        #expect(table.isGone(key("a")))
        let flight = try begin("a")
        #expect(table.isGone(key("a")))
        table.land(flight)
        #expect(!table.isGone(key("a")))
        table.end(flight, with: file("a", 60))
        #expect(!table.isGone(key("a")))
    }

    @Test("what does not fit any more when the service starts goes, the longest unused first")
    mutating func lowered() throws {
        mirror.limit = 100
        let found = [
            "a": file("a", 50, checked: 1), "b": file("b", 50, checked: 2), "c": file("c", 50, checked: 3),
        ]
        #expect(adopt(found, of: mirror) == ["a"])
        #expect(table.isGone(key("a")))
        let flight = try begin("d")
        #expect(reserve(1, for: flight) == ["b"])
    }

    @Test("a file that is asked for anew takes no second place")
    mutating func again() throws {
        mirror.fresh = .zero
        let found = (1...MirrorTable.mostFiles).map { ("\($0)", file("\($0)", 1)) }
        #expect(adopt(Dictionary(uniqueKeysWithValues: found), of: mirror) == [])
        let flight = try begin("1", wall: Self.wall + 5000)
        #expect(reserve(1, for: flight) == [])
    }

    @Test("so many files and no more, whatever their size")
    mutating func number() throws {
        let found = (1...MirrorTable.mostFiles).map { ("\($0)", file("\($0)", 1, checked: Int64($0))) }
        #expect(adopt(Dictionary(uniqueKeysWithValues: found), of: mirror) == [])
        let (one, other) = (try begin("a"), try begin("b"))
        let dropped = reserve(1, for: one) ?? []
        #expect(dropped.first == "1")
        #expect(dropped.count > 1 && dropped.count < MirrorTable.mostFiles / 32)
        // There is room for some now.
        let more = reserve(1, for: other)
        #expect(more == [])
    }

    @Test("so many under way and no more, and none when the service ends")
    mutating func flights() throws {
        let flights = try (1...MirrorTable.mostFlights).map { try begin("\($0)") }
        guard case .refuse(.upstream) = try decide("more") else { throw Unexpected() }
        guard case .join(let joined) = try decide("1") else { throw Unexpected() }
        #expect(joined === flights.first)
        let under = table.close()
        #expect(under.count == flights.count)
        guard case .refuse(.upstream) = try decide("1") else { throw Unexpected() }
    }

    @Test("a miss holds for its time by the clock that nobody sets")
    mutating func miss() throws {
        let flight = try begin("a")
        table.end(flight, .notFound, isLost: true, now: Self.start, until: Self.start + .seconds(60))
        guard case .refuse(.notFound) = try decide("a", now: Self.start + .milliseconds(59_999), wall: .max) else {
            throw Unexpected()
        }
        guard case .fetch = try decide("a", now: Self.start + .seconds(60), wall: 0) else { throw Unexpected() }
    }

    @Test("a file with the right checksum is served without asking, whatever is said of it upstream")
    mutating func pinned() throws {
        mirror.checksums["a"] = "right"
        let first = try begin("a")
        var kept = file("a", 10)
        kept.checksum = "right"
        table.end(first, with: kept)
        mirror.checksums["a"] = "wrong"
        let second = try begin("a")
        let end = Self.start + .seconds(60)
        table.end(second, .notFound, isLost: false, now: Self.start, until: end)
        mirror.checksums["a"] = "right"
        guard case .serve = try decide("a", wall: Self.wall + 100_000_000) else { throw Unexpected() }
    }

    @Test("who wants a checked file does not get one that is being fetched unchecked")
    mutating func pinnedMeanwhile() throws {
        _ = try begin("a")
        guard case .join = try decide("a") else { throw Unexpected() }
        mirror.checksums["a"] = "right"
        guard case .refuse(.upstream(.superseded)) = try decide("a") else { throw Unexpected() }
    }

    @Test("grace does as well, and a failure without a file to serve has none")
    mutating func grace() throws {
        mirror.fresh = .zero
        try keep("a", 5)
        let wall = Self.wall + 5000
        let flight = try begin("a", wall: wall)
        let until = Self.start + .seconds(30)
        #expect(endsStale(flight, until: until))
        guard case .serve = try decide("a", now: Self.start + .milliseconds(29_999), wall: wall) else {
            throw Unexpected()
        }
        guard case .fetch = try decide("a", now: until, wall: wall) else { throw Unexpected() }
        let other = try begin("b")
        #expect(!endsStale(other, until: until))
    }

    @Test(
        "a file is fresh for its time, at least for those who waited for it, and not when the clock was set back",
        arguments: [
            (600, 0, true), (600, 599_999, true), (600, 600_000, false), (600, -1, false), (0, 999, true),
            (0, 1000, false),
        ])
    func fresh(seconds: Int64, age: Int64, isFresh: Bool) throws {
        var mirror = mirror
        mirror.fresh = .seconds(seconds)
        let path = try RequestPath("a".utf8)
        let file = file("a", 1, checked: Self.wall)
        #expect(file.isFresh(path, of: mirror, now: Self.start, wall: Self.wall + age) == isFresh)
        mirror.immutable = [try NameGlob("a")]
        #expect(file.isFresh(path, of: mirror, now: Self.start, wall: Self.wall + age))
    }
}
