package import LinuxIO
package import Wire

/// The sockets of one worker: its share of port 69, and the ports that its transfers run from.
///
/// The pool is small and shared: one `sendmmsg` serves many clients, and no socket is made per transfer.
package final class TFTPSockets: Sendable {
    static let poolSize = 8

    let listener: DatagramSocket
    let pool: InlineArray<8, DatagramSocket>
    /// Whether replies must name the address they leave from, because the sockets are bound to none.
    private let namesOrigin: Bool

    /// Where requests come in, its port chosen.
    package var local: Endpoint { listener.local }

    /// What a reply must name to leave from `address`: nothing when the sockets are bound to one.
    func origin(_ address: IPv4Address) -> SendBatch.Origin? {
        namesOrigin ? SendBatch.Origin(address: address, interface: 0) : nil
    }

    /// Octets of requests and acknowledgements that the kernel may queue for us.
    private static let receiveBuffer: Int32 = 4 << 20

    /// - Parameter listen: where requests come in; with a port below 1024, CAP_NET_BIND_SERVICE is needed.
    package init(listen: Endpoint) throws(SystemError) {
        let listener = try DatagramSocket(local: listen, options: .sharedPort, receiveBuffer: Self.receiveBuffer)
        pool = try InlineArray<8, DatagramSocket> { (_) throws(SystemError) in
            try DatagramSocket(
                local: Endpoint(address: listen.address, port: 0), options: .reportsErrors,
                receiveBuffer: Self.receiveBuffer)
        }
        self.listener = listener
        namesOrigin = listen.address.isAny
    }
}
