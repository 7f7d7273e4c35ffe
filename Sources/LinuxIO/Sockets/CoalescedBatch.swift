import CLinuxNet
import Glibc
package import Wire

/// Room for many messages received with one system call, each one datagram or several of one sender that the kernel
/// kept together (UDP_GRO, udp(7)); they are taken apart where they lie.
package struct CoalescedBatch: ~Copyable {
    private let capacity: Int
    private let messages: UnsafeMutablePointer<pilotfish_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let addresses: UnsafeMutableRawPointer
    private let control: UnsafeMutableRawPointer
    private let buffers: UnsafeMutableRawPointer
    /// What each message's control data said, read once.
    private let heads: UnsafeMutablePointer<Head>
    /// Messages that the latest receive used, and the next one must make ready again.
    private var used: Int

    /// The longest that the kernel makes of coalesced datagrams.
    private static let slotSize = 65_536

    /// Whom a message is from and to, and how it is cut.
    package struct Head: Sendable {
        package fileprivate(set) var source = IPEndpoint(address: IPAddress(.any), port: 0)
        /// The IPv4 address of ours that it came to; `any` when the socket does not tell.
        package fileprivate(set) var local = IPv4Address.any
        package fileprivate(set) var length = 0
        /// Octets of each datagram but the last, which may be shorter.
        package fileprivate(set) var segmentSize = 1
        /// Datagrams in it.
        package var segments: Int { length <= segmentSize ? 1 : (length + segmentSize - 1) / segmentSize }
    }

    /// Messages that the last receive brought.
    package private(set) var count = 0

    package init(capacity: Int = 32) {
        self.capacity = capacity
        used = capacity
        messages = .allocate(capacity: capacity)
        vectors = .allocate(capacity: capacity)
        addresses = .allocate(byteCount: capacity * SocketAddress.stride, alignment: 16)
        heads = .allocate(capacity: capacity)
        control = .allocate(byteCount: capacity * Int(PILOTFISH_CONTROL_SIZE), alignment: 16)
        buffers = .allocate(byteCount: capacity * Self.slotSize, alignment: 4096)
        messages.initialize(repeating: pilotfish_message(), count: capacity)
        addresses.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * SocketAddress.stride)
        heads.initialize(repeating: Head(), count: capacity)
        for index in 0..<capacity {
            vectors.advanced(by: index).initialize(
                to: iovec(iov_base: buffers.advanced(by: index * Self.slotSize), iov_len: Self.slotSize))
            messages[index].header.msg_name = addresses.advanced(by: index * SocketAddress.stride)
            messages[index].header.msg_iov = vectors.advanced(by: index)
            messages[index].header.msg_iovlen = 1
            messages[index].header.msg_control = control.advanced(by: index * Int(PILOTFISH_CONTROL_SIZE))
        }
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        addresses.deallocate()
        heads.deallocate()
        control.deallocate()
        buffers.deallocate()
    }

    /// Takes what waits on the socket, without waiting for more.
    ///
    /// - Returns: whether the batch was filled, so that more may wait.
    /// - Throws: `SystemError`, ICMP errors of what was sent before among them; an empty socket is no error.
    package mutating func receive(from socket: ClientSocket) throws(SystemError) -> Bool {
        for index in 0..<used {
            messages[index].header.msg_namelen = socklen_t(SocketAddress.stride)
            messages[index].header.msg_controllen = Int(PILOTFISH_CONTROL_SIZE)
        }
        count = 0
        used = 0
        let received = pilotfish_recvmmsg(
            socket.descriptor.number, messages, UInt32(capacity), pilotfish_msg_dontwait)
        guard received >= 0 else {
            let error = SystemError(call: "recvmmsg")
            if error.isWouldBlock || error.code == EINTR { return false }
            throw error
        }
        count = Int(received)
        used = count
        for index in 0..<count { readHead(index) }
        return count == capacity
    }

    /// Throws away what the error queue holds, so that it does not fill the socket's buffer.
    package mutating func discardErrors(of socket: ClientSocket) {
        used = capacity
        while pilotfish_recvmmsg(
            socket.descriptor.number, messages, UInt32(capacity), pilotfish_msg_dontwait | pilotfish_msg_errqueue) > 0
        {
            for index in 0..<capacity { messages[index].header.msg_controllen = Int(PILOTFISH_CONTROL_SIZE) }
        }
    }

    /// Whom a message is from and to.
    package func head(_ index: Int) -> Head {
        precondition(index < count, "no such message")
        return heads[index]
    }

    /// The octets of one datagram of a message; valid until the next receive.
    @_lifetime(borrow self)
    package func datagram(_ index: Int, segment: Int) -> RawSpan {
        precondition(index < count, "no such message")
        let size = heads[index].segmentSize
        let length = heads[index].length
        let start = segment * size
        precondition(start >= 0 && (start < length || start == 0), "no such datagram")
        let bytes = UnsafeRawBufferPointer(
            start: buffers.advanced(by: index * Self.slotSize + start), count: min(size, length - start))
        return _overrideLifetime(bytes.bytes, borrowing: self)
    }

    private func readHead(_ index: Int) {
        var size: UInt32 = 0
        var addressed: UInt32 = 0
        pilotfish_coalesced(&messages[index].header, &size, &addressed)
        let length = min(Int(messages[index].length), Self.slotSize)
        heads[index].source = SocketAddress.read(addresses.advanced(by: index * SocketAddress.stride))
        heads[index].local = IPv4Address(UInt32(bigEndian: addressed))
        heads[index].length = length
        heads[index].segmentSize = size == 0 ? max(length, 1) : Int(size)
    }
}
