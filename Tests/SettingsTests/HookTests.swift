import BootPolicy
import Settings
import Testing
import Wire

/// `[hook.NAME]`: what may be written, what it means, and what it needs.
@Suite struct HookTests {
    private static func command(_ change: (inout Hook) -> Void = { _ in }) -> Hook {
        var hook = Hook(name: "h", causes: [.done], way: .command(["/bin/x"]))
        change(&hook)
        return hook
    }

    private static func url(_ change: (inout Hook) -> Void = { _ in }) -> Hook {
        var hook = Hook(name: "h", causes: [.done], way: .url("https://a.example/b?c=d"))
        change(&hook)
        return hook
    }

    private static let runs = "[hook.h]\non = 'done'\ncommand = ['/bin/x']\n"
    private static let posts = "[hook.h]\non = 'done'\nurl = 'https://a.example/b?c=d'\n"

    static let hooks: [Case<Hook>] = [
        Case(runs, command()),
        Case(runs + "timeout = 5", command { $0.timeout = .seconds(5) }),
        Case(runs + "timeout = 30", command()),
        Case(
            "[hook.h]\non = ['failed', 'new', 'wake']\ncommand = ['/bin/x', '', '-x', '-x', 'Größe $y']",
            command {
                $0.causes = [.failed, .new, .wake]
                $0.way = .command(["/bin/x", "", "-x", "-x", "Größe $y"])
            }),
        Case(posts, url()),
        Case(
            posts + "bearer = 's'\nca-file = '/etc/x.pem'\ntimeout = 3600",
            url {
                $0.secret = "s"
                $0.authorities = "/etc/x.pem"
                $0.timeout = .seconds(3600)
            }),
    ]

    @Test(arguments: hooks)
    func hookIsReadAndWritten(_ expected: Case<Hook>) throws {
        let settings = try Settings.parse(expected.text, file: "f")
        #expect(settings.hooks == ["h": expected.outcome])
        #expect(try Settings.parse(settings.text, file: "f") == settings)
        #expect(settings.catalog { _ in true }.hooks == [expected.outcome])
        #expect(settings.asksOthers.isEmpty)
        #expect(settings.hookNeeds == (expected.outcome.isCommand ? .commands : .reports))
    }

    @Test("every word is one of the settings", arguments: Hook.Cause.allCases)
    func causes(cause: Hook.Cause) throws {
        let settings = try Settings.parse("[hook.h]\non = '\(cause.rawValue)'\ncommand = ['/bin/x']", file: "f")
        #expect(settings.hooks["h"]?.causes == [cause])
    }

    static let wrong: [(text: String, complaint: String)] = [
        ("[hook.h]\ncommand = ['/bin/x']", "f:1:7: hook.h: nothing says what it hears of"),
        ("[hook.h]\non = 'done'", "f:1:7: hook.h: nothing says what is to be done"),
        ("[hook.h]\non = []\ncommand = ['/bin/x']", "f:2:6: hook.h.on: the list is empty"),
        (
            "[hook.h]\non = 'dome'\ncommand = ['/bin/x']",
            "f:2:6: hook.h.on: \"dome\" is unknown; did you mean \"done\"?"
        ),
        ("[hook.h]\non = ['done', 'done']\ncommand = ['/bin/x']", "f:2:15: hook.h.on: \"done\" is listed twice"),
        (runs + "url = 'https://a'", "f:1:7: hook.h: command and url exclude each other"),
        ("[hook.h]\non = 'done'\ncommand = []", "f:3:11: hook.h.command: the list is empty"),
        ("[hook.h]\non = 'done'\ncommand = ['x']", "f:3:11: hook.h.command: \"x\" is a relative path"),
        ("[hook.h]\non = 'done'\ncommand = '/bin/x'", "f:3:11: hook.h.command: expected a list of words"),
        (
            "[hook.h]\non = 'done'\ncommand = ['/bin/x', \"a\\nb\"]",
            "f:3:22: hook.h.command: \"a\\nb\" contains a line end"
        ),
        (
            "[hook.h]\non = 'done'\ncommand = ['/bin/x', \(String(repeating: "'a', ", count: 16))]",
            "f:3:11: hook.h.command: the command has 17 words, and 16 are allowed"
        ),
        (runs + "bearer = 's'", "f:4:10: hook.h.bearer: it belongs to a url"),
        (runs + "ca-file = '/x'", "f:4:11: hook.h.ca-file: it belongs to a url"),
        (runs + "timeout = 0", "f:4:11: hook.h.timeout: 0 is too small; allowed is 1 to 3600"),
        (runs + "retries = 3", "f:4:1: unknown key \"retries\" in [hook.h]"),
        ("[hook.h]\non = 'done'\nurl = 'ftp://a'", "f:3:7: hook.h.url: \"ftp://a\" is no URL that can be fetched"),
        ("[hook.h]\non = 'done'\nurl = 'https://u:p@a'", "f:3:7: hook.h.url: a password has no place in a URL"),
        ("[hook.h]\non = 'done'\nurl = 'https://a#b'", "f:3:7: hook.h.url: what follows # is never sent"),
        ("[hook.'a b']\non = 'done'\nurl = 'https://a'", "f:1:7: hook: \"a b\" cannot be a name"),
        ("hook = 1", "f:1:8: hook: expected a table"),
    ]

    @Test(arguments: wrong)
    func wrongHookIsRefused(_ row: (text: String, complaint: String)) {
        let all = complaints(row.text)
        #expect(all.count == 1 && all.first?.hasPrefix(row.complaint) == true, "\(all)")
    }

    @Test("a hook whose process does not run waits for a restart, and keeps nobody else from being taken over")
    func waits() throws {
        let running = try Settings.parse("mode = 'observe'\n" + Self.runs, file: "f")
        let both = "[hook.u]\non = 'new'\nurl = 'https://a'\n[boot]\nkernel = 'new'"
        let next = try Settings.parse("mode = 'frozen'\n" + Self.runs + "timeout = 9\n" + both, file: "f")
        #expect(next.needsRestart(comparedTo: running, started: .commands) == ["hook"])
        let taken = next.takenOver(by: running, started: .commands)
        #expect(taken.mode == .frozen && taken.boot.kernel == "new")
        #expect(taken.hooks == ["h": Self.command { $0.timeout = .seconds(9) }])
        #expect(next.takenOver(by: running, started: .reports).hooks.keys.sorted() == ["h", "u"])
        #expect(next.takenOver(by: running, started: .reports).hooks["h"] == Self.command())
        #expect(next.needsRestart(comparedTo: running, started: [.commands, .reports]) == [])
        #expect(next.takenOver(by: running, started: [.commands, .reports]) == next)
    }
}
