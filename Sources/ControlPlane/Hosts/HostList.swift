package import BootPolicy
package import Settings
import Wire

/// Lists of hosts as people keep them. All are read by way of the tables `[machine.NAME]` of the settings: their keys, checks and
/// messages are those of every format.
package enum HostList {
    package enum Format: String, Sendable, CaseIterable {
        case toml, json, csv
    }

    /// Reads a list as tables of the settings, not looking at what they say yet; `hosts` does.
    ///
    /// - Parameter file: its name, for messages.
    package static func tables(
        in octets: [UInt8], _ format: Format, file: String
    ) throws(SettingsErrors) -> String {
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw fault(file, nil, "this is not UTF-8; save the file with that encoding")
        }
        switch format {
        case .toml: return text
        case .json: return try JSONHosts.tables(in: octets, file: file)
        case .csv: return try CSVHosts.tables(in: text, file: file)
        }
    }

    /// Looks at what tables say that were read from a list.
    ///
    /// - Returns: the hosts, in the order of their names.
    package static func hosts(
        of tables: String, _ format: Format, file: String
    ) throws(SettingsErrors) -> [NamedMachine] {
        do throws(SettingsErrors) {
            return try Settings.machines(in: tables, file: file)
        } catch {
            guard format == .json else { throw error }
            // The lines of its tables are none of the file's.
            throw SettingsErrors(
                error.errors.map { error in
                    let key = error.key.isEmpty ? file : "\(file): \(error.key)"
                    return SettingsError(file: file, place: nil, key: key, message: error.message)
                })
        }
    }

    /// Writes a list, so that it can be read again.
    package static func text(_ hosts: [NamedMachine], _ format: Format) -> String {
        switch format {
        case .toml: String(Settings.text(of: hosts).drop(while: \.isNewline))
        case .json: JSONHosts.text(hosts)
        case .csv: CSVHosts.text(hosts)
        }
    }

    static func fault(_ file: String, _ line: Int?, _ message: String) -> SettingsErrors {
        let place = line.map { Place(line: $0, column: 1) }
        return SettingsErrors([SettingsError(file: file, place: place, key: place == nil ? file : "", message: message)]
        )
    }

    /// A host in one line, so that messages name the line that it came from.
    static func table(_ name: String, _ values: [(key: String, value: JSONText)]) -> String {
        "machine.\(JSONText.text(name).line) = {" + members(values) + "}"
    }

    private static func members(_ values: [(key: String, value: JSONText)]) -> String {
        values.map { "\(JSONText.text($0).line) = \(toml($1))" }.joined(separator: ", ")
    }

    /// TOML's texts, numbers and lists on one line are JSON's.
    private static func toml(_ value: JSONText) -> String {
        guard case .object(let fields) = value else { return value.line }
        return "{\(members(fields))}"
    }
}

extension NamedMachine {
    /// What is known of it, by the names of the settings' keys.
    var fields: [(key: String, value: JSONText)] {
        func list(_ texts: [String]) -> JSONText? { texts.isEmpty ? nil : .list(texts.map(JSONText.text)) }
        let named = variables.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
        let all: [(String, JSONText?)] = [
            ("mac", list(hardware.map(\.description))), ("uuid", uuid.map { .text("\($0)") }),
            ("serial", serial.map(JSONText.text)), ("target", target.map(JSONText.text)), ("groups", list(groups)),
            ("tags", list(tags)), ("note", note.isEmpty ? nil : .text(note)),
            ("protected", isProtected ? .truth(true) : nil), ("variables", named.isEmpty ? nil : .object(named)),
        ]
        return all.compactMap { key, value in value.map { (key, $0) } }
    }
}

extension VariableValue {
    var json: JSONText {
        switch self {
        case .text(let text): .text(text)
        case .list(let texts): .list(texts.map(JSONText.text))
        case .flag(let flag): .truth(flag)
        }
    }
}
