import BootPolicy
import Settings
import Wire

/// A table with a header, as spreadsheets write it: `name,mac,groups,variable.disk`. Several of a kind stand in one cell with blanks
/// or semicolons between them; a variable that is a list is written `[a, b]`. Blanks at the ends of a cell count if that is in quotes,
/// in what may have such.
enum CSVHosts {
    private static let variable = "variable."
    private static let lists: Set = ["mac", "groups", "tags"]
    private static let columns = ["mac", "uuid", "serial", "target", "groups", "tags", "note", "protected"]

    static func tables(in text: String, file: String) throws(SettingsErrors) -> String {
        let rows = try CSVRow.all(in: text, file: file)
        guard let header = rows.first else { throw HostList.fault(file, 1, "there is no header; write name,mac") }
        let names = header.cells.map { columnName($0.trimmed) }
        try check(names, file: file, line: header.line)
        var lines: [String] = []
        var seen: [String: Int] = [:]
        for row in rows.dropFirst() {
            guard row.cells.count <= names.count else {
                throw HostList.fault(file, row.line, "\(row.cells.count) cells, and the header has \(names.count)")
            }
            let cells = zip(names, row.cells).map { ($0, hasBlanks($0) ? $1 : $1.trimmed) }.filter { !$0.1.isEmpty }
            guard let name = cells.first(where: { $0.0 == "name" })?.1 else {
                throw HostList.fault(file, row.line, "the host has no name")
            }
            if let line = seen.updateValue(row.line, forKey: name) {
                throw HostList.fault(file, row.line, "\"\(name)\" is listed twice, first in line \(line)")
            }
            // Messages shall name the line of the table.
            lines += Array(repeating: "", count: max(row.line - lines.count - 1, 0))
            lines.append(HostList.table(name, fields(cells.filter { $0.0 != "name" })))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether what a column says may begin and end in blanks.
    private static func hasBlanks(_ name: String) -> Bool {
        name == "note" || name == "serial" || name.hasPrefix(variable)
    }

    /// The name of a column, as which capitals do not count; those of a variable's own name do.
    private static func columnName(_ text: String) -> String {
        let name = text.lowercased()
        return name.hasPrefix(variable) ? variable + text.dropFirst(variable.count) : name
    }

    private static func check(_ names: [String], file: String, line: Int) throws(SettingsErrors) {
        guard names.contains("name") else { throw HostList.fault(file, line, "there is no column \"name\"") }
        if let twice = names.firstRepeated { throw HostList.fault(file, line, "two columns are \"\(twice)\"") }
        for name in names where name != "name" && !columns.contains(name) && !name.hasPrefix(variable) {
            throw HostList.fault(
                file, line,
                "there is no column \"\(name)\"; those that are: name, \(columns.joined(separator: ", ")), \(variable)NAME"
            )
        }
    }

    private static func fields(_ cells: [(name: String, text: String)]) -> [(key: String, value: JSONText)] {
        let own = cells.filter { !$0.name.hasPrefix(variable) }.map { ($0.name, value(of: $0.text, $0.name)) }
        let variables = cells.filter { $0.name.hasPrefix(variable) }.map {
            (String($0.name.dropFirst(variable.count)), VariableValue(written: $0.text).json)
        }
        return own + (variables.isEmpty ? [] : [("variables", .object(variables))])
    }

    private static func value(of text: String, _ name: String) -> JSONText {
        if lists.contains(name) {
            return .list(text.split { " ;\n".contains($0) }.map { .text(String($0)) })
        }
        guard name == "protected" else { return .text(text) }
        return switch text.lowercased() {
        case "true", "yes", "1": .truth(true)
        case "false", "no", "0": .truth(false)
        default: .text(text)
        }
    }

    static func text(_ hosts: [NamedMachine]) -> String {
        let variables = Set(hosts.flatMap(\.variables.keys)).sorted()
        let header = ["name"] + columns + variables.map { variable + $0 }
        let rows = hosts.map { host in
            [
                host.name, host.hardware.map(\.description).joined(separator: " "), host.uuid.map { "\($0)" } ?? "",
                host.serial ?? "", host.target ?? "", host.groups.joined(separator: " "),
                host.tags.joined(separator: " "), host.note, host.isProtected ? "true" : "",
            ] + variables.map { host.variables[$0]?.written ?? "" }
        }
        return ([header] + rows).map { $0.map(CSVRow.quoted).joined(separator: ",") + "\r\n" }.joined()
    }
}

/// A row of RFC 4180; line ends may be CR LF or LF.
struct CSVRow: Equatable {
    /// Of the text, from 1.
    let line: Int
    var cells: [String]

    /// All rows that are not empty.
    static func all(in text: String, file: String) throws(SettingsErrors) -> [CSVRow] {
        var reader = CSVReader(text)
        var rows: [CSVRow] = []
        while let row = reader.next() {
            if row.cells != [""] { rows.append(row) }
        }
        if let (line, message) = reader.fault { throw HostList.fault(file, line, message) }
        return rows
    }

    static func quoted(_ cell: String) -> String {
        // By scalars: a mark and an accent behind it are one character, but the mark ends a cell.
        let isPlain = !cell.unicodeScalars.contains { marks.contains($0) } && cell == cell.trimmed
        guard !isPlain else { return cell }
        var quoted = String.UnicodeScalarView()
        for scalar in cell.unicodeScalars {
            if scalar == "\"" { quoted.append(scalar) }
            quoted.append(scalar)
        }
        return "\"\(String(quoted))\""
    }

    private static let marks: Set<Unicode.Scalar> = ["\"", ",", ";", "\n", "\r"]
}

private struct CSVReader {
    private let octets: [UInt8]
    private var place: Int
    private var line = 1
    private(set) var fault: (line: Int, message: String)?

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")

    init(_ text: String) {
        octets = Array(text.utf8)
        // Spreadsheets begin their files with a mark of the order of octets.
        place = octets.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next row; nil at the end, and behind what is no row.
    mutating func next() -> CSVRow? {
        guard place < octets.count, fault == nil else { return nil }
        var row = CSVRow(line: line, cells: [])
        repeat {
            row.cells.append(cell())
        } while take(UInt8(ascii: ","))
        let isEnd = take(UInt8(ascii: "\r"))
        if take(Self.lineFeed) || isEnd {
            line += 1
        } else if place < octets.count {
            fault = fault ?? (line, "something stands behind the \" that closes a cell")
        }
        return row
    }

    private mutating func cell() -> String {
        guard take(Self.quote) else {
            let cell = octets[place...].prefix { !",\r\n".utf8.contains($0) }
            place = cell.endIndex
            return String(decoding: cell, as: UTF8.self).trimmed
        }
        let start = line
        var cell: [UInt8] = []
        while place < octets.count {
            let octet = octets[place]
            place += 1
            if octet == Self.quote, !take(Self.quote) { return String(decoding: cell, as: UTF8.self) }
            if octet == Self.lineFeed { line += 1 }
            cell.append(octet)
        }
        fault = (start, "a \" opens a cell here and is never closed")
        return ""
    }

    private mutating func take(_ octet: UInt8) -> Bool {
        guard place < octets.count, octets[place] == octet else { return false }
        place += 1
        return true
    }
}

extension String {
    /// Without blanks at its ends.
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
