package import BootPolicy
import Media
import Settings

/// A medium as a target of the settings.
package struct TargetFragment: Sendable {
    package let name: String
    package let target: BootTarget
    /// What people ought to know, a line each.
    private let remarks: [String]

    /// - Parameter console: a serial port that the machine's console is to be on, `ttyS0,115200n8`.
    init(
        name: String, medium: RecognizedMedium, kernel: String, initrds: [String], console: String?, source: String
    ) {
        let directory = "${base}/\(MediumPlace.top)/\(name)"
        self.name = name
        let arguments = [medium.arguments, console.map { Self.words(for: $0, medium) } ?? ""]
            .filter { !$0.isEmpty }.joined(separator: " ")
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

    /// The last of several consoles is the one that programs speak on. Memtest86+ reads the same word.
    private static func words(for console: String, _ medium: RecognizedMedium) -> String {
        let port = String(console.prefix { $0 != "," })
        let first = medium.initrds.isEmpty ? [] : ["console=tty0"]
        return (first + ["console=\(console)", medium.consoleArguments.replacing("${console}", with: port)])
            .filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// As TOML.
    package var text: String {
        remarks.map { "# \(Self.oneLine($0))\n" }.joined() + Settings.text(of: target, named: name)
    }

    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { (0x20..<0x7F).contains($0.value) }))
    }
}
