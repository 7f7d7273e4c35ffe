import BootPolicy
import Exchange
import Support
import Testing
import Wire

@testable import DHCPEngine
@testable import LinuxIO

/// The DHCP engine without packet sockets, as a process without any capability has it: by a bound socket, on loopback.
@Suite("DHCP by a bound socket")
struct BoundDoorTests {
    private static let here = IPv4Address(127, 0, 0, 1)

    private static var context: EngineContext {
        var catalog = Catalog()
        catalog.mode = .armed
        catalog.interfaces = ["lo"]
        catalog.menu = FirmwareMenu(prompt: "PXE", timeout: 0, items: [.init("Usual", .usual)])
        catalog.loaders = LoaderTable([.uefiX64: [Loader(path: "/usr/lib/ipxe/snponly.efi")]])
        return EngineContext(
            catalog: PublishedCatalog(catalog), events: EventRing(clock: { 7 }, wake: {}),
            memory: MemoryFeed(wake: {}), counters: EngineCounters(), stop: StopSignal(),
            flight: FlightRecorder(octets: 65_536))
    }

    private static func open() throws -> (sockets: DHCPSockets, door: IPEndpoint) {
        let server = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: 0))
        let port = server.local.port
        // As a service manager hands it over: without any of the options that we need.
        let adopted = try DatagramSocket(adopting: try server.descriptor.duplicate(), options: .broadcast)
        let bootService = try DatagramSocket(local: IPEndpoint(address: IPAddress(here), port: 0))
        return (
            try DHCPSockets(.bound(adopted), bootService: bootService),
            IPEndpoint(address: IPAddress(here), port: port)
        )
    }

    private static func receive(from client: borrowing DatagramSocket) throws -> [UInt8]? {
        var batch = ReceiveBatch()
        let end = Clock.now + .seconds(5)
        repeat { _ = try batch.receive(from: client.descriptor) } while batch.count == 0 && Clock.now < end
        return batch.count > 0 ? batch.payload(0).array : nil
    }

    @Test("who asks port 67 for an item of a menu is answered from there, and what he said is kept")
    func answers() throws {
        let context = Self.context
        let (sockets, door) = try Self.open()
        #expect(sockets.hearsByPortAlone)
        #expect(!sockets.sharesHostWithDaemon)
        let wake = try WakeUp()
        let thread = try DHCPEngine.start(sockets: sockets, context: context, lessons: [], wake: wake)
        defer {
            context.stop.raise()
            wake.signal()
            thread.join()
        }
        let client = try DatagramSocket(local: IPEndpoint(address: IPAddress(Self.here), port: 0))
        // What is asked of port 67 by unicast is an item of a menu.
        let asked = PacketBuilder.bootRequest.with(43, [71, 4, 0x80, 0, 0, 0, 255]).changing {
            $0.clientAddress = Self.here.value
        }
        var batch = SendBatch(messages: 1, vectors: 1)
        try client.send(asked.bytes, to: door, from: IPAddress(Self.here), interface: 0, with: &batch)
        let answer = try #require(try Self.receive(from: client))
        let contents = try PacketContents(answer)
        #expect(contents[53] == [5])
        #expect(contents[54] == [127, 0, 0, 1])
        #expect(PacketRules.violations(of: answer) == [])
        #expect(context.counters[.dhcpAnswered] == 1)
        let records = context.flight.records()
        #expect(records.map(\.facts.isOutgoing) == [false, true])
        #expect(records.first?.facts.source == client.local)
        #expect(records.first?.facts.destination.port == 67)
        // The thread that serves also says that it gets on.
        context.roll.ask()
        let end = Clock.now + .seconds(5)
        while !context.roll.owing.isEmpty, Clock.now < end { Clock.nap(.milliseconds(1)) }
        #expect(context.roll.owing.isEmpty)
    }

    @Test("what a bound socket brings is judged as what a packet socket brings", arguments: [true, false])
    func alike(isBroadcast: Bool) throws {
        var links = ServedLinks(table: try NetlinkSocket().interfaces())
        _ = links.choose(names: ["lo"])
        let interface = try #require(links.indices.first)
        let (source, destination) = (
            Endpoint(address: Self.here, port: 68), isBroadcast ? IPv4Address.broadcast : Self.here
        )
        for message in [PacketBuilder.discover, .discoverUEFI, .bootRequest, .discover.without(60)] {
            let octets = message.bytes
            var writer = ByteWriter()
            UDPPacket.write(
                from: source, to: Endpoint(address: destination, port: 67), payload: octets, identification: 1,
                into: &writer)
            let packet = writer.bytes
            let origin = PacketOrigin(
                interface: interface, hardware: nil, isChecksumReady: true, isForeign: false, isOutgoing: false)
            let seen = PacketReader.read(packet.span.bytes, origin: origin, links: links, classes: [])
            let heard = PacketReader.read(
                datagram: octets.span.bytes, source: source, interface: interface, destination: destination,
                links: links, classes: [])
            #expect("\(seen)" == "\(heard)")
        }
        let foreign = PacketReader.read(
            datagram: PacketBuilder.discover.bytes.span.bytes, source: source, interface: 0x7FFF_0000,
            destination: destination, links: links, classes: [])
        #expect("\(foreign)" == "\(Heard.nothing(.notForUs))")
    }
}
