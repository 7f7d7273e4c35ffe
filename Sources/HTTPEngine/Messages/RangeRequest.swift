/// What a `Range` field asks of a file of known size (RFC 9110 §14).
enum RangeRequest: Equatable {
    /// Send everything: there is no such field, or one that we may ignore (§14.2): malformed, another unit, many ranges.
    case whole
    /// Send these octets; never empty, always within the file.
    case part(Range<Int64>)
    /// Nothing of the file is asked for: 416.
    case unsatisfiable

    /// - Parameters:
    ///   - field: the field's value.
    ///   - size: octets of the file.
    init(_ field: String, size: Int64) {
        guard let specifier = Self.onlySpecifier(field) else {
            self = .whole
            return
        }
        let first = specifier.prefix { $0 != UInt8(ascii: "-") }
        let last = specifier.dropFirst(first.count + 1)
        switch (first.isEmpty, last.isEmpty) {
        case (true, false): self = Self.suffix(Self.number(last), size)
        case (false, true): self = Self.span(Self.number(first), Int64.max, size)
        case (false, false): self = Self.span(Self.number(first), Self.number(last), size)
        case (true, true): self = .whole
        }
    }

    /// The one range of `bytes=…`, with a `-` in it; nil if there is none or more than one.
    private static func onlySpecifier(_ field: String) -> Substring.UTF8View? {
        let parts = field.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        let blanks: [Character] = [" ", "\t"]
        let specifier = parts[1].drop { blanks.contains($0) }
        let trimmed = specifier.prefix(specifier.count - specifier.reversed().prefix { blanks.contains($0) }.count)
        guard trimmed.contains("-") else { return nil }
        return trimmed.utf8
    }

    private static func span(_ first: Int64?, _ last: Int64?, _ size: Int64) -> Self {
        guard let first, let last, first <= last else { return .whole }
        return first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
    }

    private static func suffix(_ length: Int64?, _ size: Int64) -> Self {
        guard let length else { return .whole }
        let start = size - min(length, size)
        return start < size ? .part(start..<size) : .unsatisfiable
    }

    /// A decimal number; what does not fit is as good as the largest, for no file is that long. Nil for anything else,
    /// a `,` among it.
    private static func number(_ digits: Substring.UTF8View) -> Int64? {
        let zero = UInt8(ascii: "0")
        guard !digits.isEmpty, digits.allSatisfy({ zero...(zero + 9) ~= $0 }) else { return nil }
        return digits.reduce(Int64(0)) { value, digit in
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int64(digit - zero))
            return overflow || carry ? .max : sum
        }
    }
}
