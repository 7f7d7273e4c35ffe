import CLinuxNet
import Glibc
package import Wire

/// Sends whole Ethernet frames, so that a probe may go by a hardware address of its own (packet(7)); receives nothing.
package struct FrameSocket: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// Needs CAP_NET_RAW.
    ///
    /// - Throws: `SystemError`
    package init() throws(SystemError) {
        // Protocol 0 receives nothing.
        descriptor = OwnedDescriptor(
            try check("socket", "packet") { socket(AF_PACKET, pilotfish_raw_socket_type, 0) })
    }

    /// Sends one IPv4 packet to everybody on the link.
    ///
    /// - Parameters:
    ///   - packet: from the IPv4 header on.
    ///   - hardware: the sender's address in the frame.
    ///   - interface: index of the interface that it leaves by.
    /// - Throws: `SystemError`; nothing was sent then.
    package func broadcast(_ packet: [UInt8], from hardware: MACAddress, interface: Int32) throws(SystemError) {
        let type = [UInt8(ETH_P_IP >> 8), UInt8(ETH_P_IP & 0xFF)]
        let frame = MACAddress.broadcast.octets + hardware.octets + type + packet
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(ETH_P_IP).bigEndian
        address.sll_ifindex = interface
        address.sll_halen = 6
        withUnsafeMutableBytes(of: &address.sll_addr) { $0.copyBytes(from: MACAddress.broadcast.octets) }
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor.number, frame, frame.count, pilotfish_msg_dontwait, $0,
                    socklen_t(MemoryLayout<sockaddr_ll>.size))
            }
        }
        guard sent == frame.count else { throw SystemError(call: "sendto", subject: "interface \(interface)") }
    }
}
