import BootPolicy
import Support
import Testing
import Wire

@testable import DHCPEngine
@testable import LinuxIO

/// What of the packets on the wire reaches policy at all: by interface, by address, by who sent it.
@Suite("packet reader")
struct PacketReaderTests {
    private static let server = IPv4Address(192, 0, 2, 5)
    private static let client = Endpoint(address: IPv4Address(192, 0, 2, 77), port: 68)
    private static let nobody = Endpoint(address: .any, port: 68)

    private static func interface(
        _ index: Int32, _ name: String, _ address: IPv4Address?, master: Int32? = nil
    ) -> NetworkInterface {
        var interface = NetworkInterface(index: index, name: name)
        interface.master = master
        interface.networks = address.map { [IPv4Network(address: $0, prefixLength: 24)] } ?? []
        return interface
    }

    /// A bridge, which takes the default route, and its port, a second card, and one without an address.
    private static func links(_ names: [String]) -> ServedLinks {
        var links = ServedLinks(
            table: InterfaceTable(
                [
                    interface(2, "br0", server), interface(3, "eth0", nil, master: 2),
                    interface(4, "eth1", IPv4Address(198, 51, 100, 5)), interface(5, "eth2", nil),
                ], defaultRoute: 2))
        _ = links.choose(names: names)
        return links
    }

    private static func origin(_ interface: Int32, isForeign: Bool = false, isOutgoing: Bool = false) -> PacketOrigin {
        PacketOrigin(
            interface: interface, hardware: nil, isChecksumReady: true, isForeign: isForeign, isOutgoing: isOutgoing)
    }

    private static func read(
        _ message: PacketBuilder, from source: Endpoint = nobody, to destination: IPv4Address = .broadcast,
        port: UInt16 = 67, origin: PacketOrigin = origin(2), names: [String] = []
    ) -> Heard {
        var writer = ByteWriter()
        UDPPacket.write(
            from: source, to: Endpoint(address: destination, port: port), payload: message.bytes, identification: 1,
            into: &writer)
        let packet = writer.bytes
        return PacketReader.read(packet.span.bytes, origin: origin, links: links(names), classes: [])
    }

    private static func arrival(_ heard: Heard) -> Arrival? {
        guard case .client(let request) = heard else { return nil }
        return request.arrival
    }

    @Test(
        "C43 an interface that is not served, C122 a VLAN that is not ours, C123 a bridge's port, C124 our own packet",
        arguments: [
            (origin(2), [], "br0"), (origin(4), [], nil), (origin(9), [], nil), (origin(2), ["eth1"], nil),
            (origin(4), ["eth1"], "eth1"), (origin(2, isForeign: true), [], nil), (origin(3), [], nil),
            (origin(3), ["br0", "eth0"], nil), (origin(2), ["br0", "eth0"], "br0"),
            (origin(2, isOutgoing: true), [], nil), (origin(5), [], nil),
        ] as [(PacketOrigin, [String], String?)])
    func served(origin: PacketOrigin, names: [String], name: String?) {
        let arrival = Self.arrival(Self.read(.discover, origin: origin, names: names))
        #expect(arrival?.interfaceName == name)
        #expect(arrival?.port == (name == nil ? nil : .dhcp))
    }

    @Test(
        "a DISCOVER is for us when it is for everybody or for an address of ours",
        arguments: [
            (IPv4Address.broadcast, 67, true), (IPv4Address(192, 0, 2, 255), 67, true), (server, 67, true),
            (IPv4Address(192, 0, 2, 6), 67, false), (IPv4Address(224, 0, 0, 1), 67, false), (.broadcast, 68, false),
            (.broadcast, 4011, false), (IPv4Address(198, 51, 100, 255), 67, false),
        ] as [(IPv4Address, UInt16, Bool)])
    func destination(address: IPv4Address, port: UInt16, isOurs: Bool) {
        let arrival = Self.arrival(Self.read(.discover, to: address, port: port))
        #expect(arrival?.serverAddress == (isOurs ? Self.server : nil))
    }

    @Test(
        "C68 C105 whether the relay or the sender is of the interface's network is told",
        arguments: [
            (IPv4Address.any, true), (IPv4Address(192, 0, 2, 1), true), (IPv4Address(203, 0, 113, 1), false),
        ])
    func local(relay: IPv4Address, isLocal: Bool) {
        let asked = PacketBuilder.discover.changing { $0.relayAddress = relay.value }
        let source = relay.isAny ? Self.client : Endpoint(address: relay, port: 67)
        #expect(Self.arrival(Self.read(asked, from: source, to: Self.server))?.isLocal == isLocal)
        let asker = relay.isAny ? Self.client : Endpoint(address: relay, port: 4011)
        #expect(Self.arrival(Self.ask(.bootRequest, from: asker))?.isLocal == isLocal)
    }

    @Test(
        "N13 an answer to a relay or a sender never becomes a broadcast on a link of ours, served or not",
        arguments: [
            (IPv4Address(192, 0, 2, 255), false), (IPv4Address(192, 0, 2, 0), false),
            (IPv4Address(198, 51, 100, 255), false), (IPv4Address(192, 0, 2, 1), true),
        ])
    func manyHosts(address: IPv4Address, isHeard: Bool) {
        let relayed = PacketBuilder.discover.changing { $0.relayAddress = address.value }
        #expect((Self.arrival(Self.read(relayed, from: Self.client, to: Self.server)) != nil) == isHeard)
        let item = Self.read(.item(0x8000), from: Endpoint(address: address, port: 68))
        #expect((Self.arrival(item) != nil) == isHeard)
        let asker = Endpoint(address: address, port: 4011)
        #expect((Self.arrival(Self.ask(.bootRequest, from: asker)) != nil) == isHeard)
    }

    private static func ask(
        _ message: PacketBuilder, from source: Endpoint = client, to destination: IPv4Address = server,
        interface: Int32 = 2
    ) -> Heard {
        let bytes = message.bytes
        return PacketReader.readBootService(
            bytes.span.bytes, source: source, interface: interface, destination: destination,
            links: links(["br0", "eth0", "eth1", "eth2"]), classes: [])
    }

    @Test(
        "C60 C78 port 4011 is asked at our address or at the boot servers' group, on an interface that is served",
        arguments: [
            (server, 2, 4011, server), (PXEMenu.group, 2, 4011, server), (IPv4Address(192, 0, 2, 6), 2, 4011, nil),
            (IPv4Address(224, 0, 1, 3), 2, 4011, nil), (.broadcast, 2, 4011, nil), (server, 3, 4011, nil),
            (server, 2, 0, nil), (PXEMenu.group, 4, 68, IPv4Address(198, 51, 100, 5)), (PXEMenu.group, 5, 68, nil),
        ] as [(IPv4Address, Int32, UInt16, IPv4Address?)])
    func bootService(destination: IPv4Address, interface: Int32, port: UInt16, server: IPv4Address?) {
        let source = Endpoint(address: Self.client.address, port: port)
        let arrival = Self.arrival(Self.ask(.item(0x8000), from: source, to: destination, interface: interface))
        #expect(arrival?.serverAddress == server)
        #expect(arrival?.source == (server == nil ? nil : source))
    }

    @Test(
        "C126 C127 what servers say is heard as theirs, and is no client's", arguments: [nil, "PXEClient"] as [String?])
    func servers(text: String?) {
        let plain = PacketBuilder.discover.without(60).with(53, [2]).with(54, [192, 0, 2, 1]).changing { packet in
            packet.operation = 2
            packet.yourAddress = Self.client.address.value
        }
        let heard = Self.read(
            text.map { plain.with(60, $0) } ?? plain, from: Endpoint(address: IPv4Address(192, 0, 2, 1), port: 67),
            port: 68)
        guard case .server(let offer, let interface) = heard else {
            Issue.record("not heard as a server's")
            return
        }
        #expect(interface == 2)
        #expect(ForeignOffer(offer).isBootServer == (text != nil))
        #expect(offer.address == Self.client.address)
    }
}

extension PacketBuilder {
    /// The request for a menu's item: 43.71.
    fileprivate static func item(_ type: UInt16) -> PacketBuilder {
        bootRequest.with(43, [71, 4] + octets(type) + [0, 0, 255])
    }
}
