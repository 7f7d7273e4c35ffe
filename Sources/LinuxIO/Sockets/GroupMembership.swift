import CLinuxNet
import Glibc
package import Wire

/// The interfaces on which a socket is a member of one multicast group (ip(7), IP_ADD_MEMBERSHIP).
package struct GroupMembership: Sendable {
    private let group: IPv4Address
    private var joined: Set<Int32> = []

    package init(group: IPv4Address) {
        self.group = group
    }

    /// Joins where the socket is not yet a member, and leaves where it no longer should be.
    ///
    /// - Returns: what failed; tried again at the next call. An interface that is gone took its membership with it.
    package mutating func update(_ interfaces: [Int32], of socket: borrowing DatagramSocket) -> [SystemError] {
        var failures: [SystemError] = []
        for interface in joined.subtracting(interfaces) {
            _ = try? request(IP_DROP_MEMBERSHIP, interface, socket)
            joined.remove(interface)
        }
        for interface in interfaces where !joined.contains(interface) {
            do throws(SystemError) {
                try request(IP_ADD_MEMBERSHIP, interface, socket)
                joined.insert(interface)
            } catch {
                failures.append(error)
            }
        }
        return failures
    }

    private func request(_ option: Int32, _ interface: Int32, _ socket: borrowing DatagramSocket) throws(SystemError) {
        var request = ip_mreqn()
        request.imr_multiaddr.s_addr = group.value.bigEndian
        request.imr_ifindex = interface
        let size = socklen_t(MemoryLayout<ip_mreqn>.size)
        let number = socket.descriptor.number
        try check("setsockopt", "\(group)") { setsockopt(number, Int32(IPPROTO_IP), option, &request, size) }
    }
}
