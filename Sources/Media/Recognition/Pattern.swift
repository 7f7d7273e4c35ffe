extension MediumTree {
    /// The first file, in the order of paths, that fits the first pattern that any fits.
    func first(_ patterns: [String]) -> MediumFile? {
        for pattern in patterns {
            if let file = files.first(where: { PathPattern.fits($0.path, pattern) }) { return file }
        }
        return nil
    }
}

/// Paths with `*` in them.
enum PathPattern {
    /// Whether a path fits: part by part, in small and capital letters alike, for media without Rock Ridge have lost them.
    static func fits(_ path: String, _ pattern: String) -> Bool {
        let parts = path.lowercased().utf8.split(separator: UInt8(ascii: "/"))
        let patterns = pattern.lowercased().utf8.split(separator: UInt8(ascii: "/"))
        return parts.count == patterns.count && zip(parts, patterns).allSatisfy { fits(part: Array($0), Array($1)) }
    }

    /// Each star takes as little as it can; the last one what is left.
    private static func fits(part: [UInt8], _ pattern: [UInt8]) -> Bool {
        let pieces = pattern.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        guard pieces.count > 1 else { return part == pattern }
        guard let first = pieces.first, let last = pieces.last, part.starts(with: first),
            part.count >= first.count + last.count, part.suffix(last.count).elementsEqual(last)
        else { return false }
        var rest = part[first.count..<part.count - last.count]
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            let places = rest.indices.prefix(max(rest.count - piece.count + 1, 0))
            guard let place = places.first(where: { rest[$0...].starts(with: piece) }) else { return false }
            rest = rest[(place + piece.count)...]
        }
        return true
    }
}
