import Assets
import BootPolicy
import Exchange
import Fetching
import Foundation
import LinuxIO
import Synchronization
import Testing
import Wire

@testable import Mirroring

@Suite("the cache of a mirror", .timeLimit(.minutes(1)))
final class MirrorCacheTests {
    private let state = NSTemporaryDirectory() + "/pilotfish-mirror-" + UUID().uuidString
    private let fetcher = PlayedFetcher()
    private let counters = EngineCounters()
    private let events = EventRing(clock: { 0 }, wake: {})
    private var mirror = MirrorPlan(name: "d", upstream: "http://up")
    private var cache: MirrorCache?

    init() throws {
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        try restart()
    }

    deinit {
        cache?.stop()
        try? FileManager.default.removeItem(atPath: state)
    }

    private func restart() throws {
        cache?.stop()
        cache = try MirrorCache(
            state: state, mirrors: [mirror], fetcher: fetcher, events: events, counters: counters)
    }

    private enum Got: Equatable {
        case text(String)
        case coming
        case problem(AssetProblem)
    }

    private func ask(_ path: String) throws -> Got {
        let cache = try #require(cache)
        let path = try RequestPath(path.utf8)
        do throws(AssetProblem) {
            switch try cache.open(path, of: mirror) {
            case .file(let file):
                return .text(String(decoding: (try? file.contents(limit: 1 << 20)) ?? [], as: UTF8.self))
            case .growing: return .coming
            case .generated: return .text("(made)")
            }
        } catch {
            return .problem(error)
        }
    }

    /// What is told once what was fetched is taken in, which another thread does.
    private func settled(_ path: String) throws -> Got {
        while true {
            let got = try ask(path)
            if got != .coming { return got }
            Clock.nap(.milliseconds(2))
        }
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: state + "/cache/mirror/d")
    }

    private func outcomes() -> [String] {
        events.drain().events.compactMap { recorded in
            guard case .mirrored(let event) = recorded.event else { return nil }
            return "\(event.outcome)".prefix { $0 != "(" }.description
        }
    }

    @Test("many who ask at once cause one fetch, and all get it")
    func single() throws {
        for _ in 0..<200 { #expect(try ask("a") == .coming) }
        #expect(fetcher.asked.map(\.request.url) == ["http://up/a"])
        fetcher.asked[0].answer("octets")
        #expect(try settled("a") == .text("octets"))
        #expect(fetcher.asked.count == 1)
        #expect(outcomes() == ["fetched"])
        #expect(counters[.mirrorFetched] == 1)
    }

    @Test("who waits hears of the size, of octets, and of the end")
    func grows() throws {
        let cache = try #require(cache)
        guard case .growing(let file) = try cache.open(RequestPath("a".utf8), of: mirror) else {
            Issue.record("not growing")
            return
        }
        let news = Mutex(0)
        #expect(file.awaitNews(beyond: file.progress) { news.withLock { $0 += 1 } } != nil)
        fetcher.asked[0].tell(.began(FetchHead(status: 200, size: 6)))
        #expect(news.withLock { $0 } == 1)
        fetcher.asked[0].write("oct")
        fetcher.asked[0].tell(.progress(3))
        #expect(file.progress.octets == 3)
        let opened = try file.open()
        #expect(try opened.octets(0..<3) == Array("oct".utf8))
        fetcher.asked[0].fail()
        while file.progress.outcome == nil { Clock.nap(.milliseconds(2)) }
        #expect(file.progress.outcome == .failed(.upstream(UpstreamFailure("upstream cannot be reached"))))
        #expect(try names() == [])
    }

    @Test("a fresh file is served without asking; an old one is confirmed, replaced, or served stale")
    func freshness() throws {
        #expect(try ask("a") == .coming)
        fetcher.asked[0].answer("one", entityTag: "\"1\"")
        #expect(try settled("a") == .text("one"))
        mirror.fresh = .zero
        Clock.nap(.milliseconds(1100))

        #expect(try ask("a") == .coming)
        #expect(fetcher.asked[1].request.fields == ["If-None-Match: \"1\""])
        fetcher.asked[1].answer(status: 304)
        #expect(try settled("a") == .text("one"))
        Clock.nap(.milliseconds(1100))
        #expect(try ask("a") == .coming)
        fetcher.asked[2].answer("two")
        #expect(try settled("a") == .text("two"))
        Clock.nap(.milliseconds(1100))
        #expect(try ask("a") == .coming)
        fetcher.asked[3].fail()
        #expect(try settled("a") == .text("two"))
        // Upstream is left alone for a while then.
        #expect(try ask("a") == .text("two"))
        #expect(outcomes() == ["fetched", "confirmed", "fetched", "stale"])
        mirror.immutable = [try NameGlob("a")]
        try restart()
        #expect(try ask("a") == .text("two"))
        #expect(fetcher.asked.count == 4)
    }

    @Test("what upstream has not is remembered, and what it had is dropped")
    func missing() throws {
        #expect(try ask("a") == .coming)
        fetcher.asked[0].answer(status: 404)
        #expect(try settled("a") == .problem(.notFound))
        #expect(try ask("a") == .problem(.notFound))
        #expect(fetcher.asked.count == 1)
    }

    @Test(
        "a failure is told: to the client what kind it is, to the log what happened",
        arguments: [
            (FetchFailure.Kind.unreachable, "upstream cannot be reached"), (.timeout, "upstream takes too long"),
        ])
    func failure(kind: FetchFailure.Kind, said: String) throws {
        #expect(try ask("a") == .coming)
        fetcher.asked[0].fail(kind)
        #expect(try settled("a") == .problem(.upstream(UpstreamFailure(said, isTimeout: kind == .timeout))))
        guard case .mirrored(let event)? = events.drain().events.first?.event else {
            Issue.record("not told")
            return
        }
        #expect("\(event.outcome)" == "failed(\"no route\")")
    }

    @Test("a file with a SHA-256 is shown when it is checked, and never when it is wrong")
    func checksum() throws {
        mirror.checksums["a"] = CacheShelf.key(of: "right")
        #expect(try ask("a") == .coming)
        fetcher.asked[0].answer("right")
        #expect(try settled("a") == .text("right"))
        // The settings mean another file now.
        mirror.checksums["a"] = CacheShelf.key(of: "other")
        #expect(try ask("a") == .coming)
        #expect(fetcher.asked[1].request.fields == [])
        fetcher.asked[1].answer("wrong")
        guard case .problem(.upstream) = try settled("a") else {
            Issue.record("served")
            return
        }
        #expect(outcomes() == ["fetched", "wrongChecksum", "failed"])
        #expect(try names().count { $0.hasSuffix(".part") } == 0)
    }

    @Test("files outlive the service, what is half does not, and what somebody changed is fetched anew")
    func disk() throws {
        #expect(try ask("a") == .coming)
        fetcher.asked[0].answer("one")
        #expect(try settled("a") == .text("one"))
        #expect(try ask("half") == .coming)
        fetcher.asked[1].write("ha")
        #expect(try names().count == 3)
        try restart()
        #expect(try names().count == 2)
        #expect(try ask("a") == .text("one"))
        let path = state + "/cache/mirror/d/" + CacheShelf.key(of: "http://up/a")
        try Data("One".utf8).write(to: URL(filePath: path))
        #expect(try ask("a") == .coming)
        fetcher.asked[2].answer("one")
        #expect(try settled("a") == .text("one"))
        for name in try names() { try FileManager.default.removeItem(atPath: state + "/cache/mirror/d/" + name) }
        #expect(try ask("a") == .coming)
    }

    @Test("what was not used for longest makes room")
    func room() throws {
        mirror.limit = 10
        for (index, name) in ["a", "b", "c"].enumerated() {
            #expect(try ask(name) == .coming)
            fetcher.asked[index].answer("12345")
            #expect(try settled(name) == .text("12345"))
            Clock.nap(.milliseconds(5))
            if name == "b" { #expect(try ask("a") == .text("12345")) }
            Clock.nap(.milliseconds(5))
        }
        while try names().count > 4 { Clock.nap(.milliseconds(2)) }
        #expect(try ask("a") == .text("12345"))
        #expect(try ask("c") == .text("12345"))
        #expect(try ask("b") == .coming)
    }

    @Test("what was dropped goes though the service ends, and what a lower limit leaves out at the next start")
    func dropsAtEnd() throws {
        for (index, name) in ["a", "b", "c"].enumerated() {
            #expect(try ask(name) == .coming)
            fetcher.asked[index].answer("12345")
            #expect(try settled(name) == .text("12345"))
            Clock.nap(.milliseconds(5))
        }
        mirror.limit = 10
        let cache = try #require(cache)
        let path = try RequestPath("d".utf8)
        let decision = cache.table.withLock {
            $0.decide(key("d"), path, mirror, now: Clock.now, wall: Clock.wallMilliseconds)
        }
        guard case .fetch(let flight) = decision else {
            Issue.record("not fetched")
            return
        }
        let dropped = try #require(cache.table.withLock { $0.reserve(5, for: flight) })
        #expect(dropped.map(\.key) == [key("a"), key("b")])
        cache.stop()
        cache.take(.drop(flight, dropped))
        #expect(try names().count == 2)
        mirror.limit = 4
        try restart()
        #expect(try names() == [])
    }

    private func key(_ name: String) -> MirrorTable.Key {
        MirrorTable.Key(mirror: "d", hash: CacheShelf.key(of: "http://up/\(name)"))
    }

    @Test("an answer without a file makes no room")
    func noFile() throws {
        #expect(try ask("a") == .coming)
        fetcher.asked[0].answer("12345")
        #expect(try settled("a") == .text("12345"))
        mirror.limit = 4
        #expect(try ask("b") == .coming)
        fetcher.asked[1].answer(status: 404)
        #expect(try settled("b") == .problem(.notFound))
        #expect(try ask("a") == .text("12345"))
    }

    @Test("what is under way counts as well: a file that does not fit beside it is refused when its size is known")
    func underWay() throws {
        mirror.limit = 10
        let cache = try #require(cache)
        for name in ["a", "b"] { #expect(try ask(name) == .coming) }
        guard case .growing(let refused) = try cache.open(RequestPath("b".utf8), of: mirror) else {
            Issue.record("not growing")
            return
        }
        fetcher.asked[0].tell(.began(FetchHead(status: 200, size: 6)))
        fetcher.asked[1].tell(.began(FetchHead(status: 200, size: 6)))
        #expect(refused.progress.size == nil)
        #expect(fetcher.cancelled == [2])
        #expect(
            try settled("b") == .problem(.upstream(UpstreamFailure("there is no room to keep the file"))))
        // What it says after that is heard by nobody.
        fetcher.asked[1].tell(.finished(FetchHead(status: 200, size: 6), body: [], octets: 6))
        fetcher.asked[0].write("sixsix")
        fetcher.asked[0].tell(.finished(FetchHead(status: 200, size: 6), body: [], octets: 6))
        #expect(try settled("a") == .text("sixsix"))
        #expect(outcomes() == ["failed", "fetched"])
    }

    @Test("a file without a size in its head is broken off when it has come too far")
    func endless() throws {
        mirror.limit = 10
        #expect(try ask("a") == .coming)
        fetcher.asked[0].tell(.began(FetchHead(status: 200)))
        fetcher.asked[0].tell(.progress(10))
        #expect(fetcher.cancelled == [])
        fetcher.asked[0].tell(.progress(11))
        #expect(fetcher.cancelled == [1])
        guard case .problem(.upstream) = try settled("a") else {
            Issue.record("goes on")
            return
        }
    }

    @Test("a storm of names that upstream has not is told as a number, and counted")
    func storm() throws {
        let count = 600
        for number in 0..<count {
            // In turns, for so many are not fetched at once.
            #expect(try ask("\(number)") == .coming)
            fetcher.asked[number].fail()
            if number % 100 == 99 { _ = try settled("\(number)") }
        }
        cache?.stop()
        cache = nil
        let told = events.drain().events.map(\.event)
        let singly = told.count { if case .mirrored = $0 { true } else { false } }
        let untold = told.reduce(0) { sum, event in
            if case .untoldMirrored(0, let failed) = event { sum + failed } else { sum }
        }
        #expect(singly >= 500 && singly < count)
        #expect(singly + untold == count)
        #expect(counters[.mirrorFailed] == count)
    }

    @Test("a large file that is being checked holds up no small one, nor the end")
    func large() throws {
        mirror.checksums["large"] = CacheShelf.key(of: "another")
        #expect(try ask("large") == .coming)
        #expect(try ask("small") == .coming)
        let octets: Int64 = 4 << 30
        fetcher.asked[0].setSize(octets)
        fetcher.asked[0].tell(.finished(FetchHead(status: 200), body: [], octets: octets))
        fetcher.asked[1].answer("octets")
        #expect(try settled("small") == .text("octets"))
        #expect(try ask("large") == .coming)
        let begun = Clock.now
        cache?.stop()
        cache = nil
        // Hashed to its end it would take minutes.
        #expect(Clock.now - begun < .seconds(20))
        #expect(outcomes() == ["fetched"])
    }

    @Test("who waits when the service ends hears so at once, and nothing half stays")
    func stops() throws {
        let cache = try #require(cache)
        guard case .growing(let file) = try cache.open(RequestPath("a".utf8), of: mirror) else {
            Issue.record("not growing")
            return
        }
        fetcher.asked[0].tell(.began(FetchHead(status: 200, size: 6)))
        let ended = Mutex(false)
        file.whenEnded { ended.withLock { $0 = true } }
        cache.stop()
        #expect(ended.withLock { $0 })
        #expect(file.progress.outcome == .failed(.upstream(UpstreamFailure("the service ends"))))
        #expect(fetcher.cancelled == [1])
        #expect(try names() == [])
        guard case .problem(.upstream) = try ask("b") else {
            Issue.record("fetched")
            return
        }
        self.cache = nil
    }

    @Test("a description is read as it was written, and not when it is cut short")
    func description() throws {
        var file = CachedFile(url: "http://up/ä b", size: 5, stamp: -3, checked: 7)
        file.entityTag = "W/\"a b\""
        file.modified = "Thu, 01 Jan 1970 00:00:01 GMT"
        file.checksum = "ab"
        #expect(CachedFile(file.text) == file)
        for size in ["-1", "\(CachedFile.mostOctets + 1)", "\(Int64.max)"] {
            #expect(CachedFile(file.text.replacing("size 5", with: "size \(size)")) == nil)
        }
        for length in 0..<file.text.count { #expect(CachedFile(String(file.text.prefix(length))) == nil) }
        #expect(CachedFile(file.text.replacing("mirror 1", with: "mirror 2")) == nil)
    }
}
