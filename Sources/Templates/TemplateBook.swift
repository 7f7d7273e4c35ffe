import Mustache

/// What a template can say.
package enum TemplateValue: Equatable, Sendable {
    /// Absent for sections when it is empty.
    case text(String)
    /// A section is repeated for each element, which is `.` there.
    case list([String])
    case flag(Bool)
    /// Values that are named behind a point: `secret.root-password`.
    case group([String: TemplateValue])
}

/// A template that cannot be used.
package struct TemplateFault: Error, Equatable {
    /// Which one.
    package let name: String
    /// From 1.
    package let line: Int
    package let message: String
}

/// What a template asks for and does not get: a file with a hole in it must not reach an installer.
package struct TemplateGap: Error, Equatable {
    /// Variables without a value, in the order that they are met, each once; in parentheses what else makes it unusable.
    package let missing: [String]
}

/// Templates in Mustache, each by its name; one takes in another as `{{>name}}`.
///
/// What is filled in is escaped by the ending of the template's name: as the inside of a string for `.json` and `.ign`,
/// as text for `.xml`, not at all for others.
package struct TemplateBook: Sendable {
    private let library: MustacheLibrary

    /// - Throws: the first fault of the first faulty template in the order of their names.
    package init(_ texts: [String: String]) throws(TemplateFault) {
        var library = MustacheLibrary()
        var parts: [String: [TemplateTags.Part]] = [:]
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            let tags = try TemplateTags(text, of: name)
            for part in tags.parts where texts[part.name] == nil {
                throw TemplateFault(name: name, line: part.line, message: "there is no template \"\(part.name)\"")
            }
            for part in tags.parts where Escaping(part.name) != Escaping(name) {
                throw TemplateFault(
                    name: name, line: part.line,
                    message: "\"\(part.name)\" ends otherwise, so its values would be escaped otherwise; rename it")
            }
            parts[name] = tags.parts
            library.register(try Self.parse(text, name), named: name)
        }
        try Self.refuseCircles(parts)
        self.library = library
    }

    private static func parse(_ text: String, _ name: String) throws(TemplateFault) -> MustacheTemplate {
        let pragma = Escaping(name).pragma
        do {
            return try MustacheTemplate(string: pragma + text)
        } catch let error as MustacheTemplate.ParserError {
            throw TemplateFault(name: name, line: error.context.lineNumber, message: describe(error.error))
        } catch {
            throw TemplateFault(name: name, line: 1, message: "\(error)")
        }
    }

    private static func describe(_ error: any Error) -> String {
        switch error {
        case MustacheTemplate.Error.sectionCloseNameIncorrect: "a section is closed by another name than it was opened"
        case MustacheTemplate.Error.expectedSectionEnd: "a section is never closed"
        case MustacheTemplate.Error.unfinishedName: "a tag is not closed, or its name has a blank in it"
        case MustacheTemplate.Error.invalidSetDelimiter: "new delimiters are written {{=<% %>=}}"
        default: "\(error)"
        }
    }

    /// Mustache lets a template take in itself, and would do so until the stack is full.
    private static func refuseCircles(_ parts: [String: [TemplateTags.Part]]) throws(TemplateFault) {
        for name in parts.keys.sorted() {
            var seen: Set<String> = []
            var open = parts[name] ?? []
            while let part = open.popLast() {
                guard part.name != name else {
                    throw TemplateFault(name: name, line: part.line, message: "the template takes in itself")
                }
                if seen.insert(part.name).inserted { open += parts[part.name] ?? [] }
            }
        }
    }

    /// A template with its values filled in.
    ///
    /// - Returns: nil when there is no template of that name.
    /// - Throws: `TemplateGap` when a value that it prints is not there. A section asks only whether it is.
    package func render(_ name: String, _ values: [String: TemplateValue]) throws(TemplateGap) -> String? {
        let gaps = Gaps()
        let text = library.render(Scope(values: values, path: "", gaps: gaps), withTemplate: name)
        guard gaps.names.isEmpty else { throw TemplateGap(missing: gaps.names) }
        return text
    }
}

/// How values are written, by the ending of a template's name.
private enum Escaping: String {
    case json = "JSON"
    case xml = "XML"
    case none = "TEXT"

    init(_ name: String) {
        switch name.split(separator: ".").last {
        case "json", "ign": self = .json
        case "xml": self = .xml
        default: self = .none
        }
    }

    /// What makes Mustache do that; on no line of its own, so that lines keep their numbers.
    var pragma: String {
        switch self {
        case .json: MustacheContentTypes.register(JSONText(), named: rawValue)
        case .xml: MustacheContentTypes.register(XMLText(), named: rawValue)
        case .none: break
        }
        return "{{% CONTENT_TYPE:\(rawValue)}}"
    }
}

/// The inside of a string (RFC 8259 §7).
private struct JSONText: MustacheContentType {
    func escapeText(_ text: String) -> String {
        text.escaping { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            case _ where scalar.value < 0x20:
                "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: nil
            }
        }
    }
}

/// Text, and the inside of an attribute (XML 1.0 §2.4).
private struct XMLText: MustacheContentType {
    func escapeText(_ text: String) -> String {
        text.escaping { scalar in
            switch scalar {
            case "<": "&lt;"
            case ">": "&gt;"
            case "&": "&amp;"
            case "\"": "&quot;"
            case "'": "&#39;"
            default: nil
            }
        }
    }
}

extension String {
    /// By scalars. Mustache's own goes by characters, and to Swift a `<` with an accent is another one.
    ///
    /// - Parameter escape: what stands for a scalar; nil for one that stays as it is.
    fileprivate func escaping(_ escape: (Unicode.Scalar) -> String?) -> String {
        unicodeScalars.map { escape($0) ?? String($0) }.joined()
    }
}
