import BootPolicy
import Exchange
import LinuxIO
import Sessions
import Wire

/// What is known of the network at this moment: our interfaces, who else answers, and what stands in the way.
///
/// Bounded: of more servers than that, those heard longest ago are forgotten. What nothing shows any more is not told for long.
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
        fileprivate(set) var time: Int64
        /// When something showed it last.
        fileprivate(set) var confirmed: Int64
    }

    private enum Subject: Hashable {
        case survey(SurveyCode, IPv4Address)
        /// A port that a firewall of this host keeps from the service.
        case port(UInt16)
    }

    private static let most = 64
    /// What was not seen again for so long, in milliseconds, was mended.
    private static let validity: Int64 = 3_600_000

    /// By name: the address of each interface that is served.
    private(set) var interfaces: [String: IPv4Address?] = [:]
    private var known: [IPv4Address: Server] = [:]
    private var found: [Subject: Finding] = [:]
    /// What messages of each server showed, and when last.
    private var shown: [IPv4Address: [SurveyCode: Int64]] = [:]

    /// In the order of their addresses.
    var servers: [Server] { known.values.sorted { $0.address.value < $1.address.value } }

    /// What stands in the way, the worst first.
    func findings(at now: Int64) -> [Finding] {
        let ranks = ["error": 0, "warning": 1]
        return found.values.filter { now - $0.confirmed < Self.validity }.sorted {
            (ranks[$0.severity] ?? 2, $0.code, $0.what) < (ranks[$1.severity] ?? 2, $1.code, $1.what)
        }
    }

    /// What was found of each server.
    func codes(at now: Int64) -> [IPv4Address: Set<SurveyCode>] {
        shown.mapValues { codes in Set(codes.filter { now - $0.value < Self.validity }.keys) }
    }

    /// The wall clock was set: what was heard before is as long ago as it was.
    ///
    /// - Parameter jump: milliseconds, less than 0 when it was set back.
    mutating func move(by jump: Int64) {
        for server in known.keys { known[server]?.lastSeen += jump }
        for subject in found.keys {
            found[subject]?.time += jump
            found[subject]?.confirmed += jump
        }
        shown = shown.mapValues { codes in codes.mapValues { $0 + jump } }
    }

    mutating func hear(_ recorded: RecordedEvent) {
        let time = recorded.time
        switch recorded.event {
        case .interfaceChanged(let name, let address, let isUp):
            if isUp { interfaces.updateValue(address, forKey: name) } else { interfaces[name] = nil }
        case .foreignOffer(let offer, let interface): hear(offer, interface, at: time)
        case .found(let finding, let interface):
            show([finding.code], of: finding.server, at: time)
            let found = Finding(
                code: finding.code.code, severity: finding.isWarning ? "warning" : "note",
                interface: NetworkInterface.name(of: interface), server: finding.server, what: finding.sentence,
                remedy: finding.remedy, time: time, confirmed: time)
            keep(found, about: .survey(finding.code, finding.server))
        case .unheard(let request): hear(request, at: time)
        // Who is heard at a port came through the firewall.
        case .transferStarted, .transferRefused: found[.port(69)] = nil
        case .answered(_, port: .bootService, _, _): found[.port(4011)] = nil
        default: break
        }
    }

    private mutating func hear(_ offer: ForeignOffer, _ interface: Int32, at time: Int64) {
        let isProxy = offer.address.isAny
        let before = known[offer.server]
        if before == nil, known.count >= Self.most,
            let oldest = known.min(by: { $0.value.lastSeen < $1.value.lastSeen })
        {
            known[oldest.key] = nil
        }
        known[offer.server] = Server(
            address: offer.server, isProxy: before.map { $0.isProxy && isProxy } ?? isProxy,
            interface: NetworkInterface.name(of: interface), lastSeen: time)
        let codes = offer.codes.all
        show(codes, of: offer.server, at: time)
        for code in codes { found[.survey(code, offer.server)]?.confirmed = time }
        confirmSeveral(at: time)
    }

    /// No single message shows that there are several.
    private mutating func confirmSeveral(at time: Int64) {
        guard known.values.count(where: { !$0.isProxy && time - $0.lastSeen < Self.validity }) > 1 else { return }
        for case .survey(.severalDHCPServers, let server) in found.keys {
            found[.survey(.severalDHCPServers, server)]?.confirmed = time
        }
    }

    private mutating func show(_ codes: [SurveyCode], of server: IPv4Address, at time: Int64) {
        guard !codes.isEmpty else { return }
        if shown[server] == nil, shown.count >= Self.most {
            let latest = shown.mapValues { $0.values.max() ?? 0 }
            if let oldest = latest.min(by: { $0.value < $1.value }) { shown[oldest.key] = nil }
        }
        for code in codes { shown[server, default: [:]][code] = time }
    }

    private mutating func hear(_ request: UnheardRequest, at time: Int64) {
        let code = request.port == 69 ? VerdictCode.tftpBlocked : .bootServiceBlocked
        let finding = Finding(
            code: code.code, severity: "error", interface: NetworkInterface.name(of: request.interface),
            what: "requests to UDP port \(request.port) come to this host and not to the service",
            remedy: "open UDP port \(request.port) in this host's firewall",
            time: found[.port(request.port)]?.time ?? time, confirmed: time)
        keep(finding, about: .port(request.port))
    }

    private mutating func keep(_ finding: Finding, about subject: Subject) {
        if found[subject] == nil, found.count >= Self.most,
            let oldest = found.min(by: { $0.value.confirmed < $1.value.confirmed })
        {
            found[oldest.key] = nil
        }
        found[subject] = finding
    }
}
