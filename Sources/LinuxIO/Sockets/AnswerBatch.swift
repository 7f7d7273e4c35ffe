import CLinuxNet
import Glibc
package import Wire

/// Many tiny datagrams of many clients to one server for one `sendmmsg`: all that does not change is written once.
package struct AnswerBatch: ~Copyable {
    private let capacity: Int
    private let messages: UnsafeMutablePointer<pilotfish_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let addresses: UnsafeMutableRawPointer
    private let control: UnsafeMutableRawPointer
    private let words: UnsafeMutablePointer<UInt32>
    private let namesSource: Bool
    /// What the messages point to; what an older one pointed to may stay a little longer.
    private var kept: [StableMemory?]

    /// Messages since the last flush.
    package private(set) var count = 0
    /// Messages that the kernel would not take, and the errno of the latest.
    package private(set) var refused = 0
    package private(set) var refusal: SystemError?

    package var isFull: Bool { count == capacity }

    /// - Parameters:
    ///   - server: where all of them go, the port apart.
    ///   - namesSource: each leaves from an IPv4 address of its own.
    package init(capacity: Int = 256, server: IPAddress, namesSource: Bool) {
        self.capacity = capacity
        self.namesSource = namesSource
        kept = Array(repeating: nil, count: capacity)
        messages = .allocate(capacity: capacity)
        vectors = .allocate(capacity: capacity)
        addresses = .allocate(byteCount: capacity * SocketAddress.stride, alignment: 16)
        words = .allocate(capacity: capacity)
        control = .allocate(byteCount: capacity * Int(PILOTFISH_CONTROL_SIZE), alignment: 16)
        messages.initialize(repeating: pilotfish_message(), count: capacity)
        vectors.initialize(repeating: iovec(), count: capacity)
        words.initialize(repeating: 0, count: capacity)
        for index in 0..<capacity {
            let address = addresses.advanced(by: index * SocketAddress.stride)
            messages[index].header.msg_name = address
            messages[index].header.msg_namelen = SocketAddress.write(
                IPEndpoint(address: server, port: 0), to: address)
            messages[index].header.msg_iov = vectors.advanced(by: index)
            messages[index].header.msg_iovlen = 1
            guard namesSource else { continue }
            messages[index].header.msg_control = control.advanced(by: index * Int(PILOTFISH_CONTROL_SIZE))
            pilotfish_control_begin(&messages[index].header)
            pilotfish_control_packet_info(&messages[index].header, 0, 0)
        }
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        addresses.deallocate()
        words.deallocate()
        control.deallocate()
    }

    /// Adds a datagram of four octets, given as a number in network order of its octets.
    package mutating func append(_ word: UInt32, to port: UInt16, from source: IPv4Address) {
        precondition(count < capacity, "the batch is full")
        words[count] = word.bigEndian
        append(UnsafeMutableRawPointer(words.advanced(by: count)), 4, port, source)
    }

    /// Adds a datagram whose octets lie elsewhere.
    package mutating func append(_ memory: StableMemory, to port: UInt16, from source: IPv4Address) {
        precondition(count < capacity, "the batch is full")
        kept[count] = memory
        append(memory.start, memory.count, port, source)
    }

    private mutating func append(
        _ start: UnsafeMutableRawPointer, _ length: Int, _ port: UInt16, _ source: IPv4Address
    ) {
        vectors[count] = iovec(iov_base: start, iov_len: length)
        SocketAddress.setPort(port, at: addresses.advanced(by: count * SocketAddress.stride))
        if namesSource { pilotfish_control_set_source(&messages[count].header, source.value.bigEndian) }
        count += 1
    }

    /// How often, and how long, a full socket is waited for: 10 ms in all, then clients' own timers must help.
    private static let patience = 200
    private static let nap = TimeSpan.microseconds(50)

    /// Sends all and empties the batch; what the kernel does not take is lost as on a wire, and counted.
    package mutating func flush(on socket: ClientSocket) {
        var next = 0
        var waited = 0
        while next < count {
            let sent = pilotfish_sendmmsg(
                socket.descriptor.number, messages.advanced(by: next), UInt32(count - next), pilotfish_msg_dontwait)
            if sent > 0 {
                next += Int(sent)
                continue
            }
            let error = SystemError(call: "sendmmsg")
            if error.code == EINTR { continue }
            if error.isWouldBlock || error.code == ENOBUFS, waited < Self.patience {
                waited += 1
                Clock.nap(Self.nap)
                continue
            }
            refusal = error
            refused += 1
            next += 1
        }
        count = 0
    }
}
