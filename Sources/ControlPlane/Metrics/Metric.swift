import Sessions

/// Numbers of one meaning, as Prometheus takes them (text format 0.0.4).
struct MetricFamily: Equatable {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    /// Units are part of it, and `_total` of a counter's.
    let name: String
    /// One sentence.
    let help: String
    let kind: Kind
    let samples: [MetricSample]

    init(_ kind: Kind, _ name: String, _ help: String, _ samples: [MetricSample]) {
        self.kind = kind
        self.name = name
        self.help = help
        self.samples = samples
    }

    init(_ kind: Kind, _ name: String, _ help: String, _ number: Double) {
        self.init(kind, name, help, [MetricSample(.number(number))])
    }

    /// One sample for each value of a label, which are few and known: never a machine, a file or an address.
    init(_ kind: Kind, _ name: String, _ help: String, by label: String, _ counts: [(value: String, count: Int)]) {
        let samples = counts.map { MetricSample(.number(Double($0.count)), [(label, $0.value)]) }
        self.init(kind, name, help, samples)
    }

    init(_ name: String, _ help: String, _ histogram: Histogram) {
        self.init(.histogram, name, help, [MetricSample(.histogram(histogram))])
    }
}

struct MetricSample: Equatable {
    enum Value: Equatable {
        case number(Double)
        case histogram(Histogram)
    }

    let value: Value
    let labels: [(name: String, value: String)]

    init(_ value: Value, _ labels: [(name: String, value: String)] = []) {
        self.value = value
        self.labels = labels
    }

    static func == (left: Self, right: Self) -> Bool {
        left.value == right.value && left.labels.elementsEqual(right.labels, by: ==)
    }
}

extension Histogram {
    /// Seconds, from what a file of a few octets takes to the longest install.
    static let seconds = Histogram(bounds: [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 7200])
    /// Octets, from a script to an image.
    static let octets = Histogram(bounds: [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10])
}

/// Writes families down.
enum MetricText {
    static func text(_ families: [MetricFamily]) -> String {
        families.map { family in
            "# HELP \(family.name) \(escaped(family.help))\n# TYPE \(family.name) \(family.kind.rawValue)\n"
                + family.samples.map { lines(family.name, $0) }.joined()
        }.joined()
    }

    private static func lines(_ name: String, _ sample: MetricSample) -> String {
        switch sample.value {
        case .number(let number): return line(name, sample.labels, number)
        case .histogram(let histogram):
            var sum = 0
            let buckets = zip(histogram.bounds + [.infinity], histogram.counts).map { bound, count in
                sum += count
                return line(name + "_bucket", sample.labels + [("le", Self.number(bound))], Double(sum))
            }
            return buckets.joined() + line(name + "_sum", sample.labels, histogram.sum)
                + line(name + "_count", sample.labels, Double(sum))
        }
    }

    private static func line(_ name: String, _ labels: [(name: String, value: String)], _ number: Double) -> String {
        let pairs = labels.map { "\($0.name)=\"\(escaped($0.value).replacing("\"", with: "\\\""))\"" }
        return name + (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}") + " \(Self.number(number))\n"
    }

    /// Whole numbers without a fraction, so that octets can be compared as they are.
    static func number(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: number).map(String.init) ?? "\(number)"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }
}
