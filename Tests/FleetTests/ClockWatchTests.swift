import Fleet
import Testing

@Suite("a wall clock that is set")
struct ClockWatchTests {
    /// What passed on either clock between two looks, in seconds, and what is seen at the second.
    @Test(
        "jumps of a minute and more are seen, once, whatever time passed meanwhile",
        arguments: [
            (5, 5, 0), (5, 64, 0), (5, 65, 60), (5, 7205, 7200), (5, -7195, -7200), (86_400, 86_400, 0),
            (86_400, 86_459, 0), (86_400, 0, -86_400), (0, 60, 60), (0, -59, 0),
        ] as [(Moment, Moment, Moment)])
    func jumps(steady: Moment, wall: Moment, seen: Moment) {
        var clocks = ClockWatch()
        #expect(clocks.jump(wall: 1_700_000_000_000, steady: 9_000) == 0)
        let (later, uptime) = (1_700_000_000_000 + wall * 1000, 9_000 + steady * 1000)
        #expect(clocks.jump(wall: later, steady: uptime) == seen * 1000)
        #expect(clocks.jump(wall: later, steady: uptime) == 0)
    }

    @Test("a clock that drifts is not set")
    func drift() {
        var clocks = ClockWatch()
        for look in 0..<1000 as Range<Moment> {
            #expect(clocks.jump(wall: look * 5_500, steady: look * 5_000) == 0)
        }
    }
}
