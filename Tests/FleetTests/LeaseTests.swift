import Fleet
import Support
import Testing

@Suite("a lease")
struct LeaseTests {
    private static let times = LeaseTimes()
    private static let start: Moment = 1_000_000

    private static func installing() -> Lease {
        var lease = Lease(armed: start)
        _ = lease.ask(now: start, times) { true }
        _ = lease.begin(attempt: 1, now: start + 10_000)
        return lease
    }

    @Test("the usual way: claimed, fetching, installing, done, and then the local disk")
    func usual() {
        var lease = Lease(armed: Self.start)
        #expect(lease.ask(now: Self.start, Self.times) { false } == .wait)
        #expect(lease.ask(now: Self.start, Self.times) { true } == .install(attempt: 1))
        #expect(lease.state == .claimed)
        lease.fetch(now: Self.start + 1_000)
        #expect(lease.state == .fetching)
        #expect(lease.begin(attempt: 1, now: Self.start + 5_000) == true)
        #expect(lease.state == .installing && lease.begun == Self.start + 5_000)
        #expect(lease.finish(now: Self.start + 300_000) == true)
        #expect(lease.ask(now: Self.start + 310_000, Self.times) { true } == .localDisk)
        #expect(lease.state == .done && !lease.isInferred && lease.attempt == 1)
    }

    @Test("a script that was handed out before the last one does not begin, nor one that nobody was given")
    func stale() {
        var lease = Lease(armed: Self.start)
        #expect(lease.begin(attempt: 0, now: Self.start) == false)
        _ = lease.ask(now: Self.start, Self.times) { true }
        #expect(lease.ask(now: Self.start, Self.times) { false } == .install(attempt: 2))
        #expect(lease.begin(attempt: 1, now: Self.start) == false)
        #expect(lease.begin(attempt: 3, now: Self.start) == false)
        #expect(lease.begin(attempt: 2, now: Self.start) == true)
        #expect(lease.begin(attempt: 2, now: Self.start + 1) == true, "its answer was lost")
        #expect(lease.begun == Self.start)
    }

    @Test("a network boot after the begin ends it: soon it was interrupted, late it is done, as inferred")
    func bootsAgain() {
        var soon = Self.installing()
        #expect(soon.ask(now: Self.start + 10_000 + Self.times.shortest - 1, Self.times) { true } == .stopped)
        #expect(soon.state == .failed && soon.reason.contains("interrupted"))
        var late = Self.installing()
        #expect(late.ask(now: Self.start + 10_000 + Self.times.shortest, Self.times) { true } == .localDisk)
        #expect(late.state == .done && late.isInferred)
        #expect(late.finish(now: Self.start + 900_000) == true)
        #expect(!late.isInferred, "now somebody said so")
    }

    @Test("who has its turn and does not begin loses it, and the third time for good")
    func lostTurns() {
        var lease = Lease(armed: Self.start)
        var now = Self.start
        for turn in 1...Self.times.turns {
            #expect(lease.ask(now: now, Self.times) { true } == .install(attempt: turn))
            #expect(lease.deadline(Self.times) == now + Self.times.patience)
            now += Self.times.patience
            lease.expire(now: now - 1, Self.times)
            #expect(lease.state == .claimed)
            lease.expire(now: now, Self.times)
            #expect(lease.state == (turn == Self.times.turns ? .expired : .armed))
            #expect(lease.begin(attempt: turn, now: now) == false)
        }
        #expect(lease.ask(now: now, Self.times) { true } == .stopped)
        #expect(lease.finish(now: now) == false, "it never began")
    }

    @Test("who fetches keeps its turn, but not for ever; the next turn begins anew")
    func renewal() {
        var lease = Lease(armed: Self.start)
        _ = lease.ask(now: Self.start, Self.times) { true }
        var now = Self.start
        while now + Self.times.patience < Self.start + Self.times.longest {
            now += Self.times.patience - 1
            lease.fetch(now: now)
            lease.expire(now: now, Self.times)
            #expect(lease.state == .fetching)
        }
        #expect(lease.deadline(Self.times) == Self.start + Self.times.longest)
        lease.expire(now: Self.start + Self.times.longest, Self.times)
        #expect(lease.state == .armed && lease.lostTurns == 1)
        lease.fetch(now: Self.start + Self.times.longest)
        #expect(lease.state == .armed, "what it fetches now belongs to no turn")
        let again = Self.start + Self.times.longest * 2
        _ = lease.ask(now: again, Self.times) { true }
        #expect(lease.deadline(Self.times) == again + Self.times.patience)
    }

    @Test("a turn that is over because nobody may begin does not count as lost")
    func heldBack() {
        var lease = Lease(armed: Self.start)
        var now = Self.start
        for turn in 1...Self.times.turns * 2 {
            #expect(lease.ask(now: now, Self.times) { true } == .install(attempt: turn))
            now += Self.times.patience
            lease.expire(now: now, Self.times, isHeldBack: true)
            #expect(lease.state == .armed && lease.lostTurns == 0)
        }
    }

    @Test("a late word still counts: done after expired or failed")
    func lateWord() {
        var expired = Self.installing()
        expired.expire(now: Self.start + 10_000 + Self.times.longest, Self.times)
        #expect(expired.state == .expired)
        #expect(expired.finish(now: Self.start + Self.times.longest * 2) == true)
        #expect(expired.state == .done && expired.reason.isEmpty)
        var failed = Self.installing()
        #expect(failed.fail("no disk", now: Self.start + 20_000) == true)
        #expect(failed.fail("again", now: Self.start + 21_000) == true && failed.reason == "no disk")
        #expect(failed.finish(now: Self.start + 30_000) == true && failed.state == .done)
    }

    @Test(
        "the operator takes back what has not begun, and nothing else",
        arguments: [(0, true), (1, true), (2, false)])
    func cancel(_ steps: Int, _ isInTime: Bool) {
        var lease = Lease(armed: Self.start)
        if steps > 0 { _ = lease.ask(now: Self.start, Self.times) { true } }
        if steps > 1 { _ = lease.begin(attempt: 1, now: Self.start) }
        #expect(lease.cancel(now: Self.start) == isInTime)
        #expect(lease.begin(attempt: 1, now: Self.start) != isInTime)
        if isInTime { #expect(lease.ask(now: Self.start, Self.times) { true } == .usual) }
    }

    @Test("a clock that jumps back ends nothing")
    func clock() {
        var lease = Self.installing()
        lease.expire(now: 0, Self.times)
        #expect(lease.state == .installing)
        #expect(lease.ask(now: 0, Self.times) { true } == .stopped, "too soon to be done")
    }
}

/// Random interleavings against `LeaseModel`; the number of a run that fails repeats it.
@Suite("a lease, whatever happens")
struct LeasePropertyTests {
    @Test(
        "20,000 runs of 60 steps: requests, lost answers, stragglers, power losses, time, the operator",
        arguments: 0..<20)
    func runs(_ block: Int) {
        for run in (block * 1000)..<(block * 1000 + 1000) {
            var dice = SeededRandom(seed: UInt64(run))
            var model = LeaseModel()
            for step in 0..<60 {
                let before = model
                Self.happen(to: &model, &dice)
                let broken = model.broken(after: before)
                #expect(broken.isEmpty, "run \(run), step \(step): \(broken), \(before) → \(model)")
                guard broken.isEmpty else { return }
            }
            Self.calmDown(&model, run)
        }
    }

    private static func happen(to model: inout LeaseModel, _ dice: inout SeededRandom) {
        let fate = LeaseModel.Fate.allCases.randomElement(using: &dice) ?? .arrives
        switch Int.random(in: 0..<100, using: &dice) {
        case 0..<46: model.proceed(0, fate, mayStart: Bool.random(using: &dice))
        case 46..<54: model.proceed(1, fate)
        case 54..<57: model.losePower(0)
        case 57..<58: model.losePower(1)
        case 58..<66: model.straggle(Int.random(in: 0..<8, using: &dice))
        case 66..<72: model.fetch(fate)
        case 72..<74: model.fail(fate)
        case 74..<90: model.pass(Moment.random(in: 0..<200_000, using: &dice))
        case 90..<91: model.pass(model.times.patience)
        case 91..<93: model.pass(model.times.patience - 1)
        case 93..<94: model.pass(model.times.longest)
        case 94..<98: model.tick()
        case 98..<99: model.boast()
        default: _ = model.cancel()
        }
    }

    /// From now on nothing goes wrong: then everything ends, and no install was lost on the way.
    private static func calmDown(_ model: inout LeaseModel, _ run: Int) {
        for step in 0..<24 where model.machines != [.content, .content] {
            model.proceed(step % 2, .arrives)
            model.pass(model.times.shortest)
        }
        #expect(model.machines == [.content, .content], "run \(run): \(model)")
        #expect(model.written.state.isOver, "run \(run): \(model)")
        #expect(model.wipes <= 1, "run \(run): \(model)")
        if model.written.begun == nil {
            let state = model.written.state
            #expect(state == .cancelled || state == .expired, "an install was lost in run \(run): \(model)")
        }
    }
}
