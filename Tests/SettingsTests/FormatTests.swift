import Foundation
import Settings
import Testing
import Wire

/// The same in every run.
private struct Strewing: RandomNumberGenerator {
    private var chance = Chance(seed: 20_261_122)

    mutating func next() -> UInt64 { chance.next() }
}

/// `pilotfish config fmt`: one form, and nothing lost.
@Suite("the form of settings files")
struct FormatTests {
    private static func formatted(_ text: String) throws -> String {
        try Settings.formatted(Settings.File(name: "f", bytes: Array(text.utf8)))
    }

    @Test(
        "there is one way to write everything",
        arguments: [
            Case("", ""),
            Case("\n\n", ""),
            Case("mode='armed'", "mode = \"armed\"\n"),
            Case("mode   =\t\"armed\"   # why  \r\n", "mode = \"armed\"  # why\n"),
            Case("  a = 1\n\n\n\n  b = 2\n\n", "a = 1\n\nb = 2\n"),
            Case("a = 1\n[ t ]\nb = 2", "a = 1\n\n[t]\nb = 2\n"),
            Case("a = 1\n# of t\n# indeed\n[t]", "a = 1\n\n# of t\n# indeed\n[t]\n"),
            Case("# first\n[t]", "# first\n[t]\n"),
            Case("[[ rule ]] # one\nname='x'\n[[rule]]", "[[rule]]  # one\nname = \"x\"\n\n[[rule]]\n"),
            Case("[ target . 'a.b' ]\n'k' = 1", "[target.\"a.b\"]\n\"k\" = 1\n"),
            Case("a . b='x'", "a.b = \"x\"\n"),
            Case(#"a = 'C:\boot' "#, #"a = 'C:\boot'"# + "\n"),
            Case(#"a = 'say "x"'"#, #"a = 'say "x"'"# + "\n"),
            Case("a = [1,2 ,  3,]", "a = [1, 2, 3]\n"),
            Case("a = [\n\n]", "a = []\n"),
            Case("a = [ 'x', # one\n # two\n 'y' ]", "a = [\n    \"x\",  # one\n    # two\n    \"y\",\n]\n"),
            Case("a = [[1,\n2], [3]]", "a = [[\n        1,\n        2,\n    ], [3]]\n"),
            Case("a = {x=1,y = 'z'}", "a = { x = 1, y = \"z\" }\n"),
            Case("a = {}", "a = {}\n"),
            Case("a = \"\"\"\n  x = 1 \n# no comment\n\"\"\"", "a = \"\"\"\n  x = 1 \n# no comment\n\"\"\"\n"),
            Case("a = '''x''''", "a = '''x''''\n"),
            Case("\u{FEFF}a = 1", "a = 1\n"),
        ])
    func form(example: Case<String>) throws {
        let once = try Self.formatted(example.text)
        #expect(once == example.outcome)
        #expect(try Self.formatted(once) == once)
    }

    @Test("what is no TOML is refused, with its place", arguments: ["a = ", "[t\n", "a = 'x", "a = 1 2", "a = [1"])
    func refuses(text: String) {
        #expect(throws: SettingsErrors.self) { try Self.formatted(text) }
    }

    private static var packaged: [String] {
        get throws {
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Packaging/pilotfish.toml")
            let text = try String(contentsOf: file, encoding: .utf8)
            // As it is, with its keys, and with its examples.
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let keys = lines.map { $0.hasPrefix("#") && $0.dropFirst().first?.isLetter == true ? $0.dropFirst() : $0 }
            let examples = lines.map { $0.hasPrefix("#    ") ? $0.dropFirst() : $0 }
            return [text, keys.joined(separator: "\n"), examples.joined(separator: "\n")]
        }
    }

    @Test("the packaged file, its keys and its examples mean the same afterwards, and stay as they are then")
    func packagedFile() throws {
        for text in try Self.packaged {
            let once = try Self.formatted(text)
            #expect(try Settings.parse(once, file: "f").text == Settings.parse(text, file: "f").text)
            #expect(try Self.formatted(once) == once)
        }
    }

    @Test("the packaged file is written in that form")
    func packagedForm() throws {
        let text = try Self.packaged[0]
        #expect(try Self.formatted(text) == text)
    }

    /// Blanks, comments, line ends and letters strewn into the examples: whatever still is TOML keeps its meaning.
    @Test("files that were changed anywhere are either no TOML, or mean the same and stay as they are then")
    func mutated() throws {
        var chance = Strewing()
        let pieces = [
            " ", "\t", "\n", "\r\n", "#x\n", "'", "\"", "[", "]", "=", ",", "{", "}", "\\", "a", "\"\"\"", ".", "é",
        ]
        let lines = try Self.packaged[2].split(separator: "\n", omittingEmptySubsequences: false)
        var formatted = 0
        for _ in 0..<300 {
            let start = Int.random(in: 0..<lines.count, using: &chance)
            var part = lines[start..<min(start + 20, lines.count)].joined(separator: "\n").unicodeScalars
            for _ in 0..<Int.random(in: 0...3, using: &chance) {
                let place = part.index(part.startIndex, offsetBy: Int.random(in: 0...part.count, using: &chance))
                part.insert(contentsOf: (pieces.randomElement(using: &chance) ?? " ").unicodeScalars, at: place)
            }
            let sample = String(part)
            guard let once = try? Self.formatted(sample) else {
                // Refused for what it is, and never for what became of it.
                #expect(!Self.refusal(of: sample).contains("mean something else"), "\(sample)")
                continue
            }
            formatted += 1
            #expect(try Self.formatted(once) == once, "\(sample)")
            #expect(Self.outcome(once) == Self.outcome(sample), "\(sample)")
        }
        #expect(formatted > 10)
    }

    private static func refusal(of text: String) -> String {
        do { return try formatted(text) } catch { return "\(error)" }
    }

    /// The settings wherever they stand, or nil when they are wrong.
    private static func outcome(_ text: String) -> String? { (try? Settings.parse(text, file: "f"))?.text }
}

/// `pilotfish config show --origin`: where each setting comes from.
@Suite("where settings come from")
struct OriginTests {
    private static let files = [
        Settings.File(
            name: "a",
            bytes: Array(
                """
                mode = "observe"
                tftp.workers = 2
                [[rule]]
                name = "one"
                silence = true
                [target.t]
                kernel = { url = "http://192.0.2.1/vmlinuz", sha256 = \
                "0000000000000000000000000000000000000000000000000000000000000000" }
                [machine.web1]
                mac = "52:54:00:00:00:01"
                """.utf8)),
        Settings.File(
            name: "b",
            bytes: Array(
                """
                [tftp]
                workers = 3
                [[rule]]
                name = "two"
                silence = true
                """.utf8)),
    ]

    @Test("each key is told with its value and the last file and line that say it")
    func origins() throws {
        let settings = try Settings.parse(Self.files)
        let lines = try settings.lines(from: Self.files, commanded: ["mode"])
        let told = Dictionary(lines.flatMap(\.settings).map { ($0.key, $0) }) { first, _ in first }
        #expect(lines.map { $0.text + "\n" }.joined() == settings.text)
        #expect(told["mode"]?.origin == .command)
        #expect(told["tftp.workers"]?.value == .number(3) && told["tftp.workers"]?.origin == .file("b", line: 2))
        #expect(told["tftp.enabled"]?.origin == .usual)
        #expect(told["rule[0].name"]?.origin == .file("a", line: 4))
        #expect(told["rule[1].name"]?.value == .text("two") && told["rule[1].name"]?.origin == .file("b", line: 4))
        #expect(told["target.t.kernel"]?.origin == .file("a", line: 7))
        #expect(told["machine.web1.mac"]?.value == .list([.text("52:54:00:00:00:01")]))
        #expect(told["machine.web1.mac"]?.origin == .file("a", line: 9))
    }

    @Test("the defaults come from nowhere")
    func defaults() throws {
        let settings = try Settings.parse([])
        #expect(try settings.lines(from: []).flatMap(\.settings).allSatisfy { $0.origin == .usual })
    }

    @Test("a table on one line is told itself, and with each of its keys", arguments: [[], ["tftp", "dhcp"]])
    func tables(keys: [String]) throws {
        let text = (["[log.levels]"] + keys.map { "\($0) = \"debug\"" }).joined(separator: "\n")
        let files = [Settings.File(name: "a", bytes: Array(text.utf8))]
        let told = try Settings.parse(files).lines(from: files).flatMap(\.settings)
        let levels = told.filter { $0.key.hasPrefix("log.levels") }
        #expect(Set(levels.map(\.key)) == Set(["log.levels"] + keys.map { "log.levels.\($0)" }))
        #expect(levels.first?.value == .table(Dictionary(keys.map { ($0, .text("debug")) }) { first, _ in first }))
        #expect(levels.allSatisfy { $0.origin != .usual })
    }

    @Test("every key that has a name is told")
    func whole() throws {
        let told = try Settings.parse([]).lines(from: []).flatMap(\.settings)
        #expect(Set(SettingKey.all.map(\.name)).isSubset(of: Set(told.map(\.key))))
    }
}
