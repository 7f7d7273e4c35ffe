import BootPolicy
import Support
import Testing
import Wire

@testable import DHCPEngine
@testable import LinuxIO

/// What the DHCP engine hears without packet sockets, as a process without any capability has it. That it answers by such a socket
/// is played by the layer `activation`: no proxy answers a loopback address.
@Suite("DHCP by a bound socket")
struct BoundDoorTests {
    private static let here = IPv4Address(127, 0, 0, 1)

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
