/// Times or sizes by their order of magnitude.
package struct Histogram: Equatable, Sendable {
    /// The greatest value of each bucket, rising; one more bucket takes what is greater.
    package let bounds: [Double]
    /// How many fell into each bucket, and no other; one more than there are bounds.
    package private(set) var counts: [Int]
    /// Of all values.
    package private(set) var sum = 0.0

    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// How many values there are.
    package var count: Int { counts.reduce(0, +) }

    /// What is no number is left out.
    package mutating func add(_ value: Double) {
        guard value.isFinite else { return }
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// The value below which a part of all are: estimated within its bucket; nil while there is none.
    ///
    /// - Parameter part: 0...1.
    package func quantile(_ part: Double) -> Double? {
        let count = count
        guard count > 0 else { return nil }
        let wanted = min(max(part, 0), 1) * Double(count)
        var before = 0.0
        for (place, number) in counts.enumerated() where number > 0 {
            let after = before + Double(number)
            if after >= wanted {
                guard place < bounds.count else { return bounds.last }
                let lower = place > 0 ? bounds[place - 1] : 0
                return lower + (bounds[place] - lower) * max(wanted - before, 0) / Double(number)
            }
            before = after
        }
        return bounds.last
    }

    package var p50: Double? { quantile(0.5) }
    package var p90: Double? { quantile(0.9) }
}
