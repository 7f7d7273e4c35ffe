import ArgumentParser
import BootPolicy
import ControlPlane
import Glibc
import LinuxIO
import Settings

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Shows the settings in force, and writes settings files in one form.",
        discussion: "Whether settings are right is said by \"pilotfish check\".",
        subcommands: [Show.self, Format.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints every setting that is in force, and where it comes from.",
            discussion: """
                The file, those of conf.d beside it, and the defaults; and the mode that an operator's command put in force, if the \
                service runs. Secrets are shown by their names and files only. Flags of "pilotfish serve" are not known here.
                """)

        @OptionGroup var location: ServiceLocation

        @Flag(help: "Says behind each key where it comes from: FILE:LINE, default, or by command.")
        var origin = false

        @Flag(help: "One JSON object a line for each key, always with where it comes from.")
        var json = false

        func run() throws {
            let source = SettingsSource(path: location.settings, overrides: Overrides())
            var settings = try source.load()
            var commanded: Set<String> = []
            // A service that does not run has no word of an operator's.
            if let mode = (try? location.ask("mode")).flatMap(ServiceMode.init), mode != settings.mode {
                settings.mode = mode
                commanded = ["mode"]
            }
            let lines = try settings.lines(from: try source.files(), commanded: commanded)
            print(SettingsView.text(lines, hasOrigin: origin, json: json))
        }
    }

    struct Format: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fmt", abstract: "Writes settings files in one form; comments, order and meaning stay.",
            discussion: """
                Blanks around =, no margins, an empty line above each table, double quotes where they say the same. A file that is \
                no TOML stays as it is. Ends with 1 when --check finds a file that would change, or a file is no TOML.
                """)

        @Argument(help: "The files; - reads standard input and prints.", completion: .file(extensions: ["toml"]))
        var files: [String] = [SettingsSource.defaultPath]

        @Flag(help: "Names the files that would change, and changes nothing.")
        var check = false

        @Flag(help: "One JSON object a line: a file, and whether it is or would be changed.")
        var json = false

        private static let largestFile = 1 << 20

        func validate() throws {
            guard !json || !files.contains("-") else {
                throw ValidationError("--json and - would both write to the standard output")
            }
        }

        func run() throws {
            var isRight = true
            for file in files {
                do {
                    isRight = try format(file) && isRight
                } catch let error as SettingsErrors {
                    StandardError.write("\(error)")
                    isRight = false
                }
            }
            if !isRight { throw ExitStatus.trouble.code }
        }

        /// - Returns: false for a file that `--check` finds fault with.
        private func format(_ file: String) throws -> Bool {
            let octets = try InputFile.read(file == "-" ? "/dev/stdin" : file, atMost: Self.largestFile)
            guard octets.count <= Self.largestFile else { throw SystemError.tooLarge("read", file) }
            let text = try Settings.formatted(Settings.File(name: file, bytes: octets))
            let isChanged = Array(text.utf8) != octets
            tell(file, isChanged)
            if check { return !isChanged }
            if file == "-" {
                print(text, terminator: "")
            } else if isChanged {
                try write(text, to: file)
            }
            return true
        }

        private func tell(_ file: String, _ isChanged: Bool) {
            if json {
                print(JSONText.object([("file", .text(file)), ("changed", .truth(isChanged))]).line)
            } else if isChanged, check {
                print(file)
            }
        }

        /// In place of the file, whose owner and rights stay: it may name what not everybody is to know.
        private func write(_ text: String, to file: String) throws {
            var status = stat()
            guard stat(file, &status) == 0 else { throw SystemError(call: "stat", subject: file) }
            let mask = umask(~status.st_mode & 0o777)
            defer { umask(mask) }
            var output = try OutputFile(path: file)
            try output.append(Array(text.utf8).span.bytes)
            try output.finish()
            if status.st_uid != geteuid() || status.st_gid != getegid() {
                guard chown(file, status.st_uid, status.st_gid) == 0 else {
                    throw SystemError(call: "chown", subject: file)
                }
            }
        }
    }
}
