import Sessions
import Testing

/// Times or sizes by their order of magnitude.
@Suite("histogram")
struct HistogramTests {
    @Test("quantiles are within the right bucket")
    func quantiles() throws {
        var histogram = Histogram(bounds: [0.25, 0.5, 5, 10])
        #expect(histogram.p50 == nil)
        for _ in 0..<90 { histogram.add(0.3) }
        for _ in 0..<10 { histogram.add(7) }
        #expect(histogram.count == 100)
        #expect(abs(histogram.sum - 97) < 0.001)
        let (p50, p99) = (try #require(histogram.p50), try #require(histogram.quantile(0.99)))
        #expect((0.25...0.5).contains(p50) && (5...10).contains(p99))
    }

    @Test("what is greater than all bounds has a bucket, what is no number has none")
    func ends() {
        var histogram = Histogram(bounds: [1, 2])
        histogram.add(1e9)
        histogram.add(.nan)
        #expect(histogram.counts == [0, 0, 1])
        #expect(histogram.p50 == 2)
    }
}
