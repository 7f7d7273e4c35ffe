import BootPolicy
import Support
import Wire

/// A conversation: the octets say who speaks, what, and how much later; the memory is small, so that it forgets.
enum MemoryFuzz {
    private static let capacity = 3

    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        var choices = Choices(octets)
        var memory = ClientMemory(capacity: capacity)
        var now = Instant(nanoseconds: 0)
        var heard: [ClientHardware] = []
        var steps = 0
        // A longer talk shows nothing that a short one does not, and takes its time.
        while !choices.isEmpty, steps < 200 {
            steps += 1
            let step = choices.next()
            now = now + .milliseconds(Int64(choices.next()) << 9)
            let client = clients[Int(step >> 5)]
            switch step & 7 {
            case 0...3:
                guard let facts = said[Int(step >> 3)] else { continue }
                speak(facts, &memory, now, &complaints)
                heard.removeAll { $0 == facts.hardware }
                heard.append(facts.hardware)
            case 4: memory.noteLease(client.address.hardware, address: client.address.value)
            case 5: memory.noteRival(now: now)
            default:
                let progress = FileProgress(
                    address: client.address.value, file: step & 8 == 0 ? "loader" : "other",
                    isComplete: step & 16 != 0)
                check(memory.noteFile(progress, now: now), heard, &complaints)
            }
            complaints.demand(clients.count { memory.knows($0.address.hardware) } <= capacity, "too many remembered")
            complaints.demand(memory.lessons.count <= clients.count * 4, "lessons out of nowhere")
        }
        memory.forgetLessons(about: nil)
        complaints.demand(memory.lessons.isEmpty, "lessons were not forgotten")
    }

    private static func speak(
        _ facts: ClientFacts, _ memory: inout ClientMemory, _ now: Instant, _ complaints: inout Complaints
    ) {
        let port: Arrival.Port = facts.type == .discover ? .dhcp : .bootService
        let (history, learned) = memory.hear(facts, on: port, now: now)
        check(learned, [facts.hardware], &complaints)
        complaints.demand(memory.knows(facts.hardware), "a client that was heard is not known")
        complaints.demand(history.loader >= 0, "loader \(history.loader)")
        let ladder = OfferStyle.ladder(for: facts.architecture)
        complaints.demand(history.style.map(ladder.contains) ?? true, "a style that is not of this client's ladder")
        let arrival = Arrival(
            port: port, interface: 2, serverAddress: Situation.server,
            source: Endpoint(address: facts.clientAddress, port: 68), destination: .broadcast, history: history)
        guard case .reply(let reply) = ProxyDHCP.answer(facts, arrival: arrival, in: catalog) else { return }
        memory.noteOffer(reply, to: facts, now: now)
    }

    private static func check(_ lesson: Lesson?, _ heard: [ClientHardware], _ complaints: inout Complaints) {
        guard let lesson else { return }
        complaints.demand(heard.contains(lesson.teacher), "a lesson of somebody who never spoke")
        complaints.demand(OfferStyle("\(lesson.style)") == lesson.style, "a style that its text does not give back")
        complaints.demand(Fingerprint("\(lesson.fingerprint)") == lesson.fingerprint, "a fingerprint's text")
    }

    private static let catalog: Catalog = {
        var catalog = Catalog()
        for role in LoaderTable.Role.allCases {
            catalog.loaders[role] = [Loader(path: "loader"), Loader(path: "other")]
        }
        return catalog
    }()

    private typealias Client = (builder: PacketBuilder, address: (hardware: ClientHardware, value: IPv4Address))

    /// Eight machines of four kinds, two of each.
    private static let clients: [Client] = (0..<8).map { number in
        let kinds: [PacketBuilder] = [.discover, .discoverUEFI, .discoverIPXE, .discoverUEFI.with(93, [0, 11])]
        let mac = MACAddress(0x5254_0000_0000 | UInt64(number & 3) << 24 | UInt64(number))
        let builder = kinds[number & 3].changing { $0.hardware = mac.octets }
        return (builder, (ClientHardware(mac), IPv4Address(192, 0, 2, UInt8(100 + number))))
    }

    /// What they say, read once, for it is not what is tested here: by client, then firmware's DISCOVER, its loader's,
    /// and both of them to port 4011.
    private static let said: [ClientFacts?] = (0..<32).map { number in
        let client = clients[number >> 2]
        var builder = client.builder
        if number & 1 != 0 { builder = builder.with(77, "iPXE").with(175, PacketBuilder.capableEFI) }
        if number & 2 != 0 {
            builder = builder.with(53, [3]).changing { $0.clientAddress = client.address.value.value }
        }
        let octets = builder.bytes
        guard let message = try? DHCPMessage(octets.span.bytes) else { return nil }
        return try? ClientFacts.read(message).get()
    }
}
