import Wire

/// Words that callers give, checked before they become part of a question: each stays one word of one line.
enum RequestWord: String, CaseIterable, Sendable {
    /// A host, a card, or three words of a machine.
    case name
    /// A number of a session or a rollout, from 1.
    case id
    /// A number of an event, from 0.
    case number
    /// A list of hosts, as commands take it.
    case hosts
    /// A time, or so long ago.
    case time
    case mode
    case level
    case truth
    /// How many boots, from 1.
    case most

    /// Boots in one answer at most, and where nobody says how many.
    static let mostBoots = 2000
    static let usualBoots = 1000

    /// For people, as the end of "… is".
    var allowed: String {
        switch self {
        case .name: "1 to 253 letters, digits, dots, dashes, underscores and colons, the first a letter or digit"
        case .id: "a number from 1"
        case .number: "a number from 0"
        case .hosts: "1 to 1024 printable characters without blanks, the first no plus"
        case .time: "90s, 30m, 2h or 7d for so long ago, or 2026-05-31 or 2026-05-31T04:30"
        case .mode: Self.modes.joined(separator: ", ")
        case .level: Self.levels.joined(separator: ", ")
        case .truth: "true or false"
        case .most: "a number from 1 to \(Self.mostBoots)"
        }
    }

    private static let modes = ["observe", "armed", "frozen"]
    private static let levels = ["debug", "info", "warning", "error"]

    /// Whether a text is such a word. A plus at the beginning would be taken for the length of an attachment by the service.
    func fits(_ text: String) -> Bool {
        let octets = text.utf8
        return switch self {
        case .name: (1...253).contains(octets.count) && Self.isPlain(octets.first) && octets.allSatisfy(Self.isOfName)
        case .id: Self.isNumber(text) && !text.hasPrefix("0")
        case .number: Self.isNumber(text) && (text == "0" || !text.hasPrefix("0"))
        case .hosts:
            (1...1024).contains(octets.count) && octets.allSatisfy { (0x21...0x7E).contains($0) }
                && octets.first != UInt8(ascii: "+")
        case .time: Self.isTime(text)
        case .mode: Self.modes.contains(text)
        case .level: Self.levels.contains(text)
        case .truth: text == "true" || text == "false"
        case .most: Self.isNumber(text) && !text.hasPrefix("0") && Int(text).map { $0 <= Self.mostBoots } == true
        }
    }

    private static func isPlain(_ octet: UInt8?) -> Bool {
        guard let octet else { return false }
        return UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet || UInt8(ascii: "a")...UInt8(ascii: "z") ~= octet | 0x20
    }

    private static func isOfName(_ octet: UInt8) -> Bool { isPlain(octet) || "._:-".utf8.contains(octet) }

    /// So long ago, or a day and perhaps a time of it. The service says what else is wrong with it.
    private static func isTime(_ text: String) -> Bool {
        let day = /[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3])(:[0-5][0-9]){1,2})?/
        return text.wholeMatch(of: /[0-9]{1,6}[smhd]/) != nil || text.wholeMatch(of: day) != nil
    }

    /// Of at most 18 digits, so that it fits 63 bits.
    private static func isNumber(_ text: String) -> Bool {
        (1...18).contains(text.utf8.count) && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }
}

/// A path or a query, taken apart.
enum RequestText {
    /// The parts of a path between its slashes, decoded; nil where one is no UTF-8.
    static func parts(of path: some StringProtocol) -> [String]? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { decoded($0) }
        return parts.contains(nil) ? nil : parts.compactMap(\.self)
    }

    /// The parameters of a query, decoded; nil where one is no UTF-8 or stands there twice.
    static func parameters(of query: some StringProtocol) -> [String: String]? {
        var found: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(sides[0]), let value = decoded(sides.count > 1 ? sides[1] : ""),
                found.updateValue(value, forKey: name) == nil
            else { return nil }
        }
        return found
    }

    /// Percent-encoded octets as a text (RFC 3986 §2.1); nil when they are no UTF-8, or a percent sign stands alone.
    static func decoded(_ text: some StringProtocol) -> String? {
        PercentDecoding.octets(text.utf8).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
