/// One thing that is wrong with the settings: where, which key, what, and what to do.
package struct SettingsError: Error, Hashable, Sendable {
    /// The name of the file as it was given, or empty for what a flag of the command line said.
    package var file: String
    /// Nil for a flag.
    package var place: Place?
    /// The dotted key (`tftp.workers`) or the flag (`--root`); empty when the text as a whole is meant.
    package var key: String
    package var message: String

    package init(file: String, place: Place?, key: String, message: String) {
        self.file = file
        self.place = place
        self.key = key
        self.message = message
    }
}

extension SettingsError: CustomStringConvertible {
    /// `pilotfish.toml:7:19: tftp.max-window-size: 500 is too large; allowed is 1 to 256`
    package var description: String {
        let place = place.map { "\(file):\($0)" }
        return [place, key.isEmpty ? nil : key, message].compactMap(\.self).joined(separator: ": ")
    }
}

/// All that is wrong, in the order of the text; never empty.
package struct SettingsErrors: Error, Equatable, Sendable, CustomStringConvertible {
    package let errors: [SettingsError]

    package init(_ errors: [SettingsError]) {
        self.errors = errors
    }

    /// One line for each.
    package var description: String {
        errors.map(\.description).joined(separator: "\n")
    }
}

/// A place in a text. Both numbers count from 1; columns are Unicode scalars, as the TOML parser counts them.
package struct Place: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: Place, right: Place) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    package var description: String { "\(line):\(column)" }
}

/// What is wrong with a value, by itself.
struct Problem: Error {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}
