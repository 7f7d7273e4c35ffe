/// What a `Range` field asks of a file of known size (RFC 9110 §14).
///
/// Boot loaders ask for one range, and tools that mend images (zsync, jigdo) for a few. What is not kept to that is somebody
/// who wants to be sent more than the file is, or to have us seek for each octet (RFC 9110 §17.15): ranges that overlap or
/// nearly touch become one, and who asks for more than `most` gets the whole file, which is always a right answer
/// (§14.2). So no answer is longer than the file by more than the frames of its parts.
enum RangeRequest: Equatable {
    /// Send everything: there is no such field, or one that we may ignore (§14.2): malformed, another unit, too many ranges.
    case whole
    /// Send these octets, in the order in which they were asked for (§15.3.7.2); at least one range, none of them empty, all
    /// within the file, each at least `leastGap` from the others.
    case parts([Range<Int64>])
    /// Nothing of the file is asked for: 416.
    case unsatisfiable

    /// Ranges in one field.
    static let most = 16
    /// Octets between two ranges that are worth a part of their own: what stands before a part takes about as many.
    static let leastGap: Int64 = 128

    /// - Parameters:
    ///   - field: the field's value.
    ///   - size: octets of the file.
    init(_ field: String, size: Int64) {
        guard let specifiers = Self.specifiers(field), specifiers.count <= Self.most else {
            self = .whole
            return
        }
        var parts: [Range<Int64>] = []
        for specifier in specifiers {
            guard let part = Self.part(specifier, size) else {
                self = .whole
                return
            }
            if !part.isEmpty { Self.add(part, to: &parts) }
        }
        self = parts.isEmpty ? .unsatisfiable : .parts(parts)
    }

    /// Adds a range, or puts it into those that it overlaps or nearly touches; they stand where the first of them did.
    private static func add(_ new: Range<Int64>, to parts: inout [Range<Int64>]) {
        var joined = new
        var place: Int?
        // What one range has joined may touch others now.
        while let index = parts.firstIndex(where: { isNear($0, joined) }) {
            let other = parts.remove(at: index)
            joined = min(other.lowerBound, joined.lowerBound)..<max(other.upperBound, joined.upperBound)
            place = min(place ?? index, index)
        }
        parts.insert(joined, at: place ?? parts.count)
    }

    private static func isNear(_ one: Range<Int64>, _ other: Range<Int64>) -> Bool {
        one.lowerBound - other.upperBound < leastGap && other.lowerBound - one.upperBound < leastGap
    }

    /// The ranges of `bytes=…`, blanks around them and empty ones left out (RFC 9110 §5.6.1.2); nil if there is none.
    private static func specifiers(_ field: String) -> [Substring.UTF8View]? {
        let sides = field.split(separator: "=", maxSplits: 1)
        guard sides.count == 2, sides[0].lowercased() == "bytes" else { return nil }
        let blanks: [Character] = [" ", "\t"]
        let specifiers = sides[1].split(separator: ",", maxSplits: 2 * most).map { item in
            let start = item.drop { blanks.contains($0) }
            return start.prefix(start.count - start.reversed().prefix { blanks.contains($0) }.count).utf8
        }
        return specifiers.contains { !$0.isEmpty } ? specifiers.filter { !$0.isEmpty } : nil
    }

    /// The octets that one range means; empty when they lie behind the end, nil when it is malformed.
    private static func part(_ specifier: Substring.UTF8View, _ size: Int64) -> Range<Int64>? {
        guard let dash = specifier.firstIndex(of: UInt8(ascii: "-")) else { return nil }
        let (first, last) = (specifier[..<dash], specifier[specifier.index(after: dash)...])
        return switch (first.isEmpty, last.isEmpty) {
        case (true, false): number(last).map { size - min($0, size)..<size }
        case (false, true): span(number(first), Int64.max, size)
        case (false, false): span(number(first), number(last), size)
        case (true, true): nil
        }
    }

    private static func span(_ first: Int64?, _ last: Int64?, _ size: Int64) -> Range<Int64>? {
        guard let first, let last, first <= last else { return nil }
        return first < size ? first..<min(last, size - 1) + 1 : size..<size
    }

    /// A decimal number; what does not fit is as good as the largest, for no file is that long. Nil for anything else.
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
