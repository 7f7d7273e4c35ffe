import Assets
import BootPolicy
import Exchange
import LinuxIO
import Settings
import Support
import Testing
import Wire

@testable import ControlPlane

/// What the flight recorder has kept becomes a capture, and a capture is played again.
@Suite("flights")
struct FlightTests {
    private static let server = IPv4Address(10, 77, 0, 2)
    private static let card = ClientHardware(MACAddress(0x5254_00C1_1E01))

    private static func catalog(_ loader: String = "/usr/lib/ipxe/undionly.kpxe") -> Catalog {
        var catalog = Catalog()
        catalog.mode = .armed
        catalog.loaders = LoaderTable([
            .bios: [Loader(path: loader)], .uefiX64: [Loader(path: "/usr/lib/ipxe/snponly.efi")],
        ])
        return catalog
    }

    /// A client's DISCOVER and our answer to it, as the DHCP engine keeps them.
    private static func conversation(_ builder: PacketBuilder, in catalog: Catalog) throws -> FlightRecorder {
        let recorder = FlightRecorder(octets: 1 << 20)
        recorder.settings = "0123456789abcdef"
        let everybody = Endpoint(address: .broadcast, port: 67)
        let asker = Endpoint(address: .any, port: 68)
        var packet = ByteWriter()
        UDPPacket.write(from: asker, to: everybody, payload: builder.bytes, identification: 7, into: &packet)
        var facts = FlightFacts(.packet, time: Instant(nanoseconds: 1_000_000), isOutgoing: false)
        facts.interface = 3
        facts.hardware = MACAddress(0x5254_00C1_1E01)
        recorder.keep(packet.bytes.span.bytes, facts, of: .card(card))
        let octets = builder.bytes
        let asked = try DHCPMessage(octets.span.bytes)
        let client = try ClientFacts.read(asked).get()
        var arrival = Arrival(
            port: .dhcp, interface: 3, interfaceName: "eth0", serverAddress: server, source: asker,
            destination: .broadcast)
        var memory = ClientMemory()
        arrival.history = memory.hear(client, on: .dhcp, now: facts.time).history
        guard case .reply(let reply) = ProxyDHCP.answer(client, arrival: arrival, in: catalog) else { return recorder }
        var message = ByteWriter()
        #expect(DHCPReplyWriter.write(reply.message, into: &message))
        var sent = FlightFacts(.datagram, time: Instant(nanoseconds: 2_000_000), isOutgoing: true)
        sent.interface = 3
        sent.source = IPEndpoint(Endpoint(address: server, port: 67))
        sent.destination = IPEndpoint(Endpoint(address: .broadcast, port: 68))
        recorder.keep(message.bytes.span.bytes, sent, of: .card(card))
        return recorder
    }

    /// A TFTP request, and what was said to it.
    private static func addTransfer(_ name: String, answer: [UInt8], to recorder: FlightRecorder, at time: Int64) {
        let client = IPEndpoint(Endpoint(address: IPv4Address(10, 77, 0, 9), port: 2070))
        let local = IPEndpoint(Endpoint(address: server, port: 69))
        let request = [0, 1] + Array(name.utf8) + [0] + Array("octet".utf8) + [0] + Array("tsize".utf8) + [0, 48, 0]
        var facts = FlightFacts(.datagram, time: Instant(nanoseconds: time), isOutgoing: false)
        (facts.source, facts.destination) = (client, local)
        recorder.keep(request.span.bytes, facts, of: .card(card))
        var sent = FlightFacts(.datagram, time: Instant(nanoseconds: time + 1), isOutgoing: true)
        (sent.source, sent.destination) = (local, client)
        recorder.keep(answer.span.bytes, sent, of: .card(card))
    }

    private static func file(_ recorder: FlightRecorder, showsSecrets: Bool = false) throws -> CaptureFile {
        let capture = FlightCapture(
            recorder.records(), showsSecrets: showsSecrets, interfaceName: { "eth\($0)" },
            interfaceAddress: { _ in server })
        let origin = FlightOrigin(mode: .armed, settings: recorder.settings)
        return try CaptureFile(capture.file(comment: origin.text, offset: 1_700_000_000_000_000_000))
    }

    @Test("a capture has the packets with their interface and direction, and reads like any other")
    func capture() throws {
        let recorder = try Self.conversation(.discover, in: Self.catalog())
        recorder.keep(event: "dhcp.offer client=x", at: Instant(nanoseconds: 3_000_000), of: .card(Self.card))
        let file = try Self.file(recorder)
        #expect(file.damage == nil)
        #expect(file.packets.map(\.isOutgoing) == [false, true])
        #expect(file.interfaces == [CaptureInterface(name: "eth3", address: Self.server)])
        #expect(file.packets[0].time == Instant(nanoseconds: 1_700_000_000_001_000_000))
        let words = CaptureTranscript(file, ours: [Self.server]).text
        #expect(words.contains("DISCOVER of"))
        #expect(words.contains("2 DHCP messages, 0 other packets"))
        #expect(!words.contains("checksum"))
    }

    @Test("events stand as comments beside the packet before them, or the first one")
    func comments() throws {
        let recorder = try Self.conversation(.discover, in: Self.catalog())
        recorder.keep(event: "early.event", at: Instant(nanoseconds: 1), of: .card(Self.card))
        recorder.keep(event: "late.event", at: Instant(nanoseconds: 9_000_000), of: .card(Self.card))
        let capture = FlightCapture(
            recorder.records(), showsSecrets: false, interfaceName: { _ in "e" }, interfaceAddress: { _ in nil })
        let octets = capture.file(comment: "", offset: 0)
        let text = String(decoding: octets, as: UTF8.self)
        #expect(text.contains("early.event"))
        #expect(text.contains("late.event"))
        #expect(try CaptureFile(octets).packets.count == 2)
    }

    @Test("the same settings give the same answers", arguments: [PacketBuilder.discover, .discoverUEFI])
    func same(builder: PacketBuilder) throws {
        let file = try Self.file(Self.conversation(builder, in: Self.catalog()))
        let replay = try FlightReplay(
            file, ours: [], catalog: Self.catalog(), mark: "0123456789abcdef", assets: nil)
        #expect(replay.questions.map(\.outcome) == [.same])
        #expect(replay.isSame)
        #expect(replay.hasSameSettings == true)
    }

    @Test("other settings give other answers, told field by field")
    func different() throws {
        let file = try Self.file(Self.conversation(.discover, in: Self.catalog()))
        let replay = try FlightReplay(
            file, ours: [], catalog: Self.catalog("/srv/other.kpxe"), mark: "another", assets: nil)
        #expect(!replay.isSame)
        #expect(replay.hasSameSettings == false)
        #expect(
            replay.questions.map(\.outcome) == [
                .different([ReplayDifference(field: "file", then: #""undionly.kpxe""#, now: #""other.kpxe""#)])
            ])
        #expect(replay.text.contains(#"then  "undionly.kpxe""#))
        #expect(replay.text.hasSuffix("1 questions: 0 answers are the same, 1 differ, 0 not played\n"))
        #expect(replay.json.contains(#""field":"file","then":"\"undionly.kpxe\"","now":"\"other.kpxe\"""#))
    }

    @Test("who is answered no more, or only now, is told with the reason")
    func silence() throws {
        let answered = try Self.file(Self.conversation(.discover, in: Self.catalog()))
        let silent = try Self.file(Self.conversation(.discover, in: Catalog()))
        var none = Self.catalog()
        none.loaders = LoaderTable([:])
        let gone = try FlightReplay(answered, ours: [], catalog: none, mark: "", assets: nil)
        #expect(gone.text.contains("now   none: "))
        let new = try FlightReplay(silent, ours: [], catalog: Self.catalog(), mark: "", assets: nil)
        #expect(new.text.contains("then  none"))
    }

    @Test("a capture that does not say who we are is not played without our address")
    func nobody() throws {
        let file = try CaptureFile(PcapFile.octets(ofFixture: "uefi-x64-uki-kea.pcap"))
        #expect(throws: FlightReplay.Failure.self) {
            _ = try FlightReplay(file, ours: [], catalog: Self.catalog(), mark: "", assets: nil)
        }
        let replay = try FlightReplay(file, ours: [Self.server], catalog: Self.catalog(), mark: "", assets: nil)
        #expect(replay.hasSameSettings == nil)
        #expect(!replay.questions.isEmpty)
    }

    @Test("TFTP requests are looked for again: what was sent, what was not found")
    func transfers() throws {
        let directory = try ServedRoot.forLooking("/nonexistent/of/this/test")
        let recorder = FlightRecorder(octets: 1 << 20)
        let missing: [UInt8] = [0, 5, 0, 1] + Array("File not found".utf8) + [0]
        let granted: [UInt8] = [0, 6] + Array("tsize".utf8) + [0] + Array("77".utf8) + [0]
        Self.addTransfer("nowhere", answer: missing, to: recorder, at: 10)
        Self.addTransfer("elsewhere", answer: granted, to: recorder, at: 20)
        let replay = try FlightReplay(
            Self.file(recorder), ours: [], catalog: Self.catalog(), mark: "", assets: AssetStore(root: directory))
        let difference = ReplayDifference(
            field: "answer", then: "the file, 77 octets", now: "error: File not found")
        #expect(replay.questions.map(\.outcome) == [.same, .different([difference])])
    }

    @Test("tokens of installs are masked, in the same length, unless they are asked for")
    func secrets() throws {
        let token = "abcdefghijklmnopqrstuvwxyz"
        let recorder = FlightRecorder(octets: 1 << 20)
        Self.addTransfer("/install/\(token)/vmlinuz", answer: [0, 5, 0, 1, 0], to: recorder, at: 10)
        Self.addTransfer("install//\(token)", answer: [0, 5, 0, 1, 0], to: recorder, at: 20)
        Self.addTransfer("kept/\(token)", answer: [0, 5, 0, 1, 0], to: recorder, at: 30)
        func texts(_ showsSecrets: Bool) throws -> [String] {
            try Self.file(recorder, showsSecrets: showsSecrets).packets.map {
                String(decoding: $0.octets, as: UTF8.self)
            }
        }
        let (open, masked) = (try texts(true), try texts(false))
        #expect(open[0].contains("/install/\(token)/vmlinuz"))
        #expect(masked[0].contains("/install/abcd----------------------/vmlinuz"))
        #expect(!masked[2].contains(token))
        #expect(masked[4].contains(token))
        let file = try Self.file(recorder)
        let replay = try FlightReplay(
            file, ours: [], catalog: Self.catalog(), mark: "",
            assets: AssetStore(root: ServedRoot.forLooking("/nonexistent/of/this/test")))
        #expect(replay.questions[0].outcome == .notPlayed("an install hands it out"))
    }

    @Test("the mark of settings says what machines get, and not where this host has it")
    func mark() throws {
        var settings = Settings()
        let plain = settings.mark
        #expect(plain.count == 16)
        settings.root = "/elsewhere"
        settings.mode = .armed
        #expect(settings.mark == plain)
        settings.loaders[.bios] = ["/srv/other.kpxe"]
        #expect(settings.mark != plain)
    }

    @Test("of a packet that was cut, DHCP reads zeros up to a bound, and all else ends where it was cut")
    func cut() throws {
        func datagram(_ port: UInt16, claims length: Int, has count: Int) -> CapturedDatagram? {
            var writer = ByteWriter()
            DatagramFrame.write(
                from: IPEndpoint(Endpoint(address: Self.server, port: 5000)),
                to: IPEndpoint(Endpoint(address: IPv4Address(10, 77, 0, 9), port: port)),
                payload: [UInt8](repeating: 1, count: count), carried: length, into: &writer)
            return CapturedDatagram(
                CapturedPacket(
                    number: 0, time: Instant(nanoseconds: 0), link: .rawIP, octets: writer.bytes, isCut: true))
        }
        #expect(datagram(67, claims: 300, has: 100)?.payload.count == 300)
        #expect(datagram(67, claims: 60_000, has: 100)?.payload.count == 2048 - 28)
        #expect(datagram(69, claims: 60_000, has: 100)?.payload.count == 2048 - 28)
        #expect(datagram(2070, claims: 60_000, has: 100)?.payload.count == 100)
    }

    @Test("long captures of one conversation are played in one pass")
    func long() throws {
        let recorder = try Self.conversation(.discover, in: Self.catalog())
        let capture = FlightCapture(
            recorder.records(), showsSecrets: false, interfaceName: { "eth\($0)" },
            interfaceAddress: { _ in Self.server })
        let packets = try CaptureFile(capture.file(comment: "", offset: 0)).packets
        var writer = PcapngWriter(application: "t", comment: "")
        let number = writer.add(CaptureInterface(name: "e", address: Self.server), link: .cooked)
        for time in 0..<4000 {
            // The question, four thousand times, and at the end its answer, which is the last one's.
            let packet = packets[time == 3999 ? 1 : 0]
            writer.add(
                packet.octets, carried: packet.octets.count, time: Instant(nanoseconds: Int64(time) * 1_000_000),
                interface: number, isOutgoing: packet.isOutgoing, comments: [])
        }
        let datagrams = try CaptureFile(writer.bytes).packets.compactMap(CapturedDatagram.init)
        let answers = RecordedAnswers(datagrams) { $0.source.address == Self.server }
        #expect(datagrams.count == 4000)
        #expect((0..<4000).filter { answers[$0] != nil } == [3998])
        #expect(answers[3998] == 3999)
    }

    @Test("what a file says of its origin comes back", arguments: ServiceMode.allCases)
    func origin(mode: ServiceMode) {
        let origin = FlightOrigin(mode: mode, settings: "12ab")
        #expect(FlightOrigin(origin.text) == origin)
        #expect(FlightOrigin("made by another program mode=armed") == nil)
        #expect(FlightOrigin("kept by pilotfish; settings=1") == nil)
    }
}
