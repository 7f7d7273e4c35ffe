import BootPolicy
import Testing

@Suite("patterns for names")
struct NamePatternTests {
    private static func match(_ pattern: String, _ name: String, ignoringCase: Bool = false) throws -> [String?]? {
        let scalars = Array(name.unicodeScalars)
        let match = try NamePattern(pattern, ignoresCase: ignoringCase).firstMatch(in: scalars)
        return match?.ranges.map { range in
            range.map { String(String.UnicodeScalarView(scalars[$0])) }
        }
    }

    @Test(
        "what they take, and each group",
        arguments: [
            ("a", "xay", ["a"]), ("a|ab", "ab", ["a"]), ("ab|a", "ab", ["ab"]), ("a*", "baa", [""]),
            ("a+", "baa", ["aa"]),
            ("a+?", "baa", ["a"]), ("^boot/(.*)$", "boot/x64/a.efi", ["boot/x64/a.efi", "x64/a.efi"]),
            ("^boot\\\\(.*)$", "boot/BCD", ["boot/BCD", "BCD"]), ("(a)|(b)", "b", ["b", nil, "b"]),
            ("([a-c]+)([^a-c]+)", "abcxyz", ["abcxyz", "abc", "xyz"]), ("[]x]+", "a]x", ["]x"]),
            ("[a-]+", "x-a", ["-a"]),
            ("[[:digit:]]{2}", "a123", ["12"]), ("\\d{2,}", "a123", ["123"]), ("x{0}y", "xy", ["y"]),
            ("a{1,2}", "aaa", ["aa"]),
            ("\\.efi$", "a.efi", [".efi"]), ("(?:ab)+(c)", "ababc", ["ababc", "c"]), ("", "abc", [""]),
            ("$", "abc", [""]),
            ("(a*)*", "aab", ["aa", "aa"]), ("(a|b)*c", "abbc", ["abbc", "b"]), ("ö.", "größe", ["öß"]),
            ("a.c", "abbc", nil), ("^b", "ab", nil), ("[^/]+$", "a/b", ["b"]), ("\\w+\\s\\W", "a b -", ["b -"]),
        ] as [(String, String, [String?]?)])
    func takes(pattern: String, name: String, groups: [String?]?) throws {
        #expect(try Self.match(pattern, name) == groups)
    }

    @Test(
        "small and capital letters, if they are the same",
        arguments: [
            ("^boot/", "BOOT/x", true), ("[a-c]", "B", true), ("[^a-c]", "B", false), ("Ω", "ω", true),
            ("ß", "SS", false),
        ])
    func ignoringCase(pattern: String, name: String, fits: Bool) throws {
        #expect(try (Self.match(pattern, name, ignoringCase: true) != nil) == fits)
        #expect(try Self.match(pattern, name) == nil || pattern == "[^a-c]")
    }

    @Test(
        "what is none says where",
        arguments: [
            ("(", 0), ("a)", 1), ("a(b", 1), ("[a", 0), ("*", 0), ("a**", 2), ("^*", 0), ("a{2", 1), ("a{3,2}", 1),
            ("a{x}", 1),
            ("a{999}", 1), ("a\\", 1), ("\\1(a)", 0), ("\\q", 0), ("(?=a)", 0), ("(?<n>a)", 0), ("[z-a]", 1),
            ("[\\d-z]", 1),
            ("[[:what:]]", 1), ("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", 27), ("(?:(?:a{255}){255}){255}", 0),
            ("(?:(?:(?:(?:){255}){255}){255}){255}", 0), (String(repeating: "(?:", count: 40), 96),
        ])
    func faults(pattern: String, offset: Int) {
        #expect { try NamePattern(pattern) } throws: { ($0 as? NamePattern.Fault)?.offset == offset }
    }

    @Test(
        "patterns that keep others busy for ever take their time from the name's length only",
        arguments: ["(a+)+$", "(a|a)*b$", "(a*)*b", "(.*)x(.*)x(.*)x(.*)y$", "(?:a?){40}a{40}$", "(((a*)*)*)*b$"])
    func noBacktracking(pattern: String) throws {
        let name = Array((String(repeating: "ax", count: 256) + "!").unicodeScalars)
        let read = try NamePattern(pattern)
        let time = ContinuousClock().measure { #expect(read.firstMatch(in: name) == nil) }
        // Milliseconds, even unoptimised on a busy machine; by trying one after the other it would be years.
        #expect(time < .seconds(5))
    }

    @Test("they fit as the standard library's do")
    func asRegex() throws {
        let parts = [
            "a", "b", ".", "[ab]", "[^a]", "a*", "b+", "(a|b)", "(ab)?", "a{1,2}", "^", "$", "b*?", "(?:a|ab)",
        ]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<400 {
            let pattern = (0..<Int.random(in: 1...5, using: &random)).map { _ in parts.randomElement() ?? "" }.joined()
            guard let regex = try? Regex(pattern), let own = try? NamePattern(pattern) else { continue }
            for _ in 0..<5 {
                let name = String((0..<Int.random(in: 0...7, using: &random)).map { _ in "abc".randomElement() ?? "a" })
                let theirs = name.firstMatch(of: regex).map { match in
                    name.distance(
                        from: name.startIndex, to: match.range.lowerBound)..<name.distance(
                            from: name.startIndex, to: match.range.upperBound)
                }
                let ours = own.firstMatch(in: Array(name.unicodeScalars))?.whole
                #expect(ours == theirs, "\(pattern) in \(name)")
            }
        }
    }
}
