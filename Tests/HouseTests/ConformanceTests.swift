import Foundation
import Testing

/// The conformance statements C01...C140 of the reference on ProxyDHCP: each is held by a test that has its number in its
/// name, or stands in one of the two tables here.
@Suite("every conformance statement has its test")
struct ConformanceTests {
    private static let statements = 1...140

    /// Held by a check of the lab, which has its words and not its number: the file, and the words.
    private static let inTheLab: [Int: (file: String, words: String)] = [
        74: ("Tests/Lab/hostile.sh", "no port was called unreachable")
    ]

    /// What no test decides, and why.
    private static let withoutTest: [Int: String] = [
        25: "a time on the wire depends on the machine; the storm of the lab measures and prints it"
    ]

    @Test("C01 to C140: none is forgotten")
    func complete() {
        let known = TestNames.numbers.union(Self.inTheLab.keys).union(Self.withoutTest.keys)
        let missing = Self.statements.filter { !known.contains($0) }.map { "C\($0)" }
        #expect(missing == [])
        let unknown = TestNames.numbers.subtracting(Self.statements)
        #expect(unknown == [])
    }

    @Test("the tables name nothing that a test has meanwhile, and the lab's words stand where they should")
    func tables() {
        #expect(TestNames.numbers.isDisjoint(with: Self.withoutTest.keys))
        #expect(TestNames.numbers.isDisjoint(with: Self.inTheLab.keys))
        #expect(Set(Self.inTheLab.keys).isDisjoint(with: Self.withoutTest.keys))
        for (number, place) in Self.inTheLab {
            #expect(TestNames.text(of: place.file).contains(place.words), "C\(number)")
        }
        #expect(Self.withoutTest.values.allSatisfy { $0.count > 20 })
    }

    @Test(
        "the reader of names sees numbers in texts, and only there",
        arguments: [
            ("@Test(\"C01 C140 x\")", [1, 140]), ("    \"C07 C100 a, C9 b\", arguments: C22", [7, 100]),
            ("// \"C05\" is a comment", []), ("let a = 0xC05", []), ("\"0xC05 AC06 C070x C1234\"", []),
            ("\"a\", \"C11,\"", [11]),
            ("#expect(x == \"C12\")  // C13", [12]),
        ] as [(String, Set<Int>)])
    func reader(line: String, numbers: Set<Int>) {
        #expect(TestNames.numbers(in: line) == numbers)
    }
}

/// The numbers in the texts of `Tests`, this room's own left out.
private enum TestNames {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    static let numbers: Set<Int> = {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: root + "/Tests")) ?? []
        let files = paths.filter { $0.hasSuffix(".swift") && !$0.hasPrefix("HouseTests/") }
        return files.reduce(into: []) { found, path in
            for line in text(of: "Tests/" + path).split(separator: "\n") { found.formUnion(numbers(in: String(line))) }
        }
    }()

    static func text(of path: String) -> String {
        (try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)) ?? ""
    }

    static func numbers(in line: String) -> Set<Int> {
        // Regular expressions are slow here: only where there is something to find.
        guard line.contains("C"), line.contains("\"") else { return [] }
        let text = line.trimmingPrefix(while: \.isWhitespace)
        guard !text.hasPrefix("//") else { return [] }
        let texts = line.matches(of: #/"((?:\\.|[^"\\])*)"/#).map(\.1)
        return Set(
            texts.flatMap { text in text.matches(of: #/\bC(\d{2,3})\b/#).compactMap { Int($0.1) } })
    }
}
