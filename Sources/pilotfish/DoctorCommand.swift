import ArgumentParser
import Assets
import BootPolicy
import Confinement
import ControlPlane
import Doctor
import LinuxIO
import Settings

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks for everything that keeps machines from booting, and says how to mend it.",
        discussion: """
            Looks at this host as the service would meet it: ports and who has them, the rules of the firewall, \
            interfaces, files as the service's user may read them, loaders and what they are made for, disk, clock, \
            kernel; and at the network, by asking for a boot as clients do (DISCOVERs only, no lease is taken). Changes \
            nothing. Most of it needs root; what could not be looked at is a note of its own.

            --json prints one object: {"version","errors","warnings","notes","findings":[{"code","severity","area","what",\
            "cause","command"}]}, the worst first. "pilotfish explain CODE" says more of each.

            Ends with 0 when there is nothing worse than notes, 1 with warnings or errors, 3 when the settings cannot be \
            read.
            """
    )

    @OptionGroup var location: ServiceLocation

    @Option(help: "An interface to look at instead of those of the settings; may be repeated.")
    var interface: [String] = []

    @Option(help: "The directory that is served, if not that of the settings.", completion: .directory)
    var root: String?

    @Flag(inversion: .prefixedNo, help: "Ask the network who else answers clients; takes some seconds.")
    var probe = true

    @Flag(help: "JSON for programs: one object.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Look there only: some of \(Finding.Area.allCases.map(\.rawValue).joined(separator: ",")).",
            valueName: "areas"))
    var only: AreaList?

    func run() throws {
        let findings = try examine(try load()).toldOnce.worstFirst
        print(json ? DoctorText.json(findings) : DoctorText.people(findings))
        if findings.count(.error) + findings.count(.warning) > 0 { throw ExitStatus.trouble.code }
    }

    private func load() throws(SettingsSource.Failure) -> Settings {
        var settings = try SettingsSource(path: location.settings, overrides: Overrides()).load()
        if !interface.isEmpty { settings.interfaces = interface }
        if let root { settings.root = root }
        if let state = location.state { settings.state = state }
        return settings
    }

    private func examine(_ settings: Settings) throws -> [Finding] {
        let catalog = try CatalogBuilder(root: .forLooking(settings.root)).build(settings).catalog
        let user = ServiceUser.find(settings.user)
        let account = Account(name: user?.name ?? settings.user, user: user?.id ?? .max, group: user?.group ?? .max)
        let examination = Examination(settings: settings, catalog: catalog, account: account, service: service)
        var found: [Finding] = []
        for area in Finding.Area.allCases where only?.areas.contains(area) ?? true {
            switch area {
            case .lan: found += lanFindings(examination.served, settings)
            case .service: found += examination.findings(area) + ServiceFindings.standing(location)
            default: found += examination.findings(area)
            }
        }
        return found
    }

    private var service: Examination.ServiceState {
        do {
            return Examination.ServiceState(mode: ServiceMode(rawValue: try location.ask("mode")))
        } catch {
            return Examination.ServiceState(mode: nil, silence: "\(error)")
        }
    }

    private func lanFindings(_ interfaces: [String], _ settings: Settings) -> [Finding] {
        guard probe else { return [.notLooked(.lan, "the network was not asked (--no-probe)")] }
        return settings.dhcp.isEnabled ? interfaces.flatMap { LANCheck(interface: $0).findings } : []
    }
}

/// What `--only` names.
struct AreaList: ExpressibleByArgument {
    let areas: Set<Finding.Area>

    init?(argument: String) {
        let named = argument.split(separator: ",").map { Finding.Area(rawValue: String($0)) }
        guard !named.isEmpty, !named.contains(nil) else { return nil }
        areas = Set(named.compactMap(\.self))
    }
}

/// What the running service has found itself.
private enum ServiceFindings {
    /// Nothing when no service runs, or when it does not tell.
    static func standing(_ location: ServiceLocation) -> [Finding] {
        guard let answer = try? location.ask("status json"), let status = JSONFact(Array(answer.utf8)) else {
            return []
        }
        return (status["findings"]?.list ?? []).compactMap { entry in
            guard let code = entry["code"]?.text, let what = entry["what"]?.text,
                let severity = entry["severity"]?.text.flatMap(Severity.init)
            else { return nil }
            return Finding(
                code: code, severity: severity, area: .service, what: what, cause: "The running service has found it.",
                command: entry["remedy"]?.text ?? "", server: entry["server"]?.text)
        }
    }
}

/// The findings for people and for programs.
private enum DoctorText {
    static func people(_ findings: [Finding]) -> String {
        var lines: [String] = []
        for severity in Severity.allCases {
            let some = findings.filter { $0.severity == severity }
            guard !some.isEmpty else { continue }
            lines.append("\(severity.rawValue.uppercased())S")
            for finding in some {
                lines.append("  \(finding.code)  \(finding.what)")
                if !finding.cause.isEmpty { lines.append("            \(finding.cause)") }
                if !finding.command.isEmpty { lines.append("            => \(finding.command)") }
            }
            lines.append("")
        }
        return (lines + [findings.summary]).joined(separator: "\n")
    }

    static func json(_ findings: [Finding]) -> String {
        let entries = findings.map { finding in
            JSONText.object([
                ("code", .text(finding.code)), ("severity", .text(finding.severity.rawValue)),
                ("area", .text(finding.area.rawValue)), ("what", .text(finding.what)), ("cause", .text(finding.cause)),
                ("command", .text(finding.command)),
            ])
        }
        return JSONText.object([
            ("version", .text(Pilotfish.version)), ("errors", .number(findings.count(.error))),
            ("warnings", .number(findings.count(.warning))), ("notes", .number(findings.count(.note))),
            ("findings", .list(entries)),
        ]).line
    }
}
