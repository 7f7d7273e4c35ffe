import Fleet
import Testing

@Suite("a rollout")
struct RolloutTests {
    private static func counts(armed: Int = 9, active: Int = 0, done: Int = 0, bad: Int = 0) -> Rollout.Counts {
        var counts = Rollout.Counts()
        (counts.armed, counts.active, counts.done, counts.bad) = (armed, active, done, bad)
        return counts
    }

    @Test(
        "whose turn it is",
        arguments: [
            (Rollout(target: "debian", width: 2), counts(), nil),
            (Rollout(target: "debian", width: 2), counts(active: 1), nil),
            (Rollout(target: "debian", width: 2), counts(active: 2), Hold.full(width: 2)),
            (Rollout(target: "debian", width: 0), counts(), nil),
            (Rollout(target: "debian", width: 2, start: 101), counts(), .notBefore(101)),
            (Rollout(target: "debian", width: 2, start: 100), counts(), nil),
            (Rollout(target: "debian", width: 5, canaries: 1), counts(), nil),
            (Rollout(target: "debian", width: 5, canaries: 1), counts(active: 1), .canaries(1)),
            (Rollout(target: "debian", width: 5, canaries: 2), counts(active: 1, done: 1), .canaries(2)),
            (Rollout(target: "debian", width: 5, canaries: 2), counts(active: 1, done: 2), nil),
        ] as [(Rollout, Rollout.Counts, Hold?)])
    func turns(_ rollout: Rollout, _ counts: Rollout.Counts, _ hold: Hold?) {
        #expect(rollout.hold(counts, now: 100, recent: 0, hourly: nil) == hold)
    }

    @Test("no more in an hour than may", arguments: [(4, 5, nil), (5, 5, Hold.hourly(5)), (0, 0, .hourly(0))])
    func hourly(_ recent: Int, _ most: Int, _ hold: Hold?) {
        #expect(Rollout(target: "debian", width: 2).hold(Self.counts(), now: 0, recent: recent, hourly: most) == hold)
    }

    @Test(
        "it goes on by itself when a bad end was none, as far as it paused by itself and what is left may be",
        arguments: [
            (0, 0, 0, 0, true), (1, 1, 0, 0, true), (1, 2, 0, 0, false),
            // One of those who go first, and still is.
            (5, 1, 1, 0, false), (5, 1, 1, 1, true), (5, 0, 1, 0, true),
        ])
    func relents(_ budget: Int, _ bad: Int, _ canaries: Int, _ done: Int, _ goesOn: Bool) {
        var rollout = Rollout(target: "debian", width: 2, canaries: canaries, budget: budget)
        rollout.review(Self.counts(bad: 9))
        rollout.relent(Self.counts(done: done, bad: bad))
        #expect((rollout.state == .running) == goesOn && rollout.reason.isEmpty == goesOn)
    }

    @Test(
        "what the operator paused, took back or lets run stays so",
        arguments: [Rollout.State.paused, .aborted, .running])
    func obeys(_ state: Rollout.State) {
        var rollout = Rollout(target: "debian", width: 2)
        rollout.state = state
        rollout.relent(Self.counts(bad: 0))
        rollout.relent(Self.counts(bad: 3))
        #expect(rollout.state == state && rollout.reason.isEmpty)
    }

    @Test(
        "when it pauses by itself",
        arguments: [
            (0, 0, 0, false), (0, 1, 0, true), (2, 2, 0, false), (2, 3, 0, true),
            // One of those who go first, though the budget would have room.
            (5, 1, 1, true), (5, 1, 0, false),
        ])
    func budget(_ budget: Int, _ bad: Int, _ canaries: Int, _ pauses: Bool) {
        var rollout = Rollout(target: "debian", width: 2, canaries: canaries, budget: budget)
        rollout.review(Self.counts(bad: bad))
        #expect((rollout.state == .paused) == pauses)
        #expect(rollout.reason.isEmpty != pauses)
        if pauses {
            #expect(rollout.hold(Self.counts(), now: 0, recent: 0, hourly: nil) == .paused(rollout.reason))
        }
    }
}
