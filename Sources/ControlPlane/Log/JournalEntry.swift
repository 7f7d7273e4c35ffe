import Settings
import Wire

/// A line of the log as systemd's journal takes it: fields, each with a name of its own (systemd.journal-fields(7)).
struct JournalEntry {
    private(set) var fields: [(name: String, value: String)]

    private static let prefix = "PILOTFISH_"
    /// Octets of a value beyond which it is cut: a datagram takes some 200,000 as a rule.
    private static let longestValue = 8192
    /// Of a field's name (systemd's own limit).
    private static let longestName = 64

    init(_ line: LogLine) {
        fields = [
            ("MESSAGE", line.message), ("PRIORITY", line.level.priority), ("SYSLOG_IDENTIFIER", "pilotfish"),
            (Self.prefix + "EVENT", line.name),
        ]
        add("mac", line.subject.card?.description)
        add("address", line.subject.address?.description)
        for field in line.fields { add(field.key, field.value) }
        add("host", line.subject.host)
    }

    /// The first value of a name counts: what is known of the machine stands before what the event says of it.
    private mutating func add(_ key: String, _ value: String?) {
        let name = Self.prefix + String(key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        guard let value, name.utf8.count <= Self.longestName, !fields.contains(where: { $0.name == name }) else {
            return
        }
        fields.append((name, value))
    }

    /// The datagram: `NAME=value` on a line, or for a value of several lines its name, its length in eight octets, the lowest
    /// first, and the value.
    var octets: [UInt8] {
        var octets: [UInt8] = []
        for (name, value) in fields {
            let value = Self.cut(value)
            octets += Array(name.utf8)
            if value.contains(UInt8(ascii: "\n")) {
                octets.append(UInt8(ascii: "\n"))
                octets += (0..<8).map { UInt8(truncatingIfNeeded: value.count >> ($0 * 8)) }
            } else {
                octets.append(UInt8(ascii: "="))
            }
            octets += value
            octets.append(UInt8(ascii: "\n"))
        }
        return octets
    }

    /// A value as far as it is taken, cut between two characters.
    private static func cut(_ value: String) -> [UInt8] {
        let octets = Array(value.utf8)
        guard octets.count > longestValue else { return octets }
        var end = longestValue
        // The octets of a character behind its first begin with the bits 10.
        while end > 0, octets[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(octets[..<end])
    }
}

extension Settings.Log.Level {
    /// The number of syslog(3).
    fileprivate var priority: String {
        switch self {
        case .debug: "7"
        case .info: "6"
        case .warning: "4"
        case .error: "3"
        }
    }
}
