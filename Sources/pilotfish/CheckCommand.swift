import ArgumentParser
import ControlPlane
import Settings

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks a settings file and shows what would hold."
    )

    @Argument(help: "The settings file.", completion: .file(extensions: ["toml"]))
    var file: String = SettingsSource.defaultPath

    @Flag(help: "Prints no settings; says only what is wrong or doubtful.")
    var quiet = false

    @Flag(help: "Lists every key with its default and its meaning instead.")
    var reference = false

    func run() throws {
        if reference {
            print(Settings.reference, terminator: "")
            return
        }
        let settings: Settings
        do throws(SettingsSource.Failure) {
            settings = try SettingsSource(path: file, overrides: Overrides()).load()
        } catch {
            StandardError.write("\(error)")
            throw ExitCode.failure
        }
        for warning in settings.warnings { StandardError.write("warning: \(warning)") }
        if let fault = ConsoleStart.fault(of: settings.api) {
            StandardError.write("api.certificate, api.key: \(fault)")
            throw ExitCode.failure
        }
        if !quiet { print(settings.text, terminator: "") }
    }
}
