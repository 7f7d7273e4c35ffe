import BootPolicy
import Support
import Wire

/// A client's message through the whole of policy: message → facts → answer → octets, which obey the rules.
enum PolicyFuzz {
    /// Octets of the situation in front of the message.
    static let situationLength = 8

    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        var choices = Choices(octets)
        let situation = Situation(&choices)
        let packet = choices.remainder()
        guard let message = try? DHCPMessage(packet.span.bytes),
            case .success(let facts) = ClientFacts.read(message, classes: situation.catalog.vendorClasses)
        else { return }
        let answer = ProxyDHCP.answer(facts, arrival: situation.arrival, in: situation.catalog)
        complaints.demand(
            answer == ProxyDHCP.answer(facts, arrival: situation.arrival, in: situation.catalog),
            "the same question, and another answer")
        guard case .reply(let reply) = answer else { return }
        check(reply, to: packet, situation, &complaints)
    }

    private static func check(
        _ reply: BootReply, to packet: [UInt8], _ situation: Situation, _ complaints: inout Complaints
    ) {
        complaints.demand(situation.catalog.mode != .observe, "an observer answers")
        complaints.demand(reply.delay >= .zero && reply.delay <= .seconds(60), "a delay of \(reply.delay)")
        var writer = ByteWriter()
        guard DHCPReplyWriter.write(reply.message, into: &writer) else { return }
        let sent = writer.bytes
        // An empty file is right for a Raspberry Pi, and for a name that stands in option 67.
        let mayHaveNoFile = reply.shape == .raspberryPi || reply.shape == .raspberryPi3 || holds(67, sent)
        complaints.add(PacketRules.violations(of: sent).filter { !mayHaveNoFile || $0 != "file is empty" })
        complaints.demand(sent.count <= reply.message.sizeLimit, "larger than the client takes")
        complaints.demand(sent[4..<8] == packet[4..<8], "another transaction than the client's")
        complaints.demand(sent[24..<44] == packet[24..<44], "giaddr or chaddr are not the client's")
        complaints.demand(sent[1..<3] == packet[1..<3], "htype or hlen are not the client's")
        let isRelayed = packet[24..<28].contains { $0 != 0 }
        if case .broadcast = reply.route {
            complaints.demand(!isRelayed && sent[10] & 0x80 != 0, "a broadcast to a relay, or one that does not say so")
        }
    }

    private static func holds(_ code: UInt8, _ message: [UInt8]) -> Bool {
        NaiveOptions.walk(Array(message.dropFirst(240))).contains { $0.code == code }
    }
}

/// Where a message came in, what the operator set and what is remembered.
struct Situation {
    let arrival: Arrival
    let catalog: Catalog

    static let server = IPv4Address(192, 0, 2, 5)

    init(_ choices: inout Choices) {
        let bits = choices.next()
        let isBootService = bits & 1 != 0
        var history = ClientHistory()
        let styles = OfferStyle.ladder(for: ClientArchitecture(UInt16(choices.next())))
        let style = choices.next()
        history.style = style == 0 ? nil : styles[Int(style) % styles.count]
        history.isBootUnderWay = bits & 2 != 0
        history.isRivalPresent = bits & 4 != 0
        history.loader = Int(choices.next())
        history.reason = bits & 8 == 0 ? .usual : .retry(Int(style))
        let source = Endpoint(address: IPv4Address(choices.word()), port: bits & 16 == 0 ? 68 : 4011)
        arrival = Arrival(
            port: isBootService ? .bootService : .dhcp, interface: 2, interfaceName: "eth0",
            serverAddress: Self.server, source: source,
            destination: isBootService ? Self.server : .broadcast, isLocal: bits & 32 == 0, history: history)
        catalog = Catalogs.all[Int(bits >> 6)]
    }
}

/// What an operator may have set, from little to much.
private enum Catalogs {
    static let all = [usual, ruled, elsewhere, observing]

    private static let usual: Catalog = {
        var catalog = Catalog()
        for role in LoaderTable.Role.allCases {
            catalog.loaders[role] = [
                Loader(path: "/usr/lib/ipxe/\(role.rawValue)"), Loader(path: "own/\(role.rawValue)"),
            ]
        }
        return catalog
    }()

    private static let observing: Catalog = {
        var catalog = usual
        catalog.mode = .observe
        return catalog
    }()

    /// Files are on another server, clients are left to another proxy for a while.
    private static let elsewhere: Catalog = {
        var catalog = usual
        catalog.mode = .frozen
        catalog.tftpAddress = IPv4Address(198, 51, 100, 9)
        catalog.httpAddress = IPv4Address(198, 51, 100, 8)
        catalog.httpPort = 8080
        catalog.standby = .milliseconds(700)
        catalog.yieldsToRivals = true
        return catalog
    }()

    private static let ruled: Catalog = {
        var catalog = usual
        catalog.vendorClasses = ["U-Boot."]
        catalog.networks = [IPv4Network(address: IPv4Address(10, 0, 0, 0), prefixLength: 8)]
        catalog.menu = FirmwareMenu(
            prompt: "Choose", timeout: nil,
            items: [
                .init("one", .usual), .init("two", .loader(Loader(path: "two.efi"))), .init("disk", .localBoot),
            ], discovery: .multicast)
        catalog.rules = RuleBook([
            rule {
                $0.hardware = ["52:54:00:00:00:01"].compactMap(HardwarePattern.init)
            } then: { _ in
                nil
            },
            rule {
                $0.userClasses = ["menu"]
            } then: { plan in
                plan.shape = .menu
                plan.target = "a b/c"
                return plan
            },
            rule {
                $0.circuits = ["port 7"].compactMap(RelayIdentifier.init)
            } then: { plan in
                plan.nextServer = IPv4Address(10, 1, 2, 3)
                plan.loader = Loader(path: "pxelinux.0")
                plan.configurationFile = "pxelinux.cfg/all"
                plan.pathPrefix = "/tftpboot/"
                return plan
            },
            rule {
                $0.subnets = [IPv4Network(address: IPv4Address(10, 9, 0, 0), prefixLength: 16)]
            } then: { plan in
                plan.loader = Loader(path: String(repeating: "long/", count: 46) + "name.efi")
                plan.delay = .seconds(2)
                return plan
            },
            rule {
                $0.stages = [.raspberryPi]
            } then: { plan in
                plan.shape = .raspberryPi3
                return plan
            },
        ])
        return catalog
    }()

    private static func rule(
        _ condition: (inout RuleConditions) -> Void, then change: (inout BootPlan) -> BootPlan?
    ) -> Rule {
        var conditions = RuleConditions()
        var plan = BootPlan()
        condition(&conditions)
        let verdict = change(&plan).map(Rule.Verdict.boot) ?? .silence
        return Rule(name: "rule", conditions: conditions, verdict: verdict)
    }
}
