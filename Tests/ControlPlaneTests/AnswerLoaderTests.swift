import BootPolicy
import Foundation
import Settings
import Testing

@testable import ControlPlane

/// Templates and secrets, as they are read with the settings.
@Suite final class AnswerLoaderTests {
    private let directory = NSTemporaryDirectory() + "/pilotfish-answers-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(
            atPath: directory + "/templates/nocloud", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: directory + "/handed", withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func write(_ text: String, to name: String, mode: Int = 0o640) throws {
        let path = "\(directory)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private var settings: Settings {
        var settings = Settings()
        settings.templates = directory + "/templates"
        return settings
    }

    private func complaints(_ settings: Settings) -> [String] {
        do throws(SettingsErrors) {
            _ = try AnswerLoader(credentials: nil).load(settings)
            return []
        } catch {
            return error.errors.map { "\($0)".replacing(directory + "/", with: "") }
        }
    }

    @Test func templatesAndSecretsAreRead() throws {
        try write("{{a}}", to: "templates/preseed.cfg.mustache")
        try write("{{b}}", to: "templates/nocloud/user-data.mustache")
        try write("{{", to: "templates/notes.txt")
        try write("one\n", to: "own")
        try write("two\n\n", to: "handed/two", mode: 0o444)
        try write("three", to: "handed/own", mode: 0o444)
        var settings = settings
        settings.secrets = ["own": directory + "/own"]
        let book = try AnswerLoader(credentials: directory + "/handed").load(settings)
        #expect(book.templates == ["preseed.cfg": "{{a}}", "nocloud/user-data": "{{b}}"])
        #expect(book.names == ["nocloud/user-data", "preseed.cfg"])
        // What the settings name wins over what systemd hands over.
        #expect(book.secrets == ["own": "one", "two": "two\n"])
    }

    @Test func whatEndpointsAreShownIsASecretThatHTTPCarries() throws {
        try write("token\n", to: "good")
        try write("two words", to: "bad")
        var settings = settings
        settings.secrets = ["good": directory + "/good", "bad": directory + "/bad"]
        settings.webhookSecret = "good"
        settings.answers = try AnswerLoader(credentials: nil).load(settings)
        #expect(settings.catalog(canOpen: { _ in true }).webhook.token == "token")
        settings.webhookSecret = "bad"
        #expect(
            complaints(settings) == [
                "webhook.bearer: the secret \"bad\" is empty or holds more than printable ASCII, so HTTP cannot carry it"
            ])
        settings.webhookSecret = "none"
        #expect(complaints(settings) == ["webhook.bearer: there is no secret \"none\"; write it into [secrets]"])
    }

    @Test func theUsualDirectoryNeedNotBeThere() throws {
        #expect(try AnswerLoader(credentials: nil).load(Settings()).templates.isEmpty)
        var settings = settings
        settings.templates = directory + "/absent"
        #expect(complaints(settings) == ["templates: open absent: No such file or directory"])
    }

    @Test func whatIsWrongIsToldAtOnce() throws {
        try write("a\n{{#b}}", to: "templates/ks.cfg.mustache")
        try write("x", to: "open", mode: 0o644)
        var settings = settings
        settings.secrets = ["open": directory + "/open", "absent": directory + "/absent"]
        let complaints = complaints(settings)
        #expect(complaints.count == 3)
        #expect(complaints[0] == "templates/ks.cfg.mustache:2:1: a section is never closed")
        #expect(complaints[1].hasPrefix("secrets.absent: "))
        #expect(
            complaints[2]
                == "secrets.open: every user of this host can read open; chmod o-r, and give it to the service's group")
    }

    @Test(
        arguments: [
            ("preseed.cfg", "d-i a/b string c", ["debconf-set-selections", "--checkonly"]),
            ("a/web.ks", "", ["ksvalidator"]),
            ("ks.cfg", "", ["ksvalidator"]), ("autoyast.xml", "", ["xmllint", "--noout"]),
            ("user-data", "#cloud-config\n", ["cloud-init", "schema", "--config-file"]),
            ("config.ign", "{}", ["ignition-validate"]),
            ("late", "#!/bin/sh\n", ["sh", "-n"]), ("a.yaml", "", ["yamllint", "-d", "{rules: {}}"]),
            ("x.cfg", "", nil),
        ] as [(String, String, [String]?)])
    func theCheckerIsThatOfTheLanguage(name: String, text: String, command: [String]?) {
        #expect(SyntaxCheck.checker(for: text, named: name)?.command == command)
    }

    @Test(
        arguments: [
            ("instance-id: a\nlocal-hostname: b\n", nil), ("local-hostname: b\n", "there is no instance-id"),
            ("- instance-id\n", "there is no instance-id"), ("a: [\n", "while parsing"),
        ] as [(String, String?)])
    func metadataNamesTheInstance(text: String, complaint: String?) {
        switch SyntaxCheck.verdict(on: text, named: "answers/nocloud/meta-data") {
        case .right(let checker): #expect(complaint == nil && checker == "python3-yaml")
        case .wrong(_, let words): #expect(complaint.map(words.contains) == true, "\(words)")
        // A host without Python says so.
        case .unknown(let advice): #expect(advice.contains("python3-yaml"))
        }
    }

    @Test func checkersAreRun() {
        #expect(SyntaxCheck.verdict(on: "#!/bin/sh\ntrue\n", named: "late") == .right(by: "sh"))
        guard case .wrong("sh", let words) = SyntaxCheck.verdict(on: "#!/bin/sh\nif\n", named: "late") else {
            Issue.record("a broken script was taken")
            return
        }
        #expect(words.contains("yntax error"))
        #expect(SyntaxCheck.verdict(on: "{\"a\": 1}", named: "c.json") == .right(by: "JSON"))
        guard case .wrong("JSON", _) = SyntaxCheck.verdict(on: "{\"a\": }", named: "c.json") else {
            Issue.record("broken JSON was taken")
            return
        }
        let broken = SyntaxCheck.verdict(on: "{\"ignition\": {\"version\": \"none\"}", named: "c.ign")
        guard case .wrong = broken else {
            Issue.record("\(broken)")
            return
        }
        let absent = SyntaxCheck.Checker(command: ["pilotfish-has-no-such"], source: "nowhere")
        #expect(
            SyntaxCheck.run(absent, on: "")
                == .unknown(advice: "pilotfish-has-no-such is not installed; it comes with nowhere"))
    }
}
