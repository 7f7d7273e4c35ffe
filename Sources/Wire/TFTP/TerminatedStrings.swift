/// Walks octets that are strings, each ended by NUL; what follows the last NUL is not handed out.
struct TerminatedStrings: ~Escapable {
    private let bytes: RawSpan
    private var offset = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) {
        self.bytes = bytes
    }

    /// The next string without its NUL, borrowed; nil when no NUL is left.
    @_lifetime(self: copy self)
    @_lifetime(copy self)
    mutating func next() -> RawSpan? {
        var end = offset
        while end < bytes.byteCount, bytes.octet(at: end) != 0 { end += 1 }
        guard end < bytes.byteCount else { return nil }
        defer { offset = end + 1 }
        return bytes.extracting(offset..<end)
    }

    /// All that `next()` has not handed out.
    var rest: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(offset..<bytes.byteCount) }
    }
}

extension RawSpan {
    /// Whether the octets are `text`, which is lower-case ASCII, in any mix of cases.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        for offset in 0..<byteCount {
            let octet = octet(at: offset)
            let lower = 0x41...0x5A ~= octet ? octet | 0x20 : octet
            guard lower == (unsafe text.utf8Start[offset]) else { return false }
        }
        return true
    }

    /// The decimal number that the octets spell, leading blanks and zeros allowed; nil for anything else, or outside
    /// `range`.
    func decimal(in range: ClosedRange<Int64>) -> Int64? {
        var offset = 0
        while offset < byteCount, octet(at: offset) == 0x20 { offset += 1 }
        guard offset < byteCount else { return nil }
        var value: Int64 = 0
        while offset < byteCount {
            let octet = octet(at: offset)
            guard 0x30...0x39 ~= octet else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int64(octet - 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
            offset += 1
        }
        return range.contains(value) ? value : nil
    }
}
