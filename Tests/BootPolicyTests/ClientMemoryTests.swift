import BootPolicy
import Support
import Testing
import Wire

/// The memory of clients, step by step, on a clock of the test's.
@Suite("memory of clients")
struct ClientMemoryTests {
    private static let uefi = PacketBuilder.discoverUEFI

    @Test(
        "the ladder is climbed only on the client's own retry: late enough, with its lease offer heard",
        arguments: [
            (0, true, 0x8000, false), (500, true, 0x8000, false), (1499, true, 0x8000, false),
            (1500, true, 0x8000, true), (4000, true, 0x8000, true), (4000, false, 0x8000, false),
            (4000, false, 0, true), (69_999, true, 0x8000, true), (70_000, true, 0x8000, false),
            (3_600_000, true, 0x8000, false),
        ] as [(Int64, Bool, UInt16, Bool)])
    func climbs(milliseconds: Int64, hasLease: Bool, flags: UInt16, climbs: Bool) throws {
        var house = try Self.houseThatHearsLeases()
        let asked = Self.uefi.changing { $0.flags = flags }
        #expect(try house.hear(asked).reply?.shape == .binl)
        if hasLease { house.lease(asked) }
        house.wait(.milliseconds(milliseconds))
        let (reply, history) = try house.hear(asked)
        #expect(reply?.shape == (climbs ? .direct : .binl))
        #expect(history.reason == (climbs ? .retry(1) : .usual))
    }

    /// A network where the DHCP server's broadcasts are heard, as those to another machine have shown.
    private static func houseThatHearsLeases() throws -> ModelHouse {
        var house = ModelHouse()
        let other = uefi.machine(200)
        _ = try house.hear(other)
        house.lease(other)
        return house
    }

    @Test("where no lease was ever heard (Kea sends broadcasts to one card), none is waited for")
    func inaudibleLeases() throws {
        var house = ModelHouse()
        var shapes: [ReplyShape?] = []
        for _ in 0..<3 {
            shapes.append(try house.hear(Self.uefi).reply?.shape)
            house.wait(.seconds(4))
        }
        #expect(shapes == [.binl, .direct, .menu])
    }

    @Test("a client that the DHCP server refuses (DHCPNAK) begins again through no fault of ours")
    func refusedLease() throws {
        var house = ModelHouse()
        let hardware = try ClientFacts.read(try DHCPMessage(Self.uefi.bytes.span.bytes)).get().hardware
        _ = try house.hear(Self.uefi)
        house.lease(Self.uefi)
        house.memory.noteRefusal(hardware)
        house.wait(.seconds(4))
        #expect(try house.hear(Self.uefi).reply?.shape == .binl)
        house.lease(Self.uefi)
        house.wait(.seconds(8))
        #expect(try house.hear(Self.uefi).reply?.shape == .direct)
    }

    @Test("EDK2's own schedule, 0 4 12 28 s, climbs one rung at a time, and says which retry it is")
    func schedule() throws {
        var house = ModelHouse()
        var reasons: [StyleReason] = []
        for pause in [0, 4, 8, 16] as [Int64] {
            house.wait(.seconds(pause))
            let (reply, history) = try house.hear(Self.uefi)
            #expect(reply?.reason == history.reason)
            reasons.append(history.reason)
            house.lease(Self.uefi)
        }
        #expect(reasons == [.usual, .retry(1), .retry(2), .retry(3)])
        #expect(house.offered == OfferStyle.ladder(for: .uefiX64))
    }

    @Test("a DHCP server that is faster than a delayed offer was heard all the same")
    func fastLease() throws {
        var house = ModelHouse(
            catalog: Catalog.modelled.changing { catalog in
                var plan = BootPlan()
                plan.delay = .seconds(1)
                catalog.rules = RuleBook([Rule(name: "r", conditions: RuleConditions(), verdict: .boot(plan))])
            })
        let bytes = Self.uefi.bytes
        let facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
        for rung in 0..<3 {
            let history = house.memory.hear(facts, on: .dhcp, now: house.now).history
            #expect(history.style?.shape == [.binl, .direct, .menu][rung])
            house.lease(Self.uefi)
            let arrival = Arrival(
                port: .dhcp, interface: 2, serverAddress: Net.server, source: Net.nobody, destination: .broadcast,
                history: history)
            guard case .reply(let reply) = ProxyDHCP.answer(facts, arrival: arrival, in: house.catalog) else {
                Issue.record("silence")
                return
            }
            house.wait(reply.delay)
            house.memory.noteOffer(reply, to: facts, now: house.now)
            house.wait(.seconds(4))
        }
    }

    @Test("another proxy's OFFER is no lease offer", arguments: [IPv4Address.any, .broadcast])
    func rivalIsNoLease(address: IPv4Address) throws {
        var house = try Self.houseThatHearsLeases()
        _ = try house.hear(Self.uefi)
        house.lease(Self.uefi, address)
        house.wait(.seconds(4))
        #expect(try house.hear(Self.uefi).reply?.shape == .binl)
    }

    @Test(
        "a client that made progress begins anew with what it took", arguments: ["visit", "request", "whole", "other"])
    func progress(kind: String) throws {
        var house = ModelHouse()
        _ = try house.hear(Self.uefi)
        house.lease(Self.uefi)
        house.wait(.seconds(1))
        switch kind {
        case "request": house.file("a.efi", isComplete: false)
        case "whole": house.file("a.efi", isComplete: true)
        case "other": house.file("boot.ipxe", isComplete: false)
        default:
            let request = PacketBuilder.bootRequest
            _ = try house.hear(request, port: .bootService, from: Endpoint(address: Net.client, port: 4011))
        }
        house.wait(.seconds(3))
        let (reply, history) = try house.hear(Self.uefi)
        // An ACK from port 4011 that led to nothing was not understood.
        #expect(reply?.shape == (kind == "visit" ? .direct : .binl))
        #expect(history.loader == 0)
    }

    @Test(
        "a loader that was sent whole and stays mute for four seconds is swapped, a live one never",
        arguments: [(3, nil, 0), (4, nil, 1), (30, nil, 1), (4, "boot.ipxe", 0), (30, "vmlinuz", 0)]
            as [(Int64, String?, Int)])
    func mute(seconds: Int64, next: String?, loader: Int) throws {
        var house = ModelHouse()
        _ = try house.hear(Self.uefi)
        house.lease(Self.uefi)
        house.file("a.efi", isComplete: false)
        house.file("a.efi", isComplete: true)
        if let next { house.file(next, isComplete: false) }
        house.wait(.seconds(seconds))
        let (reply, history) = try house.hear(Self.uefi)
        #expect(history.loader == loader)
        #expect(reply?.message.bootFile == (loader == 0 ? "a.efi" : "b.efi"))
        #expect(reply?.shape == .binl)
    }

    @Test("a relay's copy of the same DISCOVER does not climb, and iPXE's DISCOVERs never do")
    func copies() throws {
        var house = ModelHouse()
        _ = try house.hear(Self.uefi)
        house.lease(Self.uefi)
        house.wait(.milliseconds(3))
        let copy = try house.hear(Self.uefi.relayed(by: Net.relay))
        #expect(copy.reply?.shape == .binl)
        for _ in 0..<5 {
            house.wait(.seconds(3))
            let ipxe = Self.uefi.with(77, "iPXE").with(175, PacketBuilder.capableEFI)
            let (reply, history) = try house.hear(ipxe)
            #expect(reply?.shape == .direct && reply?.reason == .stage)
            #expect(history.reason != .retry(1))
        }
        house.wait(.seconds(1))
        // After all of this the firmware starts over, with what worked.
        #expect(try house.hear(Self.uefi).reply?.shape == .binl)
    }

    @Test("HTTP Boot after PXE that failed teaches nothing about PXE, though it loads a file of the same name")
    func httpAfterPXE() throws {
        var house = ModelHouse()
        _ = try house.hear(Self.uefi)
        house.lease(Self.uefi)
        house.wait(.seconds(30))
        let http = Self.uefi.with(60, "HTTPClient:Arch:00016:UNDI:003016").with(93, [0, 16])
        #expect(try house.hear(http).reply?.shape == .http)
        house.lease(http)
        house.file("a.efi", isComplete: false)
        house.file("a.efi", isComplete: true)
        _ = try house.hear(Self.uefi.with(77, "iPXE").with(175, PacketBuilder.capableEFI))
        #expect(house.learned == [])
    }

    @Test("a lesson comes of an offer of this boot, not of one long ago")
    func longAgo() throws {
        var house = ModelHouse()
        _ = try house.hear(Self.uefi)
        house.lease(Self.uefi)
        house.wait(.seconds(301))
        house.file("vmlinuz", isComplete: true)
        _ = try house.hear(Self.uefi.with(77, "iPXE").with(175, PacketBuilder.capableEFI))
        #expect(house.learned == [])
    }

    @Test("a probe is no machine: what it is offered and what it plays teach nothing")
    func probe() throws {
        var house = ModelHouse()
        var writer = ByteWriter()
        for kind in [FirmwareModel.edk2, .ipxeUEFI] {
            ProbeDiscover.write(kind, hardware: MACAddress(0x0200_0000_0001), transaction: 7, into: &writer)
            let facts = try ClientFacts.read(try DHCPMessage(writer.bytes.span.bytes)).get()
            #expect(facts.isProbe)
            let heard = house.memory.hear(facts, on: .dhcp, now: house.now)
            #expect(heard.learned == nil && !heard.history.isBootUnderWay)
            let message = DHCPReply(
                kind: .offer, transaction: 7, hardware: facts.hardware, serverIdentifier: Net.server)
            let reply = BootReply(message: message, route: .broadcast, shape: .binl)
            house.memory.noteOffer(reply, to: facts, now: house.now)
            house.wait(.seconds(1))
        }
        #expect(house.memory.lessons == [])
    }

    @Test("a loader that a rule names is not swapped, and no other loader of the list is distrusted for it")
    func fixedLoader() throws {
        var house = ModelHouse(
            catalog: Catalog.modelled.changing { catalog in
                var plan = BootPlan()
                plan.loader = Loader(path: "fixed.efi")
                catalog.rules = RuleBook([Rule(name: "r", conditions: RuleConditions(), verdict: .boot(plan))])
            })
        for _ in 0..<2 {
            let (reply, history) = try house.hear(Self.uefi)
            #expect(reply?.message.bootFile == "fixed.efi")
            #expect(history.loader == 0)
            house.lease(Self.uefi)
            house.file("fixed.efi", isComplete: true)
            house.wait(.seconds(10))
        }
    }

    @Test("which loader of a list comes to life on PXE firmware says nothing of HTTP Boot and of a crippled iPXE")
    func otherLists() throws {
        var history = ClientHistory()
        history.loader = 1
        let http = Self.uefi.with(60, "HTTPClient:Arch:00016:UNDI:003016").with(93, [0, 16])
        for (asked, file) in [
            (Self.uefi, "b.efi"), (http, "http://192.0.2.5/a.efi"),
            (Self.uefi.with(77, "iPXE"), "tftp://192.0.2.5/a.efi"),
        ] {
            #expect(ask(asked.bytes, history: history, in: .modelled).answered?.decision.message.bootFile == file)
        }
    }

    @Test("what a request to port 4011 lists does not change the kind")
    func kindOfRequest() throws {
        var house = ModelHouse()
        let asked = Self.uefi.with(55, [1, 2, 3, 67])
        _ = try house.hear(asked)
        house.lease(asked)
        let request = PacketBuilder.bootRequest.with(55, [1, 67])
        _ = try house.hear(request, port: .bootService, from: Endpoint(address: Net.client, port: 4011))
        house.file("a.efi", isComplete: false)
        let bytes = asked.bytes
        let facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
        #expect(house.learned.map(\.fingerprint) == [facts.fingerprint])
    }

    @Test("a boot is under way for five minutes after the offer", arguments: [(0, true), (299, true), (300, false)])
    func underWay(seconds: Int64, isUnderWay: Bool) throws {
        var house = ModelHouse()
        let ipxe = Self.uefi.with(77, "pilotfish")
        #expect(try house.hear(ipxe).history.isBootUnderWay == false)
        _ = try house.hear(Self.uefi)
        house.wait(.seconds(seconds))
        #expect(try house.hear(ipxe).history.isBootUnderWay == isUnderWay)
        house.catalog.mode = .frozen
        #expect((try house.hear(ipxe).reply != nil) == isUnderWay)
    }

    @Test("a rival is remembered for ten minutes", arguments: [(0, true), (599, true), (600, false)])
    func rival(seconds: Int64, isPresent: Bool) throws {
        var house = ModelHouse(catalog: Catalog.modelled.changing { $0.yieldsToRivals = true })
        #expect(try house.hear(Self.uefi).reply != nil)
        house.memory.noteRival(now: house.now)
        house.wait(.seconds(seconds))
        let (reply, history) = try house.hear(Self.uefi)
        #expect(history.isRivalPresent == isPresent)
        #expect((reply == nil) == isPresent)
    }

    @Test("a secondary server that never sent an offer climbs nothing")
    func standby() throws {
        var house = ModelHouse(catalog: Catalog.modelled.changing { $0.standby = .seconds(1) })
        let bytes = Self.uefi.bytes
        let facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
        for _ in 0..<4 {
            let history = house.memory.hear(facts, on: .dhcp, now: house.now).history
            house.lease(Self.uefi)
            #expect(history.style == OfferStyle(.binl))
            #expect(history.reason == .usual)
            house.wait(.seconds(5))
        }
    }

    @Test("a REQUEST that broadcasts its lease is no visit, one to port 4011 is; HTTP firmware begins boots, too")
    func visits() throws {
        var house = try Self.houseThatHearsLeases()
        _ = try house.hear(Self.uefi)
        _ = try house.hear(Self.uefi.with(53, [3]).with(50, [192, 0, 2, 77]))
        house.wait(.seconds(4))
        // Neither a lease offer nor a visit was heard.
        #expect(try house.hear(Self.uefi).reply?.shape == .binl)
        _ = try house.hear(.bootRequest, port: .bootService, from: Endpoint(address: Net.client, port: 4011))
        house.wait(.seconds(8))
        #expect(try house.hear(Self.uefi).reply?.shape == .direct)

        let http = Self.uefi.machine(8).with(60, "HTTPClient:Arch:00016:UNDI:003016").with(93, [0, 16])
        #expect(try house.hear(http).history.isBootUnderWay == false)
        #expect(try house.hear(http.with(77, "pilotfish")).history.isBootUnderWay)
    }
}
