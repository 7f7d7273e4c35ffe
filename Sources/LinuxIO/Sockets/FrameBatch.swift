import CLinuxNet
import Glibc
package import Wire

/// IPv4 packets for one `sendmmsg` on the packet socket; its memory is allocated once and used for ever.
package struct FrameBatch: ~Copyable {
    private let capacity: Int
    private let messages: UnsafeMutablePointer<pilotfish_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let addresses: UnsafeMutablePointer<sockaddr_ll>
    private let packets: UnsafeMutableRawPointer

    /// Octets of the longest packet: what one Ethernet frame holds.
    private static let slotSize = 1500

    /// Packets added since the last flush.
    package private(set) var count = 0

    /// - Parameter capacity: packets per system call.
    package init(capacity: Int = 16) {
        self.capacity = capacity
        messages = .allocate(capacity: capacity)
        vectors = .allocate(capacity: capacity)
        addresses = .allocate(capacity: capacity)
        packets = .allocate(byteCount: capacity * Self.slotSize, alignment: 16)
        messages.initialize(repeating: pilotfish_message(), count: capacity)
        for index in 0..<capacity {
            vectors.advanced(by: index).initialize(
                to: iovec(iov_base: packets.advanced(by: index * Self.slotSize), iov_len: 0))
            addresses.advanced(by: index).initialize(to: sockaddr_ll())
            addresses[index].sll_family = UInt16(AF_PACKET)
            addresses[index].sll_protocol = UInt16(ETH_P_IP).bigEndian
            addresses[index].sll_halen = 6
            messages[index].header.msg_name = UnsafeMutableRawPointer(addresses.advanced(by: index))
            messages[index].header.msg_namelen = socklen_t(MemoryLayout<sockaddr_ll>.size)
            messages[index].header.msg_iov = vectors.advanced(by: index)
            messages[index].header.msg_iovlen = 1
        }
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        addresses.deallocate()
        packets.deallocate()
    }

    package var isFull: Bool { count == capacity }

    /// Adds a copy of an IPv4 packet.
    ///
    /// - Parameters:
    ///   - packet: from the IPv4 header on, at most 1,500 octets.
    ///   - interface: index of the interface that it leaves by.
    ///   - hardware: the link-layer receiver.
    package mutating func add(_ packet: [UInt8], interface: Int32, to hardware: MACAddress) {
        precondition(!isFull, "the batch is full")
        precondition(packet.count <= Self.slotSize, "longer than an Ethernet frame")
        packet.withUnsafeBytes { octets in
            guard let start = octets.baseAddress else { return }
            packets.advanced(by: count * Self.slotSize).copyMemory(from: start, byteCount: octets.count)
        }
        vectors[count].iov_len = packet.count
        addresses[count].sll_ifindex = interface
        // The first six of eight octets, in network byte order.
        let number = (hardware.value << 16).bigEndian
        withUnsafeMutableBytes(of: &addresses[count].sll_addr) { $0.storeBytes(of: number, as: UInt64.self) }
        count += 1
    }

    /// Sends all packets and empties the batch.
    ///
    /// - Returns: those that did not go out, by their position, in order; after EAGAIN all later ones.
    package mutating func flush(on socket: borrowing PacketSocket) -> [(index: Int, error: SystemError)] {
        var refused: [(index: Int, error: SystemError)] = []
        var next = 0
        while next < count {
            let sent = pilotfish_sendmmsg(
                socket.descriptor.number, messages.advanced(by: next), UInt32(count - next), pilotfish_msg_dontwait)
            if sent > 0 {
                next += Int(sent)
                continue
            }
            let code = errno
            if code == EINTR { continue }
            let last = code == EAGAIN ? count : next + 1
            for index in next..<last {
                let subject = "interface \(addresses[index].sll_ifindex)"
                refused.append((index, SystemError(code, call: "sendmmsg", subject: subject)))
            }
            next = last
        }
        count = 0
        return refused
    }
}
