import Wire

/// What the answer files of unattended installers are made of: templates, and the secrets that they may hold.
///
/// An object: each change of the settings has another, and all that is in it is shared.
package final class AnswerBook: Sendable, Equatable {
    /// Answer files lie beneath this name.
    package static let directory = "answers"

    /// By the names of the files that they become; those of others are parts of them.
    package let templates: [String: String]
    /// By the names that templates call them, behind `secret.`.
    package let secrets: [String: String]
    /// The templates as who knows their language has read them, to be written out by the same; nil where nobody has.
    package let readTemplates: (any Sendable)?

    package init(
        templates: [String: String] = [:], secrets: [String: String] = [:], readTemplates: (any Sendable)? = nil
    ) {
        self.templates = templates
        self.secrets = secrets
        self.readTemplates = readTemplates
    }

    package static func == (one: AnswerBook, other: AnswerBook) -> Bool {
        one === other || one.templates == other.templates && one.secrets == other.secrets
    }

    /// The answer files that can be asked for, in order: names that begin with `_` are parts only.
    package var names: [String] { templates.keys.filter(Self.isWhole).sorted() }

    private static func isWhole(_ name: String) -> Bool { !name.lastPathPart.hasPrefix("_") }

    /// The same with other secrets, for previews.
    package func replacingSecrets(_ change: (String) -> String) -> AnswerBook {
        AnswerBook(templates: templates, secrets: secrets.mapValues(change), readTemplates: readTemplates)
    }

    /// The template that a path asks for: `answers/NAME`, or `answers/MAC/NAME` for a machine on a network where its address
    /// tells us nothing.
    ///
    /// - Returns: whose answer file that is when the path says so.
    func template(for path: RequestPath) -> (name: String, hardware: MACAddress?)? {
        var parts = path.parts[...]
        guard parts.popFirst() == Self.directory, let first = parts.first else { return nil }
        let hardware = MACAddress(pathPart: first)
        if hardware != nil { parts.removeFirst() }
        let name = parts.joined(separator: "/")
        guard templates[name] != nil, Self.isWhole(name) else { return nil }
        return (name, hardware)
    }
}

extension MACAddress {
    /// `52:54:00:12:34:56`, `52-54-00-12-34-56`, or as installers have it from PXELINUX: `01-52-54-00-12-34-56`.
    init?(pathPart: String) {
        let octets = pathPart.split(whereSeparator: { $0 == "-" || $0 == ":" })
        let own = octets.count == 7 && octets[0] == "01" ? octets.dropFirst() : octets[...]
        self.init(own.joined(separator: ":"))
    }
}
