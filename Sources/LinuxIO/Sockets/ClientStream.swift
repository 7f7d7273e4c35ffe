import CLinuxNet
import Glibc
package import Wire

/// A TCP connection that plays a client from an address of its own; never blocks.
package final class ClientStream: Sendable {
    package let descriptor: OwnedDescriptor

    /// Begins to connect. The descriptor takes output when that has come to something.
    ///
    /// - Parameters:
    ///   - local: the address to come from; its port is the kernel's choice.
    ///   - buffer: octets the kernel may keep of what was not read, so that thousands of connections have a limit.
    /// - Throws: `SystemError` with the address as its subject.
    package init(from local: IPv4Address, to server: Endpoint, buffer: Int32) throws(SystemError) {
        descriptor = OwnedDescriptor(try check("socket", "TCP \(server)") { pilotfish_stream_socket(AF_INET) })
        let number = descriptor.number
        try setOption(number, SOL_SOCKET, SO_RCVBUF, buffer, "SO_RCVBUF")
        // Chosen by connect, a port is taken for this one server only (ip(7)).
        try setOption(number, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1, "IP_BIND_ADDRESS_NO_PORT")
        try bind(number, "TCP", to: IPEndpoint(address: IPAddress(local), port: 0))
        var address = sockaddr_in(server)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 || errno == EINPROGRESS else { throw SystemError(call: "connect", subject: "\(server)") }
    }

    /// What became of connecting, or of the connection since.
    ///
    /// - Throws: `SystemError` when the other side refused, or broke it off.
    package func confirm() throws(SystemError) {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        try check("getsockopt", "SO_ERROR") { getsockopt(descriptor.number, SOL_SOCKET, SO_ERROR, &code, &length) }
        if code != 0 { throw SystemError(code, call: "connect") }
    }

    /// Sends octets.
    ///
    /// - Returns: how many the kernel took; 0 when it takes none now.
    package func send(_ octets: ArraySlice<UInt8>) throws(SystemError) -> Int {
        try LentStream(descriptor.number).send(octets, hasMore: false)
    }

    /// Takes what has come, over what the buffer held.
    ///
    /// - Returns: how many octets; 0 at the end of the stream, nil when nothing waits.
    package func receive(into buffer: inout [UInt8]) throws(SystemError) -> Int? {
        let number = descriptor.number
        return try Self.arrived { buffer.withUnsafeMutableBytes { recv(number, $0.baseAddress, $0.count, 0) } }
    }

    /// Throws away what has come, without a look at it (MSG_TRUNC, tcp(7)).
    ///
    /// - Parameter limit: octets at most.
    /// - Returns: as `receive`.
    package func discard(_ limit: Int) throws(SystemError) -> Int? {
        let number = descriptor.number
        return try Self.arrived { recv(number, nil, limit, Int32(MSG_TRUNC)) }
    }

    private static func arrived(_ body: () -> Int) throws(SystemError) -> Int? {
        while true {
            let result = body()
            if result >= 0 { return result }
            let code = errno
            if code == EAGAIN { return nil }
            if code != EINTR { throw SystemError(code, call: "recv") }
        }
    }
}
