import BootPolicy
import Settings

/// `[{"name": "web1", "mac": ["52:54:00:12:34:56"], …}]`, or the same as `{"web1": {"mac": …}}`.
enum JSONHosts {
    static func tables(in octets: [UInt8], file: String) throws(SettingsErrors) -> String {
        let hosts: [(name: String, fields: [String: JSONValue])]
        switch JSONValue(octets) {
        case .list(let values):
            var named: [(String, [String: JSONValue])] = []
            for (number, value) in values.enumerated() {
                guard case .object(var fields) = value, case .text(let name)? = fields.removeValue(forKey: "name")
                else { throw HostList.fault(file, nil, "host \(number + 1) is no object with a \"name\"") }
                named.append((name, fields))
            }
            hosts = named
        case .object(let all):
            hosts = try all.sorted { $0.key < $1.key }.map { name, value throws(SettingsErrors) in
                guard case .object(let fields) = value else {
                    throw HostList.fault(file, nil, "\"\(name)\" is \(value.kind), and no object")
                }
                return (name, fields)
            }
        case nil: throw HostList.fault(file, nil, "this is not valid JSON")
        case let other?: throw HostList.fault(file, nil, "this is \(other.kind), and no list of hosts")
        }
        if let twice = hosts.map(\.name).firstRepeated {
            throw HostList.fault(file, nil, "\"\(twice)\" is listed twice")
        }
        return hosts.map { name, fields in
            HostList.table(
                name,
                fields.sorted { $0.key < $1.key }.compactMap { key, value in
                    value == .null ? nil : (key, value.text)
                })
        }.joined(separator: "\n") + "\n"
    }

    static func text(_ hosts: [NamedMachine]) -> String {
        let lines = hosts.map { "  " + JSONText.object([("name", .text($0.name))] + $0.fields).line }
        return "[\n" + lines.joined(separator: ",\n") + (lines.isEmpty ? "]\n" : "\n]\n")
    }
}

extension JSONValue {
    /// The same for writing.
    fileprivate var text: JSONText {
        switch self {
        case .null: .null
        case .flag(let flag): .truth(flag)
        case .number(let number): .digits(Int(exactly: number).map { "\($0)" } ?? "\(number)")
        case .text(let text): .text(text)
        case .list(let values): .list(values.map(\.text))
        case .object(let fields): .object(fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value.text) })
        }
    }
}

extension [String] {
    /// The first that was there before.
    var firstRepeated: String? {
        var seen: Set<String> = []
        return first { !seen.insert($0).inserted }
    }
}
