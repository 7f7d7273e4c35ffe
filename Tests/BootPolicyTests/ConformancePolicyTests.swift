import BootPolicy
import Support
import Testing
import Wire

/// Conformance statements about what the operator decides: classes, rules, networks and other proxies.
@Suite("conformance: rules, classes and rivals")
struct ConformancePolicyTests {
    @Test(
        "C35 an alias that is configured is answered and comes back in 60, C36 one that is not gets silence",
        arguments: [
            ("HW-Client", ["HW-Client"], "HW-Client"), ("HW-Client:Arch:00007", ["HW-Client"], "HW-Client"),
            ("HW-Client", ["X", "HW-"], "HW-"), ("HW-Client", [], nil), ("HW-Clien", ["HW-Client"], nil),
            ("xHW-Client", ["HW-Client"], nil), ("PXEClient", ["HW-Client"], "PXEClient"),
        ] as [(String, [String], String?)])
    func alias(text: String, classes: [String], answer: String?) {
        let catalog = Catalog.debian.changing { $0.vendorClasses = classes }
        let asked = PacketBuilder.discoverUEFI.with(60, text)
        #expect(offer(asked, in: catalog)?.sent.text(60) == answer)
        if answer == nil { #expect(silence(asked, in: catalog) == .noBootClient) }
        let request = PacketBuilder.bootRequest.with(60, text)
        #expect(askBootService(request, in: catalog).answered?.sent.text(60) == answer)
    }

    @Test(
        "C45 U-Boot: silence unless its class is configured, then file and siaddr stand in the header",
        arguments: [("U-Boot.armv8", 0x16), ("U-Boot.armv7", 0x15)] as [(String, UInt8)])
    func uboot(text: String, number: UInt8) throws {
        let asked = PacketBuilder.discover.with(60, text).with(93, [0, number]).with(94, [1, 0, 0])
        let loaders = Catalog.debian.changing { catalog in
            catalog.loaders[.ubootARM64] = [Loader(path: "arm/u.img")]
            catalog.loaders[.ubootARM32] = [Loader(path: "arm/u.img")]
        }
        #expect(silence(asked, in: loaders) == .noBootClient)
        let answered = try #require(offer(asked, in: loaders.changing { $0.vendorClasses = ["U-Boot."] }))
        #expect(answered.decision.shape == .direct)
        #expect(answered.sent.file == "arm/u.img")
        #expect(answered.sent.serverAddress == Net.server)
        #expect(answered.sent[67] == nil)
    }

    @Test("C46 Apple's INFORM gets silence", arguments: [Arrival.Port.dhcp, .bootService])
    func apple(port: Arrival.Port) {
        let asked = PacketBuilder.bootRequest.with(53, [8]).with(60, "AAPLBSDPC/i386/iMac4,1")
            .with(43, [1, 1, 1, 2, 2, 1, 0])
        #expect(ask(asked.bytes, port: port, from: Endpoint(address: Net.client, port: 68)).refusal == .noBootClient)
    }

    @Test(
        "C44 a machine that a rule silences gets nothing, C73 nor when the rule comes between OFFER and 4011",
        arguments: ["52:54:00:c1:1e:01", "52:54:00:*", "52:54:00:c1:1e:02"])
    func silenced(pattern: String) throws {
        let hardware = try #require(HardwarePattern(pattern))
        let catalog = Catalog.ruled(.silence) { $0.hardware = [hardware] }
        let isMeant = pattern != "52:54:00:c1:1e:02"
        #expect(silence(.discover) == nil)
        #expect(askBootService(.bootRequest).refusal == nil)
        for asked in [PacketBuilder.discover, .discoverUEFI, .discoverIPXE] {
            #expect(silence(asked, in: catalog) == (isMeant ? .silencedByRule : nil))
        }
        #expect(askBootService(.bootRequest, in: catalog).refusal == (isMeant ? .silencedByRule : nil))
        let item = askBootService(.item(0x8000), in: catalog)
        #expect(item.refusal == (isMeant ? .silencedByRule : nil))
    }

    @Test("a machine that nobody named gets what the settings say of such, unless a rule speaks of it")
    func strangers() throws {
        var plan = BootPlan.usual
        plan.target = "lab"
        let hardware = try #require(HardwarePattern("52:54:00:c1:1e:01"))
        let mine = try #require(MACAddress("52:54:00:c1:1e:01"))
        var catalog = Catalog.debian.changing { $0.strangers = .silence }
        #expect(silence(.discoverUEFI, in: catalog) == .unknownMachine)
        catalog.hosts = MachineBook([NamedMachine(name: "web1", hardware: [mine])])
        #expect(silence(.discoverUEFI, in: catalog) == nil)
        var ruled = Catalog.ruled(.boot(.usual)) { $0.hardware = [hardware] }
        ruled.strangers = .silence
        #expect(silence(.discoverUEFI, in: ruled) == nil)
        catalog.hosts = MachineBook()
        catalog.strangers = .boot(plan)
        let facts = try #require(ask(PacketBuilder.discoverIPXE.bytes, in: catalog).answered)
        #expect(facts.decision.order.name == "lab")
    }

    @Test(
        "C68 a request from another subnet is answered at its source if that is permitted, else silence",
        arguments: [
            (true, [], true), (false, [], false), (false, ["203.0.113.0"], true), (false, ["198.51.100.0"], false),
        ] as [(Bool, [String], Bool)])
    func routed(isLocal: Bool, networks: [String], isAnswered: Bool) throws {
        let catalog = Catalog.debian.changing { catalog in
            catalog.networks = Self.networks(networks)
        }
        let source = Endpoint(address: IPv4Address(203, 0, 113, 9), port: 4011)
        for asked in [PacketBuilder.bootRequest, .bootRequest.with(53, [8]), .item(0x8000)] {
            let outcome = ask(asked.bytes, port: .bootService, from: source, isLocal: isLocal, in: catalog)
            #expect(outcome.answered?.decision.route == (isAnswered ? .unicast(source) : nil))
            #expect(outcome.refusal == (isAnswered ? nil : .networkNotServed))
        }
    }

    @Test(
        "N13 nobody makes a reflector of us: a DISCOVER sent to our address comes from a network that is served",
        arguments: [
            (Net.server, Net.client, true, [], true), (Net.server, Net.client, false, [], false),
            (Net.server, Net.nobody.address, false, [], false), (Net.server, Net.client, false, ["192.0.2.0"], true),
            (IPv4Address(192, 0, 2, 255), Net.client, false, [], false), (.broadcast, Net.client, false, [], true),
            (.broadcast, Net.nobody.address, false, [], true),
        ] as [(IPv4Address, IPv4Address, Bool, [String], Bool)])
    func reflector(
        destination: IPv4Address, source: IPv4Address, isLocal: Bool, networks: [String], isAnswered: Bool
    ) {
        let catalog = Catalog.debian.changing { $0.networks = Self.networks(networks) }
        for asked in [PacketBuilder.discover, .discoverUEFI, .discoverIPXE] {
            let from = Endpoint(address: source, port: 68)
            let outcome = ask(asked.bytes, from: from, to: destination, isLocal: isLocal, in: catalog)
            #expect(outcome.refusal == (isAnswered ? nil : .networkNotServed))
        }
    }

    @Test(
        "N13 a relay or a sender that stands for a whole network is none",
        arguments: ["198.51.100.255", "198.51.100.0", "198.51.100.1"])
    func wholeNetwork(text: String) throws {
        let address = try #require(IPv4Address(text))
        let catalog = Catalog.debian.changing { $0.networks = Self.networks(["198.51.100.0"]) }
        let refusal: Refusal? = text == "198.51.100.1" ? nil : .networkNotServed
        let relayed = PacketBuilder.discoverUEFI.relayed(by: address)
        #expect(ask(relayed.bytes, to: Net.server, isLocal: false, in: catalog).refusal == refusal)
        let source = Endpoint(address: address, port: 4011)
        for (asked, port) in [(PacketBuilder.bootRequest, Arrival.Port.bootService), (.item(0x8000), .dhcp)] {
            #expect(ask(asked.bytes, port: port, from: source, isLocal: false, in: catalog).refusal == refusal)
        }
    }

    @Test("an item asked for through a relay is the relay's: who it says to be the sender does not count")
    func relayedItem() {
        let victim = Endpoint(address: IPv4Address(203, 0, 113, 9), port: 68)
        let asked = PacketBuilder.item(0x8000).relayed(by: Net.relay)
        let outcome = ask(asked.bytes, from: victim)
        #expect(outcome.answered?.decision.route == .relay(Net.relay))
        #expect(ask(asked.bytes, from: victim, isLocal: false).refusal == .networkNotServed)
    }

    private static func networks(_ texts: [String]) -> [IPv4Network] {
        texts.compactMap(IPv4Address.init).map { IPv4Network(address: $0, prefixLength: 24) }
    }

    @Test("C126 another proxy's OFFER is seen as one, and with the policy of yielding DISCOVER gets silence")
    func rival() throws {
        let theirs = PacketBuilder.discover.with(53, [2]).with(54, [192, 0, 2, 6]).with(60, "PXEClient").changing {
            $0.operation = 2
        }
        let offer = try foreign(theirs)
        #expect(offer.isProxy && offer.clientClass == .pxe)
        #expect(offer.server == IPv4Address(192, 0, 2, 6))
        var history = ClientHistory()
        history.isRivalPresent = true
        let yielding = Catalog.debian.changing { $0.yieldsToRivals = true }
        for asked in [PacketBuilder.discover, .discoverUEFI, .discoverIPXE] {
            #expect(ask(asked.bytes, history: history, in: yielding).refusal == .yielding)
            #expect(ask(asked.bytes, history: history).refusal == nil)
            #expect(ask(asked.bytes, in: yielding).refusal == nil)
        }
        // Whoever got our OFFER before still gets its ACK.
        #expect(ask(PacketBuilder.bootRequest.bytes, port: .bootService, history: history, in: yielding).refusal == nil)
    }

    @Test(
        "C127 a lease whose server calls itself a boot server is seen as such",
        arguments: [("PXEClient", true), ("PXEClient:x", true), ("MSFT 5.0", false), (nil, false)] as [(String?, Bool)])
    func leaseOfBootServer(text: String?, isBootServer: Bool) throws {
        let plain = PacketBuilder.discover.with(53, [2]).with(54, [192, 0, 2, 1]).without(60).changing { packet in
            packet.operation = 2
            packet.yourAddress = Net.client.value
        }
        let offer = try foreign(text.map { plain.with(60, $0) } ?? plain)
        #expect(ForeignOffer(offer).isBootServer == isBootServer)
        #expect(!offer.isProxy)
        #expect(offer.address == Net.client)
    }

    @Test(
        "a rival is who answers a class that we serve, and never we ourselves",
        arguments: [
            ("PXEClient", [], true), ("HTTPClient", [], true), ("U-Boot.", [], false), ("U-Boot.", ["U-Boot."], true),
            ("U-Boot.armv8", ["HW-", "U-Boot."], true), (nil, ["U-Boot."], false),
        ] as [(String?, [String], Bool)])
    func rivals(text: String?, classes: [String], isRival: Bool) throws {
        let plain = PacketBuilder.discover.with(53, [2]).with(54, [192, 0, 2, 6]).without(60).changing {
            $0.operation = 2
        }
        let theirs = text.map { plain.with(60, $0) } ?? plain
        #expect(try foreign(theirs).isRival(classes: classes) == isRival)
        let lease = theirs.changing { $0.yourAddress = Net.client.value }
        #expect(try !foreign(lease).isRival(classes: classes))
    }

    private func foreign(_ packet: PacketBuilder) throws -> ObservedOffer {
        let bytes = packet.bytes
        let message = try DHCPMessage(bytes.span.bytes)
        let offer = ObservedOffer(
            message, datagram: bytes.span.bytes, source: Endpoint(address: Net.router, port: 67),
            at: Instant(nanoseconds: 0))
        return try #require(offer)
    }

    @Test("C138 asked on 4011 because of the DHCP server's own class 60: the answer of any other request")
    func sentByRouter() {
        // Without a DISCOVER that we answered, and with the boot server's address learned from the router.
        let usual = askBootService(.bootRequest)
        let asked = PacketBuilder.bootRequest.with(54, Net.server.octets)
        #expect(askBootService(asked) == usual)
        #expect(usual.answered?.sent.file == "snponly.efi")
        #expect(askBootService(.bootRequest.with(54, Net.router.octets)).refusal == .otherServer)
    }

    @Test("C140 two cards of one machine are two clients")
    func twoCards() throws {
        let second = PacketBuilder.discoverUEFI.changing { packet in
            packet.hardware = [0x52, 0x54, 0, 0xC1, 0x1E, 2]
            packet.transaction = 7
        }
        let first = try #require(HardwarePattern("52:54:00:c1:1e:01"))
        let catalog = Catalog.ruled(.silence) { $0.hardware = [first] }
        let both = [PacketBuilder.discoverUEFI, second].map { offer($0)?.sent }
        #expect(both.map { $0?.hardware.mac } == [MACAddress("52:54:00:c1:1e:01"), MACAddress("52:54:00:c1:1e:02")])
        #expect(both.map { $0?.transaction } == [0x3903_F326, 7])
        #expect(both[0]?[97] == both[1]?[97])
        #expect(silence(.discoverUEFI, in: catalog) == .silencedByRule)
        #expect(silence(second, in: catalog) == nil)
    }

    @Test(
        "C139 OFFER and ACK say the same: file, siaddr, 54, 60, 97",
        arguments: [
            Catalog.debian, .planned { $0.loader = Loader(path: "other.efi") },
            .planned { $0.nextServer = IPv4Address(192, 0, 2, 9) },
            .planned { $0.shape = .direct }, .planned { $0.shape = .menu },
        ])
    func agreement(catalog: Catalog) throws {
        let asked = PacketBuilder.discoverUEFI
        let first = try #require(offer(asked, in: catalog))
        let second = try #require(askBootService(asked.with(53, [3]), in: catalog).answered)
        #expect(first.sent.file == second.sent.file)
        for code in [54, 60, 97] as [UInt8] { #expect(first.sent[code] == second.sent[code]) }
        // Where the firmware visits siaddr's port 4011, only the ACK may name another server.
        let isFinal = first.decision.shape == .direct
        let server = catalog.rules.rules.first.flatMap { rule -> IPv4Address? in
            guard case .boot(let plan) = rule.verdict else { return nil }
            return plan.nextServer
        }
        #expect(second.sent.serverAddress == server ?? Net.server)
        #expect(first.sent.serverAddress == (isFinal ? server ?? Net.server : Net.server))
    }
}
