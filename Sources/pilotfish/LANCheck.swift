import BootPolicy
import ControlPlane
import Doctor
import LinuxIO
import Wire

/// Asks one network who answers clients, and judges what the others among those do to each firmware.
///
/// A service on this same host does not hear the question, so what is judged is the network without us.
struct LANCheck {
    private let interface: String
    private static let longest = TimeSpan.seconds(8)

    init(interface: String) {
        self.interface = interface
    }

    var findings: [Finding] {
        do {
            let table = try NetlinkSocket().interfaces()
            var probe = try Probe(
                link: try table.link(named: interface), kinds: ProbeDiscover.usual, address: nil)
            try probe.run(for: Self.longest)
            let here = table.all.values.filter { !$0.isLoopback }.flatMap { $0.networks.map(\.address) }
            return judge(probe.results, ours: Set(here))
        } catch let error as SystemError where error.isPermission {
            return [
                .notLooked(
                    .lan, "the network of \(interface) could not be asked: that needs root or CAP_NET_RAW",
                    command: "sudo pilotfish doctor")
            ]
        } catch {
            return [.notLooked(.lan, "the network of \(interface) could not be asked: \(error)")]
        }
    }

    private func judge(_ results: [ProbeResult], ours: Set<IPv4Address>) -> [Finding] {
        var survey = Survey(ours: ours)
        var found: [Finding] = []
        var told: Set<String> = []
        let kinds = strangers(results, ours)
        for offer in results.flatMap(\.hearing.offers) {
            for finding in survey.note(offer, now: offer.arrival) {
                guard told.insert("\(finding.code) \(finding.server)").inserted else { continue }
                found.append(
                    Finding(
                        code: finding.code.code, severity: severity(finding), area: .lan,
                        what: "\(finding.sentence) (on \(interface))", cause: kinds[finding.server] ?? "",
                        command: finding.remedy, server: "\(finding.server)"))
            }
        }
        if survey.servers.allSatisfy({ !$0.isDHCPServer }) {
            let code = PredictionCode.nothingHeard
            found.append(
                Finding(
                    code: code.code, severity: .warning, area: .lan,
                    what:
                        "no DHCP server offered an address on \(interface) within \(Self.longest.nanoseconds / 1_000_000_000) s",
                    cause: "Without an address no machine boots from the network.", command: code.remedy(for: nil)))
        }
        return found
    }

    /// Whoever takes boots away, or sends them elsewhere, keeps machines from booting here.
    private func severity(_ finding: SurveyFinding) -> Severity {
        guard finding.isWarning else { return .note }
        switch finding.code {
        case .otherProxy, .otherHTTPProxy, .leaseIsBootServer, .leaseIsHTTPBootServer, .leaseHasMenu, .proxiesForbidden:
            return .error
        default: return .warning
        }
    }

    /// What each server makes of which kinds of firmware, as long as we say nothing.
    private func strangers(_ results: [ProbeResult], _ ours: Set<IPv4Address>) -> [IPv4Address: String] {
        var lines: [IPv4Address: [String]] = [:]
        for result in results {
            let prediction = result.kind.predict(result.hearing, ours: ours)
            guard prediction.verdict == .theirs, let teller = prediction.teller else { continue }
            lines[teller, default: []].append("\(result.kind.title) \(prediction.reason)")
        }
        return lines.mapValues { "Without an answer of ours: \($0.joined(separator: "; "))." }
    }
}
