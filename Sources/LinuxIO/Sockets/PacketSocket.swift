import CLinuxNet
import Glibc
package import Wire

/// One packet socket for all interfaces: sees DHCP clients although another daemon owns port 67 or a firewall drops
/// them, and sends to clients that have no address yet (packet(7)).
///
/// It is a "cooked" socket: packets begin at their IPv4 header, and the kernel writes the link header.
package struct PacketSocket: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    /// Needs CAP_NET_RAW, and only here: using the socket needs no privilege.
    ///
    /// - Throws: `SystemError`
    package init() throws(SystemError) {
        descriptor = try Self.open()
    }

    private static func open() throws(SystemError) -> OwnedDescriptor {
        // Protocol 0 receives nothing until bind, so no packet arrives before the filter stands.
        let number = try check("socket", "packet") {
            pilotfish_datagram_socket(AF_PACKET)
        }
        let owned = OwnedDescriptor(number)
        try SocketFilter.dhcp.attach(to: number)
        // A rack that powers on asks at once.
        try setReceiveBuffer(number, 1 << 20)
        try setOption(number, SOL_PACKET, PACKET_AUXDATA, 1, "PACKET_AUXDATA")
        try setOption(number, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING")
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(ETH_P_IP).bigEndian
        try check("bind", "packet socket") {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.bind(number, $0, socklen_t(MemoryLayout<sockaddr_ll>.size))
                }
            }
        }
        return owned
    }
}

/// What the kernel tells of a packet beside its octets.
package struct PacketOrigin: Sendable {
    /// Index of the interface of arrival.
    package let interface: Int32
    /// The link-layer sender, if it is an Ethernet one.
    package let hardware: MACAddress?
    /// False when the sender left the UDP checksum to hardware that never ran.
    package let isChecksumReady: Bool
    /// The packet is none of this interface's: it carries the tag of a VLAN that the interface is not in (the kernel
    /// takes the tag off and marks the packet so), or is for another machine and was seen by a promiscuous card.
    package let isForeign: Bool
    /// A copy of what this host sent.
    package let isOutgoing: Bool
}
