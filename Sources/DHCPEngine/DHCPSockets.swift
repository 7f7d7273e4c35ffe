package import LinuxIO
import Wire

/// The sockets of the DHCP engine, opened while the process still has its privileges.
package final class DHCPSockets: Sendable {
    let packets: PacketSocket
    /// What leaves in frames of our own.
    let frames: PacketSocket
    let bootService: DatagramSocket
    /// What the card brings for ports 69 and 4011, whether a firewall lets it through or not.
    let arrivals: PacketSocket
    /// Port 67, when no other daemon of this host owns it.
    let claim: PortClaim?
    let network: NetlinkSocket

    /// UDP ports of the DHCP server and of the PXE boot service.
    package static let serverPort: UInt16 = 67
    package static let clientPort: UInt16 = 68
    package static let bootServicePort: UInt16 = 4011

    /// - Throws: `SystemError`; that port 67 is taken is no error, that port 4011 is taken is one, for UEFI clients
    ///   would ask somebody else.
    package init() throws(SystemError) {
        let packets = try PacketSocket()
        let frames = try PacketSocket(sendsOnly: true)
        let bootService = try DatagramSocket(
            local: IPEndpoint(address: IPAddress(.any), port: Self.bootServicePort), receiveBuffer: 1 << 20)
        let arrivals = try PacketSocket(hearingRequests: ())
        let network = try NetlinkSocket()
        claim = try Self.claimServerPort()
        self.packets = packets
        self.frames = frames
        self.bootService = bootService
        self.arrivals = arrivals
        self.network = network
    }

    /// Whether a DHCP daemon of this host owns port 67; clients are served all the same.
    package var sharesHostWithDaemon: Bool {
        switch claim {
        case .some: false
        case .none: true
        }
    }

    private static func claimServerPort() throws(SystemError) -> PortClaim? {
        do {
            return try PortClaim(port: serverPort)
        } catch {
            guard error.isAddressInUse else { throw error }
            return nil
        }
    }
}
