import Testing
import Wire

@testable import DHCPEngine

@Suite("pacing of wake-ups")
struct WakePacingTests {
    /// Feeds packets that come at these microseconds, and counts the wake-ups.
    private static func wakeUps(_ arrivals: [Int64]) -> (count: Int, longestWait: Int64) {
        var pacing = WakePacing()
        var waiting = arrivals[...]
        var (count, longest): (Int, Int64) = (0, 0)
        while let first = waiting.first {
            let rest = pacing.rest(now: Instant(nanoseconds: first * 1000)).nanoseconds / 1000
            count += 1
            longest = max(longest, rest)
            waiting = waiting.drop { $0 <= first + rest }
            pacing.noteTaken(now: Instant(nanoseconds: (first + rest) * 1000))
        }
        return (count, longest)
    }

    @Test("clients that come one by one never wait", arguments: [300, 1000, 1_000_000] as [Int64])
    func alone(spacing: Int64) {
        let (count, longest) = Self.wakeUps((0..<50).map { $0 * spacing })
        #expect(count == 50)
        #expect(longest == 0)
    }

    @Test("in a storm several packets share a wake-up, and nobody waits longer than 0.2 ms")
    func storm() {
        let (count, longest) = Self.wakeUps((0..<20_000).map { $0 * 50 })
        #expect(count < 4_200)
        #expect(longest == 200)
    }

    @Test("after a storm the next client is answered at once")
    func after() {
        let storm = (0..<1000).map { Int64($0) * 20 }
        #expect(Self.wakeUps(storm + [30_000]).count == Self.wakeUps(storm).count + 1)
        var pacing = WakePacing()
        pacing.noteTaken(now: Instant(nanoseconds: 0))
        #expect(pacing.rest(now: Instant(nanoseconds: 10_000_000)) == .zero)
    }
}
