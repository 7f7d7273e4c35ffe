import Templates
import Testing

@Suite("templates")
struct TemplateTests {
    private static let values: [String: TemplateValue] = [
        "hostname": .text("web1"), "mac-dashed": .text("52-54-00-12-34-56"), "keys": .list(["one", "two"]),
        "none": .list([]), "raid": .flag(true), "swap": .flag(false), "empty": .text(""),
        "motd": .text(#"a "quoted" <b>\ & more"#), "secret": .group(["root": .text("$6$salt$x")]),
    ]

    @Test(
        "values are filled in",
        arguments: [
            ("host={{hostname}} {{mac-dashed}}", "host=web1 52-54-00-12-34-56"),
            ("{{secret.root}}", "$6$salt$x"),
            ("{{#keys}}- {{.}} of {{hostname}}\n{{/keys}}", "- one of web1\n- two of web1\n"),
            ("{{#keys}}{{.}}{{^last()}}, {{/last()}}{{/keys}}", "one, two"),
            ("{{#none}}x{{/none}}{{^none}}no keys{{/none}}", "no keys"), ("{{#raid}}raid{{/raid}}", "raid"),
            ("{{#swap}}swap{{/swap}}{{^swap}}no swap{{/swap}}", "no swap"), ("{{raid}} {{swap}}", "true false"),
            ("{{#unknown}}x{{/unknown}}{{^unknown}}unknown{{/unknown}}", "unknown"), ("{{#empty}}x{{/empty}}", ""),
            ("{{#hostname}}named {{hostname}}{{/hostname}}", "named web1"), ("{{uppercased(hostname)}}", "WEB1"),
            ("{{motd}}", #"a "quoted" <b>\ & more"#),
            ("{{! a remark }}{{=<% %>=}}<%hostname%> {{jinja}}", "web1 {{jinja}}"),
            ("no tags at all\n", "no tags at all\n"),
        ])
    func renders(text: String, result: String) throws {
        #expect(try TemplateBook(["preseed.cfg": text]).render("preseed.cfg", Self.values) == result)
    }

    @Test(
        "values are escaped as the file's language wants it",
        arguments: [
            ("user.json", #"a \"quoted\" <b>\\ & more"#), ("config.ign", #"a \"quoted\" <b>\\ & more"#),
            ("autoyast.xml", #"a &quot;quoted&quot; &lt;b&gt;\ &amp; more"#), ("ks.cfg", #"a "quoted" <b>\ & more"#),
        ])
    func escapes(name: String, result: String) throws {
        #expect(try TemplateBook([name: "{{motd}}"]).render(name, Self.values) == result)
    }

    @Test(
        "an accent behind a sign hides it from nobody",
        arguments: [("a.xml", "&lt;\u{301}&quot;\u{301}&amp;\u{301}"), ("a.json", "<\u{301}\\\"\u{301}&\u{301}")])
    func accents(name: String, result: String) throws {
        let values: [String: TemplateValue] = ["v": .text("<\u{301}\"\u{301}&\u{301}")]
        #expect(try TemplateBook([name: "{{v}}"]).render(name, values) == result)
    }

    @Test(
        "what is printed and not known is told, and nothing comes out",
        arguments: [
            ("{{disk}} {{hostname}} {{disk}} {{swap-size}}", ["disk", "swap-size"]),
            ("{{secret.user}}", ["secret.user"]),
            ("{{secret}}", ["secret"]), ("{{.}}", ["."]), ("{{keys}}", ["keys"]),
            ("{{shouted(hostname)}}", ["shouted(hostname)"]),
            ("{{uppercased(disk)}}", ["disk"]), ("{{#keys}}{{comment}}{{/keys}}", ["comment"]),
            ("{{> _part}}", ["part"]),
        ])
    func gaps(text: String, missing: [String]) throws {
        let book = try TemplateBook(["ks.cfg": text, "_part": "{{part}}"])
        #expect {
            try book.render("ks.cfg", Self.values)
        } throws: {
            ($0 as? TemplateGap)?.missing == missing
        }
    }

    @Test("lists in lists come to an end")
    func lists() throws {
        let (open, close) = (String(repeating: "{{#keys}}", count: 50), String(repeating: "{{/keys}}", count: 50))
        let book = try TemplateBook(["ks.cfg": open + "x" + close])
        #expect {
            try book.render("ks.cfg", Self.values)
        } throws: {
            ($0 as? TemplateGap)?.missing == ["(more than 100000 values)"]
        }
    }

    @Test("templates take in others, in other directories too")
    func parts() throws {
        let book = try TemplateBook([
            "debian/preseed.cfg": "a\n{{> _common}}\n  {{> debian/_disk }}\nz\n", "_common": "host {{hostname}}",
            "debian/_disk": "{{#raid}}raid1{{/raid}}",
        ])
        #expect(try book.render("debian/preseed.cfg", Self.values) == "a\nhost web1  raid1z\n")
        #expect(try book.render("debian", Self.values) == nil)
    }

    @Test(
        "a faulty template is refused with its name and line",
        arguments: [
            ("ok\n{{#open}}\n", 3, "a section is never closed"), ("{{#a}}{{/b}}", 1, "a section is closed by another"),
            ("a\n\n{{hostname", 3, "a tag is not closed"), ("{{> missing}}", 1, "there is no template \"missing\""),
            ("x\n{{> ks.cfg}}", 2, "the template takes in itself"), ("{{=<% %>=}}\n<%> ks.cfg%>", 2, "takes in itself"),
            ("{{hostname.short}}", 1, "has a point in its name"), ("{{> part.json}}", 1, "ends otherwise"),
            ("{{#a}}{{=<% %>=}}<%/a%>{{>ks.cfg}}", 1, "takes in itself"), ("{{> *name}}", 1, "cannot be a variable"),
            ("{{=<%}}", 1, "new delimiters"),
            (String(repeating: "{{#a}}", count: 51), 1, "more than 50 sections"),
        ])
    func faults(text: String, line: Int, message: String) {
        do throws(TemplateFault) {
            _ = try TemplateBook(["ks.cfg": text, "part.json": ""])
            Issue.record("the template was taken")
        } catch {
            #expect(error.name == "ks.cfg")
            #expect(error.line == line)
            #expect(error.message.contains(message), "\(error.message)")
        }
    }

    @Test("two templates that take in each other are refused")
    func circle() {
        #expect {
            try TemplateBook(["a": "{{>b}}", "b": "{{>a}}"])
        } throws: {
            ($0 as? TemplateFault)?.message == "the template takes in itself"
        }
    }

    @Test("whatever stands in a template, it is refused or renders")
    func junk() {
        let words = [
            "{{", "}}", "{{{", "#", "/", "^", ">", "=", "a", "(", ")", ".", "\n", "!", "%", " ", "$", "<", "é",
        ]
        var state: UInt64 = 7
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += words[Int(state >> 33) % words.count]
            }
            guard let book = try? TemplateBook(["a": text]) else { continue }
            _ = try? book.render("a", Self.values)
        }
    }
}
