/// A block's number as the wire has it: sixteen bits, with 0 after 65,535.
///
/// The RFCs do not say what follows 65,535; every netboot client that rolls over expects 0.
package struct BlockNumber: Hashable, Sendable {
    package let rawValue: UInt16

    package init(_ rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The number under which the absolute block (1 is the file's first) travels.
    package init(absolute block: Int64) {
        rawValue = UInt16(truncatingIfNeeded: block)
    }

    /// How many blocks after the absolute block this number comes next, 0...65,535; stale numbers come out huge.
    package func distance(after block: Int64) -> Int64 {
        Int64(rawValue &- UInt16(truncatingIfNeeded: block))
    }
}
