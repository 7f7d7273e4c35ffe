/// What follows block 65,535 on the wire; the RFCs do not say.
package enum Rollover: UInt8, Sendable {
    /// What every netboot client expects that rolls over at all.
    case toZero = 0
    /// Some aviation loaders and embedded devices: 0 is the number of the OACK's acknowledgement and nothing else.
    case toOne = 1
}

/// A block's number as the wire has it: sixteen bits, with 0 or 1 after 65,535.
package struct BlockNumber: Hashable, Sendable {
    package let rawValue: UInt16

    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The number under which the absolute block (1 is the file's first, 0 the OACK's) travels.
    package init(absolute block: Int64, rollover: Rollover) {
        switch rollover {
        case .toZero: rawValue = UInt16(truncatingIfNeeded: block)
        case .toOne: rawValue = block == 0 ? 0 : UInt16((block - 1) % 65_535 + 1)
        }
    }

    /// How many blocks after the absolute block this number comes next, 0...65,535; stale numbers come out huge.
    package func distance(after block: Int64, rollover: Rollover) -> Int64 {
        let base = BlockNumber(absolute: block, rollover: rollover).rawValue
        switch rollover {
        case .toZero: return Int64(rawValue &- base)
        case .toOne:
            // The OACK's number never comes back.
            if rawValue == 0 { return base == 0 ? 0 : 65_535 }
            // From the OACK on there are 65,535 numbers ahead, none of which is its own.
            if base == 0 { return Int64(rawValue) }
            return rawValue >= base ? Int64(rawValue - base) : Int64(rawValue) + 65_535 - Int64(base)
        }
    }
}
