import BootPolicy
import Exchange
import Fleet
import Inventory
import LinuxIO
import Sessions
import Settings
import Testing
import Wire

@testable import ControlPlane

/// What Prometheus is told.
@Suite("metrics")
struct MetricsTests {
    @Test("every counter of the engines has a name of its own, a unit, and a sentence")
    func counters() {
        #expect(CounterNames.all.map(\.counter) == Counter.allCases)
        #expect(Set(CounterNames.all.map(\.name)).count == Counter.allCases.count)
        for entry in CounterNames.all {
            #expect(entry.help.hasSuffix(".") && entry.help.contains(" "), "\(entry.name)")
            #expect(!entry.name.contains("octets"), "the unit of octets is called bytes: \(entry.name)")
        }
    }

    @Test("families are written as the format wants it")
    func text() {
        var times = Histogram(bounds: [0.5, 1])
        for time in [0.25, 0.5, 0.75, 4] { times.add(time) }
        let families = [
            MetricFamily(.counter, "a_total", "One \\ two\nthree.", 3),
            MetricFamily(.gauge, "b_bytes", "Octets.", by: "word", [("x\"y\\\n", 1 << 53)]),
            MetricFamily("c_seconds", "Times.", times), MetricFamily(.gauge, "d", "None.", []),
            MetricFamily(.gauge, "e", "A half.", -0.5),
        ]
        #expect(
            MetricText.text(families) == """
                # HELP a_total One \\\\ two\\nthree.
                # TYPE a_total counter
                a_total 3
                # HELP b_bytes Octets.
                # TYPE b_bytes gauge
                b_bytes{word="x\\"y\\\\\\n"} 9007199254740992
                # HELP c_seconds Times.
                # TYPE c_seconds histogram
                c_seconds_bucket{le="0.5"} 2
                c_seconds_bucket{le="1"} 3
                c_seconds_bucket{le="+Inf"} 4
                c_seconds_sum 5.5
                c_seconds_count 4
                # HELP d None.
                # TYPE d gauge
                # HELP e A half.
                # TYPE e gauge
                e -0.5

                """)
    }

    // MARK: - what happens

    private static let card = MACAddress(0x5254_0000_0001)
    private static let address = IPAddress(IPv4Address(192, 0, 2, 7))

    private func samples(_ feed: MetricsFeed) -> Set<String> {
        Set(MetricText.text(feed.families).split(separator: "\n").map(String.init))
    }

    private func feed(_ events: [BootEvent], _ addresses: AddressBook = AddressBook()) -> MetricsFeed {
        let feed = MetricsFeed(addresses: addresses)
        for (index, event) in events.enumerated() { feed.hear(RecordedEvent(time: Int64(index) * 1000, event: event)) }
        return feed
    }

    private func transfer(_ bytes: Int64, _ outcome: TransferEnding.Outcome) -> BootEvent {
        .transferEnded(
            TransferFacts(
                client: IPEndpoint(address: Self.address, port: 1), name: "secret-name", size: bytes, blockSize: 1000,
                windowSize: 1),
            TransferEnding(outcome: outcome, bytes: bytes, duration: .milliseconds(250), retransmitted: 0))
    }

    @Test("what happened is counted by its kinds, and what may be counted begins with 0")
    func kinds() {
        let endpoint = IPEndpoint(address: Self.address, port: 1)
        let said = samples(
            feed([
                transfer(2500, .completed), transfer(1000, .timedOut), transfer(0, .refusedByClient(code: 8)),
                .transferRefused(client: endpoint, name: "secret-name", reason: .notFound),
                .downloadEnded(
                    DownloadFacts(
                        client: endpoint, path: "/secret-name", status: 200, bytes: 7, duration: .seconds(1),
                        isComplete: true)),
                .downloadEnded(
                    DownloadFacts(
                        client: endpoint, path: "/secret-name", status: 206, bytes: 7, duration: .seconds(1),
                        isComplete: false)),
                .install(
                    InstallEvent(
                        host: "secret-name", rollout: 1, target: "t", from: "installing", to: "failed", attempt: 1,
                        reason: "")),
                .mirrored(MirrorEvent(mirror: "m", url: "u", outcome: .failed("x"))),
                .untold(answered: 5, refused: 6, others: 7), .untoldTransfers(refused: 8, abandoned: 9),
                .notice(Notice(.warning, "secret-name")),
            ]))
        for line in [
            "pilotfish_tftp_transfer_outcomes_total{outcome=\"completed\"} 1",
            "pilotfish_tftp_transfer_outcomes_total{outcome=\"timed-out\"} 1",
            "pilotfish_tftp_transfer_outcomes_total{outcome=\"refused-by-client\"} 1",
            "pilotfish_tftp_transfer_outcomes_total{outcome=\"untold\"} 9", "pilotfish_tftp_blocks_total 5",
            "pilotfish_tftp_transfer_size_bytes_sum 2500", "pilotfish_tftp_transfer_duration_seconds_sum 0.25",
            "pilotfish_tftp_refusals_total{code=\"PF-T001\"} 1", "pilotfish_tftp_refusals_total{code=\"PF-T002\"} 0",
            "pilotfish_tftp_refusals_total{code=\"untold\"} 8", "pilotfish_http_responses_total{status=\"200\"} 1",
            "pilotfish_http_responses_total{status=\"aborted\"} 1", "pilotfish_http_response_size_bytes_count 1",
            "pilotfish_install_changes_total{state=\"failed\"} 1",
            "pilotfish_install_changes_total{state=\"expired\"} 0",
            "pilotfish_mirror_outcomes_total{outcome=\"failed\"} 1",
            "pilotfish_dhcp_answers_total{shape=\"untold\",architecture=\"untold\"} 5",
            "pilotfish_dhcp_refusals_total{code=\"untold\"} 6", "pilotfish_dhcp_refusals_total{code=\"PF-D011\"} 0",
            "pilotfish_notices_total{level=\"warning\"} 1",
        ] { #expect(said.contains(line), "\(line)") }
        // No label per machine, file or address.
        #expect(!said.contains { $0.contains("secret-name") || $0.contains("192.0.2.7") })
    }

    /// A firmware of an architecture, and its answer.
    private func answered(_ architecture: UInt16, card: UInt8 = 1) throws -> BootEvent {
        var bytes = [UInt8](repeating: 0, count: 236)
        bytes.replaceSubrange(0..<3, with: [1, 1, 6])
        bytes.replaceSubrange(28..<34, with: [0x52, 0x54, 0, 0, 0, card])
        bytes += [99, 130, 83, 99, 53, 1, 1, 60, 9] + Array("PXEClient".utf8)
        bytes += [93, 2, UInt8(architecture >> 8), UInt8(architecture & 0xFF), 255]
        let client = BootClient(try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get(), interfaceName: "eth0")
        let message = DHCPReply(
            kind: .offer, transaction: 1, hardware: client.hardware, serverIdentifier: IPv4Address(10, 0, 0, 2))
        return .answered(
            client, port: .dhcp, interface: 2, reply: BootReply(message: message, route: .broadcast, shape: .binl))
    }

    @Test("architectures that nobody knows share one label, however many are invented")
    func architectures() throws {
        let said = samples(feed(try [7, 7, 0, 900, 901, 0xFFFE].map { try answered($0) }))
        for (name, count) in [("x64-uefi", 2), ("x86-bios", 1), ("other", 3)] {
            let line = "pilotfish_dhcp_answers_total{shape=\"binl\",architecture=\"\(name)\"} \(count)"
            #expect(said.contains(line), "\(line)")
        }
    }

    @Test("the way from the first offer to the first file is measured once a boot")
    func firstFile() throws {
        let addresses = AddressBook()
        addresses.note(IPv4Address(192, 0, 2, 7), ClientHardware(Self.card))
        let started = BootEvent.transferStarted(
            TransferFacts(
                client: IPEndpoint(address: Self.address, port: 1), name: "n", size: 1, blockSize: 512, windowSize: 1))
        let events = try [answered(7), answered(7), answered(7, card: 9), started, started]
        let said = samples(feed(events, addresses))
        #expect(said.contains("pilotfish_first_file_seconds_sum 3"))
        #expect(said.contains("pilotfish_first_file_seconds_count 1"))
    }

    @Test("other boot servers are counted, DHCP servers are not")
    func rivals() {
        func offer(_ address: IPv4Address, isBootServer: Bool) -> BootEvent {
            .foreignOffer(
                ForeignOffer(
                    hardware: ClientHardware(Self.card), type: .offer, server: IPv4Address(192, 0, 2, 1),
                    address: address, isBootServer: isBootServer), interface: 1)
        }
        let lease = IPv4Address(192, 0, 2, 7)
        let said = samples(
            feed([
                offer(lease, isBootServer: false), offer(lease, isBootServer: true), offer(.any, isBootServer: false),
            ])
        )
        #expect(said.contains("pilotfish_dhcp_rival_offers_total 2"))
    }

    // MARK: - how the service is

    @Test("one of the modes is in force, and the other numbers are what they were made of")
    func figures() {
        var times = Histogram(bounds: [1])
        for time in [0.5, 0.5, 0.5, 1, 5] { times.add(time) }
        var inventory = InventoryFigures()
        inventory.leases = [.done: 3]
        inventory.machines = 12
        let figures = ServiceFigures(
            version: "1.2.3", started: 1_700_000_000.5, mode: .observe, generation: 4,
            process: ProcessFigures(residentOctets: 4096, openDescriptors: 9, mostDescriptors: 1024),
            processorSeconds: 1.25, underWay: (2, 3), hosts: 5, inventory: inventory, lostLines: 6,
            sessions: SessionFigures(
                machines: [("stuck", 2)],
                stages: [("loader", times)]))
        let said = Set(MetricText.text(figures.families).split(separator: "\n").map(String.init))
        for line in [
            "pilotfish_build_info{version=\"1.2.3\"} 1", "pilotfish_mode{mode=\"observe\"} 1",
            "pilotfish_mode{mode=\"armed\"} 0", "pilotfish_transfers{protocol=\"tftp\"} 2",
            "pilotfish_transfers{protocol=\"http\"} 3", "pilotfish_install_leases{state=\"done\"} 3",
            "pilotfish_install_leases{state=\"armed\"} 0", "pilotfish_inventory_machines 12",
            "pilotfish_machines{state=\"stuck\"} 2",
            "pilotfish_boot_stage_duration_seconds_bucket{stage=\"loader\",le=\"1\"} 4",
            "pilotfish_boot_stage_duration_seconds_bucket{stage=\"loader\",le=\"+Inf\"} 5",
            "process_start_time_seconds 1700000000.5", "process_resident_memory_bytes 4096", "process_open_fds 9",
            "pilotfish_log_lines_lost_total 6",
        ] { #expect(said.contains(line), "\(line)") }
    }

    @Test("no family comes twice, and each has a sentence")
    func names() throws {
        let house = try QuietHouse()
        let text = try #require(try house.monitor.answer(["metrics"]))
        let names = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
        #expect(names.count > 60 && Set(names).count == names.count)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("# HELP") } == names.count)
        // Answers end with their line, which the desk makes.
        #expect(!text.hasSuffix("\n"))
        #expect(
            text.contains("\nprocess_open_fds ")
                && text.contains("\npilotfish_filesystem_free_bytes{directory=\"tmp\"} "))
    }
}

/// A monitor without a service.
struct QuietHouse {
    let inventory: Inventory
    let context: EngineContext
    let log: EventLog
    let monitor: Monitor

    init(_ settings: Settings.Log = Settings().log) throws {
        inventory = try Inventory()
        var catalog = Catalog()
        catalog.machines = MachineBook([NamedMachine(name: "web1", hardware: [MACAddress(0x5254_0000_0001)])])
        context = EngineContext(
            catalog: PublishedCatalog(catalog), events: EventRing(clock: { 0 }, wake: {}),
            memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal())
        log = EventLog(settings, context: context, write: { _ in }, interfaceName: { "if\($0)" })
        monitor = Monitor(
            Monitor.Subject(version: "1", directories: [("tmp", "/tmp"), ("none", "/nowhere/at/all")]), log: log,
            inventory: inventory, context: context)
    }
}
