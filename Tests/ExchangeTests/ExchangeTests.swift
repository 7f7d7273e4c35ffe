import BootPolicy
import Exchange
import Synchronization
import Testing
import Wire

/// A clock that steps by one, and a count of wake-ups.
private final class Watch: Sendable {
    private let time = Atomic<Int>(0)
    private let stirs = Atomic<Int>(0)

    var wakeUps: Int { stirs.load(ordering: .sequentiallyConsistent) }

    func ring(capacity: Int) -> EventRing {
        EventRing(
            capacity: capacity,
            clock: { Int64(self.time.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue) },
            wake: { self.stirs.wrappingAdd(1, ordering: .sequentiallyConsistent) })
    }
}

extension Catalog {
    fileprivate init(_ generation: Int = 1, mode: ServiceMode = .armed, port: UInt16 = 80, interfaces: [String] = []) {
        self.init()
        self.generation = generation
        self.mode = mode
        httpPort = port
        self.interfaces = interfaces
    }
}

extension RecordedEvent {
    /// The text of a notice.
    fileprivate var text: String? {
        guard case .notice(let notice) = event else { return nil }
        return notice.text
    }
}

@Suite("event ring")
struct EventRingTests {
    private static func notice(_ number: Int) -> BootEvent {
        .notice(Notice(.info, "\(number)"))
    }

    @Test("gives back what was recorded, in order, with its time, once")
    func order() {
        let ring = Watch().ring(capacity: 8)
        for number in 1...5 { ring.record(Self.notice(number)) }
        let (events, dropped) = ring.drain()
        #expect(events.map(\.text) == ["1", "2", "3", "4", "5"])
        #expect(events.map(\.time) == [1, 2, 3, 4, 5])
        #expect(dropped == 0)
        let again = ring.drain()
        #expect(again.events.isEmpty)
        #expect(again.dropped == 0)
    }

    @Test(
        "holds its capacity, keeps the oldest, counts the rest",
        arguments: [(4, 3), (4, 4), (4, 5), (4, 100), (1, 2), (0, 3)])
    func bounds(capacity: Int, recorded: Int) {
        let ring = Watch().ring(capacity: capacity)
        for number in 0..<recorded { ring.record(Self.notice(number)) }
        let (events, dropped) = ring.drain()
        #expect(events.map(\.text) == (0..<min(capacity, recorded)).map { "\($0)" })
        #expect(dropped == max(0, recorded - capacity))
    }

    @Test("a drain makes room and begins the count of drops anew")
    func drainMakesRoom() {
        let ring = Watch().ring(capacity: 2)
        for number in 0..<5 { ring.record(Self.notice(number)) }
        #expect(ring.drain().dropped == 3)
        for number in 5..<8 { ring.record(Self.notice(number)) }
        let (events, dropped) = ring.drain()
        #expect(events.map(\.text) == ["5", "6"])
        #expect(dropped == 1)
    }

    @Test("wakes its reader when it stops being empty, and only then")
    func wake() {
        let watch = Watch()
        let ring = watch.ring(capacity: 2)
        #expect(watch.wakeUps == 0)
        ring.record(Self.notice(0))
        #expect(watch.wakeUps == 1)
        for number in 1..<5 { ring.record(Self.notice(number)) }
        #expect(watch.wakeUps == 1)
        _ = ring.drain()
        #expect(watch.wakeUps == 1)
        ring.record(Self.notice(5))
        #expect(watch.wakeUps == 2)
    }

    @Test("many threads record and one drains: nothing is lost, doubled or unannounced")
    func threads() async {
        let watch = Watch()
        let ring = watch.ring(capacity: 100_000)
        let texts = await withTaskGroup(of: [String].self) { group in
            for thread in 0..<4 {
                group.addTask {
                    for number in 0..<1000 { ring.record(Self.notice(thread * 1000 + number)) }
                    return []
                }
            }
            group.addTask {
                (0..<50).flatMap { _ in ring.drain().events.compactMap(\.text) }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        let rest = ring.drain()
        #expect(rest.dropped == 0)
        #expect(Set(texts + rest.events.compactMap(\.text)).count == 4000)
        #expect(texts.count + rest.events.count == 4000)
        #expect((1...51).contains(watch.wakeUps))
    }
}

@Suite("published catalog")
struct PublishedCatalogTests {
    @Test("what is published is read, one generation later, whatever number it brings", arguments: [1, 7, -3])
    func generation(number: Int) {
        let published = PublishedCatalog(Catalog(1))
        #expect(published.current.generation == 1)
        published.publish(Catalog(number, mode: .frozen, port: 8080))
        #expect(published.current == Catalog(2, mode: .frozen, port: 8080))
        published.publish(published.current)
        #expect(published.current.generation == 3)
    }

    @Test("a catalog taken out does not change")
    func copies() {
        let published = PublishedCatalog(Catalog())
        let before = published.current
        published.publish(Catalog(mode: .observe))
        #expect(before.mode == .armed)
        #expect(published.current.mode == .observe)
    }

    @Test("publishing from many threads loses no generation, and no reader sees half a catalog")
    func threads() async {
        let published = PublishedCatalog(Catalog(0, port: 0, interfaces: ["0"]))
        let isWhole = await withTaskGroup(of: Bool.self) { group in
            for thread in 1...4 {
                group.addTask {
                    for _ in 0..<250 {
                        published.publish(Catalog(port: UInt16(thread), interfaces: ["\(thread)"]))
                    }
                    return true
                }
                group.addTask {
                    (0..<250).allSatisfy { _ in
                        let read = published.current
                        return read.interfaces == ["\(read.httpPort)"]
                    }
                }
            }
            return await group.allSatisfy { $0 }
        }
        #expect(isWhole)
        #expect(published.current.generation == 1000)
    }
}

@Suite("counters and stop signal")
struct EngineCountersTests {
    @Test("each counter is its own", arguments: Counter.allCases)
    func separate(counter: Counter) {
        let counters = EngineCounters()
        counters.add(counter)
        counters.add(counter, 41)
        for other in Counter.allCases {
            #expect(counters[other] == (other == counter ? 42 : 0))
        }
    }

    @Test("four threads add and nothing is lost")
    func threads() async {
        let counters = EngineCounters()
        await withTaskGroup { group in
            for thread in 1...4 {
                group.addTask {
                    for counter in Counter.allCases {
                        for _ in 0..<500 { counters.add(counter, thread) }
                    }
                }
            }
        }
        for counter in Counter.allCases { #expect(counters[counter] == 5000) }
    }

    @Test("the stop signal rises once, and every holder sees it")
    func stop() async {
        let context = EngineContext(
            catalog: PublishedCatalog(Catalog()), events: Watch().ring(capacity: 1), memory: MemoryFeed(wake: {}),
            counters: EngineCounters(), stop: StopSignal())
        let copy = context
        #expect(!context.stop.isRaised)
        await Task.detached { copy.stop.raise() }.value
        #expect(context.stop.isRaised)
        context.stop.raise()
        #expect(context.stop.isRaised)
    }
}
