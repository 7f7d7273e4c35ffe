package import BootPolicy

extension Settings {
    /// A file as it came from the disk.
    package struct File: Sendable {
        /// For messages only.
        package var name: String
        package var bytes: [UInt8]

        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// Reads settings files, each over those before it: its keys win, its rules stand behind theirs. A name of a target or
    /// menu may stand in another file than the target.
    ///
    /// - Throws: everything that is wrong with all of them, at once.
    package static func parse(_ files: [File]) throws(SettingsErrors) -> Settings {
        var settings = Settings()
        var readers: [SettingsReader] = []
        var errors: [SettingsError] = []
        for file in files {
            do throws(SettingsErrors) {
                var reader = SettingsReader(file: file.name, base: settings)
                reader.read(try tree(of: file))
                settings = reader.settings
                readers.append(reader)
            } catch {
                errors += error.errors
            }
        }
        for reader in readers {
            var reader = reader
            // Where one file could not be read at all, the names may have stood in that.
            if errors.isEmpty { reader.checkTargets(in: settings) }
            errors += reader.sortedErrors
        }
        guard errors.isEmpty else { throw SettingsErrors(errors) }
        return settings
    }

    /// Reads one settings text.
    ///
    /// - Parameters:
    ///   - file: its name, for messages only.
    package static func parse(_ text: String, file: String) throws(SettingsErrors) -> Settings {
        try parse([File(name: file, bytes: Array(text.utf8))])
    }

    /// Reads a list of machines: tables `[machine.NAME]` and nothing else. A machine may say less than in the settings, where it is
    /// known already.
    ///
    /// - Parameter file: its name, for messages only.
    /// - Returns: in the order of their names.
    package static func machines(in text: String, file: String) throws(SettingsErrors) -> [NamedMachine] {
        let tree = try tree(of: File(name: file, bytes: Array(text.utf8)))
        var reader = SettingsReader(file: file, base: Settings())
        guard case .table(let entries) = tree.content else { return [] }
        for entry in entries {
            if entry.key == ManyTable.machine.rawValue {
                reader.readMachines(entry.value, isWhole: false)
            } else {
                reader.report(entry.place, entry.key, "a list of machines has tables [machine.NAME] and nothing else")
            }
        }
        guard reader.errors.isEmpty else { throw SettingsErrors(reader.sortedErrors) }
        return reader.settings.machines.values.sorted { $0.name < $1.name }
    }

    static func tree(of file: File) throws(SettingsErrors) -> TOMLNode {
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw SettingsErrors([
                SettingsError(
                    file: file.name, place: placeOfFirstFault(in: file.bytes), key: "",
                    message: "this is not UTF-8; save the file with that encoding")
            ])
        }
        do throws(TOMLFault) {
            return try TOMLNode.parse(text)
        } catch {
            throw SettingsErrors([SettingsError(file: file.name, place: error.place, key: "", message: error.message)])
        }
    }

    private static func placeOfFirstFault(in bytes: some Collection<UInt8>) -> Place {
        var place = Place(line: 1, column: 1)
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            if scalar == "\n" {
                place = Place(line: place.line + 1, column: 1)
            } else {
                place.column += 1
            }
        }
        return place
    }
}

/// Values that are right by themselves but not together.
struct Conflict {
    /// The keys that are part of it, the more telling ones first.
    var keys: [String]
    var message: String
}
