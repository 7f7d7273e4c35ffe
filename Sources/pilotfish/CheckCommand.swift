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

    @Flag(help: "One JSON object instead: whether they are right, and what is wrong or doubtful.")
    var json = false

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
            try checkCertificate(settings)
        } catch {
            if json { print(CheckView.json(warnings: [], failure: error)) }
            StandardError.write("\(error)")
            throw ExitStatus(error).code
        }
        if json { return print(CheckView.json(warnings: settings.warnings, failure: nil)) }
        for warning in settings.warnings { StandardError.write("warning: \(warning)") }
        if !quiet { print(settings.text, terminator: "") }
    }

    /// What is in the files of the console's certificate is known by who reads them.
    private func checkCertificate(_ settings: Settings) throws(SettingsSource.Failure) {
        guard let fault = ConsoleStart.fault(of: settings.api) else { return }
        throw .wrong(
            SettingsErrors([SettingsError(file: file, place: nil, key: "api.certificate", message: fault)]))
    }
}
