import BootPolicy
import Support
import Testing
import Wire

/// What a made-up firmware does when it is told of a loader.
struct LadderModel: Sendable, CustomTestStringConvertible {
    var name: String
    var packet: PacketBuilder
    /// Seconds from its first DISCOVER to each.
    var schedule: [Int64]
    /// Whether it takes an offer of this shape, delayed or not.
    var takes: @Sendable (OfferStyle) -> Bool
    /// Loaders that come to life on it.
    var loaders: Set<String> = ["a.efi"]
    /// The shape that needs a visit to port 4011.
    var visits: Set<ReplyShape> = [.binl]
    /// Whether the DHCP server's OFFER to it can be heard, and comes.
    var hasLease = true

    var testDescription: String { name }
}

/// Policy and memory together, as the engine holds them, with a clock of the test's.
struct ModelHouse {
    var memory: ClientMemory
    var catalog: Catalog
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    private(set) var learned: [Lesson] = []
    /// The styles offered, in order.
    private(set) var offered: [OfferStyle] = []

    init(lessons: [Lesson] = [], catalog: Catalog = .modelled) {
        memory = ClientMemory(lessons: lessons)
        self.catalog = catalog
    }

    mutating func wait(_ span: TimeSpan) { now = now + span }

    /// Hears a message as the engine does, and notes the offer that goes out.
    mutating func hear(
        _ packet: PacketBuilder, port: Arrival.Port = .dhcp, from source: Endpoint = Net.nobody
    ) throws
        -> (reply: BootReply?, history: ClientHistory)
    {
        let bytes = packet.bytes
        let message = try DHCPMessage(bytes.span.bytes)
        let facts = try ClientFacts.read(message).get()
        let heard = memory.hear(facts, on: port, now: now)
        if let lesson = heard.learned { learned.append(lesson) }
        let arrival = Arrival(
            port: port, interface: 2, interfaceName: "eth0", serverAddress: Net.server, source: source,
            destination: .broadcast, history: heard.history)
        guard case .reply(let reply) = ProxyDHCP.answer(facts, arrival: arrival, in: catalog) else {
            return (nil, heard.history)
        }
        wait(reply.delay)
        memory.noteOffer(reply, to: facts, now: now)
        if facts.type == .discover, facts.stage == .firmware {
            offered.append(OfferStyle(reply.shape, isDelayed: reply.delay > .zero))
        }
        return (reply, heard.history)
    }

    mutating func lease(_ packet: PacketBuilder, _ address: IPv4Address = Net.client) {
        memory.noteLease(packet.client, address: address)
    }

    mutating func file(_ name: String, isComplete: Bool, of address: IPv4Address = Net.client) {
        let progress = FileProgress(address: address, file: name, isComplete: isComplete)
        if let lesson = memory.noteFile(progress, now: now) { learned.append(lesson) }
    }

    /// Plays one power-on of a firmware.
    ///
    /// - Returns: the DISCOVER, from 1, with which it booted; nil when it never did.
    mutating func boot(_ model: LadderModel) throws -> Int? {
        let start = now
        for (index, second) in model.schedule.enumerated() {
            if now < start + .seconds(second) { wait(start + .seconds(second) - now) }
            guard let reply = try hear(model.packet).reply else { return nil }
            if model.hasLease { lease(model.packet) }
            guard model.takes(OfferStyle(reply.shape, isDelayed: reply.delay > .zero)) else { continue }
            wait(.milliseconds(300))
            let loader = try fetch(model, reply)
            guard model.loaders.contains(loader) else { continue }
            _ = try hear(model.packet.with(77, "iPXE").with(175, PacketBuilder.capableEFI))
            return index + 1
        }
        return nil
    }

    /// Goes where the offer sends it and loads the file by TFTP.
    private mutating func fetch(_ model: LadderModel, _ reply: BootReply) throws -> String {
        var file = reply.message.bootFile
        if model.visits.contains(reply.shape) || reply.shape == .menu {
            var request = model.packet.with(53, [3]).changing { $0.clientAddress = Net.client.value }
            if reply.shape == .menu { request = request.with(43, [71, 4, 0x80, 0, 0, 0, 255]) }
            let source = Endpoint(address: Net.client, port: 4011)
            let answer = try #require(try hear(request, port: .bootService, from: source).reply)
            file = answer.message.bootFile
        }
        self.file(file, isComplete: false)
        wait(.milliseconds(200))
        self.file(file, isComplete: true)
        wait(.milliseconds(900))
        return file
    }
}

extension PacketBuilder {
    /// The hardware address as policy keeps it.
    var client: ClientHardware {
        ClientHardware(MACAddress(hardware.prefix(6).reduce(0) { $0 << 8 | UInt64($1) }))
    }

    /// The same firmware on another machine of the same maker.
    func machine(_ number: Int) -> PacketBuilder {
        changing { packet in
            packet.hardware = [0x52, 0x54, 0] + [16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        }
    }
}

extension Catalog {
    /// Two loaders for each kind of firmware.
    static let modelled = Catalog().changing { catalog in
        for role in LoaderTable.Role.allCases {
            catalog.loaders[role] = [Loader(path: "a.efi"), Loader(path: "b.efi")]
        }
    }
}

extension [Int64] {
    /// EDK2's DISCOVERs, and those of a ROM after PXE 2.1 §2.2.3.
    static let edk2: [Int64] = [0, 4, 12, 28]
}
