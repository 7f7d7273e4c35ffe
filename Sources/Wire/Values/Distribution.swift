/// Numbers in order, and what people ask of them.
package struct Distribution: Equatable, Sendable {
    private let sorted: [Double]

    package init(_ values: [Double]) {
        sorted = values.sorted()
    }

    package var maximum: Double { sorted.last ?? 0 }

    /// The value below which that part of all lie; 0 when there is none.
    package func quantile(_ part: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = (Double(sorted.count) * part).rounded(.up)
        return sorted[min(max(Int(rank) - 1, 0), sorted.count - 1)]
    }

    /// Jain's fairness index: 1 when all are equal, 1/n when one has everything.
    package var fairness: Double {
        let sum = sorted.reduce(0, +)
        let squares = sorted.reduce(0) { $0 + $1 * $1 }
        guard squares > 0 else { return 0 }
        return sum * sum / (Double(sorted.count) * squares)
    }
}
