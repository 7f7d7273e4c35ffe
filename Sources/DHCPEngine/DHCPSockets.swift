package import LinuxIO
import Wire

/// The sockets of the DHCP engine, opened while the process still has its privileges.
package final class DHCPSockets: Sendable {
    let door: DHCPDoor
    let bootService: DatagramSocket
    let network: NetlinkSocket

    /// UDP ports of the DHCP server and of the PXE boot service.
    package static let serverPort: UInt16 = 67
    package static let clientPort: UInt16 = 68
    package static let bootServicePort: UInt16 = 4011

    /// - Parameters:
    ///   - server: port 67, and
    ///   - bootService: port 4011, where somebody else opened and bound them for us; of IPv4, at all addresses.
    ///   - packets: packet sockets, likewise.
    /// - Throws: `SystemError`; that port 67 is taken is no error, that port 4011 is taken is one, for UEFI clients
    ///   would ask somebody else. That packet sockets are refused is one when port 67 was not passed.
    package init(
        server: HandOver<OwnedDescriptor>? = nil, bootService: HandOver<OwnedDescriptor>? = nil,
        packets: HandOver<PacketSockets>? = nil
    ) throws(SystemError) {
        let door = try DHCPDoor.open(passed: server, packets: packets)
        self.bootService = try Self.openBootService(bootService)
        network = try NetlinkSocket()
        self.door = door
    }

    init(_ door: consuming DHCPDoor, bootService: consuming DatagramSocket) throws(SystemError) {
        network = try NetlinkSocket()
        self.door = door
        self.bootService = bootService
    }

    /// Port 4011, opened here or by somebody else.
    ///
    /// - Throws: `SystemError`
    package static func openBootService(
        _ passed: HandOver<OwnedDescriptor>? = nil
    ) throws(SystemError) -> DatagramSocket {
        let room = PacketSocket.room
        if let passed { return try DatagramSocket(adopting: passed.take(), receiveBuffer: room) }
        return try DatagramSocket(
            local: IPEndpoint(address: IPAddress(.any), port: bootServicePort), receiveBuffer: room)
    }

    /// Whether a DHCP daemon of this host owns port 67; clients are served all the same.
    package var sharesHostWithDaemon: Bool {
        switch door {
        case .packets(let door):
            switch door.claim {
            case .some: false
            case .none: true
            }
        case .bound: false
        }
    }

    /// Whether packets are heard by port 67 alone, for want of packet sockets.
    package var hearsByPortAlone: Bool {
        switch door {
        case .packets: false
        case .bound: true
        }
    }
}
