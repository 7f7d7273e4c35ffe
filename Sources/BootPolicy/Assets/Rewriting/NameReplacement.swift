/// What stands in the place of a match: text, and `\1` to `\9` for what the groups of the pattern took, `\0` for all of it.
package struct NameReplacement: Equatable, Sendable {
    private enum Part: Equatable, Sendable {
        case text(String)
        case group(Int)
    }

    /// As the operator wrote it.
    package let text: String
    private let parts: [Part]

    /// - Throws: a fault with its place when a backslash stands before anything but a digit or another one.
    package init(_ text: String) throws(NamePattern.Fault) {
        var parts: [Part] = []
        var plain = String.UnicodeScalarView()
        var isEscaped = false
        for (offset, scalar) in text.unicodeScalars.enumerated() {
            if isEscaped {
                isEscaped = false
                if let digit = scalar.properties.numericType == .decimal ? Int(String(scalar)) : nil {
                    if !plain.isEmpty { parts.append(.text(String(plain))) }
                    plain = String.UnicodeScalarView()
                    parts.append(.group(digit))
                    continue
                }
                guard scalar == "\\" else {
                    throw NamePattern.Fault(
                        offset: offset - 1, message: "\\\(scalar) means nothing here; known are \\0 to \\9")
                }
            } else if scalar == "\\" {
                isEscaped = true
                continue
            }
            plain.append(scalar)
        }
        guard !isEscaped else {
            throw NamePattern.Fault(offset: text.unicodeScalars.count - 1, message: "nothing stands behind the \\")
        }
        if !plain.isEmpty { parts.append(.text(String(plain))) }
        self.text = text
        self.parts = parts
    }

    /// The highest group that is named.
    package var highestGroup: Int {
        parts.reduce(0) { highest, part in
            if case .group(let number) = part { max(highest, number) } else { highest }
        }
    }

    /// The name with this in the place of what matched; nil when that is longer than any path.
    func apply(to name: [Unicode.Scalar], _ match: NamePattern.Match) -> [Unicode.Scalar]? {
        var result = Array(name[..<match.whole.lowerBound])
        guard append(to: &result, name, match) else { return nil }
        result += name[match.whole.upperBound...]
        return result.count <= RequestPath.longest ? result : nil
    }

    private func append(
        to result: inout [Unicode.Scalar], _ name: [Unicode.Scalar], _ match: NamePattern.Match
    ) -> Bool {
        for part in parts {
            switch part {
            case .text(let text): result += text.unicodeScalars
            case .group(let number):
                guard number < match.ranges.count, let range = match.ranges[number] else { continue }
                result += name[range]
            }
            guard result.count <= RequestPath.longest else { return false }
        }
        return true
    }

    /// The same for every match, from left to right, none of them within what was put in.
    func apply(toAll name: [Unicode.Scalar], _ pattern: NamePattern, from first: NamePattern.Match) -> [Unicode.Scalar]?
    {
        var result = Array(name[..<first.whole.lowerBound])
        var match = first
        while true {
            guard append(to: &result, name, match) else { return nil }
            let end = match.whole.upperBound
            // Behind an empty match the search goes on one further, or it would never end.
            let next = match.whole.isEmpty ? end + 1 : end
            guard next <= name.count, let following = pattern.firstMatch(in: name, from: next) else {
                result += name[end...]
                break
            }
            result += name[end..<following.whole.lowerBound]
            match = following
        }
        return result.count <= RequestPath.longest ? result : nil
    }
}
