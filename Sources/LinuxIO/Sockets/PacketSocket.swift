import CLinuxNet
import Glibc
package import Wire

/// One packet socket for all interfaces: sees DHCP clients although another daemon owns port 67 or a firewall drops
/// them, and sends to clients that have no address yet (packet(7)).
///
/// It is a "cooked" socket: packets begin at their IPv4 header, and the kernel writes the link header.
package struct PacketSocket: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    /// Octets of DHCP that the kernel may queue for us: a rack that powers on asks at once.
    package static let room: Int32 = 1 << 20

    /// Needs CAP_NET_RAW, and only here: using the socket needs no privilege.
    ///
    /// - Parameter sendsOnly: it hears nothing. What is sent by a socket of its own does not stir the one that somebody
    ///   waits for, as the kernel else does for every frame that has left.
    /// - Throws: `SystemError`
    package init(sendsOnly: Bool = false) throws(SystemError) {
        descriptor = try sendsOnly ? Self.openDeaf() : Self.open(.dhcp, receiveBuffer: Self.room)
    }

    /// One that hears what clients ask of ports 69 and 4011. A flood of it fills this socket, and not that of DHCP.
    ///
    /// - Throws: `SystemError`
    package init(hearingRequests: Void) throws(SystemError) {
        descriptor = try Self.open(.requests, receiveBuffer: 1 << 17)
    }

    /// One that somebody else opened by one of the ways above.
    package init(adopting descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Protocol 0 receives nothing, and the filter would let nothing through.
    private static func openDeaf() throws(SystemError) -> OwnedDescriptor {
        let owned = OwnedDescriptor(try check("socket", "packet") { pilotfish_datagram_socket(AF_PACKET) })
        try SocketFilter.nothing.attach(to: owned.number)
        return owned
    }

    private static func open(_ filter: SocketFilter, receiveBuffer: Int32) throws(SystemError) -> OwnedDescriptor {
        // Protocol 0 receives nothing until bind, so no packet arrives before the filter stands.
        let number = try check("socket", "packet") {
            pilotfish_datagram_socket(AF_PACKET)
        }
        let owned = OwnedDescriptor(number)
        try filter.attach(to: number)
        try setReceiveBuffer(number, receiveBuffer)
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

    /// While this socket lives, the card hands over frames for the hardware addresses of others too, marked as
    /// `PacketOrigin.isOnlyForOtherHost` (packet(7), PACKET_MR_PROMISC). The card goes back by itself when the socket is
    /// closed. The service never asks for this.
    ///
    /// - Parameter interface: index of the interface whose card it is.
    /// - Throws: `SystemError`; nothing has changed then.
    package func hearOtherHosts(on interface: Int32) throws(SystemError) {
        var request = packet_mreq()
        request.mr_ifindex = interface
        request.mr_type = UInt16(PACKET_MR_PROMISC)
        let number = descriptor.number
        try check("setsockopt", "PACKET_ADD_MEMBERSHIP") {
            setsockopt(
                number, Int32(SOL_PACKET), Int32(PACKET_ADD_MEMBERSHIP), &request,
                socklen_t(MemoryLayout<packet_mreq>.size))
        }
    }

    /// Sends one packet.
    ///
    /// - Parameters:
    ///   - packet: what stands behind the link header.
    ///   - interface: index of the interface that it leaves by.
    ///   - hardware: the link-layer receiver.
    ///   - etherType: what it is; IPv4 without this.
    /// - Throws: `SystemError`; nothing was sent then.
    package func send(
        _ packet: [UInt8], interface: Int32, to hardware: MACAddress, etherType: UInt16 = UInt16(ETH_P_IP)
    ) throws(SystemError) {
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = etherType.bigEndian
        address.sll_ifindex = interface
        address.sll_halen = 6
        withUnsafeMutableBytes(of: &address.sll_addr) { $0.copyBytes(from: hardware.octets) }
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor.number, packet, packet.count, pilotfish_msg_dontwait, $0,
                    socklen_t(MemoryLayout<sockaddr_ll>.size))
            }
        }
        guard sent == packet.count else { throw SystemError(call: "sendto", subject: "interface \(interface)") }
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
    /// It is foreign only because its frame is for the hardware address of another machine.
    package let isOnlyForOtherHost: Bool

    init(
        interface: Int32, hardware: MACAddress?, isChecksumReady: Bool, isForeign: Bool, isOutgoing: Bool,
        isOnlyForOtherHost: Bool = false
    ) {
        self.interface = interface
        self.hardware = hardware
        self.isChecksumReady = isChecksumReady
        self.isForeign = isForeign
        self.isOutgoing = isOutgoing
        self.isOnlyForOtherHost = isOnlyForOtherHost
    }
}
