import Media

/// A medium as a target of the settings.
package struct TargetFragment: Sendable {
    package let name: String
    package let title: String
    /// Beneath the root.
    package let kernel: String
    package let initrds: [String]
    /// `${server}` in it is our address, with the port if it is another than 80, as the client reaches us.
    package let arguments: String
    /// MiB.
    package let memory: Int
    /// What people ought to know, a line each.
    private let remarks: [String]

    init(name: String, medium: RecognizedMedium, kernel: String, initrds: [String], source: String) {
        let directory = "http://${server}/\(MediumPlace.top)/\(name)"
        self.name = name
        title = medium.title
        self.kernel = kernel
        self.initrds = initrds
        arguments = medium.arguments
            .replacing("${tree}", with: "\(directory)/\(MediumPlace.tree)")
            .replacing("${image}", with: "\(directory)/\(MediumPlace.image)")
        memory = medium.memory.mebibytes
        remarks =
            [
                "\(medium.family), \(medium.processor?.rawValue ?? "processor unknown"), from \(source)",
                "MiB of memory: \(medium.memory.reason)",
            ] + (medium.note.map { [$0] } ?? [])
    }

    /// As TOML.
    package var text: String {
        let disks = initrds.map(Self.quoted).joined(separator: ", ")
        return remarks.map { "# \(Self.oneLine($0))\n" }.joined() + """
            [target.\(name)]
            title = \(Self.quoted(title))
            kernel = \(Self.quoted(kernel))
            initrd = [\(disks)]
            arguments = \(Self.quoted(arguments))
            ram = \(memory)

            """
    }

    /// A basic string (TOML 1.0); control characters are none of a title's.
    private static func quoted(_ text: String) -> String {
        let escaped = oneLine(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\""
    }

    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
    }
}
