extension Settings {
    /// Reads a settings file.
    ///
    /// - Parameters:
    ///   - text: the whole file.
    ///   - file: its name, for messages only.
    ///   - base: what holds for keys that the text does not set; the settings of an earlier file, or the defaults.
    /// - Throws: everything that is wrong with the text, at once.
    package static func parse(
        _ text: String, file: String, over base: Settings = Settings()
    ) throws(SettingsErrors)
        -> Settings
    {
        let root: TOMLNode
        do throws(TOMLFault) {
            root = try TOMLNode.parse(text)
        } catch {
            throw SettingsErrors([SettingsError(file: file, place: error.place, key: "", message: error.message)])
        }
        var reader = SettingsReader(file: file, base: base)
        reader.read(root)
        guard reader.errors.isEmpty else { throw SettingsErrors(reader.errors) }
        return reader.settings
    }

    /// Reads a settings file as it came from the disk.
    package static func parse(
        bytes: some Collection<UInt8>, file: String, over base: Settings = Settings()
    ) throws(SettingsErrors) -> Settings {
        if let text = String(validating: bytes, as: UTF8.self) {
            return try parse(text, file: file, over: base)
        }
        throw SettingsErrors([
            SettingsError(
                file: file, place: placeOfFirstFault(in: bytes), key: "",
                message: "this is not UTF-8; save the file with that encoding")
        ])
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
