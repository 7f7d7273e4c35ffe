import CLinuxNet
import Glibc
package import Wire

/// A bound UDP socket over IPv4 or IPv6, never both; never blocks.
package struct DatagramSocket: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    /// What a socket is opened for, beyond its address.
    package struct Options: OptionSet, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) {
            self.rawValue = rawValue
        }

        /// Several sockets share the port, and the kernel spreads clients over them.
        package static let sharedPort = Options(rawValue: 1)
        /// Datagrams to and from broadcast addresses.
        package static let broadcast = Options(rawValue: 2)
        /// ICMP errors are kept for `ReceiveBatch.receiveErrors` instead of being lost.
        package static let reportsErrors = Options(rawValue: 4)
        /// Bound to one address, so nobody asks where a datagram came to (`ReceiveBatch.destination`); that costs time.
        package static let knowsAddress = Options(rawValue: 8)
    }

    /// - Parameters:
    ///   - local: the address to bind; port 0 lets the kernel choose.
    ///   - receiveBuffer: octets the kernel may queue; as much of it is taken as the system allows.
    /// - Throws: `SystemError` with the address as its subject.
    package init(local: IPEndpoint, options: Options = [], receiveBuffer: Int32 = 0) throws(SystemError) {
        descriptor = try Self.open(local, options, receiveBuffer)
    }

    /// Takes over a socket of UDP that somebody else opened and bound; no privilege is needed for that.
    ///
    /// Who had it last may have made it deaf (`PortClaim`), and whoever opened it may go on holding it: it hears again.
    ///
    /// - Parameter adopted: of IPv4 alone, or of IPv6 alone.
    /// - Throws: `SystemError`; the socket is closed then.
    package init(
        adopting adopted: consuming OwnedDescriptor, options: Options = [], receiveBuffer: Int32 = 0
    ) throws(SystemError) {
        let number = adopted.number
        try neverBlock(number)
        SocketFilter.detach(from: number)
        try Self.prepare(number, Self.local(of: number).address.family, options, receiveBuffer)
        descriptor = adopted
    }

    /// The address that the socket has now, its port chosen.
    package var local: IPEndpoint { Self.local(of: descriptor.number) }

    /// Where a socket of IPv4 or IPv6 is bound.
    static func local(of number: Int32) -> IPEndpoint {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
            return SocketAddress.read(pointer)
        }
    }

    /// Octets of what was sent that wait in queues of this host, its network card's included (SIOCOUTQ). The kernel counts
    /// what it keeps beside them, so they look like more than they are, never like fewer; 0 when it cannot tell.
    package var unsentOctets: Int { Int(pilotfish_socket_unsent(descriptor.number)) }

    /// Octets a second that an interface takes now; nil when it has no speed, as loopback, or is gone.
    package func speed(ofInterface index: Int32) -> Int? {
        let speed = pilotfish_interface_speed(descriptor.number, index)
        return speed > 0 ? Int(speed) * 125_000 : nil
    }

    /// Octets of the largest IP packet on an interface now; nil when it is gone.
    package func mtu(ofInterface index: Int32) -> Int? {
        let mtu = pilotfish_interface_mtu(descriptor.number, index)
        return mtu > 0 ? Int(mtu) : nil
    }

    /// Sends one datagram from a given address of ours.
    ///
    /// - Parameter batch: empty; kept by the caller, so that nothing is allocated for a packet.
    /// - Throws: `SystemError`; nothing was sent then.
    package func send(
        _ payload: [UInt8], to destination: IPEndpoint, from source: IPAddress, interface: Int32,
        with batch: inout SendBatch
    ) throws(SystemError) {
        var failure: Int32 = 0
        payload.withUnsafeBytes { bytes in
            batch.begin(to: destination, from: SendBatch.Origin(address: source, interface: interface))
            if let base = bytes.baseAddress { batch.add(base, count: bytes.count) }
            batch.end()
            batch.flush(on: self) { _, code in failure = code }
        }
        if failure != 0 { throw SystemError(failure, call: "sendmsg", subject: "\(destination)") }
    }

    private static func open(
        _ local: IPEndpoint, _ options: Options, _ receiveBuffer: Int32
    ) throws(SystemError) -> OwnedDescriptor {
        let family = local.address.family
        let number = try check("socket", "UDP \(local)") { pilotfish_datagram_socket(family.domain) }
        let owned = OwnedDescriptor(number)
        // IPv4 clients are left to a socket of their own (RFC 3493 §5.3): no address has two forms.
        if family == .ipv6 { try setOption(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1, "IPV6_V6ONLY") }
        if options.contains(.sharedPort) { try setOption(number, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT") }
        try prepare(number, family, options, receiveBuffer)
        try bind(number, "UDP", to: local)
        return owned
    }

    /// Sets what can be set before and after a socket is bound.
    private static func prepare(
        _ number: Int32, _ family: IPFamily, _ options: Options, _ receiveBuffer: Int32
    ) throws(SystemError) {
        switch family {
        case .ipv4: try prepareIPv4(number, options)
        case .ipv6: try prepareIPv6(number, options)
        }
        if options.contains(.broadcast) { try setOption(number, SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST") }
        if receiveBuffer > 0 { try setReceiveBuffer(number, receiveBuffer) }
    }

    private static func prepareIPv4(_ number: Int32, _ options: Options) throws(SystemError) {
        if !options.contains(.knowsAddress) { try setOption(number, Int32(IPPROTO_IP), IP_PKTINFO, 1, "IP_PKTINFO") }
        // No DF and no path MTU learned from forgeable ICMP: PXE ROMs and large block sizes both need it so.
        try setOption(number, Int32(IPPROTO_IP), IP_MTU_DISCOVER, IP_PMTUDISC_OMIT, "IP_MTU_DISCOVER")
        // Of multicast only what this socket joined, not what any program of the host did.
        try setOption(number, Int32(IPPROTO_IP), IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL")
        if options.contains(.reportsErrors) { try setOption(number, Int32(IPPROTO_IP), IP_RECVERR, 1, "IP_RECVERR") }
    }

    /// The same for IPv6.
    private static func prepareIPv6(_ number: Int32, _ options: Options) throws(SystemError) {
        let level = Int32(IPPROTO_IPV6)
        if !options.contains(.knowsAddress) { try setOption(number, level, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO") }
        try setOption(number, level, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT, "IPV6_MTU_DISCOVER")
        try setOption(number, level, pilotfish_ipv6_multicast_all, 0, "IPV6_MULTICAST_ALL")
        if options.contains(.reportsErrors) { try setOption(number, level, IPV6_RECVERR, 1, "IPV6_RECVERR") }
    }
}

/// Port 67, held so that the kernel does not answer relays and clients with "port unreachable".
///
/// Nothing is read from it: the packet socket sees every datagram already. A DHCP daemon of the same host that starts
/// later may still bind the port beside us (both allow it then) and gets what is meant for it; one that is there
/// already makes `init` fail with EADDRINUSE, which is no error for us.
package struct PortClaim: ~Copyable, Sendable {
    package let socket: DatagramSocket

    package init(port: UInt16) throws(SystemError) {
        try self.init(
            DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: port), options: .broadcast))
    }

    /// - Returns: nil when somebody else has the port.
    /// - Throws: `SystemError`
    package static func ifFree(_ port: UInt16) throws(SystemError) -> PortClaim? {
        do throws(SystemError) {
            return try PortClaim(port: port)
        } catch {
            guard error.isAddressInUse else { throw error }
            return nil
        }
    }

    /// The same of a socket that somebody else opened and bound.
    package init(adopting adopted: consuming OwnedDescriptor) throws(SystemError) {
        try self.init(DatagramSocket(adopting: adopted, options: .broadcast))
    }

    private init(_ claimed: consuming DatagramSocket) throws(SystemError) {
        let number = claimed.descriptor.number
        // Only after bind: asking before would join a port that somebody else owns, and steal its unicast datagrams.
        try setOption(number, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR")
        try SocketFilter.nothing.attach(to: number)
        socket = claimed
    }
}

/// A TCP socket that listens, for SwiftNIO to accept on.
package enum ListeningSocket {
    /// - Throws: `SystemError` with the address as its subject.
    package static func open(local: IPEndpoint) throws(SystemError) -> OwnedDescriptor {
        let family = local.address.family
        let number = try check("socket", "TCP \(local)") { pilotfish_stream_socket(family.domain) }
        let descriptor = OwnedDescriptor(number)
        try setOption(number, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR")
        if family == .ipv6 { try setOption(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1, "IPV6_V6ONLY") }
        try bind(number, "TCP", to: local)
        return descriptor
    }

    /// Takes connections from now on, as many as the kernel lets wait.
    ///
    /// - Throws: `SystemError`
    package static func listen(_ socket: borrowing OwnedDescriptor) throws(SystemError) {
        let number = socket.number
        try check("listen") { Glibc.listen(number, SOMAXCONN) }
    }
}
