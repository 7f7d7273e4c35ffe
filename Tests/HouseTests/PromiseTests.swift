import Foundation
import Testing

/// The table of promises in `pilotfish-security(7)`: below each promise stand the tests that try to break it.
@Suite("the promises of pilotfish-security(7)")
struct PromiseTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)) ?? ""
    }

    /// What stands below each bullet of the section.
    private static let promises: [String] = {
        let page = text("Packaging/man/pilotfish-security.7")
        guard let section = page.components(separatedBy: "\n.Sh PROMISES\n").dropFirst().first else { return [] }
        return section.components(separatedBy: "\n.It\n").dropFirst().map { $0.components(separatedBy: "\n.El")[0] }
    }()

    /// The tests of a promise: `FILE: WORDS` of it, `layer NAME`, or `layer NAME, by VARIABLE`.
    private static func tests(of promise: String) -> [String] {
        promise.split(separator: "\n").filter { $0.hasPrefix(".D1 \"") }.map { line in
            String(line.dropFirst(5).dropLast().replacing("\"\"", with: "\""))
        }
    }

    @Test("each has a test")
    func each() {
        #expect(Self.promises.count >= 45)
        for promise in Self.promises { #expect(!Self.tests(of: promise).isEmpty, "\(promise.prefix(70))") }
    }

    @Test("each test is one that a run plays, by the name that the run shows")
    func tests() {
        let layers = TestRun.layers(of: Self.text(TestRun.script))
        #expect(layers.contains("layer hostile") && layers.contains("layer soak, by PILOTFISH_SOAK_MINUTES"))
        let scripts = TestRun.scripts(Self.text)
        for test in Self.promises.flatMap(Self.tests(of:)) where !layers.contains(test) {
            guard let separator = test.firstRange(of: ": ") else {
                Issue.record("\(test): neither a layer of a usual run nor the words of a file")
                continue
            }
            let (file, words) = (String(test[..<separator.lowerBound]), String(test[separator.upperBound...]))
            if file.hasSuffix(".swift") {
                #expect(TestRun.isName(words, in: Self.text(file)), "\(test)")
            } else {
                #expect(scripts.contains(file) && TestRun.isCheck(words, in: Self.text(file)), "\(test)")
            }
        }
    }

    @Test(
        "a name is between the quotes of a test, and nowhere else",
        arguments: [
            (#"@Test("a \"b\" c")"#, true), ("@Suite(\n    \"a \\\"b\\\" c\", .serialized)", true),
            (##"@Test(#"a "b" c"#, arguments: x)"##, true), ("@Test(\"\"\"\n    a \"b\"\n    c\n    \"\"\")", true),
            (#"    // @Test("a \"b\" c")"#, false), (##"@Test("d", arguments: [#"a "b" c"#])"##, false),
            (##"let a = #"a "b" c"#"##, false), ("@Test func a() {}", false), ("@Test(", false),
        ])
    func names(source: String, isName: Bool) {
        #expect(TestRun.isName("a \"b\" c", in: "\(source)\nfunc x() {}\n") == isName)
    }

    @Test(
        "a check is on a line of its own kind, or a function that is called",
        arguments: [
            ("    check_that \"$1: a b\" 'no' true", "a b", true), ("# check_that 'a b' no true", "a b", false),
            ("say 'a b'", "a b", false), ("uncheck_that 'a b'", "a b", false), ("    check_all\n", "check_all", true),
            ("check_all() {\n    true\n}", "check_all", false), ("room_a() {\n    true\n}", "room_a", false),
            ("room() {\n    room_a 7\n}\nroom_a() {\n    true\n}", "room_a", true), ("    room_a 7", "room_a", false),
        ])
    func checks(script: String, words: String, isCheck: Bool) {
        #expect(TestRun.isCheck(words, in: script) == isCheck)
    }
}
