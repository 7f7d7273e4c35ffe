import ArgumentParser
import Foundation
import Testing

@testable import pilotfish

/// The command line as a whole: what holds for every command.
@Suite("the command line")
struct CommandLineTests {
    /// A command with its words, `target list`.
    struct Command {
        let words: [String]
        let type: any ParsableCommand.Type

        var name: String { words.joined(separator: " ") }
        var help: String { Pilotfish.helpMessage(for: type, columns: 10_000) }
    }

    /// All that do something, and are for people.
    static var commands: [Command] {
        func leaves(_ type: any ParsableCommand.Type, _ words: [String]) -> [Command] {
            let inner = type.configuration.subcommands.filter { $0.configuration.shouldDisplay }
            guard !inner.isEmpty else { return [Command(words: words, type: type)] }
            return inner.flatMap { leaves($0, words + [name(of: $0)]) }
        }
        return leaves(Pilotfish.self, [])
    }

    private static func name(of type: any ParsableCommand.Type) -> String {
        type.configuration.commandName ?? "\(type)".lowercased()
    }

    /// Why a command has no JSON.
    private static let withoutJSON: [String: String] = [
        "serve": "it serves; its log has log.format",
        "arm": "it changes something", "observe": "it changes something", "freeze": "it changes something",
        "target add": "it changes something", "target remove": "it changes something",
        "retry": "it changes something", "wake": "it changes something", "set": "it changes something",
        "adopt": "it changes something", "protect": "it changes something", "release": "it changes something",
        "forget": "it changes something", "hosts import": "it changes something",
        "hosts export": "it has --format json", "render": "it prints a file as it is",
        "completions": "it prints a script", "metrics": "it prints Prometheus' text",
        "capture": "it writes a file of packets", "log-level": "it changes something",
    ]

    @Test("every view has a twin for programs")
    func twins() {
        for command in Self.commands where Self.withoutJSON[command.name] == nil {
            #expect(command.help.contains("--json"), "\(command.name)")
        }
    }

    @Test("no reason outlives the lack that it explains")
    func reasons() {
        for command in Self.commands where Self.withoutJSON[command.name] != nil {
            #expect(!command.help.contains("--json"), "\(command.name)")
        }
    }

    @Test("the manual knows every command and every status that a command ends with")
    func manual() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Packaging/man/pilotfish.8")
        let text = try String(contentsOf: file, encoding: .utf8)
        for command in Self.commands {
            let heads = text.split(separator: "\n").filter { $0.hasPrefix(".It Nm ") || $0.hasPrefix(".It Cm ") }
            let isThere = heads.contains { " \($0.dropFirst(7)) ".hasPrefix(" \(command.name) ") }
            #expect(isThere, "\(command.name)")
        }
        for status in ExitStatus.allCases { #expect(text.contains("\n.It \(status.rawValue)\n")) }
    }

    @Test("a failure ends with the status that its kind has")
    func statuses() {
        #expect(ExitStatus(ServiceSilence(description: "x")) == .unanswered)
        #expect(ExitStatus(StartFailure("x")) == .trouble)
        #expect(Pilotfish.exitCode(for: ValidationError("x")).rawValue == ExitStatus.usage.rawValue)
    }

    @Test("completions know every command, and a shell can read its own", arguments: CompletionsCommand.Shell.allCases)
    func completions(shell: CompletionsCommand.Shell) throws {
        let script = shell.script
        for command in Self.commands {
            let word = try #require(command.words.last)
            #expect(script.contains(word), "\(command.name)")
        }
        let isThere = FileManager.default.isExecutableFile(atPath: "/bin/\(shell.rawValue)")
        try #require(isThere, "/bin/\(shell.rawValue) is not there; Packaging/test installs it")
        let file = FileManager.default.temporaryDirectory.appending(
            path: "pilotfish-\(UUID().uuidString).\(shell.rawValue)")
        try Data(script.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let reader = Process()
        reader.executableURL = URL(fileURLWithPath: "/bin/\(shell.rawValue)")
        reader.arguments = ["-n", file.path]
        try reader.run()
        reader.waitUntilExit()
        #expect(reader.terminationStatus == 0)
    }
}
