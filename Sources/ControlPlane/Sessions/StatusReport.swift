import Assets
import BootPolicy
import Exchange
import Fleet
import Inventory
import LinuxIO
import Sessions
import Wire

/// How all stands at one moment: the service, the network, the machines, the rollouts.
struct StatusReport {
    private let desk: SessionDesk
    private let rollouts: [WatchedRollout]
    private let reports: [SessionReport]
    private let now: Int64

    init(_ desk: SessionDesk, standings: [RolloutStanding], conflicts: [String: String]) {
        self.desk = desk
        now = desk.wallTime()
        let report = WatchReport(
            fetched: desk.context.installs.fetched, conflicts: conflicts, now: now, instant: Clock.now)
        rollouts = report.lines(standings, most: 0).compactMap { line in
            if case .rollout(let rollout) = line { rollout } else { nil }
        }
        reports = desk.latestReports
    }

    private func count(_ state: Standing.State) -> Int { reports.count { $0.standing.state == state } }

    // MARK: JSON

    var json: String {
        let counters = desk.context.counters
        let traffic = desk.currentTraffic
        let sent = (tftp: traffic.octetsByTFTP, http: counters[.httpBytes])
        let mode = desk.context.catalog.current.mode
        return JSONText.object([
            ("version", .text(desk.version)), ("mode", .text(mode.rawValue)), ("since", .number(Int(desk.since))),
            ("now", .number(Int(now))), ("readonly", .truth(desk.inventory.isReadOnly)),
            ("root", .text(desk.root?.path ?? "")),
            ("interfaces", .list(desk.network.interfaces.sorted { $0.key < $1.key }.map(Self.json))),
            ("servers", .list(desk.network.servers.map(Self.json))),
            ("findings", .list(desk.network.findings(at: now).map(Self.json))),
            (
                "machines",
                .object([
                    ("under_way", .number(count(.underWay))), ("stuck", .number(count(.stuck))),
                    ("booted", .number(count(.booted))), ("refused", .number(count(.refused))),
                    ("all", .number(reports.count)),
                ])
            ),
            ("rollouts", .list(rollouts.map(Self.json))),
            ("transfers", .object([("tftp", .number(traffic.counts.tftp)), ("http", .number(traffic.counts.http))])),
            ("octets", .object([("tftp", .number(sent.tftp)), ("http", .number(sent.http))])),
            ("stages", .list(stages)),
            ("counters", .object(Counter.allCases.map { ("\($0)", .number(counters[$0])) })),
        ]).line
    }

    private static func json(_ interface: (key: String, value: IPv4Address?)) -> JSONText {
        .object([("name", .text(interface.key)), ("address", .optional(interface.value?.description))])
    }

    private static func json(_ server: NetworkMemory.Server) -> JSONText {
        .object([
            ("address", .text("\(server.address)")), ("role", .text(server.isProxy ? "proxy" : "dhcp")),
            ("interface", .text(server.interface)), ("last_seen", .number(Int(server.lastSeen))),
        ])
    }

    private static func json(_ finding: NetworkMemory.Finding) -> JSONText {
        .object([
            ("code", .text(finding.code)), ("severity", .text(finding.severity)),
            ("interface", .text(finding.interface)), ("server", .optional(finding.server?.description)),
            ("what", .text(finding.what)), ("remedy", .text(finding.remedy)), ("time", .number(Int(finding.time))),
        ])
    }

    private static func json(_ rollout: WatchedRollout) -> JSONText {
        .object([
            ("id", .number(Int(rollout.id))), ("target", .text(rollout.target)), ("state", .text(rollout.state)),
            ("reason", .text(rollout.reason)), ("all", .number(rollout.counts.all)),
            ("done", .number(rollout.counts.done)), ("active", .number(rollout.counts.active)),
            ("waiting", .number(rollout.counts.armed)), ("failed", .number(rollout.counts.bad)),
            ("width", .number(rollout.width)), ("rate", .number(Int(rollout.rate))),
            ("left", rollout.left.map { .number($0) } ?? .null),
        ])
    }

    private var stages: [JSONText] {
        BootStep.allCases.compactMap { step in
            guard let learned = desk.table.times[step], let p50 = learned.p50, let p90 = learned.p90 else { return nil }
            return .object([
                ("stage", .text(step.rawValue)), ("count", .number(learned.count)),
                ("p50", .digits(EventText.decimal(p50, places: 3))),
                ("p90", .digits(EventText.decimal(p90, places: 3))),
            ])
        }
    }

    // MARK: Text

    func lines(hasColor: Bool) -> [String] {
        let mode = desk.context.catalog.current.mode
        let counts = desk.currentTraffic.counts
        var lines = [
            "pilotfish \(desk.version), \(mode.rawValue) for \(WatchText.time(Int(max(now - desk.since, 0) / 1000)))"
                + (desk.inventory.isReadOnly ? ", its disk is read-only" : "")
        ]
        lines.append("  root       \(desk.root?.path ?? "-")")
        for (name, address) in desk.network.interfaces.sorted(by: { $0.key < $1.key }) {
            lines.append("  interface  \(name)" + (address.map { ", \($0)" } ?? ", without an address"))
        }
        for server in desk.network.servers {
            let age = WatchText.time(Int(max(now - server.lastSeen, 0) / 1000))
            let role = server.isProxy ? "another boot server" : "DHCP server"
            lines.append("  server     \(server.address), \(role) on \(server.interface), heard \(age) ago")
        }
        for finding in desk.network.findings(at: now) where finding.severity != "note" {
            let what = "  \(finding.severity)    \(finding.code): \(finding.what)".forTerminal
            lines.append(SessionText.red(what, hasColor))
            if !finding.remedy.isEmpty { lines.append("    fix: \(finding.remedy)".forTerminal) }
        }
        lines.append(
            "  machines   \(count(.underWay)) under way, \(count(.stuck)) stuck, \(count(.booted)) booted, "
                + "\(count(.refused)) refused of \(WatchText.grouped(reports.count))")
        lines.append("  sending    \(counts.tftp) files by TFTP, \(counts.http) by HTTP")
        lines += rollouts.map { "  " + WatchText.head($0) }
        let trouble = reports.filter { $0.standing.state == .stuck }.prefix(10).map(\.line)
        return lines + SessionText.table(Array(trouble), hasColor: hasColor)
    }
}
