import BootPolicy
import Settings
import Testing
import Wire

@Suite("settings: what names mean")
struct RewriteSettingsTests {
    private static func rules(_ text: String) throws -> [RewriteRule] {
        try Settings.parse(text, file: "f").tftp.naming.rewrites.rules
    }

    @Test("a rule with everything in it, and one with the least")
    func whole() throws {
        let rules = try Self.rules(
            #"""
            [tftp]
            ignore-case = true
            machine-directories = true

            [[tftp.rewrite]]
            match = '^boot\\(.*)$'
            replace = 'win/\1'
            ignore-case = true
            every = true
            then = "again"
            networks = ["10.0.0.0/8", "192.0.2.7"]

            [[tftp.rewrite]]
            match = "^secret"
            deny = true
            """#)
        #expect(rules.map(\.place) == ["f:5", "f:13"])
        #expect(rules[0].pattern == (try NamePattern(#"^boot\\(.*)$"#, ignoresCase: true)))
        #expect(rules[0].action == .replace(try NameReplacement(#"win/\1"#)))
        #expect(rules[0].isForAll && rules[0].sequel == .again && rules[0].networks.count == 2)
        #expect(rules[1] == RewriteRule(place: "f:13", pattern: try NamePattern("^secret"), action: .deny))
    }

    @Test("they stand in the catalog, and what is shown is read as the same")
    func shown() throws {
        let text = """
            tftp.ignore-case = true
            [[tftp.rewrite]]
            match = '^(a)"b\\\\c'
            replace = '\\1 x'
            then = "stop"
            [[tftp.rewrite]]
            match = "z"
            deny = true
            networks = "10.0.0.0/8"
            """
        let settings = try Settings.parse(text, file: "f")
        let again = try Settings.parse(settings.text, file: "f")
        var (first, second) = (settings.tftp.naming, again.tftp.naming)
        for index in first.rewrites.rules.indices { first.rewrites.rules[index].place = "" }
        for index in second.rewrites.rules.indices { second.rewrites.rules[index].place = "" }
        #expect(first == second)
        #expect(settings.catalog { _ in true }.naming == settings.tftp.naming)
    }

    @Test("the rules of a second file stand behind those of the first")
    func files() throws {
        let both = try parse(
            "[[tftp.rewrite]]\nmatch = 'a'\ndeny = true", "[[tftp.rewrite]]\nmatch = 'b'\ndeny = true")
        #expect(both.tftp.naming.rewrites.rules.map(\.place) == ["f:1", "g:1"])
    }

    @Test(
        "errors say where",
        arguments: [
            Case(
                "[[tftp.rewrite]]\nmatch = '(a'\nreplace = 'b'",
                "f:2:9: tftp.rewrite.match: \"(a\" is no regular expression: at character 1, the ) for this ( is missing"
            ),
            Case(
                "[[tftp.rewrite]]\nmatch = '(a)'\nreplace = '\\2'",
                "f:3:11: tftp.rewrite.replace: \\2 is not there: match has one group"),
            Case(
                "[[tftp.rewrite]]\nmatch = 'a'\nreplace = 'b\\q'",
                "f:3:11: tftp.rewrite.replace: \"b\\q\" cannot be put in: at character 2, \\q means nothing here; known are \\0 to "
                    + "\\9"),
            Case(
                "[[tftp.rewrite]]\nreplace = 'b'",
                "f:1:3: tftp.rewrite: the rule does not say which names; write for example match = '^boot/(.*)$'"),
            Case(
                "[[tftp.rewrite]]\nmatch = 'b'",
                "f:1:3: tftp.rewrite: the rule does not say what becomes of the names; write replace = \"…\" or deny = true"
            ),
            Case(
                "[[tftp.rewrite]]\nmatch = 'b'\nreplace = 'c'\ndeny = true",
                "f:1:3: tftp.rewrite: a name that is refused has no other; take replace or deny away"),
            Case(
                "[[tftp.rewrite]]\nmatch = 'b'\ndeny = true\nthen = 'agian'",
                "f:4:8: tftp.rewrite.then: \"agian\" is unknown; did you mean \"again\"?; allowed is \"next\", \"again\", \"stop\""
            ),
            Case(
                "[[tftp.rewrite]]\nmatch = 'b'\ndeny = true\nmacth = 'x'",
                "f:4:1: unknown key \"macth\" in [[tftp.rewrite]]; did you mean \"match\"?"),
            Case(
                "[tftp]\nrewrite = 'x'",
                "f:2:11: tftp.rewrite: expected a list of tables, found the text \"x\"; write [[tftp.rewrite]]"),
            Case("[tftp]\nrewriet = 1", "f:2:1: unknown key \"rewriet\" in [tftp]; did you mean \"rewrite\"?"),
        ])
    func errors(_ test: Case<String>) {
        #expect(complaints(test.text) == [test.outcome])
    }

    @Test(
        "warnings: rules that nothing comes to",
        arguments: [
            Case(
                "[[tftp.rewrite]]\nmatch = '.*'\ndeny = true\n[[tftp.rewrite]]\nmatch = 'a'\nreplace = 'b'",
                [
                    "f:4: the rule for \"a\" is never reached: the one at f:1 takes all of its names; move it up or take one of "
                        + "them away"
                ]),
            Case(
                "[[tftp.rewrite]]\nmatch = '^/boot/'\nreplace = 'b'",
                ["f:1: the rule for \"^/boot/\" fits nothing: names are cleaned first and begin with no /"]),
            Case("[[tftp.rewrite]]\nmatch = '^/?boot/'\nreplace = 'b'", []),
            Case("[[tftp.rewrite]]\nmatch = 'a'\nreplace = 'b'\n[[tftp.rewrite]]\nmatch = 'a'\nreplace = 'c'", []),
        ])
    func warnings(_ test: Case<[String]>) throws {
        #expect(try Settings.parse(test.text, file: "f").warnings.map(\.description) == test.outcome)
    }
}
