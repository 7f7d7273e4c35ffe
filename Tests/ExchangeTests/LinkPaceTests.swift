import Testing
import Wire

@testable import Exchange

@Suite("the pace of the link")
struct LinkPaceTests {
    private static func instant(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000)
    }

    @Test("each packet takes its time on the link; a millisecond of it may wait in the host")
    func rate() {
        let pace = LinkPace(octetsPerSecond: 1_000_000)
        #expect(pace.isOn)
        #expect(pace.wait(Self.instant(0)) == .zero)
        pace.take(5_000, Self.instant(0))
        #expect(pace.wait(Self.instant(0)) == .milliseconds(4))
        pace.take(5_000, Self.instant(2))
        #expect(pace.wait(Self.instant(2)) == .milliseconds(7))
        #expect(pace.wait(Self.instant(10)) == .zero)
        // A pause is not saved up.
        pace.take(5_000, Self.instant(1000))
        #expect(pace.wait(Self.instant(1000)) == .milliseconds(4))
    }

    @Test("without a rate, and without losses, nobody waits")
    func unlimited() {
        let pace = LinkPace(octetsPerSecond: nil)
        for step in 0..<200 {
            pace.take(1 << 20, Self.instant(0))
            pace.report(LinkPace.Tally(sent: 1 << 20, repeated: 0, arrived: 1 << 20), Self.instant(Int64(step * 20)))
        }
        #expect(!pace.isOn)
        #expect(pace.wait(Self.instant(0)) == .zero)
    }
}

@Suite("the pace where much is lost")
struct LossPaceTests {
    /// Senders who would send `offered` octets a second through a way that takes `capacity`, and have what it dropped to
    /// send again first.
    private struct Way {
        var offered: Double
        var capacity: Double
        /// What arrives at random of what the way takes.
        var luck = 1.0
        var pace = LossPace(now: Instant(nanoseconds: 0))
        private var now = Instant(nanoseconds: 0)
        private var missing = 0.0

        init(offered: Double, capacity: Double, luck: Double = 1) {
            self.offered = offered
            self.capacity = capacity
            self.luck = luck
        }

        /// One step of 20 ms.
        mutating func step() -> (sent: Double, arrived: Double) {
            now = now + .milliseconds(20)
            let sent = min(offered, pace.rate.map(Double.init) ?? .infinity) / 50
            let arrived = min(sent, capacity / 50) * luck
            let repeated = min(missing, sent)
            missing += sent - arrived - repeated
            pace.add(LinkPace.Tally(sent: Int(sent), repeated: Int(repeated), arrived: Int(arrived)))
            pace.review(now: now)
            return (sent, arrived)
        }
    }

    @Test(
        "T150 behind a full queue: soon no more is sent than it takes, and hardly less",
        arguments: [(12e6, 200e6), (12e6, 1e9), (120e6, 600e6), (120e6, 1200e6), (1e6, 100e6)])
    func full(_ capacity: Double, _ offered: Double) {
        var way = Way(offered: offered, capacity: capacity)
        for _ in 0..<250 { _ = way.step() }
        var sent = 0.0
        var arrived = 0.0
        for _ in 0..<500 {
            let step = way.step()
            sent += step.sent
            arrived += step.arrived
        }
        #expect(arrived / 10 > capacity * 0.75)
        #expect(sent < arrived * 1.25)
    }

    @Test("a way that loses at random is not full: few trials, and full speed between them", arguments: [0.3, 0.1])
    func bad(_ luck: Double) {
        var way = Way(offered: 100e6, capacity: 1e9, luck: luck)
        var held = 0
        for _ in 0..<1500 {
            _ = way.step()
            if way.pace.rate != nil { held += 1 }
        }
        #expect(held < 1500 / 4)
    }

    @Test("W6 what 5 % of lost blocks cost is no reason to slow down") func ordinaryLoss() {
        var way = Way(offered: 100e6, capacity: 1e9, luck: 0.55)
        for _ in 0..<500 {
            _ = way.step()
            #expect(way.pace.rate == nil)
        }
    }

    @Test("a way that was full and is merely bad now: full speed again") func fullThenBad() {
        var way = Way(offered: 500e6, capacity: 50e6)
        for _ in 0..<150 { _ = way.step() }
        #expect(way.pace.rate != nil)
        way.capacity = 1e9
        way.luck = 0.8
        var held = 0
        for _ in 0..<1500 {
            _ = way.step()
            if way.pace.rate != nil { held += 1 }
        }
        #expect(held < 1500 / 4)
    }

    @Test("when nobody sends any more, all is forgotten") func forgets() {
        var way = Way(offered: 500e6, capacity: 12e6)
        for _ in 0..<100 { _ = way.step() }
        #expect(way.pace.rate != nil)
        way.offered = 0
        for _ in 0..<150 { _ = way.step() }
        #expect(way.pace.rate == nil)
    }
}
