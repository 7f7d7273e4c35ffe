import CLinuxNet
import Glibc
import Wire

/// A UDP socket that plays clients; never blocks.
package final class ClientSocket: Sendable {
    package let descriptor: OwnedDescriptor

    /// - Parameters:
    ///   - playsMany: each datagram names the address it leaves from, and tells the one it came to.
    ///   - reportsErrors: an ICMP error is told by the next call instead of being lost.
    ///   - buffer: octets the kernel may queue each way; as much of it is taken as the system allows.
    /// - Throws: `SystemError`.
    package init(playsMany: Bool, reportsErrors: Bool = false, buffer: Int32) throws(SystemError) {
        descriptor = OwnedDescriptor(try check("socket", "UDP") { pilotfish_datagram_socket(AF_INET) })
        let number = descriptor.number
        // Old kernels know no coalescing; then each datagram comes by itself, which is only slower.
        try? setOption(number, Int32(IPPROTO_UDP), pilotfish_udp_coalesce, 1, "UDP_GRO")
        if playsMany { try setOption(number, Int32(IPPROTO_IP), IP_PKTINFO, 1, "IP_PKTINFO") }
        if reportsErrors { try setOption(number, Int32(IPPROTO_IP), IP_RECVERR, 1, "IP_RECVERR") }
        try setReceiveBuffer(number, buffer)
        if (try? setOption(number, SOL_SOCKET, SO_SNDBUFFORCE, buffer, "SO_SNDBUFFORCE")) == nil {
            try setOption(number, SOL_SOCKET, SO_SNDBUF, buffer, "SO_SNDBUF")
        }
        try bind(number, "UDP", to: Endpoint(address: .any, port: 0))
    }

    /// Datagrams that came while the socket's buffer was full.
    package var drops: Int { Int(pilotfish_socket_drops(descriptor.number)) }
}
