import Settings
import Testing

/// Texts that are not TOML, and the places of values in those that are.
@Suite struct SyntaxTests {
    static let broken: [Case<String>] = [
        Case("mode = armed", "f:1:8:"),
        Case("\n\nmode \"armed\"", "f:3:6:"),
        Case("root = \"/x\nuser = \"y\"", "f:1:11:"),
        Case("tftp.workers = 1\ntftp.workers = 2", "f:2:"),
        Case("[tftp\n", "f:1:6:"),
        Case("tftp.workers = 99999999999999999999", "f:1:"),
        Case("mode = \"armed\"\0", "f:1:15: a NUL"),
        Case("user = \"a\\u0000b\"", "f:1:10: a text cannot hold"),
        Case("tftp.workers = # 4", "f:1:16: this is not valid TOML"),
        Case("tftp = { workers = }", "f:1:20: this is not valid TOML"),
        // What toml++ would end the process on.
        Case("boot.initrd = [ } ]", "f:1:17: a list holds values"),
        Case("boot.initrd = [ 1, \u{2028} ]", "f:1:20: a list holds values"),
        Case("[ =", "f:1:3: the name of the table is missing"),
        Case("[[.a]]", "f:1:3: the name of the table is missing"),
        Case("x = 1979-05-27 0,", "f:1:9: no setting is a date"),
        Case("x = [1979-05-27Tx]", "f:1:10: no setting is a date"),
        Case("mode = armed\nboot.initrd = [}]", "f:1:8: this is not valid TOML"),
        Case("[x]\n\"a\\U00000000\" = 1", "f:2:3: a text cannot hold"),
    ]

    @Test(arguments: broken)
    func faultHasPlace(_ expected: Case<String>) throws {
        let found = complaints(expected.text)
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix(expected.outcome), "\(found)")
    }

    @Test func escapedBackslashBeforeDigitsIsNoNUL() {
        #expect(complaints("boot.arguments = \"a\\\\u0000\"").isEmpty)
        #expect(complaints("boot.arguments = 'a\\u0000'").isEmpty)
    }

    /// Every way to write the same wrong value, and where the value then stands.
    static let forms: [Case<String>] = [
        Case("tftp.workers = 99", "f:1:16:"),
        Case("  tftp . workers\t=\t99", "f:1:20:"),
        Case("\"tftp\".'workers' = 99", "f:1:20:"),
        Case("tftp = { workers = 99 }", "f:1:20:"),
        Case("tftp = { max-block-size = 512, workers = 99 }", "f:1:42:"),
        Case("[ tftp ] # table\nworkers = 99 # far", "f:2:11:"),
        Case("[\"tftp\"]\r\nworkers = 99\r\n", "f:2:11:"),
        Case("\u{FEFF}tftp.workers = 99", "f:1:16:"),
        Case("user = \"ü\u{301}x\"\ntftp.workers = 99", "f:2:16:"),
        Case("boot.arguments = \"\"\"a # \"b\" [tftp]\"\"\"\ntftp.workers = 99", "f:2:16:"),
        Case("boot.arguments = '''it's # ]''''\ntftp.workers = 99", "f:2:16:"),
        Case("boot.arguments = \"a\\\" # b\"\ntftp.workers = 99", "f:2:16:"),
        Case("boot.initrd = [ # one ]\n 'a',\n 'b', ]\ntftp.workers = 99", "f:4:16:"),
        Case("[[rule]]\nsilence = true\n[tftp]\nworkers = 99", "f:4:11:"),
        Case("[boot]\ninitrd = [\"a\"]\n[tftp]\nworkers = 99", "f:4:11:"),
    ]

    @Test(arguments: forms)
    func valueIsFound(_ expected: Case<String>) {
        let found = complaints(expected.text).filter { $0.contains("tftp.workers: 99 is too large") }
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(expected.outcome) == true, "\(complaints(expected.text))")
    }

    @Test func deepNestingEndsInAMessage() {
        let text = "mode = " + String(repeating: "[", count: 5000)
        #expect(complaints(text).count == 1)
        let key = String(repeating: "a.", count: 100_000) + "a = 1"
        #expect(complaints(key) == ["f:1:514: the key has too many parts"])
    }

    @Test func textThatIsNotUTF8IsRefusedWithItsPlace() {
        let bytes = Array("user = \"x\"\nroot = \"/ü".utf8) + [0xFF] + Array("\"".utf8)
        #expect(throws: SettingsErrors.self) { try Settings.parse([Settings.File(name: "f", bytes: Array(bytes))]) }
        do throws(SettingsErrors) {
            _ = try Settings.parse([Settings.File(name: "f", bytes: Array(bytes))])
        } catch {
            #expect(error.description == "f:2:11: this is not UTF-8; save the file with that encoding")
        }
    }

    /// Mutations of a good file: whatever comes out, it comes out as settings or as messages with places in the text.
    @Test func mutatedTextsNeverCrash() {
        let seed = Array((Settings().text + Self.everyForm + Self.everyTable).utf8)
        var generator = Xorshift(state: 0x9E37_79B9_7F4A_7C15)
        for _ in 0..<500 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                let piece = Array(Self.pieces.randomElement(using: &generator)?.utf8 ?? "".utf8)
                let removed = Int.random(in: 0...2, using: &generator)
                bytes.replaceSubrange(index..<min(index + removed, bytes.count), with: piece)
            }
            expectPlacesInside(bytes)
        }
    }

    private static let everyForm = """
        [x.y] # a
        a = [1, {b = 2, c = [ '\\', 7_0e-1 ]}, 1E-2, +1_0.5e3, -inf]
        d = \"""q\\"\"""
        [[z]]
        e = '''w'''
        "k".j = { l = 0x1F, m.n = 07:32:00.5, o = 0b1 }
        """

    private static let everyTable = """

        [[rule]]
        mac = "52:54:00:*"
        silence = true
        [target.a]
        kernel = "k"
        [[rule]]
        subnet = ["10.0.0.0/8"]
        target = "a"
        [[firmware-menu.item]]
        text = "t"
        """

    private static let pieces =
        "\"'[]{}=.,# \n\\\t\r\u{0}auTZ_x9-+:\u{7F}\u{85}\u{A0}\u{2028}\u{FEFF}".map(String.init)
        + [
            "", " ", "[[", "]]", "\"\"\"", "'''", " 1", "1 0", "1979-05-27 0", "\\u0000", "[ ]", "= =", "\r\n", "0b",
            "_",
        ]

    private func expectPlacesInside(_ bytes: [UInt8]) {
        do throws(SettingsErrors) {
            _ = try Settings.parse([Settings.File(name: "f", bytes: Array(bytes))])
        } catch {
            let lines = bytes.count { $0 == 0x0A } + 1
            #expect(!error.errors.isEmpty)
            for error in error.errors {
                #expect((1...lines).contains(error.place?.line ?? 0), "\(error)")
            }
        }
    }
}

private struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
