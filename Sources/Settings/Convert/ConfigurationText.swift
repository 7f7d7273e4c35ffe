/// A configuration of another program, as lines.
struct ConfigurationText {
    let file: String
    /// In order; the first is line 1.
    let lines: [Substring]
    let text: String

    /// Far more than anybody writes or generates.
    private static let sizeLimit = 4 << 20

    /// - Throws: what is too large, or no text.
    init(_ source: Settings.File) throws(ConversionError) {
        file = source.name
        guard source.bytes.count <= Self.sizeLimit else {
            throw ConversionError(
                file: file, line: nil, message: "the file is larger than 4 MiB, so it is none of these")
        }
        guard !source.bytes.contains(0) else {
            throw ConversionError(file: file, line: nil, message: "this is no text; it holds octets of zero")
        }
        // Old files have comments in Latin-1: what is not UTF-8 becomes a mark, and the checks see to the values.
        text = String(decoding: source.bytes, as: UTF8.self)
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }
}

extension Conversion.Kind {
    /// What a text seems to be; nil when it seems to be nothing, or two things alike.
    init?(of source: ConfigurationText) {
        var votes: [Self: Int] = [:]
        for line in source.lines.lazy.map({ $0.trimmed }) where !line.isEmpty && !line.hasPrefix("#") {
            if let kind = Self.vote(of: line) { votes[kind, default: 0] += 1 }
        }
        guard let best = votes.max(by: { $0.value < $1.value }), votes.values.count(where: { $0 == best.value }) == 1
        else { return nil }
        self = best.key
    }

    private static func vote(of line: Substring) -> Self? {
        let code = line.split(separator: "#", maxSplits: 1).first?.trimmed ?? line
        if code.hasSuffix(";") || code.hasSuffix("{") || code.hasSuffix("}") { return .dhcpd }
        let word = line.prefix { !$0.isWhitespace }
        if PXELINUXConverter.keywords.contains(word.lowercased()) { return .pxelinux }
        let key = line.prefix { $0 != "=" }.trimmed
        let isKey = key.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
        return isKey && (line.contains("=") || DnsmasqConverter.knows(String(key))) ? .dnsmasq : nil
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: SubSequence {
        let front = drop(while: \.isWhitespace)
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return front.prefix(0) }
        return front[...last]
    }

    /// Its first word in small letters, and what follows.
    var keywordAndRest: (keyword: String, rest: String) {
        let line = trimmed
        let word = line.prefix { !$0.isWhitespace }
        return (word.lowercased(), String(line.dropFirst(word.count).trimmed))
    }

    /// The last part of a path or URL.
    var lastPart: String {
        String(self).split { $0 == "/" || $0 == "\\" || $0 == ":" }.last.map(String.init) ?? ""
    }
}
