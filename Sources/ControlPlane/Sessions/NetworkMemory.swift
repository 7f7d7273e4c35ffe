import BootPolicy
import Exchange
import LinuxIO
import Wire

/// What is known of the network at this moment: our interfaces, who else answers, and what stands in the way. Bounded.
struct NetworkMemory {
    struct Server {
        let address: IPv4Address
        var isProxy: Bool
        var interface: String
        var lastSeen: Int64
    }

    struct Finding {
        let code: String
        /// `error`, `warning` or `note`.
        let severity: String
        let interface: String
        /// Whom it is about; nil when it is about this host.
        var server: IPv4Address?
        let what: String
        let remedy: String
        var time: Int64
    }

    private static let most = 64

    /// By name: the address of each interface that is served.
    private(set) var interfaces: [String: IPv4Address?] = [:]
    private var known: [IPv4Address: Server] = [:]
    private var found: [String: Finding] = [:]
    /// What was found of each server.
    private(set) var codes: [IPv4Address: Set<SurveyCode>] = [:]

    /// In the order of their addresses.
    var servers: [Server] { known.values.sorted { $0.address.value < $1.address.value } }

    /// The worst first.
    var findings: [Finding] {
        let ranks = ["error": 0, "warning": 1]
        return found.values.sorted {
            (ranks[$0.severity] ?? 2, $0.code, $0.what) < (ranks[$1.severity] ?? 2, $1.code, $1.what)
        }
    }

    mutating func hear(_ recorded: RecordedEvent) {
        switch recorded.event {
        case .interfaceChanged(let name, let address, let isUp):
            if isUp { interfaces.updateValue(address, forKey: name) } else { interfaces[name] = nil }
        case .foreignOffer(let offer, let interface):
            let isProxy = offer.address.isAny
            guard known[offer.server] != nil || known.count < Self.most else { return }
            let before = known[offer.server]
            known[offer.server] = Server(
                address: offer.server, isProxy: before.map { $0.isProxy && isProxy } ?? isProxy,
                interface: NetworkInterface.name(of: interface), lastSeen: recorded.time)
        case .found(let finding, let interface):
            if codes[finding.server] != nil || codes.count < Self.most {
                codes[finding.server, default: []].insert(finding.code)
            }
            keep(
                Finding(
                    code: finding.code.code, severity: finding.isWarning ? "warning" : "note",
                    interface: NetworkInterface.name(of: interface), server: finding.server, what: finding.sentence,
                    remedy: finding.remedy, time: recorded.time), about: "\(finding.server)")
        case .unheard(let request): hear(request, at: recorded.time)
        default: break
        }
    }

    private mutating func hear(_ request: UnheardRequest, at time: Int64) {
        keep(
            Finding(
                code: request.port == 69 ? "PF-V007" : "PF-V006", severity: "error",
                interface: NetworkInterface.name(of: request.interface),
                what: "requests to UDP port \(request.port) come to this host and not to the service",
                remedy: "open UDP port \(request.port) in this host's firewall", time: time),
            about: "\(request.port)")
    }

    private mutating func keep(_ finding: Finding, about subject: String) {
        let key = "\(finding.code) \(subject)"
        guard found[key] != nil || found.count < Self.most else { return }
        found[key] = finding
    }
}
