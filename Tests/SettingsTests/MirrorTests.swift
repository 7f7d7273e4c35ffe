import BootPolicy
import Settings
import Testing
import Wire

/// `[mirror.NAME]`: what may be written, and what it means.
@Suite struct MirrorTests {
    private static func plan(_ change: (inout MirrorPlan) -> Void = { _ in }) -> MirrorPlan {
        var plan = MirrorPlan(name: "d", upstream: "https://a.example/debian")
        change(&plan)
        return plan
    }

    private static let head = "[mirror.d]\nupstream = 'https://a.example/debian'\n"
    private static let sum = String(repeating: "0aF9", count: 16)

    static let mirrors: [Case<MirrorPlan>] = [
        Case(head, plan()),
        Case("[mirror.d]\nupstream = 'https://a.example/debian//'", plan()),
        Case(head + "fresh = '90s'", plan { $0.fresh = .seconds(90) }),
        Case(head + "fresh = '2 h'", plan { $0.fresh = .seconds(7200) }),
        Case(head + "fresh = '0s'", plan { $0.fresh = .zero }),
        Case(head + "limit = '1TiB'", plan { $0.limit = 1 << 40 }),
        Case(head + "limit = '1500 MiB'", plan { $0.limit = 1500 << 20 }),
        Case(head + "ca-file = '/etc/x.pem'", plan { $0.authorities = "/etc/x.pem" }),
        Case(
            head + "[mirror.d.sha256]\n'a/./b' = '\(sum)'",
            plan { $0.checksums = ["a/b": sum.lowercased()] }),
    ]

    @Test(arguments: mirrors)
    func mirrorIsReadAndWritten(_ expected: Case<MirrorPlan>) throws {
        let settings = try Settings.parse(expected.text, file: "f")
        #expect(settings.mirrors == ["d": expected.outcome])
        #expect(settings.asksOthers == .files)
        #expect(try Settings.parse(settings.text, file: "f") == settings)
        #expect(settings.catalog { _ in true }.mirrors == settings.mirrors)
    }

    @Test(
        arguments: [
            "[mirror.d]\nfresh = '1m'", "[mirror.d]\nupstream = 'ftp://a/'", "[mirror.d]\nupstream = 'https://'",
            "[mirror.d]\nupstream = 'https://a/b?c'", "[mirror.d]\nupstream = 'https://a/b c'", head + "fresh = '10'",
            head + "fresh = '10x'", head + "fresh = '400d'", head + "limit = '1KiB'", head + "limit = '99999999999TiB'",
            head + "limit = 5", head + "immutable = ['/pool']", head + "immutable = ['']", head + "ca-file = 'x.pem'",
            head + "[mirror.d.sha256]\n'../a' = '\(sum)'", head + "[mirror.d.sha256]\na = 'abc'", head + "other = 1",
            head + "sha256 = 1", "[mirror.'a/b']\nupstream = 'https://a'",
        ])
    func wrongMirrorIsRefused(_ text: String) {
        #expect(throws: SettingsErrors.self) { try Settings.parse(text, file: "f") }
    }
}
