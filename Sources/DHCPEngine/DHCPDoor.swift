import BootPolicy
package import LinuxIO
import Wire

/// Where DHCP comes in and leaves by: decided once, when the sockets are opened. All that is decided about a packet is the
/// same behind both.
enum DHCPDoor: ~Copyable, Sendable {
    /// Packet sockets see every packet of the link.
    case packets(PacketDoor)
    /// Port 67 itself, opened by somebody else, for a process that may have no packet socket. It hears what the kernel
    /// takes for this host's own: nothing that a firewall drops, and nothing of what DHCP servers answer.
    case bound(DatagramSocket)

    /// - Parameters:
    ///   - passed: port 67, opened and bound by somebody else; it is read only where packet sockets are refused.
    ///   - packets: packet sockets that somebody else opened; whoever did had port 67 as well, if it could be had.
    /// - Throws: `SystemError`; that port 67 is taken is no error as long as there are packet sockets.
    static func open(
        passed: HandOver<OwnedDescriptor>?, packets: HandOver<PacketSockets>?
    ) throws(SystemError) -> DHCPDoor {
        if let packets {
            let claim = if let passed { try PortClaim(adopting: passed.take()) } else { nil as PortClaim? }
            return .packets(PacketDoor(sockets: packets.take(), claim: claim))
        }
        let sockets: PacketSockets
        do throws(SystemError) {
            sockets = try PacketSockets()
        } catch {
            guard error.refusesSocket, let passed else { throw error }
            return .bound(
                try DatagramSocket(adopting: passed.take(), options: .broadcast, receiveBuffer: PacketSocket.room))
        }
        let claim =
            if let passed { try PortClaim(adopting: passed.take()) } else {
                try PortClaim.ifFree(DHCPSockets.serverPort)
            }
        return .packets(PacketDoor(sockets: sockets, claim: claim))
    }

    /// Has a set of descriptors stir for what comes in.
    ///
    /// - Parameters:
    ///   - token: of port 67.
    ///   - arrivals: of what the card brings for ports 69 and 4011.
    func watch(on epoll: borrowing Epoll, token: UInt64, arrivals: UInt64) throws(SystemError) {
        switch self {
        case .packets(let door):
            try epoll.add(door.sockets.packets.descriptor, token: token)
            try epoll.add(door.sockets.arrivals.descriptor, token: arrivals)
        case .bound(let socket): try epoll.add(socket.descriptor, token: token)
        }
    }

    /// Takes what has come to port 67, and to 68 where that is heard.
    ///
    /// - Returns: whether more may wait.
    func receive(into batch: inout ReceiveBatch) throws(SystemError) -> Bool {
        switch self {
        case .packets(let door): try batch.receive(from: door.sockets.packets.descriptor)
        case .bound(let socket): try batch.receive(from: socket.descriptor)
        }
    }

    /// Takes what the card has brought for ports 69 and 4011; nothing where nobody looks at the card.
    func receiveArrivals(into batch: inout ReceiveBatch) throws(SystemError) {
        switch self {
        case .packets(let door): _ = try batch.receive(from: door.sockets.arrivals.descriptor)
        case .bound: break
        }
    }
}

/// Packet sockets, and port 67 held beside them.
struct PacketDoor: ~Copyable, Sendable {
    let sockets: PacketSockets
    /// Port 67, when no other daemon of this host owns it.
    let claim: PortClaim?
}

/// The packet sockets of the proxy.
package struct PacketSockets: ~Copyable, Sendable {
    package let packets: PacketSocket
    /// What leaves in frames of our own.
    package let frames: PacketSocket
    /// What the card brings for ports 69 and 4011, whether a firewall lets it through or not.
    package let arrivals: PacketSocket

    /// Needs CAP_NET_RAW.
    ///
    /// - Throws: `SystemError`
    package init() throws(SystemError) {
        let packets = try PacketSocket()
        let frames = try PacketSocket(sendsOnly: true)
        self.init(packets: packets, frames: frames, arrivals: try PacketSocket(hearingRequests: ()))
    }

    /// The same, opened by somebody else in this way.
    package init(packets: consuming PacketSocket, frames: consuming PacketSocket, arrivals: consuming PacketSocket) {
        self.packets = packets
        self.frames = frames
        self.arrivals = arrivals
    }
}
