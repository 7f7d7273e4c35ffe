import CLinuxNet
import Glibc
import Wire

/// The kernel's form of an endpoint of either version, written and read where system calls find it: `sockaddr_in` or
/// `sockaddr_in6` (ip(7), ipv6(7)).
enum SocketAddress {
    /// Octets from one to the next in a list of them; a multiple of eight that holds the larger form.
    static let stride = 32

    /// Writes an endpoint into `stride` octets of aligned memory.
    ///
    /// - Returns: how many of them count.
    static func write(_ endpoint: IPEndpoint, to place: UnsafeMutableRawPointer) -> socklen_t {
        if let ipv4 = endpoint.ipv4 {
            place.storeBytes(of: sockaddr_in(ipv4), as: sockaddr_in.self)
            return socklen_t(MemoryLayout<sockaddr_in>.size)
        }
        place.storeBytes(of: sockaddr_in6(endpoint), as: sockaddr_in6.self)
        return socklen_t(MemoryLayout<sockaddr_in6>.size)
    }

    /// Puts another port into an endpoint that was written before: both forms have it in one place.
    static func setPort(_ port: UInt16, at place: UnsafeMutableRawPointer) {
        place.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
    }

    /// Reads what the kernel wrote; what is neither version is nobody.
    static func read(_ place: UnsafeRawPointer) -> IPEndpoint {
        switch Int32(place.load(as: sa_family_t.self)) {
        case AF_INET: IPEndpoint(place.load(as: sockaddr_in.self).endpoint)
        case AF_INET6: place.load(as: sockaddr_in6.self).endpoint
        default: IPEndpoint(address: IPAddress(.any), port: 0)
        }
    }
}

extension IPEndpoint {
    /// Reads what the kernel wrote of a socket, for those who have it from another library.
    ///
    /// - Parameter place: a `sockaddr` of any family, as long as its family demands; what is neither version of IP is nobody.
    package init(socketAddress place: UnsafeRawPointer) {
        self = SocketAddress.read(place)
    }
}

extension IPFamily {
    /// The address family of socket(2).
    var domain: Int32 {
        switch self {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        }
    }
}

extension IPAddress {
    /// An address of IPv6 as packets have it: sixteen octets.
    init(octets: in6_addr, zone: UInt32) {
        let halves = unsafeBitCast(octets, to: (UInt64, UInt64).self)
        self.init(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1), zone: zone)
    }

    /// The sixteen octets as packets have them.
    var octets: in6_addr { unsafeBitCast((high.bigEndian, low.bigEndian), to: in6_addr.self) }
}

extension sockaddr_in6 {
    init(_ endpoint: IPEndpoint) {
        self.init()
        sin6_family = sa_family_t(AF_INET6)
        sin6_port = endpoint.port.bigEndian
        sin6_addr = endpoint.address.octets
        sin6_scope_id = endpoint.address.zone
    }

    var endpoint: IPEndpoint {
        IPEndpoint(address: IPAddress(octets: sin6_addr, zone: sin6_scope_id), port: UInt16(bigEndian: sin6_port))
    }
}

extension sockaddr_in {
    init(_ endpoint: Endpoint) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = endpoint.port.bigEndian
        sin_addr.s_addr = endpoint.address.value.bigEndian
    }

    var endpoint: Endpoint {
        Endpoint(address: IPv4Address(UInt32(bigEndian: sin_addr.s_addr)), port: UInt16(bigEndian: sin_port))
    }
}

/// Sets an integer socket option.
func setOption(
    _ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32, _ name: String
) throws(SystemError) {
    var value = value
    try check("setsockopt", name) { setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) }
}

/// Has the calls of a socket that somebody else opened answer EAGAIN where they would wait.
func neverBlock(_ socket: Int32) throws(SystemError) {
    let flags = try check("fcntl", "F_GETFL") { fcntl(socket, F_GETFL) }
    try check("fcntl", "F_SETFL") { fcntl(socket, F_SETFL, flags | O_NONBLOCK) }
}

/// Lets the kernel queue more for a socket: past the system's limit with CAP_NET_ADMIN, else up to it. What it may queue
/// already, for somebody else asked who had that capability, stays.
func setReceiveBuffer(_ socket: Int32, _ octets: Int32) throws(SystemError) {
    var (present, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
    // The kernel counts its own part: twice what was asked for (socket(7)).
    if getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &present, &size) == 0, present / 2 >= octets { return }
    if (try? setOption(socket, SOL_SOCKET, SO_RCVBUFFORCE, octets, "SO_RCVBUFFORCE")) == nil {
        try setOption(socket, SOL_SOCKET, SO_RCVBUF, octets, "SO_RCVBUF")
    }
}

/// Binds a socket to an endpoint of its family.
func bind(_ socket: Int32, _ kind: String, to local: IPEndpoint) throws(SystemError) {
    try check("bind", "\(kind) \(local)") {
        withUnsafeTemporaryAllocation(byteCount: SocketAddress.stride, alignment: 8) { place in
            guard let start = place.baseAddress else { return -1 }
            let length = SocketAddress.write(local, to: start)
            return Glibc.bind(socket, start.assumingMemoryBound(to: sockaddr.self), length)
        }
    }
}
