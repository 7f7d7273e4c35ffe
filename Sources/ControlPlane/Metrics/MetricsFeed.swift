import BootPolicy
import Exchange
import Fleet
import Sessions
import Wire

/// Counts what happens by its kinds, at the end of the events' road. Belongs to one thread.
///
/// What a storm does not tell one by one is counted by its number, as the kind `untold`; of such there are no times.
final class MetricsFeed {
    private struct Answer: Hashable {
        let shape: String
        let architecture: String
    }

    private let addresses: AddressBook
    private var answers: [Answer: Int] = [:]
    // A number that is not there before it is 1 has never risen, for Prometheus: what alerts may hang on begins with 0.
    private var refusals = MetricsFeed.zeros(
        Refusal.allCases.filter(\.concernsBootClient).map(\.code) + [MetricsFeed.untold])
    private var transfers = MetricsFeed.zeros(TransferEnding.Outcome.all.map(\.word) + [MetricsFeed.untold])
    private var transferRefusals = MetricsFeed.zeros(TransferRefusal.allCases.map(\.code) + [MetricsFeed.untold])
    private var responses = MetricsFeed.zeros(["200", "404", "aborted", MetricsFeed.untold])
    private var mirrored = MetricsFeed.zeros([
        "fetched", "confirmed", "failed", "stale", "wrong-checksum", "dropped", MetricsFeed.untold,
    ])
    private var installs = MetricsFeed.zeros(Lease.State.allCases.map(\.rawValue))
    private var findings = MetricsFeed.zeros(SurveyCode.allCases.map(\.code))
    private var notices = MetricsFeed.zeros(["info", "warning", "error"])
    private var stuck = MetricsFeed.zeros(VerdictCode.allCases.map(\.code))
    private var unheard = MetricsFeed.zeros(["69", "4011"])
    private var rivalOffers = 0
    private var blocks = 0
    private var transferSeconds = Histogram.seconds
    private var transferOctets = Histogram.octets
    private var responseSeconds = Histogram.seconds
    private var responseOctets = Histogram.octets
    private var webhookSeconds = Histogram.seconds
    private var fetchSeconds = Histogram.seconds
    /// From the first offer to firmware until it fetches.
    private var firstFile = Histogram.seconds
    /// Firmware that was offered a boot and has fetched nothing yet, and when that was, in milliseconds since 1970.
    private var offered: [MACAddress: Int64] = [:]
    /// Events that nobody was told, and times that the inventory took none.
    var lostEvents = 0
    var inventoryFailures = 0

    private static let untold = "untold"
    /// Machines that are waited for at the same time.
    private static let mostOffered = 16_384
    /// Milliseconds after which another offer begins another boot.
    private static let longestWait: Int64 = 600_000

    private static func zeros(_ words: [String]) -> [String: Int] {
        Dictionary(words.map { ($0, 0) }, uniquingKeysWith: { first, _ in first })
    }

    init(addresses: AddressBook) {
        self.addresses = addresses
    }

    func hear(_ recorded: RecordedEvent) {
        switch recorded.event {
        case .answered(let client, let port, _, let reply):
            answers[Self.answer(client, reply), default: 0] += 1
            if port == .dhcp, client.stage.isFirmware { offered(to: client.hardware.mac, at: recorded.time) }
        case .refused(_, _, let reason): refusals[reason.code, default: 0] += 1
        case .transferStarted(let facts): asked(facts.client.address, at: recorded.time)
        case .transferEnded(let facts, let ending): ended(facts, ending)
        case .transferRefused(_, _, let reason): transferRefusals[reason.code, default: 0] += 1
        case .downloadEnded(let facts): ended(facts, at: recorded.time)
        case .mirrored(let event): hear(event)
        case .install(let event): installs[event.to, default: 0] += 1
        case .found(let finding, _): findings[finding.code.code, default: 0] += 1
        case .foreignOffer(let offer, _): if offer.competes { rivalOffers += 1 }
        case .stuck(let boot): stuck[boot.code, default: 0] += 1
        case .unheard(let request): unheard["\(request.port)", default: 0] += 1
        case .decided(let report): webhookSeconds.add(report.duration.seconds)
        case .notice(let notice): notices["\(notice.level)", default: 0] += 1
        case .untold(let answered, let refused, _):
            answers[Answer(shape: Self.untold, architecture: Self.untold), default: 0] += answered
            refusals[Self.untold, default: 0] += refused
        case .untoldTransfers(let refused, let abandoned):
            transferRefusals[Self.untold, default: 0] += refused
            transfers[Self.untold, default: 0] += abandoned
        case .untoldDownloads(let complete, let failed): responses[Self.untold, default: 0] += complete + failed
        case .untoldMirrored(let had, let failed): mirrored[Self.untold, default: 0] += had + failed
        case .learned, .fleet, .hook, .interfaceChanged: break
        }
    }

    /// Anybody may invent a number of an architecture; those without a name share one label.
    private static func answer(_ client: BootClient, _ reply: BootReply) -> Answer {
        let name = client.architecture.map { ClientArchitecture.known($0) ? "\($0)" : "other" }
        return Answer(shape: reply.shape.rawValue, architecture: name ?? "unknown")
    }

    private func offered(to card: MACAddress?, at time: Int64) {
        guard let card else { return }
        if let began = offered[card], time - began < Self.longestWait { return }
        if offered.count >= Self.mostOffered { offered = offered.filter { time - $0.value < Self.longestWait } }
        if offered.count < Self.mostOffered { offered[card] = time }
    }

    private func asked(_ address: IPAddress, at time: Int64) {
        guard !offered.isEmpty, let card = addresses.requester(at: address).hardware,
            let began = offered.removeValue(forKey: card), (0..<Self.longestWait) ~= time - began
        else { return }
        firstFile.add(Double(time - began) / 1000)
    }

    private func ended(_ facts: TransferFacts, _ ending: TransferEnding) {
        transfers[ending.outcome.word, default: 0] += 1
        // The last block is shorter than the others, if only by all of its octets.
        if ending.bytes > 0 { blocks += Int(ending.bytes) / max(facts.blockSize, 1) + 1 }
        guard ending.outcome == .completed else { return }
        transferSeconds.add(ending.duration.seconds)
        transferOctets.add(Double(ending.bytes))
    }

    private func ended(_ facts: DownloadFacts, at time: Int64) {
        responses[facts.isComplete ? "\(facts.status)" : "aborted", default: 0] += 1
        asked(facts.client.address, at: time - facts.duration.nanoseconds / 1_000_000)
        guard facts.isComplete, facts.status < 300 else { return }
        responseSeconds.add(facts.duration.seconds)
        responseOctets.add(Double(facts.bytes))
    }

    private func hear(_ event: MirrorEvent) {
        switch event.outcome {
        case .fetched(_, let time):
            mirrored["fetched", default: 0] += 1
            fetchSeconds.add(time.seconds)
        case .confirmed: mirrored["confirmed", default: 0] += 1
        case .failed: mirrored["failed", default: 0] += 1
        case .stale: mirrored["stale", default: 0] += 1
        case .wrongChecksum: mirrored["wrong-checksum", default: 0] += 1
        case .dropped(let files, _): mirrored["dropped", default: 0] += files
        }
    }
}

extension MetricsFeed {
    var families: [MetricFamily] {
        let answered = answers.map { ([$0.key.shape, $0.key.architecture], $0.value) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
            .map { MetricSample(.number(Double($0.1)), [("shape", $0.0[0]), ("architecture", $0.0[1])]) }
        return [
            MetricFamily(
                .counter, "pilotfish_dhcp_answers_total", "Answers of DHCP by shape and architecture.", answered),
            counter("dhcp_refusals", "Boot clients that got no answer, by the code that says why.", "code", refusals),
            counter("dhcp_findings", "Findings about other servers, by code.", "code", findings),
            MetricFamily(
                .counter, "pilotfish_dhcp_rival_offers_total", "Messages of other boot servers to clients.",
                Double(rivalOffers)),
            counter("boots_stuck", "Boots that got stuck, by the code of the verdict.", "code", stuck),
            counter(
                "unheard_requests", "Requests that the card brought and a firewall of this host kept, by port.", "port",
                unheard),
            counter("tftp_transfer_outcomes", "Transfers by TFTP that have ended, by how.", "outcome", transfers),
            counter("tftp_refusals", "Requests by TFTP that got an error, by code.", "code", transferRefusals),
            MetricFamily(
                .counter, "pilotfish_tftp_blocks_total",
                "Blocks that clients acknowledged, of transfers that have ended.",
                Double(blocks)),
            counter("http_responses", "Responses by HTTP, by status; aborted ones by that word.", "status", responses),
            counter("mirror_outcomes", "What became of files of mirrors.", "outcome", mirrored),
            counter("install_changes", "Installs that came into a state, by state.", "state", installs),
            counter("notices", "Notices to the operator, by level.", "level", notices),
            MetricFamily(
                .counter, "pilotfish_events_lost_total", "Events that nobody was told, for too many happened.",
                Double(lostEvents)),
            MetricFamily(
                .counter, "pilotfish_inventory_failures_total", "Times that the inventory did not take events.",
                Double(inventoryFailures)),
        ] + histograms
    }

    private var histograms: [MetricFamily] {
        [
            MetricFamily(
                "pilotfish_first_file_seconds", "Time from the first offer to firmware until it fetches a file.",
                firstFile),
            MetricFamily(
                "pilotfish_tftp_transfer_duration_seconds", "How long complete transfers by TFTP took.",
                transferSeconds),
            MetricFamily(
                "pilotfish_tftp_transfer_size_bytes", "Octets of complete transfers by TFTP.", transferOctets),
            MetricFamily(
                "pilotfish_http_response_duration_seconds", "How long complete responses by HTTP took.",
                responseSeconds),
            MetricFamily("pilotfish_http_response_size_bytes", "Octets of complete responses by HTTP.", responseOctets),
            MetricFamily(
                "pilotfish_webhook_duration_seconds", "How long endpoints took to decide, or not.", webhookSeconds),
            MetricFamily(
                "pilotfish_mirror_fetch_duration_seconds", "How long files of mirrors took to be fetched.",
                fetchSeconds),
        ]
    }

    private func counter(_ name: String, _ help: String, _ label: String, _ counts: [String: Int]) -> MetricFamily {
        let sorted = counts.sorted { $0.key < $1.key }.map { (value: $0.key, count: $0.value) }
        return MetricFamily(.counter, "pilotfish_\(name)_total", help, by: label, sorted)
    }
}

extension TransferEnding.Outcome {
    /// One of each kind.
    fileprivate static let all: [Self] = [
        .completed, .sizeProbe, .refusedByClient(code: 0), .timedOut, .superseded, .fileChanged, .readFailed,
        .unreachable, .crowdedOut, .serviceStopped,
    ]

    /// For a label.
    fileprivate var word: String {
        switch self {
        case .completed: "completed"
        case .sizeProbe: "size-probe"
        case .refusedByClient: "refused-by-client"
        case .timedOut: "timed-out"
        case .superseded: "superseded"
        case .fileChanged: "file-changed"
        case .readFailed: "read-failed"
        case .unreachable: "unreachable"
        case .crowdedOut: "crowded-out"
        case .serviceStopped: "service-stopped"
        }
    }
}

extension ClientArchitecture {
    /// Whether it has a name of its own.
    fileprivate static func known(_ architecture: ClientArchitecture) -> Bool {
        architecture.description != "arch-\(architecture.rawValue)"
    }
}

extension ForeignOffer {
    /// A server that says PXEClient in a lease, or gives no address, takes part in network booting itself.
    var competes: Bool { isBootServer || address.isAny }
}
