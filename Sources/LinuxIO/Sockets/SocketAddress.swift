import CLinuxNet
import Glibc
import Wire

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

/// Lets the kernel queue more for a socket: past the system's limit with CAP_NET_ADMIN, else up to it.
func setReceiveBuffer(_ socket: Int32, _ octets: Int32) throws(SystemError) {
    if (try? setOption(socket, SOL_SOCKET, SO_RCVBUFFORCE, octets, "SO_RCVBUFFORCE")) == nil {
        try setOption(socket, SOL_SOCKET, SO_RCVBUF, octets, "SO_RCVBUF")
    }
}

/// Binds a socket to an IPv4 endpoint.
func bind(_ socket: Int32, _ kind: String, to local: Endpoint) throws(SystemError) {
    var address = sockaddr_in(local)
    try check("bind", "\(kind) \(local)") {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
