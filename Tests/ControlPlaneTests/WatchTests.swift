import BootPolicy
import Exchange
import Fleet
import Foundation
import Inventory
import LinuxIO
import Testing
import Wire

@testable import ControlPlane

/// What `pilotfish watch` says of a rollout.
@Suite("watching a rollout")
struct WatchTests {
    private static let start: Moment = 1_700_000_000_000
    private let inventory: Inventory
    private let tokens: [String: InstallToken]

    /// Hosts node1 to node6, three at a time.
    init() throws {
        inventory = try Inventory()
        let hosts = (1...6).map { number in
            NamedMachine(name: "node\(number)", hardware: [MACAddress(0x02_00_00_00_00_00 + UInt64(number))])
        }
        var next: UInt64 = 0
        _ = try inventory.begin(Rollout(target: "debian", width: 3, budget: 9), for: hosts, now: Self.start) {
            next += 1
            return InstallToken(high: next, low: next)
        }
        tokens = Dictionary(uniqueKeysWithValues: try inventory.standings().map { ($0.row.host, $0.row.token) })
    }

    private func take(_ step: InstallStep, _ host: String, at second: Int64) throws {
        let request = InstallRequest(step, token: try #require(tokens[host]))
        _ = try inventory.carryOut([request], InstallRules(), now: Self.start + second * 1000)
    }

    private func report(at second: Int64) -> WatchReport {
        WatchReport(now: Self.start + second * 1000, instant: Instant(nanoseconds: second * 1_000_000_000))
    }

    private func lines(_ report: WatchReport, most: Int = 100) throws -> [WatchLine] {
        report.lines(try inventory.standings(ofRollout: nil), most: most)
    }

    private func machines(_ lines: [WatchLine]) -> [String: WatchedMachine] {
        Dictionary(
            uniqueKeysWithValues: lines.compactMap { line in
                if case .machine(let machine) = line { (machine.host, machine) } else { nil }
            })
    }

    /// node1 is done after 60 s, node2 failed, node3 is being installed, node4 fetches, node5 and node6 wait.
    private func play() throws {
        for (host, second) in [("node1", 0), ("node2", 0), ("node3", 50)] as [(String, Int64)] {
            try take(.ask(.ipxe), host, at: second)
            try take(.begin(attempt: 1, .ipxe), host, at: second + 10)
        }
        try take(.done, "node1", at: 60)
        try take(.failed("no disk"), "node2", at: 60)
        try take(.ask(.ipxe), "node4", at: 65)
        _ = try inventory.note(fetchesOf: [try #require(tokens["node4"])], now: Self.start + 66_000)
    }

    private func file(_ path: String, _ octets: Int64, age: Int64, silence: Int64 = 0) -> FileUnderWay {
        FileUnderWay(path: path, octets: octets, age: .seconds(age), silence: .seconds(silence))
    }

    @Test("every machine's stage, since when, what it fetched, and what is wrong")
    func stages() throws {
        try play()
        var report = report(at: 80)
        report.files[try #require(tokens["node4"])] = [
            file("debian/initrd.img", 4_000_000, age: 4), file("debian/vmlinuz", 1000, age: 9, silence: 5),
        ]
        let lines = try lines(report)
        guard case .rollout(let rollout) = lines.first else {
            Issue.record("\(lines)")
            return
        }
        #expect(rollout.counts.all == 6 && rollout.counts.done == 1 && rollout.counts.bad == 1)
        #expect(rollout.counts.active == 2 && rollout.counts.armed == 2)
        #expect(rollout.octets == 4_001_000 && Int(rollout.rate) == 1_000_111)
        // 30 and 45 s for those under way, the third place is free; node5 comes to that, node6 to the first of the others.
        #expect(rollout.left == 30 + 60)
        let machines = machines(lines)
        #expect(
            lines.dropFirst().map(\.host) == ["node2", "node3", "node4", "node5", "node6", "node1"])
        #expect(machines["node1"]?.stage == "done" && machines["node1"]?.seconds == 20)
        #expect(machines["node2"]?.verdict == "failed: no disk")
        #expect(machines["node3"]?.stage == "installing" && machines["node3"]?.seconds == 20)
        #expect(machines["node3"]?.left == 30 && machines["node5"]?.left == nil)
        #expect(machines["node4"]?.stage == "initrd.img" && machines["node4"]?.seconds == 4)
        #expect(machines["node4"]?.state == "fetching" && machines["node4"]?.verdict == "")
        #expect(machines["node5"]?.stage == "waiting" && machines["node5"]?.seconds == 80)
    }

    @Test(
        "what stands still, asks for nothing, or is not known for sure is said",
        arguments: [
            (80, 29, "", 3), (80, 30, "vmlinuz stands still for 30 s", 1), (80, nil, "", 3),
            (124, nil, "", 3), (125, nil, "has asked for nothing for 60 s", 1),
        ] as [(Int64, Int64?, String, Int)])
    func troubles(second: Int64, silence: Int64?, verdict: String, place: Int) throws {
        try play()
        var report = report(at: second)
        if let silence {
            report.files[try #require(tokens["node4"])] = [file("vmlinuz", 5, age: 40, silence: silence)]
        }
        let lines = try lines(report)
        #expect(machines(lines)["node4"]?.verdict == verdict)
        // Behind node2, which failed; and behind node3, which has its turn as well.
        #expect(lines.map(\.host).firstIndex(of: "node4") == (place == 1 ? 2 : 3))
    }

    @Test("a conflict, and a turn that was lost")
    func waiting() throws {
        try take(.ask(.ipxe), "node1", at: 0)
        _ = try inventory.expireLeases(InstallRules(), now: Self.start + 1_800_000)
        var report = report(at: 1801)
        report.conflicts["node6"] = "PF-I001: the UUID was cloned."
        let lines = try lines(report)
        #expect(lines.map(\.host) == [nil, "node1", "node6", "node2", "node3", "node4", "node5"])
        #expect(machines(lines)["node1"]?.verdict == "lost its turn once")
        #expect(machines(lines)["node6"]?.verdict == "PF-I001: the UUID was cloned.")
        guard case .rollout(let rollout) = lines[0] else { return }
        #expect(rollout.left == nil)
    }

    @Test("what was fetched before counts, and says since when a machine has asked for nothing")
    func fetched() throws {
        try play()
        let board = InstallBoard()
        let token = try #require(tokens["node4"])
        board.replace(
            [InstallBoard.Entry(Enrolment(token: token, target: "debian"), hardware: [])])
        board.note(700, of: token, now: Instant(nanoseconds: 70_000_000_000))
        var report = report(at: 90)
        report.fetched = board.fetched
        #expect(machines(try lines(report))["node4"]?.octets == 700)
        #expect(machines(try lines(report))["node4"]?.stage == "between files")
        #expect(machines(try lines(report))["node4"]?.seconds == 20)
        report.files[token] = [file("a", 50, age: 1)]
        #expect(machines(try lines(report))["node4"]?.octets == 750)
    }

    @Test("a long list ends with how many others there are, and what is wrong is on it")
    func most() throws {
        try play()
        let lines = try lines(report(at: 80), most: 2)
        #expect(lines.map(\.host) == [nil, "node2", "node3", nil])
        #expect(lines.last == .others(4))
        #expect(try self.lines(report(at: 80), most: 0).last == .others(6))
    }

    @Test("every line is JSON that is read again")
    func json() throws {
        try play()
        for line in try lines(report(at: 80), most: 4) {
            _ = try JSONSerialization.jsonObject(with: Data(line.json.utf8))
            #expect(WatchLine(json: line.json) == line)
        }
        for text in ["", "{}", "[]", "{\"host\":1}", "{\"others\":\"x\"}", "{\"target\":\"x\"}"] {
            #expect(WatchLine(json: text) == nil)
        }
    }

    @Test("the table fits the terminal, and its rates are those since it was drawn last")
    func table() throws {
        try play()
        var text = WatchText()
        let start = Instant(nanoseconds: 1_000_000_000)
        var report = report(at: 80)
        let token = try #require(tokens["node4"])
        report.files[token] = [file("initrd.img", 4_000_000, age: 4)]
        #expect(
            text.table(try lines(report), now: start) == [
                "rollout 1 debian running: 1 done, 2 of 3 under way, 2 waiting, 1 failed of 6; 1.0 MB/s, all done in "
                    + "1 min 30 s",
                "HOST   STAGE              FOR  FETCHED      RATE  LEFT",
                "node2  failed            20 s   0.0 MB         -     -  failed: no disk",
                "node3  installing        20 s   0.0 MB         -  30 s",
                "node4  initrd.img         4 s   4.0 MB  1.0 MB/s  45 s",
                "node5  waiting     1 min 20 s   0.0 MB         -     -",
                "node6  waiting     1 min 20 s   0.0 MB         -     -",
                "node1  done              20 s   0.0 MB         -     -",
            ])
        report.files[token] = [file("initrd.img", 9_000_000, age: 6)]
        let second = text.table(try lines(report), now: start + .seconds(2), height: 5, width: 40)
        #expect(second.count == 5)
        #expect(second[0] == "rollout 1 debian running: 1 done, 2 of 3")
        #expect(second[4] == "and 4 others")
        #expect(second.allSatisfy { $0.count <= 40 })
        let third = text.table(try lines(report), now: start + .seconds(3))
        #expect(third[4].contains("9.0 MB     -"))
        #expect(text.table([], now: start) == [])
    }

    @Test(
        "numbers and times are written for people",
        arguments: [
            (0, "0 s", "0"), (59, "59 s", "59"), (60, "1 min 0 s", "60"), (3599, "59 min 59 s", "3,599"),
            (3600, "1 h 0 min", "3,600"), (90_000, "1 d 1 h", "90,000"), (1_940_000, "22 d 10 h", "1,940,000"),
        ])
    func words(seconds: Int, time: String, grouped: String) {
        #expect(WatchText.time(seconds) == time)
        #expect(WatchText.grouped(seconds) == grouped)
    }

    @Test("ten thousand machines are told in time")
    func large() throws {
        let hosts = (0..<10_000).map { number in
            NamedMachine(name: "big\(number)", hardware: [MACAddress(0x02_00_01_00_00_00 + UInt64(number))])
        }
        let (id, _) = try inventory.begin(Rollout(target: "debian", width: 100), for: hosts, now: Self.start) {
            InstallToken(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        }
        let began = Clock.now
        let lines = report(at: 10).lines(try inventory.standings(ofRollout: id), most: 40)
        let time = Clock.now - began
        #expect(lines.count == 42 && lines.last == .others(9960))
        #expect(time < .seconds(10))
    }
}

extension WatchLine {
    /// Nil for what is no machine.
    fileprivate var host: String? {
        if case .machine(let machine) = self { machine.host } else { nil }
    }
}

@Suite("times that operators write")
struct WallTimeTests {
    private static let now: Int64 = 1_700_000_000_000

    @Test(
        "so long ago",
        arguments: [("0s", 0), ("90s", 90), ("30m", 1800), ("2h", 7200), ("7d", 604_800)] as [(String, Int64)])
    func ago(text: String, seconds: Int64) {
        #expect(WallTime.moment(text, now: Self.now) == Self.now - seconds * 1000)
    }

    @Test(
        "a day or a time of this clock is read as it is written",
        arguments: ["2026-05-31", "2026-05-31T04:30", "2024-02-29T23:59:59", "1999-01-01T00:00"])
    func days(text: String) throws {
        let moment = try #require(WallTime.moment(text, now: Self.now))
        let time = WallTime(milliseconds: moment)
        let halves = text.split(separator: "T")
        #expect(time.day == String(halves[0]))
        #expect(time.clock.hasPrefix(halves.count == 2 ? String(halves[1]) : "00:00:00"))
    }

    @Test(
        "anything else is no time",
        arguments: [
            "", "h", "2", "2w", "-2h", "9999999h", "2026", "2026-05", "2026-13-01", "2026-00-01", "2026-05-32",
            "2026-05-31T", "2026-05-31T4", "2026-05-31T25:00", "2026-05-31T04:60", "2026-05-31T04:30:61",
            "2026-05-31T04:30T", "99999-01-01", "2026-05-31-01", "x-y-z",
        ])
    func nonsense(text: String) {
        #expect(WallTime.moment(text, now: Self.now) == nil)
    }
}
