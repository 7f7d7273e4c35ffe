import CLinuxNet
import Glibc
package import Wire

/// A UDP socket that plays clients; never blocks.
package final class ClientSocket: Sendable {
    package let descriptor: OwnedDescriptor

    /// - Parameters:
    ///   - family: the version of IP that the server is spoken to in.
    ///   - playsMany: each datagram names the IPv4 address it leaves from, and tells the one it came to.
    ///   - reportsErrors: an ICMP error is told by the next call instead of being lost.
    ///   - buffer: octets the kernel may queue each way; as much of it is taken as the system allows.
    /// - Throws: `SystemError`.
    package init(
        _ family: IPFamily, playsMany: Bool, reportsErrors: Bool = false, buffer: Int32
    ) throws(SystemError) {
        descriptor = OwnedDescriptor(try check("socket", "UDP") { pilotfish_datagram_socket(family.domain) })
        let number = descriptor.number
        // Old kernels know no coalescing; then each datagram comes by itself, which is only slower.
        try? setOption(number, Int32(IPPROTO_UDP), pilotfish_udp_coalesce, 1, "UDP_GRO")
        if playsMany { try setOption(number, Int32(IPPROTO_IP), IP_PKTINFO, 1, "IP_PKTINFO") }
        if reportsErrors { try Self.reportErrors(number, family) }
        try setReceiveBuffer(number, buffer)
        if (try? setOption(number, SOL_SOCKET, SO_SNDBUFFORCE, buffer, "SO_SNDBUFFORCE")) == nil {
            try setOption(number, SOL_SOCKET, SO_SNDBUF, buffer, "SO_SNDBUF")
        }
        let anywhere = family == .ipv4 ? IPAddress(.any) : .anyIPv6
        try bind(number, "UDP", to: IPEndpoint(address: anywhere, port: 0))
    }

    private static func reportErrors(_ number: Int32, _ family: IPFamily) throws(SystemError) {
        switch family {
        case .ipv4: try setOption(number, Int32(IPPROTO_IP), IP_RECVERR, 1, "IP_RECVERR")
        case .ipv6: try setOption(number, Int32(IPPROTO_IPV6), IPV6_RECVERR, 1, "IPV6_RECVERR")
        }
    }

    /// Datagrams that came while the socket's buffer was full.
    package var drops: Int { Int(pilotfish_socket_drops(descriptor.number)) }
}
