import BootPolicy
import Support
import Testing
import Wire

/// A small generator with a seed, so that a failure can be seen again.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// C118: whatever comes from the wire, nobody crashes, and what is sent obeys the rules.
@Suite("fuzz")
struct FuzzTests {
    private static let packetsEach = 25_000

    /// The packets of every capture, and some of ours that hold what the captures do not.
    private static func corpus() throws -> [[UInt8]] {
        var corpus: [[UInt8]] = []
        for name in PcapFile.fixtures {
            let packets = try PcapFile(fixture: name).frames.map(\.packet)
            // What clients ask counts three times: only that is answered.
            corpus += packets + packets.filter { $0[28] == 1 } + packets.filter { $0[28] == 1 }
        }
        let overloaded = PacketBuilder.discoverIPXE.without(60).with(52, [3]).changing { packet in
            packet.file = [60, 9] + Array("PXEClient".utf8) + [255]
            packet.serverName = [82, 4, 1, 2, 3, 4, 255]
            packet.relayAddress = Net.relay.value
        }
        for builder in [
            overloaded, .bootRequest.with(43, [0x47, 4, 0, 0, 0, 0, 255]), .discoverUEFI.with(57, [5, 220]),
        ] {
            var writer = ByteWriter()
            UDPPacket.write(
                from: Net.nobody, to: Endpoint(address: .broadcast, port: 67), payload: builder.bytes,
                identification: 7, into: &writer)
            corpus.append(writer.bytes)
        }
        return corpus
    }

    @Test(
        "C118 100,000 damaged and random packets",
        arguments: [0x5EED_0001, 0x5EED_0002, 0x5EED_0003, 0x5EED_0004] as [UInt64])
    func damaged(seed: UInt64) throws {
        let corpus = try Self.corpus()
        var random = SeededGenerator(state: seed)
        var writer = ByteWriter()
        var answered = 0
        for round in 0..<Self.packetsEach {
            let original = corpus[Int.random(in: 0..<corpus.count, using: &random)]
            let packet = Self.damage(original, using: &random)
            // The checks of frames see one packet in eight; the rest goes straight to what lies behind them.
            let payload: [UInt8]
            if round % 8 == 0 {
                guard let read = try? UDPPacket(ipv4: packet.span.bytes, checksumReady: false).payload.array else {
                    continue
                }
                payload = read
            } else {
                payload = Array(packet.dropFirst(28))
            }
            guard let reply = Self.reply(to: payload, round) else { continue }
            guard DHCPReplyWriter.write(reply.message, into: &writer) else { continue }
            answered += 1
            let violations = PacketRules.violations(of: writer.bytes)
            #expect(violations == [], "seed \(seed), round \(round): \(payload)")
            guard violations.isEmpty else { return }
        }
        #expect(answered > Self.packetsEach / 20, "the fuzz has to reach the writer to be worth anything")
    }

    private static func reply(to payload: [UInt8], _ round: Int) -> BootReply? {
        guard let message = try? DHCPMessage(payload.span.bytes) else { return nil }
        _ = ObservedOffer(message, datagram: payload.span.bytes, source: Net.nobody, at: Instant(nanoseconds: 0))
        guard case .success(let facts) = ClientFacts.read(message) else { return nil }
        let port: Arrival.Port = round % 3 == 0 ? .bootService : .dhcp
        let arrival = Arrival(
            port: port, interface: 2, serverAddress: IPv4Address(10, 77, 0, 2), source: Net.nobody,
            destination: .broadcast)
        guard case .reply(let reply) = ProxyDHCP.answer(facts, arrival: arrival, in: .debian) else { return nil }
        return reply
    }

    private static func damage(_ original: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        var packet = original
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            guard packet.count > 29 else { break }
            // Two changes in three hit the options.
            let first = Bool.random(using: &random) || packet.count < 270 ? 28 : 267
            let place = Int.random(in: first..<packet.count, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: packet[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: packet[place] = UInt8.random(in: 0...255, using: &random)
            case 2:
                packet[place] =
                    [0, 1, 2, 4, 17, 52, 53, 60, 82, 93, 97, 127, 254, 255].randomElement(using: &random) ?? 0
            case 3: packet.removeLast(packet.count - place)
            case 4: packet.remove(at: place)
            case 5: packet.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 6: packet += packet[place...].prefix(64)
            default:
                for index in place..<min(packet.count, place + 20) {
                    packet[index] = UInt8.random(in: 0...255, using: &random)
                }
            }
        }
        return packet
    }

    @Test("octets that mean nothing")
    func noise() {
        var random = SeededGenerator(state: 0x5EED_0005)
        for round in 0..<2_000 {
            let count = Int.random(in: 0...700, using: &random)
            var payload = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            if round % 2 == 0, count >= 240 {
                payload.replaceSubrange(236..<240, with: [0x63, 0x82, 0x53, 0x63])
                payload[0] = 1
                payload[2] = 6
            }
            _ = ask(payload)
            _ = ask(payload, port: .bootService)
        }
    }
}
