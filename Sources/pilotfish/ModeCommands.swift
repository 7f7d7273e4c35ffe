import ArgumentParser
import BootPolicy
import ControlPlane
import LinuxIO
import Settings

/// Where the running service is found.
struct ServiceLocation: ParsableArguments {
    @Option(help: "The settings file of the service; it names the state directory.")
    var settings: String?

    @Option(help: "The state directory of the service.", completion: .directory)
    var state: String?

    /// Asks the running service, and answers what it said.
    ///
    /// - Parameter attachment: what is too long for a line.
    /// - Throws: what to do, when no service answers or it refuses.
    func ask(_ question: String, attaching attachment: String = "") throws -> String {
        let state = try state ?? SettingsSource(path: settings, overrides: Overrides()).load().state
        let path = ControlDesk.socketPath(in: state)
        let answer: String
        do throws(SystemError) {
            answer = try ControlCall(to: path).ask(question, attaching: attachment)
        } catch {
            throw ServiceSilence(description: Self.reason(of: error, at: path))
        }
        let text = String(answer.dropLast())
        guard text.hasPrefix("ok") else { throw StartFailure(text) }
        return String(text.dropFirst(3))
    }

    /// Why there is no answer, and what to do.
    private static func reason(of error: SystemError, at path: String) -> String {
        if error.isPermission {
            let remedy = "of the package it is pilotfish: sudo adduser NAME pilotfish, and log in again"
            return "\(path) may not be opened: be root, or a member of the service's group (\(remedy))"
        }
        if error.isBrokenPipe {
            return "the service cut its answer off, and may have done what it was asked: look, and ask again"
        }
        return "no service answers at \(path) (\(error)): start it, or name its state directory with --state"
    }
}

/// What the three commands that switch the mode share.
private func switchMode(to mode: ServiceMode, _ location: ServiceLocation) throws {
    print("mode: \(try location.ask("mode \(mode.rawValue)"))")
}

struct ArmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arm", abstract: "Makes the running service answer machines that ask for a boot.",
        discussion: "Holds over reloads and restarts, until the settings name another mode."
    )

    @OptionGroup var location: ServiceLocation

    func run() throws { try switchMode(to: .armed, location) }
}

struct ObserveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "observe", abstract: "Makes the running service watch and report only.",
        discussion: "Transfers under way run to their end; nothing else is sent from then on."
    )

    @OptionGroup var location: ServiceLocation

    func run() throws { try switchMode(to: .observe, location) }
}

struct FreezeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "Makes the running service finish boots under way and begin no new one."
    )

    @OptionGroup var location: ServiceLocation

    func run() throws { try switchMode(to: .frozen, location) }
}

struct FirmwareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "firmware", abstract: "Shows, or forgets, what was learned of the firmware on this network.",
        discussion: """
            Each line: the kind (a fingerprint of class, options and maker), the shape of offer that it boots with, which of \
            its loaders, and the machine that taught it. A rule with "shape" overrides what was learned.
            """
    )

    @OptionGroup var location: ServiceLocation

    @Option(help: "Forgets one kind, or \"all\".")
    var forget: String?

    @Flag(help: "One JSON object a line.")
    var json = false

    func run() throws {
        if let forget {
            print(try location.ask("forget \(forget)"))
        } else {
            let kinds = try location.ask(json ? "firmware json" : "firmware")
            if json { return kinds.isEmpty ? () : print(kinds) }
            print(kinds.isEmpty ? "nothing learned yet: no firmware has fetched its loader" : kinds)
        }
    }
}
