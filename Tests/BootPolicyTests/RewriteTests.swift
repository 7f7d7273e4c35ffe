import BootPolicy
import Testing
import Wire

@Suite("rules for names")
struct RewriteTests {
    private static func rule(
        _ pattern: String, _ replacement: String?, every: Bool = false, _ sequel: RewriteRule.Sequel = .next,
        _ networks: [IPNetwork] = []
    ) throws -> RewriteRule {
        RewriteRule(
            pattern: try NamePattern(pattern),
            action: try replacement.map { .replace(try NameReplacement($0)) } ?? .deny,
            isForAll: every, sequel: sequel, networks: networks)
    }

    private static let client = Requester(address: IPAddress(IPv4Address(192, 0, 2, 9)))

    private static func rewrite(_ name: String, _ rules: [RewriteRule]) throws -> String? {
        RewriteBook(rules).rewrite(try RequestPath(name.utf8), for: client).path?.text
    }

    @Test(
        "one replacement",
        arguments: [
            ("^boot\\\\(.*)$", "win/\\1", "\\Boot\\BCD", "Boot/BCD"),
            ("^boot\\\\(.*)$", "win/\\1", "boot\\BCD", "win/BCD"),
            ("b", "x", "abba", "axba"), ("x*", "y", "ab", "yab"), ("^(.*)/(.*)$", "\\2/\\1", "a/b/c", "c/a/b"),
            ("b", "[\\0\\0]", "abc", "a[bb]c"), ("(x)?b", "\\1", "abc", "ac"), ("^", "//sub\\\\", "a", "sub/a"),
            ("$", "/../x", "a", nil), (".*", "", "a", nil), ("a", "..", "a", nil),
        ] as [(String, String, String, String?)])
    func once(pattern: String, replacement: String, name: String, new: String?) throws {
        #expect(try Self.rewrite(name, [Self.rule(pattern, replacement)]) == new)
    }

    @Test(
        "every match",
        arguments: [
            ("b", "x", "abba", "axxa"), ("a|b", "", "abcab", "c"), (" ", "_", "a b  c", "a_b__c"),
            ("x*", "-", "ab", "-a-b-"),
            ("^a", "b", "aaa", "baa"), ("a+", "<\\0>", "aabaa", "<aa>b<aa>"),
        ])
    func every(pattern: String, replacement: String, name: String, new: String) throws {
        #expect(try Self.rewrite(name, [Self.rule(pattern, replacement, every: true)]) == new)
    }

    @Test("in order, each on the name that the one before made; stop and again")
    func order() throws {
        let rules = try [Self.rule("a", "b"), Self.rule("b", "c")]
        #expect(try Self.rewrite("a", rules) == "c")
        #expect(try Self.rewrite("a", [Self.rule("a", "b", .stop), rules[1]]) == "b")
        #expect(try Self.rewrite("a", [rules[1], Self.rule("a", "b", .again)]) == "c")
        #expect(try Self.rewrite("aaaa", [Self.rule("a", "b", .again)]) == "bbbb")
    }

    @Test("rules that begin again for ever are refused, and one that changes nothing is not one of them")
    func endless() throws {
        let rules = try [Self.rule("a", "b", .again), Self.rule("b", "a", .again)]
        let (path, steps) = RewriteBook(rules).rewrite(try RequestPath("a".utf8), for: Self.client)
        #expect(path == nil)
        #expect(steps.last?.outcome == .endless)
        #expect(try Self.rewrite("a", [Self.rule("a", "a", .again)]) == "a")
        #expect(try Self.rewrite("a", [Self.rule("^", "\\0a", .again)]) == nil)
    }

    @Test("what would grow beyond every path is refused")
    func growth() throws {
        let rules = try (0..<20).map { _ in try Self.rule("^(.*)$", "\\1\\1\\1\\1") }
        let (path, steps) = RewriteBook(rules).rewrite(try RequestPath("abcd".utf8), for: Self.client)
        #expect(path == nil)
        #expect(steps.last?.outcome == .spoiled(.tooLong))
    }

    @Test("a rule may refuse, and may hold for some networks only")
    func networks() throws {
        let mine = IPNetwork(address: IPAddress(IPv4Address(192, 0, 2, 0)), prefixLength: 24)
        let other = IPNetwork(address: IPAddress(IPv4Address(198, 51, 100, 0)), prefixLength: 24)
        #expect(try Self.rewrite("secret/a", [Self.rule("^secret/", nil)]) == nil)
        #expect(try Self.rewrite("secret/a", [Self.rule("^secret/", nil, .next, [other])]) == "secret/a")
        #expect(try Self.rewrite("secret/a", [Self.rule("^secret/", "open/", .next, [other, mine])]) == "open/a")
    }

    @Test("the steps say what happened at each rule")
    func steps() throws {
        let rules = try [Self.rule("x", "y"), Self.rule("^a", "b"), Self.rule("^b", nil)]
        let steps = RewriteBook(rules).rewrite(try RequestPath("a".utf8), for: Self.client).steps
        #expect(steps.map(\.outcome) == [.noMatch, .became("b"), .denied])
        #expect(steps.map(\.rule) == [0, 1, 2])
    }

    @Test(
        "rules that nothing comes to, as far as that is plain",
        arguments: [
            ("^a", nil, "^a", true), ("^a", "b", "^a", false), (".*", nil, "x", true), ("^a", nil, "^ab", false),
        ] as [(String, String?, String, Bool)])
    func shadowed(first: String, replacement: String?, second: String, isShadowed: Bool) throws {
        let book = RewriteBook([try Self.rule(first, replacement), try Self.rule(second, "z")])
        #expect(book.shadowed.count == (isShadowed ? 1 : 0))
    }
}
