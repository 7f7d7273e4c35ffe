/// A set of codes in one word.
package struct SurveyCodes: OptionSet, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package init(_ code: SurveyCode) {
        rawValue = 1 << UInt64(code.rawValue)
    }

    /// One by one, in their order.
    package var all: [SurveyCode] { SurveyCode.allCases.filter { contains(SurveyCodes($0)) } }

    mutating func add(_ code: SurveyCode) {
        formUnion(SurveyCodes(code))
    }

    /// Adds codes.
    ///
    /// - Returns: those that were not there.
    mutating func adding(_ codes: SurveyCodes) -> SurveyCodes {
        let fresh = codes.subtracting(self)
        formUnion(codes)
        return fresh
    }
}
