import Fleet
import Testing

@Suite("when a rollout will be done")
struct ForecastTests {
    @Test(
        "what a machine usually needs is the median of those that are done",
        arguments: [
            ([], nil), ([7], 7), ([9, 1], 5), ([100, 1, 3], 3), ([4, 1, 3, 1000], 3), ([5, 5, 5, 5], 5),
        ] as [([Moment], Moment?)])
    func usual(needed: [Moment], usual: Moment?) {
        #expect(Forecast(needed: needed).usual == usual)
    }

    @Test(
        "a machine has left what it usually takes, less what it took; never less than nothing, nor more than all",
        arguments: [(0, 60), (20, 40), (60, 0), (900, 0), (-5, 60)] as [(Moment, Moment)])
    func machine(time: Moment, left: Moment) {
        #expect(Forecast(needed: [60]).left(after: time) == left)
        #expect(Forecast(needed: []).left(after: time) == nil)
    }

    struct Case: Sendable {
        let active: [Moment]
        let waiting: Int
        let width: Int
        let left: Moment?
    }

    @Test(
        "the places take turns, and the last machine is the last to come",
        arguments: [
            Case(active: [], waiting: 0, width: 4, left: 0),
            Case(active: [10], waiting: 0, width: 4, left: 50),
            Case(active: [10, 55], waiting: 0, width: 4, left: 50),
            Case(active: [], waiting: 1, width: 4, left: 60),
            Case(active: [], waiting: 4, width: 4, left: 60), Case(active: [], waiting: 4, width: .max, left: 60),
            Case(active: [], waiting: 5, width: 4, left: 120),
            // The one free place is taken first, then the one that comes free first.
            Case(active: [30], waiting: 1, width: 2, left: 60),
            Case(active: [30], waiting: 2, width: 2, left: 90),
            Case(active: [30], waiting: 3, width: 2, left: 120),
            Case(active: [50, 20], waiting: 3, width: 2, left: 10 + 60 + 60),
            // Made narrower: the first two that end leave no place.
            Case(active: [50, 20, 40], waiting: 1, width: 1, left: 40 + 60),
            Case(active: [900], waiting: 1, width: 1, left: 60),
            Case(active: [10], waiting: 2, width: 0, left: 50 + 120),
            Case(active: [], waiting: 10_000, width: 100, left: 6000),
        ])
    func rollout(_ example: Case) {
        let forecast = Forecast(needed: [60])
        #expect(
            forecast.left(active: example.active, waiting: example.waiting, width: example.width) == example.left)
    }

    @Test("while nobody is done nobody can tell, except that nothing is left of nothing")
    func unknown() {
        #expect(Forecast(needed: []).left(active: [1], waiting: 0, width: 1) == nil)
        #expect(Forecast(needed: []).left(active: [], waiting: 3, width: 1) == nil)
        #expect(Forecast(needed: []).left(active: [], waiting: 0, width: 1) == 0)
    }

    /// Machines that come one after the other, each to the place that is free first.
    private func played(_ active: [Moment], _ waiting: Int, _ width: Int, usual: Moment) -> Moment {
        var places = active.map { max(usual - $0, 0) } + Array(repeating: 0, count: max(width - active.count, 0))
        for _ in 0..<waiting {
            let free = places.indices.min { places[$0] < places[$1] } ?? 0
            places[free] += usual
        }
        return places.max() ?? 0
    }

    @Test("it says what a rollout that is played place by place says", arguments: 0..<100 as Range<UInt64>)
    func property(seed: UInt64) {
        var number = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func chance(_ below: Int) -> Int {
            number ^= number << 13
            number ^= number >> 7
            number ^= number << 17
            return Int(number % UInt64(below))
        }
        let width = 1 + chance(20)
        let active = (0..<chance(width + 1)).map { _ in Moment(chance(90)) }
        let waiting = chance(200)
        let expected = active.isEmpty && waiting == 0 ? 0 : played(active, waiting, width, usual: 60)
        #expect(Forecast(needed: [60]).left(active: active, waiting: waiting, width: width) == expected)
    }
}
