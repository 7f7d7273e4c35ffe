package import BootPolicy
import Media
import Settings

/// A medium as a target of the settings.
package struct TargetFragment: Sendable {
    package let name: String
    package let target: BootTarget
    /// What people ought to know, a line each.
    private let remarks: [String]

    init(name: String, medium: RecognizedMedium, kernel: String, initrds: [String], source: String) {
        let directory = "${base}/\(MediumPlace.top)/\(name)"
        self.name = name
        let arguments = medium.arguments
            .replacing("${tree}", with: "\(directory)/\(MediumPlace.tree)")
            .replacing("${image}", with: "\(directory)/\(MediumPlace.image)")
        let title = Self.oneLine(medium.title)
        target = BootTarget(
            // What a medium calls itself may be more than a menu can show.
            title: Settings.isTitle(title) ? title : "\(medium.family)",
            action: .linux(LinuxBoot(kernel: kernel, initrds: initrds, arguments: arguments)),
            memory: medium.memory.mebibytes)
        remarks =
            [
                "\(medium.family), \(medium.processor?.rawValue ?? "processor unknown"), from \(source)",
                "MiB of memory: \(medium.memory.reason)",
            ] + (medium.note.map { [$0] } ?? [])
    }

    /// As TOML.
    package var text: String {
        remarks.map { "# \(Self.oneLine($0))\n" }.joined() + Settings.text(of: target, named: name)
    }

    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { (0x20..<0x7F).contains($0.value) }))
    }
}
