/// How long machines needed for each stage, from its beginning to that of the next one: histograms of fixed buckets.
package struct StageTimes: Sendable, Equatable {
    /// The upper ends of the buckets, in seconds; what took longer is in one more.
    private static let bounds: [Double] = [
        0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
    ]

    package private(set) var stages: [BootStep: Histogram] = [:]

    package init() {}

    package mutating func note(_ seconds: Double, of step: BootStep) {
        stages[step, default: Histogram(bounds: Self.bounds)].add(max(seconds, 0))
    }

    package subscript(step: BootStep) -> Histogram? { stages[step] }

    /// How long silence in a stage is nothing out of the ordinary, in milliseconds.
    ///
    /// - Parameters:
    ///   - usual: what holds as long as too little was learned.
    func patience(_ step: BootStep, usual: Int64) -> Int64 {
        guard let learned = stages[step], learned.count >= 5, let slow = learned.p90 else { return usual }
        return min(max(usual, Int64(slow * 2000)), usual * 6)
    }
}
