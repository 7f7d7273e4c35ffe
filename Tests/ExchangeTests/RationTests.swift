import Exchange
import Testing
import Wire

/// How often something may be done.
@Suite("ration")
struct RationTests {
    private static func taken(_ ration: inout Ration, at milliseconds: Int64, of tries: Int) -> Int {
        let now = Instant(nanoseconds: milliseconds * 1_000_000)
        return (0..<tries).reduce(0) { count, _ in ration.take(now: now) ? count + 1 : count }
    }

    @Test("a burst, then so many a second, and never more than a burst")
    func burst() {
        var ration = Ration(burst: 100, perSecond: 50, now: Instant(nanoseconds: 0))
        #expect(Self.taken(&ration, at: 0, of: 200) == 100)
        #expect(Self.taken(&ration, at: 199, of: 200) == 0)
        #expect(Self.taken(&ration, at: 200, of: 200) == 10)
        #expect(Self.taken(&ration, at: 1200, of: 200) == 50)
        #expect(Self.taken(&ration, at: 1_000_000, of: 200) == 100)
    }

    @Test("what was not used up is there later")
    func saved() {
        var ration = Ration(burst: 100, perSecond: 50, now: Instant(nanoseconds: 0))
        #expect(Self.taken(&ration, at: 0, of: 90) == 90)
        #expect(Self.taken(&ration, at: 400, of: 200) == 30)
    }
}
