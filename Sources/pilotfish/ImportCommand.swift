import ArgumentParser
import BootPolicy
import ControlPlane
import Glibc
import LinuxIO
import Media
import Settings

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Makes a boot target of an ISO image, which is neither mounted nor unpacked.",
        discussion: """
            Kernel and RAM disks become files beneath the root, in images/NAME; all else is served out of the image where it \
            lies, as images/NAME/tree/…, and the image itself as images/NAME/medium.iso. The image must stay where it is, \
            and the service's user must be able to read it. A piece of settings for the target is printed.

            Ends with 0 when the target is there, 1 when the image is damaged, unknown or cannot boot over the network, \
            3 when something could not be read or written.
            """
    )

    @Argument(help: "The image.", completion: .file(extensions: ["iso"]))
    var file: String

    @Option(help: "What to call it, in letters, digits, - and _; without it: made of the image's name.")
    var name: String?

    @Option(help: "The directory that clients fetch from; without it: that of the settings' default.")
    var root = Settings().root

    @Option(help: "Where to put the piece of settings, as NAME.toml; without it: the standard output.")
    var settingsDir: String?

    @Option(help: "A kernel in place of the medium's own.", completion: .file())
    var kernel: String?

    @Option(help: "A RAM disk in place of the medium's own; may be given again.", completion: .file())
    var initrd: [String] = []

    @Option(help: "A serial port for the console, such as ttyS0,115200n8: the words that the medium's system wants.")
    var console: String?

    @Flag(help: "Says what the image is and what would be written, and writes nothing.")
    var dryRun = false

    @Flag(help: "Writes over what an import of before left under that name.")
    var replace = false

    @Flag(help: "One JSON document for programs instead of text.")
    var json = false

    func validate() throws {
        if let console, !ImportText.isConsole(console) {
            throw ValidationError("\(console) is no serial port; write for example ttyS0,115200n8")
        }
        guard let name else { return }
        guard name == ImportText.name(from: name), name.utf8.count <= 64 else {
            throw ValidationError("\(name) is no name: lower-case letters, digits, - and _, 64 at most")
        }
    }

    func run() throws {
        do throws(MediumImport.Failure) {
            let name = name ?? ImportText.name(from: file.lastPathPart)
            let found = try MediumImport(
                path: file, name: name, root: root, kernel: kernel, initrds: initrd, console: console)
            if !dryRun { try found.write(settings: settingsDir, replaces: replace) }
            say(found)
        } catch {
            StandardError.write("pilotfish: \(error)")
            throw ImportText.status(error).code
        }
    }

    private func say(_ found: MediumImport) {
        if json { return print(ImportText.json(found, root: root, isDry: dryRun)) }
        for line in ImportText.lines(found, root: root, isDry: dryRun) { StandardError.write(line) }
        if settingsDir == nil || dryRun { print(found.fragment.text, terminator: "") }
    }
}

/// What `import` says.
enum ImportText {
    /// A device and perhaps its speed: `ttyS0,115200n8`.
    static func isConsole(_ text: String) -> Bool {
        text.hasPrefix("tty")
            && text.utf8.allSatisfy { octet in
                (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet | 0x20) || octet == UInt8(ascii: ",")
            }
    }

    /// A name that settings, paths and URLs take as it is.
    static func name(from text: String) -> String {
        var stem = text.lowercased()
        if stem.hasSuffix(".iso") { stem.removeLast(4) }
        let octets = stem.utf8.map { octet -> UInt8 in
            let isPlain = (0x61...0x7A).contains(octet) || (0x30...0x39).contains(octet) || octet == 0x5F
            return isPlain ? octet : UInt8(ascii: "-")
        }
        // A name of the settings begins with a letter or a digit.
        let name = String(decoding: octets.drop { $0 == 0x2D || $0 == 0x5F }.prefix(64), as: UTF8.self)
        return name.isEmpty ? "medium" : name
    }

    static func lines(_ found: MediumImport, root: String, isDry: Bool) -> [String] {
        let medium = found.medium
        let image = found.image
        var lines = [
            "\(medium.title) (\(medium.family), \(medium.processor?.rawValue ?? "processor unknown"))",
            "\(image.tree.files.count) files and \(image.tree.links.count) links by \(image.names.rawValue) names",
            "needs \(medium.memory.mebibytes) MiB of memory: \(medium.memory.reason)",
        ]
        if let note = medium.note { lines.append("note: \(note)") }
        let omitted = image.tree.omissions
        lines += omitted.prefix(5).map { "not served: \($0.path): \($0.reason)" }
        if omitted.count > 5 { lines.append("not served: \(omitted.count - 5) more") }
        let verb = isDry ? "would write" : "wrote"
        for planned in found.plan { lines.append("\(verb) \(root)/\(planned.path), \(planned.size) octets") }
        lines.append("\(verb) \(root)/\(found.writtenPaths.last ?? "")")
        return lines
    }

    static func json(_ found: MediumImport, root: String, isDry: Bool) -> String {
        let medium = found.medium
        let fragment = found.fragment
        return JSONText.object([
            ("name", .text(found.name)), ("image", .text(found.path)), ("family", .text(medium.family)),
            ("title", .text(medium.title)), ("label", .text(found.image.label)),
            ("processor", medium.processor.map { .text($0.rawValue) } ?? .null),
            ("names", .text(found.image.names.rawValue)), ("files", .number(found.image.tree.files.count)),
            ("links", .number(found.image.tree.links.count)),
            ("omitted", .list(found.image.tree.omissions.map { .text("\($0.path): \($0.reason)") })),
            ("boots", .list(fragment.target.files.map { .text($0) })),
            ("ram", fragment.target.memory.map(JSONText.number) ?? .null),
            ("ram_reason", .text(medium.memory.reason)), ("note", medium.note.map { .text($0) } ?? .null),
            ("root", .text(root)), ("files_written", .list(isDry ? [] : found.writtenPaths.map { .text($0) })),
            ("settings", .text(fragment.text)),
        ]).line
    }

    static func status(_ failure: MediumImport.Failure) -> ExitStatus {
        switch failure {
        case .image(_, .unreadable), .unreadable, .noRoot, .notOurs, .unwritable, .exists: .unreadable
        case .image, .unknown, .cannotBoot, .ambiguous, .unfit: .trouble
        }
    }
}
