import ArgumentParser
import ControlPlane
import Glibc
import LinuxIO

/// How a command ends, the same for all of them; pilotfish(8) has the table.
enum ExitStatus: Int32, CaseIterable {
    case done = 0
    /// Something is wrong with what was looked at, or what was asked for was refused.
    case trouble = 1
    /// Who had to answer did not: the service, a server, the network.
    case unanswered = 2
    /// A file could not be read or written.
    case unreadable = 3
    /// The command line is wrong.
    case usage = 64
    case interrupted = 130

    /// To be thrown by a command that has said why it ends.
    var code: ExitCode { ExitCode(rawValue) }

    /// How a command ends that failed so.
    init(_ failure: any Error) {
        switch failure {
        case is ServiceSilence: self = .unanswered
        case is SystemError: self = .unreadable
        case let failure as SettingsSource.Failure: self = failure.isAboutFiles ? .unreadable : .trouble
        default: self = .trouble
        }
    }
}

extension SettingsSource.Failure {
    /// Nobody knows whether the settings are right: they could not be read.
    fileprivate var isAboutFiles: Bool {
        if case .unreadable = self { return true }
        return false
    }
}

/// No service answers.
struct ServiceSilence: Error, CustomStringConvertible {
    let description: String
}

extension Pilotfish {
    /// Runs the command that was asked for. What it throws is told in one way, and ends it as the table says.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error where exitCode(for: error) == .failure && !(error is ExitCode) {
            StandardError.write("pilotfish: \(error)")
            Glibc.exit(ExitStatus(error).rawValue)
        } catch {
            // Usage, help and versions are ArgumentParser's.
            exit(withError: error)
        }
    }
}
