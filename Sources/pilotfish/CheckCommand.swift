import ArgumentParser
import ControlPlane
import LinuxIO
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
        let hidden: SettingsWarning?
        do throws(SettingsSource.Failure) {
            settings = try SettingsSource(path: file, overrides: Overrides()).load()
            hidden = try checkCertificate(settings)
        } catch {
            if json { print(CheckView.json(warnings: [], failure: error)) }
            StandardError.write("\(error)")
            throw ExitStatus(error).code
        }
        let warnings = settings.warnings + [hidden].compactMap(\.self)
        if json {
            print(CheckView.json(warnings: warnings, failure: nil))
        } else {
            for warning in warnings { StandardError.write("warning: \(warning)") }
            if !quiet { print(settings.text, terminator: "") }
        }
        if hidden != nil { throw ExitStatus.unreadable.code }
    }

    /// What is in the files of the console's certificate is known by who reads them.
    ///
    /// - Returns: a warning where this user may not, but the service, which is root when it does, may.
    private func checkCertificate(_ settings: Settings) throws(SettingsSource.Failure) -> SettingsWarning? {
        let fault: String?
        do throws(SystemError) {
            fault = try ConsoleStart.fault(of: settings.api)
        } catch  where error.isPermission {
            return SettingsWarning(
                place: file,
                message: "api.certificate: not checked, for this user may not read it or its key: \(error); try sudo")
        } catch {
            fault = "\(error)"
        }
        guard let fault else { return nil }
        throw .wrong(
            SettingsErrors([SettingsError(file: file, place: nil, key: "api.certificate", message: fault)]))
    }
}
