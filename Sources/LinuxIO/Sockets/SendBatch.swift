import CLinuxNet
import Glibc
package import Wire

/// Many datagrams for one `sendmmsg`, each a list of pieces that stay where they are: nothing is copied in our memory.
///
/// With a segment size, one message is a super-packet: the kernel cuts it into datagrams of that size (UDP_SEGMENT,
/// udp(7)), which costs a tenth of sending them one by one.
package struct SendBatch: ~Copyable {
    /// Our own address that a datagram leaves from, when the socket is bound to none.
    package struct Origin: Sendable, Hashable {
        package var address: IPAddress
        /// The interface to leave by; 0 lets the routing table say.
        package var interface: Int32

        package init(address: IPAddress, interface: Int32) {
            self.address = address
            self.interface = interface
        }
    }

    private let messageCapacity: Int
    private let vectorCapacity: Int
    private let messages: UnsafeMutablePointer<pilotfish_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let addresses: UnsafeMutableRawPointer
    private let control: UnsafeMutableRawPointer
    private let scratch: UnsafeMutableRawPointer
    private var vectorCount = 0
    private var scratchCount = 0

    /// Octets that a message may hold of the batch's own memory.
    private static let scratchPerMessage = 640

    /// Messages begun since the last flush.
    package private(set) var count = 0

    /// - Parameters:
    ///   - messages: per system call; the kernel takes 1,024 at most.
    ///   - vectors: pieces of all messages together.
    package init(messages messageCapacity: Int = 64, vectors vectorCapacity: Int = 8192) {
        self.messageCapacity = messageCapacity
        self.vectorCapacity = vectorCapacity
        messages = .allocate(capacity: messageCapacity)
        vectors = .allocate(capacity: vectorCapacity)
        addresses = .allocate(byteCount: messageCapacity * SocketAddress.stride, alignment: 16)
        control = .allocate(byteCount: messageCapacity * Int(PILOTFISH_CONTROL_SIZE), alignment: 16)
        scratch = .allocate(byteCount: messageCapacity * Self.scratchPerMessage, alignment: 16)
        messages.initialize(repeating: pilotfish_message(), count: messageCapacity)
        vectors.initialize(repeating: iovec(), count: vectorCapacity)
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        addresses.deallocate()
        control.deallocate()
        scratch.deallocate()
    }

    /// Whether so many more messages with so many pieces in all fit.
    package func hasRoom(forMessages messages: Int = 1, vectors: Int) -> Bool {
        count + messages <= messageCapacity && vectorCount + vectors <= vectorCapacity
    }

    /// Begins a message; `add` its pieces, then `end` it.
    ///
    /// - Parameter segmentSize: octets per datagram of a super-packet; 0 for a single datagram.
    package mutating func begin(to destination: IPEndpoint, from origin: Origin?, segmentSize: Int = 0) {
        precondition(count < messageCapacity, "the batch is full")
        let address = addresses.advanced(by: count * SocketAddress.stride)
        messages[count].header.msg_name = address
        messages[count].header.msg_namelen = SocketAddress.write(destination, to: address)
        messages[count].header.msg_iov = vectors.advanced(by: vectorCount)
        messages[count].header.msg_iovlen = 0
        messages[count].header.msg_control = control.advanced(by: count * Int(PILOTFISH_CONTROL_SIZE))
        pilotfish_control_begin(&messages[count].header)
        if let origin { name(origin) }
        if segmentSize > 0 {
            pilotfish_control_segment_size(&messages[count].header, UInt16(segmentSize))
        }
        pilotfish_control_finish(&messages[count].header)
    }

    /// Says where the message begun last leaves from.
    private func name(_ origin: Origin) {
        if let ipv4 = origin.address.ipv4 {
            pilotfish_control_packet_info(&messages[count].header, ipv4.value.bigEndian, origin.interface)
            return
        }
        withUnsafeBytes(of: origin.address.octets) { octets in
            pilotfish_control_packet_info6(
                &messages[count].header, octets.baseAddress?.assumingMemoryBound(to: UInt8.self), origin.interface)
        }
    }

    /// Adds a piece to the message begun last; the memory must stay until `flush`.
    package mutating func add(_ start: UnsafeRawPointer, count length: Int) {
        precondition(vectorCount < vectorCapacity, "no room for another piece")
        vectors[vectorCount] = iovec(iov_base: UnsafeMutableRawPointer(mutating: start), iov_len: length)
        vectorCount += 1
        let message = messages.advanced(by: count)
        message.pointee.header.msg_iovlen += 1
    }

    /// Adds a copy of a few octets of our own: an OACK, an error.
    ///
    /// - Parameter octets: at most 640.
    package mutating func addCopy(_ octets: [UInt8]) {
        precondition(octets.count <= Self.scratchPerMessage, "too long for a copy")
        let place = scratch.advanced(by: scratchCount)
        place.copyMemory(from: octets, byteCount: octets.count)
        scratchCount += octets.count
        add(place, count: octets.count)
    }

    package mutating func end() {
        count += 1
    }

    /// Sends all messages and empties the batch.
    ///
    /// - Parameter refused: called, in order, for each message that did not go out, with its position and errno. After
    ///   EAGAIN and ENOBUFS, which say that a queue is full, all later messages are refused with it too.
    package mutating func flush(on socket: borrowing DatagramSocket, refused: (Int, Int32) -> Void) {
        var next = 0
        var hasRetried = false
        while next < count {
            let sent = pilotfish_sendmmsg(
                socket.descriptor.number, messages.advanced(by: next), UInt32(count - next), pilotfish_msg_dontwait)
            if sent > 0 {
                next += Int(sent)
                hasRetried = false
                continue
            }
            let code = errno
            if code == EINTR { continue }
            // With IP_RECVERR an ICMP error, caused by any client and forgeable by anybody, is reported to whoever sends
            // next, once, as one of many errnos. Only what the kernel says twice is about this message.
            let isFull = code == EAGAIN || code == ENOBUFS
            if !hasRetried, !isFull {
                hasRetried = true
                continue
            }
            hasRetried = false
            if isFull {
                for index in next..<count { refused(index, code) }
                break
            }
            refused(next, code)
            next += 1
        }
        count = 0
        vectorCount = 0
        scratchCount = 0
    }
}
