import Testing
import Wire

@Suite("figures and chance of those who play clients")
struct ChanceTests {
    @Test("quantiles and fairness")
    func distribution() {
        let values = Distribution((1...100).map { Double($0) }.reversed())
        #expect(values.quantile(0.5) == 50)
        #expect(values.quantile(0.99) == 99)
        #expect(values.quantile(1) == 100)
        #expect(values.maximum == 100)
        #expect(Distribution([]).quantile(0.5) == 0)
        #expect(Distribution([3, 3, 3]).fairness == 1)
        #expect(Distribution([1, 0, 0, 0]).fairness == 0.25)
        #expect(Distribution([]).fairness == 0)
    }

    @Test("chance has the part that it was told, and the same each time for the same seed")
    func chance() {
        for part in [0.0, 0.01, 0.5] {
            var chance = Chance(seed: 42)
            var again = Chance(seed: 42)
            var count = 0
            for _ in 0..<100_000 {
                let happens = chance.happens(part)
                count += happens ? 1 : 0
                #expect(happens == again.happens(part))
            }
            #expect(abs(Double(count) / 100_000 - part) < 0.005)
        }
    }
}
