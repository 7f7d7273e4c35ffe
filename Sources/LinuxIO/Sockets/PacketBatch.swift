import CLinuxNet
import Glibc
package import Wire

/// IPv4 packets for one `sendmmsg` on a packet socket, copied into memory that is allocated once.
package struct PacketBatch: ~Copyable {
    private let capacity: Int
    private let messages: UnsafeMutablePointer<pilotfish_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let addresses: UnsafeMutablePointer<sockaddr_ll>
    private let packets: UnsafeMutableRawPointer

    /// What one Ethernet frame holds; DHCP replies are never larger.
    private static let slotSize = 1500

    /// Packets that wait.
    package private(set) var count = 0

    /// - Parameter capacity: packets per system call; the kernel takes 1,024 at most.
    package init(capacity: Int = 64) {
        self.capacity = capacity
        messages = .allocate(capacity: capacity)
        vectors = .allocate(capacity: capacity)
        addresses = .allocate(capacity: capacity)
        packets = .allocate(byteCount: capacity * Self.slotSize, alignment: 16)
        messages.initialize(repeating: pilotfish_message(), count: capacity)
        addresses.initialize(repeating: sockaddr_ll(), count: capacity)
        for index in 0..<capacity {
            vectors.advanced(by: index).initialize(
                to: iovec(iov_base: packets.advanced(by: index * Self.slotSize), iov_len: 0))
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

    /// Adds a packet; the batch must not be full.
    ///
    /// - Parameters:
    ///   - packet: from the IPv4 header on, at most 1,500 octets.
    ///   - interface: index of the interface that it leaves by.
    ///   - hardware: the link-layer receiver.
    package mutating func add(_ packet: [UInt8], interface: Int32, to hardware: MACAddress) {
        precondition(!isFull && packet.count <= Self.slotSize, "no room for the packet")
        packets.advanced(by: count * Self.slotSize).copyMemory(from: packet, byteCount: packet.count)
        vectors[count].iov_len = packet.count
        let address = addresses.advanced(by: count)
        address.pointee.sll_ifindex = interface
        withUnsafeMutableBytes(of: &address.pointee.sll_addr) { octets in
            for index in 0..<6 { octets[index] = UInt8(truncatingIfNeeded: hardware.value >> UInt64(40 - 8 * index)) }
        }
        count += 1
    }

    /// Sends all packets and empties the batch.
    ///
    /// - Parameter refused: called for each packet that did not go out, with its errno.
    package mutating func flush(on socket: borrowing PacketSocket, refused: (SystemError) -> Void) {
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
            // Without room for this one there is none for the others.
            let lost = code == EAGAIN || code == ENOBUFS ? count - next : 1
            for _ in 0..<lost { refused(SystemError(code, call: "sendmmsg", subject: "packet socket")) }
            next += lost
        }
        count = 0
    }
}
