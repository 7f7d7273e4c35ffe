import Exchange
import Testing
import Wire

@Suite("event budget")
struct EventBudgetTests {
    private static func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 5_000_000_000) + .milliseconds(milliseconds)
    }

    /// How many of `count` answers are told in full.
    private static func tell(_ count: Int, _ budget: inout EventBudget, at milliseconds: Int64) -> Int {
        (0..<count).count { _ in budget.take(now: at(milliseconds)) { $0.answered += 1 } }
    }

    @Test("a rack is told in full, a storm as a number, a second after it began to be too much")
    func storm() {
        var budget = EventBudget(now: Self.at(0))
        #expect(Self.tell(500, &budget, at: 0) == 500)
        #expect(budget.deadline == nil)
        #expect(Self.tell(4500, &budget, at: 0) == 0)
        #expect(budget.deadline == Self.at(1000))
        #expect(budget.due(now: Self.at(999)) == nil)
        #expect(budget.due(now: Self.at(1000))?.answered == 4500)
        #expect(budget.deadline == nil)
        #expect(budget.due(now: Self.at(5000)) == nil)
    }

    @Test("a hundred a second go on through a storm, however the packets fall")
    func rate() {
        var budget = EventBudget(now: Self.at(0))
        _ = Self.tell(2000, &budget, at: 0)
        var told = 0
        // Steps of 7 ms earn 0.7 events each: nothing of it may be lost.
        for step in 1...1000 { told += Self.tell(20, &budget, at: Int64(step) * 7) }
        #expect(told == 700)
    }

    @Test("quiet time earns a burst and no more")
    func quiet() {
        var budget = EventBudget(now: Self.at(0))
        _ = Self.tell(2000, &budget, at: 0)
        #expect(Self.tell(2000, &budget, at: 3_600_000) == 500)
        // A century later.
        #expect(Self.tell(2000, &budget, at: 3_155_760_000_000) == 500)
    }

    @Test("kinds are counted apart")
    func kinds() {
        var budget = EventBudget(now: Self.at(0))
        _ = Self.tell(500, &budget, at: 0)
        for _ in 0..<3 { _ = budget.take(now: Self.at(1)) { $0.refused += 1 } }
        for _ in 0..<2 { _ = budget.take(now: Self.at(2)) { $0.others += 1 } }
        let untold = budget.due(now: Self.at(2000))
        #expect([untold?.answered, untold?.refused, untold?.others] == [0, 3, 2])
    }
}
