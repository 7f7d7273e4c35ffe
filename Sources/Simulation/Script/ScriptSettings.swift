/// What an iPXE knows: of its machine, and what scripts set.
struct ScriptSettings {
    private var values: [String: String]

    init(_ values: [String: String] = [:]) {
        self.values = values
    }

    /// Nothing and an empty text are the same to iPXE.
    subscript(name: String) -> String? {
        get { values[Self.plain(name)] }
        set { values[Self.plain(name)] = newValue.flatMap { $0.isEmpty ? nil : $0 } }
    }

    /// A word with its settings filled in: the innermost first, as iPXE does it (exec.c, expand_command).
    ///
    /// - Parameter work: octets that were looked at are added.
    /// - Returns: nil for a word that grows longer than any that boots a machine.
    func expanded(_ word: String, work: inout Int) -> String? {
        var text = word
        // Each round takes one away; a value that brings in new ones is no reason to go on for ever.
        for _ in 0..<Self.rounds {
            work += text.utf8.count
            guard text.utf8.count <= Self.longestWord else { return nil }
            guard let end = text.range(of: "}"), let start = text[..<end.lowerBound].lastRange(of: "${") else { break }
            let name = String(text[start.upperBound..<end.lowerBound])
            text.replaceSubrange(start.lowerBound..<end.upperBound, with: value(of: name))
        }
        return text
    }

    private static let rounds = 64
    private static let longestWord = 64 << 10

    /// `mac`, `net0/mac`, `mac:hexhyp`: a type says how the value is written.
    private func value(of name: String) -> String {
        let parts = name.split(separator: ":", maxSplits: 1)
        guard let first = parts.first, let value = self[String(first)] else { return "" }
        guard parts.count == 2, parts[1] == "hexhyp" else { return value }
        return String(value.map { $0 == ":" ? "-" : $0 })
    }

    /// A machine of this kind has one network card, whose settings are also those without a name before them.
    private static func plain(_ name: String) -> String {
        for card in ["net0/", "netX/"] where name.hasPrefix(card) { return String(name.dropFirst(card.count)) }
        return name
    }
}

extension StringProtocol {
    fileprivate func range(of mark: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(mark) { return start..<index(start, offsetBy: mark.count) }
            start = index(after: start)
        }
        return nil
    }

    fileprivate func lastRange(of mark: String) -> Range<Index>? {
        for start in indices.reversed() where self[start...].hasPrefix(mark) {
            return start..<index(start, offsetBy: mark.count)
        }
        return nil
    }
}
