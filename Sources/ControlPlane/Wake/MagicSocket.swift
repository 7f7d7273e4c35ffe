package import LinuxIO
import Wire

/// What magic packets leave by.
package enum MagicSocket: ~Copyable, Sendable {
    /// As frames of their own type.
    case frames(PacketSocket)
    /// In broadcast datagrams, for a process that may have no packet socket: cards look for the octets in any frame.
    case datagrams(DatagramSocket)

    /// UDP port 9, of a service that throws away what it gets (RFC 863): what Wake-on-LAN by UDP usually goes to.
    private static let port: UInt16 = 9

    /// - Parameter passed: a packet socket that somebody else opened, which sends only.
    /// - Throws: `SystemError` when neither can be had.
    package static func open(passed: HandOver<OwnedDescriptor>? = nil) throws(SystemError) -> MagicSocket {
        if let passed { return .frames(PacketSocket(adopting: passed.take())) }
        do throws(SystemError) {
            return .frames(try PacketSocket(sendsOnly: true))
        } catch {
            guard error.refusesSocket else { throw error }
            let anywhere = IPEndpoint(address: IPAddress(.any), port: 0)
            return .datagrams(try DatagramSocket(local: anywhere, options: .broadcast))
        }
    }

    /// - Parameter interface: index of the interface that it leaves by.
    /// - Throws: `SystemError`; nothing was sent then.
    func wake(_ card: MACAddress, by interface: Int32) throws(SystemError) {
        let payload = MagicPacket.payload(waking: card)
        switch self {
        case .frames(let socket):
            try socket.send(payload, interface: interface, to: .broadcast, etherType: MagicPacket.etherType)
        case .datagrams(let socket):
            var batch = SendBatch(messages: 1, vectors: 1)
            let everyone = IPEndpoint(address: IPAddress(.broadcast), port: Self.port)
            try socket.send(payload, to: everyone, from: IPAddress(.any), interface: interface, with: &batch)
        }
    }
}
