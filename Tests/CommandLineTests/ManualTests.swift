import Foundation
import Testing

@testable import pilotfish

/// The pages of section 8: each command has a section in one of them, with all of its options and with no others.
@Suite("the manual pages of the commands")
struct ManualTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Packaging/man")

    private static let pages: [String: String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.filter { $0.hasSuffix(".8") }.reduce(into: [:]) { pages, name in
            pages[name] = try? String(contentsOf: directory.appending(path: name), encoding: .utf8)
        }
    }()

    /// Those that every page may leave to pilotfish(8).
    private static let common: Set = ["settings", "state", "version", "help"]

    /// What stands below the heads `pilotfish COMMAND`, by command.
    private static let sections: [(command: String, text: String)] = pages.values.flatMap { page in
        page.components(separatedBy: "\n.Ss pilotfish ").dropFirst().map { part in
            let name = String(part.prefix { $0 != "\n" })
            let end = part.firstRange(of: #/\n\.S[hs] /#)?.lowerBound ?? part.endIndex
            return (command: name, text: String(part[..<end]) + "\n")
        }
    }

    /// The long names in the first column of a help text, `--probe/--no-probe` as two.
    private static func options(in help: String) -> Set<String> {
        Set(
            help.split(separator: "\n").filter { $0.hasPrefix("  -") }.flatMap { line in
                let label = line.dropFirst(2).components(separatedBy: "  ")[0]
                return label.matches(of: #/--([a-z][a-z-]*)/#).map { String($0.1) }
            })
    }

    /// Those that a section has an entry for.
    private static func entries(in section: String) -> Set<String> {
        Set(
            section.split(separator: "\n").filter { $0.hasPrefix(".It ") }.flatMap { line in
                line.matches(of: #/Fl -([a-z][a-z-]*)/#).map { String($0.1) }
            })
    }

    @Test(
        "each command has one section, and a line in the synopsis of that page",
        arguments: CommandLineTests.commands.map(\.name))
    func commands(name: String) {
        #expect(Self.sections.count { $0.command == name } == 1)
        #expect(
            name == "completions" || name == "version" || Self.pages.values.contains { $0.contains("\n.Cm \(name)\n") })
    }

    @Test("each option has an entry in its command's section", arguments: CommandLineTests.commands.map(\.name))
    func options(name: String) throws {
        let command = try #require(CommandLineTests.commands.first { $0.name == name })
        let section = try #require(Self.sections.first { $0.command == name })
        let wanted = Self.options(in: command.help)
        #expect(wanted.contains("help"))
        let there = Self.entries(in: section.text)
        #expect(wanted.subtracting(Self.common).subtracting(there) == [])
        #expect(there.subtracting(wanted) == [])
    }

    @Test("no section is about a command that is not there, and the common options are told")
    func nothingElse() throws {
        let known = Set(CommandLineTests.commands.map(\.name))
        for section in Self.sections { #expect(known.contains(section.command), "\(section.command)") }
        let main = try #require(Self.pages["pilotfish.8"])
        for option in Self.common { #expect(main.contains("Fl -\(option)"), "\(option)") }
    }
}
