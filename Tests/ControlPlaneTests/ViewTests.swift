import BootPolicy
import Fleet
import Foundation
import Testing
import Wire

@testable import ControlPlane
@testable import Inventory
@testable import Settings

/// Every view is told twice, for people and for programs: the same facts.
@Suite("views for people and for programs")
struct ViewTests {
    private static let host: NamedMachine = {
        var host = NamedMachine(name: "web7", hardware: [MACAddress(0x5254_0000_0001), MACAddress(0x5254_0000_0002)])
        (host.groups, host.tags, host.note) = (["edge", "rack4"], ["gpu"], "waits for a fan")
        host.isProtected = true
        return host
    }()

    private static let rollout: RolloutRow = {
        var rollout = Rollout(target: "debian13", width: 21, canaries: 3, budget: 4)
        (rollout.state, rollout.reason) = (.paused, "5 failures")
        var counts = Rollout.Counts()
        (counts.armed, counts.active, counts.done, counts.bad, counts.cancelled) = (101, 102, 103, 104, 105)
        return RolloutRow(id: 17, created: 1_700_000_000_000, rollout: rollout, counts: counts)
    }()

    /// The words of `line` that tell something: all but those of the sentence around them.
    private func expectTwins(_ row: some ViewRow, _ facts: [String]) throws {
        let json = JSONText.object(row.fields).line
        _ = try JSONSerialization.jsonObject(with: Data(json.utf8))
        for fact in facts {
            #expect(row.line.contains(fact), "\(row.line) lacks \(fact)")
            #expect(json.contains(fact), "\(json) lacks \(fact)")
        }
        // Whatever has digits in a line is a fact.
        for word in row.line.split(whereSeparator: { " (),:\"\n@".contains($0) }) where word.contains(where: \.isNumber)
        {
            #expect(json.contains(word), "\(json) lacks \(word)")
        }
        #expect(row.fields.allSatisfy { $0.0.allSatisfy { $0.isLowercase || $0 == "_" || $0.isNumber } })
    }

    @Test("a host")
    func hosts() throws {
        let row = HostRow(host: Self.host, install: .failed, isOfSettings: true)
        try expectTwins(
            row,
            ["web7", "52:54:00:00:00:01", "52:54:00:00:00:02", "protected", "edge", "rack4", "gpu", "failed", "waits"])
    }

    @Test("a kind of firmware")
    func firmware() throws {
        let fingerprint = Fingerprint(0x0123_4567_89AB_CDEF)
        let teacher = ClientHardware(type: 1, length: 6, high: 0x5254_0000_0009 << 16, low: 0)
        try expectTwins(
            Lesson(fingerprint: fingerprint, style: OfferStyle(.menu, isDelayed: true), loader: 1, teacher: teacher),
            ["\(fingerprint)", "\(teacher)", "menu+delay", "2"])
    }

    @Test("a rollout, and its machines")
    func rollouts() throws {
        try expectTwins(
            Self.rollout,
            ["17", "debian13", "paused", "5 failures", "101", "102", "21", "103", "104", "105"])
        let row = LeaseRow(
            id: 1, rollout: 17, host: "web7", hostID: 1, isProtected: false, target: "debian13",
            token: InstallToken(high: 1, low: 2), lease: Lease(armed: 1_700_000_000_000))
        try expectTwins(LeaseView(row: row, now: 1_700_000_042_000), ["web7", "armed", "42"])
    }

    @Test(
        "a machine of a plan, whatever stands against it",
        arguments: [
            nil, .protected, .underWay(.installing), .noCard,
            .sharesCard(MACAddress(0x5254_0000_00FF), with: "db9"),
        ] as [RolloutMember.Obstacle?])
    func plans(obstacle: RolloutMember.Obstacle?) throws {
        let member = RolloutMember(host: Self.host, obstacle: obstacle, last: obstacle == nil ? .done : nil)
        let row = PlanRow(member: member, remarks: ["    but rule \"r5\" keeps silent for it"])
        try expectTwins(row, ["web7", "r5"])
        #expect(JSONText.object(row.fields).line.contains("\"wipe\":\(obstacle == nil)"))
    }

    @Test("a plan as a whole")
    func wholePlan() throws {
        let member = RolloutMember(host: Self.host, obstacle: nil, last: nil)
        var view = PlanView(
            rollout: Rollout(target: "debian13", width: 21, canaries: 3, budget: 4),
            rows: [PlanRow(member: member, remarks: [])], remarks: ["  but the mode is observe"])
        #expect(
            view.lines(json: false).hasPrefix(
                "debian13 on 1 machines, 21 at a time, 3 of them first; pauses after 4 failures\n  but the mode"))
        (view.id, view.woken) = (17, "2 packets")
        let lines = view.lines(json: true).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(
            lines[0] == """
                {"rollout":17,"target":"debian13","machines":1,"width":21,"canaries":3,"budget":4,"start":null,\
                "remarks":["but the mode is observe"],"woken":"2 packets"}
                """)
        #expect(view.lines(json: false).hasPrefix("rollout 17\n") && view.lines(json: false).hasSuffix("\n2 packets"))
    }

    @Test("an explanation")
    func explanations() {
        var telling = Telling()
        telling.say("client", "52:54:00:00:00:01")
        telling.say("", "class \"x\"")
        #expect(telling.lines == ["client   52:54:00:00:00:01", "         class \"x\""])
        #expect(
            telling.json.line
                == #"[{"about":"client","text":"52:54:00:00:00:01"},{"about":"client","text":"class \"x\""}]"#)
    }

    @Test("a setting")
    func settings() throws {
        let line = SettingLine(
            text: "tftp.workers = 3",
            settings: [SettingLine.Setting(key: "tftp.workers", value: .number(3), origin: .file("a.toml", line: 7))])
        let lines = [SettingLine(text: "[t]"), line]
        #expect(
            SettingsView.text(lines, hasOrigin: true, json: false) == "[t]\ntftp.workers = 3  # a.toml:7")
        #expect(SettingsView.text(lines, hasOrigin: false, json: false) == "[t]\ntftp.workers = 3")
        #expect(
            SettingsView.text(lines, hasOrigin: true, json: true)
                == #"{"key":"tftp.workers","value":3,"origin":"a.toml:7","file":"a.toml","line":7}"#)
    }

    @Test("what a check finds")
    func checks() {
        #expect(CheckView.json(warnings: [], failure: nil) == #"{"valid":true,"warnings":[],"errors":[]}"#)
        let wrong = SettingsErrors([
            SettingsError(file: "f", place: Place(line: 2, column: 3), key: "mode", message: "no")
        ])
        #expect(
            CheckView.json(warnings: [], failure: .wrong(wrong))
                == #"{"valid":false,"warnings":[],"errors":[{"file":"f","line":2,"column":3,"key":"mode","message":"no"}]}"#
        )
    }
}
