/// A pattern as it was read.
indirect enum PatternTree: Equatable {
    case empty
    case one(ScalarSet)
    case start
    case end
    /// A group; its number if it is counted.
    case group(Int?, PatternTree)
    case sequence([PatternTree])
    case either([PatternTree])
    /// - most: nil without a limit.
    case times(PatternTree, least: Int, most: Int?, prefersMore: Bool)
}

/// The scalars that may stand in one place of a name.
struct ScalarSet: Equatable, Sendable {
    var ranges: [ClosedRange<UInt32>]
    var isInverted = false

    static let any = ScalarSet(ranges: [0...0x10FFFF])
    static let digits = ScalarSet(ranges: [0x30...0x39])
    static let spaces = ScalarSet(ranges: [0x20...0x20])
    static let words = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

    init(ranges: [ClosedRange<UInt32>]) {
        self.ranges = ranges
    }

    init(_ scalar: Unicode.Scalar) {
        ranges = [scalar.value...scalar.value]
    }

    var inverted: ScalarSet {
        var set = self
        set.isInverted.toggle()
        return set
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isInverted
    }

    /// Whether the scalar is in it, small or capital.
    func containsAnyCase(of scalar: Unicode.Scalar) -> Bool {
        let isIn = ranges.contains { range in
            range.contains(scalar.value) || range.contains(scalar.lowered.value) || range.contains(scalar.raised.value)
        }
        return isIn != isInverted
    }

    /// The classes that POSIX has names for (IEEE 1003.1 §9.3.5), as far as ASCII goes.
    static func named(_ name: String) -> [ClosedRange<UInt32>]? {
        switch name {
        case "alpha": [0x41...0x5A, 0x61...0x7A]
        case "digit": digits.ranges
        case "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A]
        case "upper": [0x41...0x5A]
        case "lower": [0x61...0x7A]
        case "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66]
        case "space", "blank": spaces.ranges
        case "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]
        default: nil
        }
    }
}

extension Unicode.Scalar {
    /// The small letter, where that is one scalar too.
    var lowered: Unicode.Scalar {
        if isASCII { return (0x41...0x5A).contains(value) ? Unicode.Scalar(UInt8(value) + 0x20) : self }
        let mapped = properties.lowercaseMapping.unicodeScalars
        return mapped.count == 1 ? mapped.first ?? self : self
    }

    /// The capital letter, where that is one scalar too.
    var raised: Unicode.Scalar {
        if isASCII { return (0x61...0x7A).contains(value) ? Unicode.Scalar(UInt8(value) - 0x20) : self }
        let mapped = properties.uppercaseMapping.unicodeScalars
        return mapped.count == 1 ? mapped.first ?? self : self
    }
}
