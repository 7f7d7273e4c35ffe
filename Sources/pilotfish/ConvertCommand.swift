import ArgumentParser
import ControlPlane
import LinuxIO
import Settings

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Makes settings of a configuration of dnsmasq, ISC dhcpd or PXELINUX.",
        discussion: """
            Prints the settings, and on standard error each line that is no setting, with the reason. Files that are in \
            force together are named together: pilotfish convert /etc/dnsmasq.conf /etc/dnsmasq.d/*
            """
    )

    @Argument(help: "The files, such as dnsmasq.conf, dhcpd.conf and pxelinux.cfg/default.", completion: .file())
    var files: [String]

    @Option(help: "What the files are: dnsmasq, dhcpd or pxelinux; without it, told by their contents.")
    var kind: Conversion.Kind?

    @Option(name: [.short, .long], help: "The settings file to make; without it, standard output.")
    var output: String?

    @Flag(help: "One JSON document on standard output instead: the settings, and what is said of each line.")
    var json = false

    func validate() throws {
        guard !json || output == nil else {
            throw ValidationError("--json prints the settings too: leave out --output, or --json")
        }
    }

    func run() throws {
        let sources = try files.map { name in
            Settings.File(name: name, bytes: try ConfigurationFile.read(name))
        }
        let conversion: Conversion
        do throws(ConversionError) {
            conversion = try Conversion(sources, kind: kind, include: ConfigurationFile.included)
        } catch {
            StandardError.write("pilotfish: \(error)")
            throw ExitStatus.trouble.code
        }
        if json { return print(conversion.json) }
        for remark in conversion.remarks { StandardError.write("\(remark)") }
        StandardError.write(summary(conversion))
        if conversion.settings.loaders != Settings().loaders { StandardError.write(Self.advice) }
        var file = try OutputFile(path: output ?? "-")
        try file.append(Array(conversion.text.utf8).span.bytes)
        try file.finish()
    }

    private static let advice =
        "two services that answer one machine quarrel: take the boot lines out of the old one; pilotfish probe shows who "
        + "answers"

    private func summary(_ conversion: Conversion) -> String {
        let counts = Conversion.Verdict.allCases.map { "\(conversion.counts[$0] ?? 0) \($0.rawValue)" }
        return "directives: \(counts.joined(separator: ", "))"
    }
}

extension Conversion.Kind: ExpressibleByArgument {}

/// Reads configurations of other programs.
private enum ConfigurationFile {
    /// A little more than the conversion takes, so that it is the one who says what is wrong.
    private static let sizeLimit = 5 << 20

    static func read(_ path: String) throws(SystemError) -> [UInt8] {
        try InputFile.read(path, atMost: sizeLimit)
    }

    /// A file that another one names: as it is, beside that one, or for PXELINUX, whose names begin at its loader, above.
    static func included(_ name: String, by includer: String) -> Settings.File? {
        let directory = includer.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let beside = directory.isEmpty ? "." : directory.joined(separator: "/")
        let relative = String(name.drop { $0 == "/" || $0 == ":" })
        let places = (name.hasPrefix("/") ? [name] : []) + ["\(beside)/\(relative)", "\(beside)/../\(relative)"]
        for place in places {
            if let bytes = try? read(place) { return Settings.File(name: place, bytes: bytes) }
        }
        return nil
    }
}
