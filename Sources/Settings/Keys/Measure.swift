import Wire

/// Units of numbers that are written with one.
struct Measure {
    /// The largest first.
    let units: [(name: String, factor: Int)]
    let example: String

    static let times = Measure(units: [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)], example: "10m")
    static let sizes = Measure(
        units: [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)], example: "50GiB")

    func text(_ amount: Int) -> String {
        let unit = units.first { amount >= $0.factor && amount % $0.factor == 0 } ?? units[units.count - 1]
        return "\(amount / unit.factor)\(unit.name)"
    }

    func text(_ time: TimeSpan) -> String { text(Int(time.nanoseconds / 1_000_000_000)) }

    func amount(_ text: String, within range: ClosedRange<Int>) throws(Problem) -> Int {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Int(digits), let factor = units.first(where: { $0.name == unit })?.factor else {
            let names = units.map(\.name).joined(separator: ", ")
            throw Problem(
                "\"\(Check.shown(text))\" is no number with a unit (\(names)); write for example \"\(example)\"")
        }
        let (amount, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow, range.contains(amount) else {
            let allowed = "\(self.text(range.lowerBound)) to \(self.text(range.upperBound))"
            throw Problem(
                "\"\(text)\" is too \(overflow || amount > range.upperBound ? "large" : "small"); allowed is \(allowed)"
            )
        }
        return amount
    }
}

extension SettingFormat where Value == Int {
    static func amount(_ measure: Measure, within range: ClosedRange<Int>) -> Self {
        text(
            "\(measure.text(range.lowerBound)) to \(measure.text(range.upperBound))",
            { text throws(Problem) in try measure.amount(text, within: range) }, write: measure.text)
    }
}

extension SettingFormat where Value == TimeSpan {
    /// A number of whole seconds with a unit.
    static func time(_ seconds: ClosedRange<Int>) -> Self {
        SettingFormat<Int>.amount(.times, within: seconds)
            .map({ .seconds(Int64($0)) }, back: { Int($0.nanoseconds / 1_000_000_000) })
    }
}
