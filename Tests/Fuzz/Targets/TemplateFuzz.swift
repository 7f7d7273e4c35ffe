import Foundation
import Templates

/// A template and values for it; the first octet says how it is escaped. What is filled in is what was meant, whatever it is.
enum TemplateFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        var choices = Choices(octets)
        let ending = ["cfg", "json", "xml", "ign"][Int(choices.next() & 3)]
        func text() -> String { String(decoding: choices.take(Int(choices.next() & 63)), as: UTF8.self) }
        let value = text()
        let list = (0..<Int(choices.next() & 3)).map { _ in text() }
        let values: [String: TemplateValue] = [
            "v": .text(value), "l": .list(list), "f": .flag(choices.next() & 1 == 0),
            "secret": .group(["s": .text(value)]),
        ]
        json(value, list, values, &complaints)
        xml(value, values, &complaints)
        template(String(decoding: choices.remainder(), as: UTF8.self), ending, values, &complaints)
    }

    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { !$0.properties.isWhitespace }))
    }

    /// Anybody's template: it is refused, has gaps, or becomes a text of some length, and the same each time.
    private static func template(
        _ text: String, _ ending: String, _ values: [String: TemplateValue], _ complaints: inout Complaints
    ) {
        guard let book = try? TemplateBook(["t.\(ending)": text, "_p.\(ending)": "{{v}}{{#l}}{{.}}{{/l}}"]),
            let made = try? book.render("t.\(ending)", values)
        else { return }
        // Each of the 100,000 values that may be asked for is behind a text of the template's at most, or a value of its own.
        complaints.demand(
            made.utf8.count <= 100_000 * (text.utf8.count + 64),
            "\(made.utf8.count) octets of a template of \(text.utf8.count)")
        complaints.demand((try? book.render("t.\(ending)", values)) == made, "another text the second time")
        // Mustache takes an empty first line for the rest of the word that says how to escape, and blanks at the end for nothing.
        let isPlain = !text.utf8.contains { "{}".utf8.contains($0) }
        complaints.demand(!isPlain || visible(made) == visible(text), "a text without tags changed")
    }

    private struct Made: Codable, Equatable {
        var v: String
        var l: [String]
    }

    private static func json(
        _ value: String, _ list: [String], _ values: [String: TemplateValue], _ complaints: inout Complaints
    ) {
        guard let made = try? jsonBook?.render("t.json", values) else {
            return complaints.add(["a template is not filled in"])
        }
        let read = try? JSONDecoder().decode(Made.self, from: Data(made.utf8))
        complaints.demand(
            read.map { same($0.v, value) && $0.l.count == list.count && zip($0.l, list).allSatisfy(same) } == true,
            "JSON says something else: \(made)")
    }

    /// To Swift, texts that look alike are the same.
    private static func same(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }

    private static let jsonBook = try? TemplateBook([
        "t.json": #"{"v": "{{v}}", "l": [{{#l}}"{{.}}"{{^last()}}, {{/last()}}{{/l}}]}"#
    ])

    private static func xml(_ value: String, _ values: [String: TemplateValue], _ complaints: inout Complaints) {
        guard let made = try? xmlBook?.render("t.xml", values), made.hasPrefix("<v a="), made.hasSuffix("</v>") else {
            return complaints.add(["a template is not filled in"])
        }
        // By octets: an accent behind a sign hides it from nobody else.
        let inside = Array(made.utf8.dropFirst(6).dropLast(4))
        let end = inside.indices.first { inside[$0...].starts(with: "\">".utf8) } ?? 0
        let parts = [inside[..<end], inside.dropFirst(end + 2)].map { String(decoding: $0, as: UTF8.self) }
        complaints.demand(parts.allSatisfy { same(plain($0), value) }, "XML says something else: \(made)")
    }

    private static let xmlBook = try? TemplateBook(["t.xml": #"<v a="{{v}}">{{v}}</v>"#])

    /// The text that a reader of XML sees; what would end an attribute or an element is no text.
    private static func plain(_ text: String) -> String {
        let entities = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'", "#39": "'"]
        var made = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "&" {
                let name = String(rest.prefix { $0 != ";" })
                rest = rest.dropFirst(name.unicodeScalars.count + 1)
                made += (entities[name] ?? "\u{FFFE}").unicodeScalars
            } else {
                made.append("<>\"".unicodeScalars.contains(scalar) ? "\u{FFFE}" : scalar)
            }
        }
        return String(made)
    }
}
