import TOMLKit

/// A TOML value and where it stands; the rest of the room knows TOML by this type only.
struct TOMLNode {
    enum Content {
        case text(String)
        case integer(Int)
        case boolean(Bool)
        case array([TOMLNode])
        case table([Entry])
        /// Fractions and dates, which no setting is made of.
        case other(String)
    }

    struct Entry {
        var key: String
        var place: Place
        var value: TOMLNode
    }

    var content: Content
    var place: Place

    /// What stands there, for "found …".
    var kind: String {
        switch content {
        case .text(let text): "the text \"\(text)\""
        case .integer(let number): "the number \(number)"
        case .boolean(let flag): "\(flag)"
        case .array: "a list"
        case .table: "a table"
        case .other(let name): "a \(name)"
        }
    }
}

extension TOMLNode {
    /// Reads a whole TOML text.
    ///
    /// - Throws: where the text stops being TOML, and why.
    static func parse(_ text: String) throws(TOMLFault) -> TOMLNode {
        // The parser behind TOMLKit takes a C string and would silently read up to here only.
        if let place = TOMLPlaces.place(ofFirst: "\0", in: text) {
            throw TOMLFault(place: place, message: "a NUL character does not belong into a text file")
        }
        let places = TOMLPlaces(text)
        if let fault = places.fault {
            // The walk goes on behind mistakes; an earlier one is the one to tell.
            do throws(TOMLFault) {
                _ = try entries(of: places.textBeforeFault, places)
            } catch  where error.place < fault.place {
                throw error
            } catch {}
            throw fault
        }
        return TOMLNode(content: .table(try entries(of: text, places)), place: Place(line: 1, column: 1))
    }

    /// TOMLKit never frees a table. Emptied, one that was read leaves behind the names and texts that were taken from it, a
    /// fifth of what it was; a service that reads its settings again and again would grow by all of it.
    private static func entries(of text: String, _ places: TOMLPlaces) throws(TOMLFault) -> [Entry] {
        let table = try table(text)
        defer { table.clear() }
        return entries(of: table, at: [], places)
    }

    private static func table(_ text: String) throws(TOMLFault) -> TOMLTable {
        do {
            return try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw TOMLFault(error)
        } catch {
            throw TOMLFault(place: Place(line: 1, column: 1), message: "this is not valid TOML: \(error)")
        }
    }

    private static func entries(of table: TOMLTable, at path: [TOMLStep], _ places: TOMLPlaces) -> [Entry] {
        table.compactMap { key, value in
            let step = path + [.key(key)]
            return Entry(key: key, place: places.key(at: step), value: node(of: value, at: step, places))
        }
    }

    private static func node(of value: any TOMLValueConvertible, at path: [TOMLStep], _ places: TOMLPlaces) -> TOMLNode
    {
        TOMLNode(content: content(of: value, at: path, places), place: places.value(at: path))
    }

    private static func content(
        of value: any TOMLValueConvertible, at path: [TOMLStep], _ places: TOMLPlaces
    )
        -> Content
    {
        if let text = value.string { return .text(text) }
        if let number = value.int { return .integer(number) }
        if let flag = value.bool { return .boolean(flag) }
        if let table = value.table { return .table(entries(of: table, at: path, places)) }
        if let array = value.array {
            return .array(array.enumerated().map { node(of: $1, at: path + [.index($0)], places) })
        }
        return .other(value.type.description)
    }
}

/// Why a text is not TOML.
struct TOMLFault: Error {
    var place: Place
    var message: String

    init(place: Place, message: String) {
        self.place = place
        self.message = message
    }

    init(_ error: TOMLParseError) {
        let begin = error.source.begin
        place = Place(line: max(begin.line, 1), column: max(begin.column, 1))
        message = "this is not valid TOML: \(error.description); texts stand in quotes, lists in [ ]"
    }
}
