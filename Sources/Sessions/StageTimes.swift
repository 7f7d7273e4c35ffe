/// How long machines needed for each stage, from its beginning to that of the next one: histograms of fixed buckets.
package struct StageTimes: Sendable, Equatable {
    /// The upper ends of the buckets, in seconds; what took longer is in one more.
    package static let bounds: [Double] = [
        0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
    ]

    package struct Histogram: Sendable, Equatable {
        package private(set) var count = 0
        /// Of all, in seconds.
        package private(set) var sum = 0.0
        /// One more than there are bounds, each with those of its own only.
        package private(set) var buckets = [Int](repeating: 0, count: StageTimes.bounds.count + 1)

        package init() {}

        package mutating func note(_ seconds: Double) {
            guard seconds.isFinite else { return }
            let time = max(seconds, 0)
            count += 1
            sum += time
            buckets[StageTimes.bounds.firstIndex { time <= $0 } ?? StageTimes.bounds.count] += 1
        }

        /// The time within which a part of all were done, in seconds: estimated within its bucket; nil while there is none.
        ///
        /// - Parameter part: 0...1.
        package func quantile(_ part: Double) -> Double? {
            guard count > 0 else { return nil }
            let wanted = min(max(part, 0), 1) * Double(count)
            var before = 0.0
            for (place, number) in buckets.enumerated() where number > 0 {
                let after = before + Double(number)
                if after >= wanted {
                    guard place < StageTimes.bounds.count else { return StageTimes.bounds.last }
                    let lower = place > 0 ? StageTimes.bounds[place - 1] : 0
                    return lower + (StageTimes.bounds[place] - lower) * max(wanted - before, 0) / Double(number)
                }
                before = after
            }
            return StageTimes.bounds.last
        }

        package var p50: Double? { quantile(0.5) }
        package var p90: Double? { quantile(0.9) }
    }

    package private(set) var stages: [BootStep: Histogram] = [:]

    package init() {}

    package mutating func note(_ seconds: Double, of step: BootStep) {
        stages[step, default: Histogram()].note(seconds)
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
