import Glibc
import LinuxIO
import Testing
import Wire

private let loopback = IPAddress(IPv4Address(127, 0, 0, 1))

/// Receives until `count` datagrams are there or two seconds have passed.
private func receive(_ count: Int, from socket: borrowing DatagramSocket) throws -> [[UInt8]] {
    var batch = ReceiveBatch()
    var datagrams: [[UInt8]] = []
    let end = Clock.now + .seconds(2)
    while datagrams.count < count, Clock.now < end {
        _ = try batch.receive(from: socket.descriptor)
        for index in 0..<batch.count { datagrams.append(batch.payload(index).array) }
        if batch.count == 0 { usleep(1000) }
    }
    return datagrams
}

extension DatagramSocket {
    /// Sends one datagram with a batch of its own.
    fileprivate func send(
        _ payload: [UInt8], to destination: IPEndpoint, from source: IPAddress, interface: Int32
    ) throws(SystemError) {
        var batch = SendBatch(messages: 1, vectors: 1)
        try send(payload, to: destination, from: source, interface: interface, with: &batch)
    }
}

@Suite("Datagram sockets", .serialized)
struct DatagramSocketTests {
    @Test("a super-packet arrives as its datagrams", arguments: [(1, 100), (4, 1432), (45, 1432), (64, 516)])
    func segments(count: Int, size: Int) throws {
        let sender = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        let receiver = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0), receiveBuffer: 1 << 20)
        let pieces = (0..<count).map { number in [UInt8](repeating: UInt8(number), count: size) }
        let bytes = pieces.flatMap(\.self) + [255]
        var batch = SendBatch(messages: 2, vectors: 200)
        var failures: [Int32] = []
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            batch.begin(to: receiver.local, from: nil, segmentSize: size)
            // Two pieces of memory for each datagram, as a TFTP block has.
            for number in 0..<count {
                batch.add(start + number * size, count: 4)
                batch.add(start + number * size + 4, count: size - 4)
            }
            if count < 64 { batch.add(start + count * size, count: 1) }
            batch.end()
            batch.flush(on: sender) { failures.append($1) }
        }
        #expect(failures.isEmpty)
        let expected = count < 64 ? pieces + [[255]] : pieces
        #expect(try receive(expected.count, from: receiver) == expected)
    }

    @Test("octets that have not left this host are told")
    func unsent() throws {
        let sender = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        #expect(sender.unsentOctets == 0)
        // A corked datagram waits for its end (udp(7)).
        var corked: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        try #require(setsockopt(sender.descriptor.number, Int32(IPPROTO_UDP), 1, &corked, size) == 0)
        try sender.send([UInt8](repeating: 1, count: 1000), to: sender.local, from: loopback, interface: 0)
        #expect(sender.unsentOctets >= 1000)
        corked = 0
        try #require(setsockopt(sender.descriptor.number, Int32(IPPROTO_UDP), 1, &corked, size) == 0)
        #expect(sender.unsentOctets == 0)
    }

    @Test("many messages to several clients go out in one batch, in order")
    func batches() throws {
        let sender = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        let first = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        let second = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        var batch = SendBatch(messages: 8, vectors: 8)
        for number in 0..<8 as Range<UInt8> {
            batch.begin(to: number % 2 == 0 ? first.local : second.local, from: nil)
            batch.addCopy([number])
            batch.end()
        }
        let isFull = !batch.hasRoom(vectors: 1)
        #expect(isFull)
        batch.flush(on: sender) { _, code in Issue.record("errno \(code)") }
        let isEmpty = batch.hasRoom(vectors: 8)
        #expect(isEmpty)
        #expect(try receive(4, from: first) == [[0], [2], [4], [6]])
        #expect(try receive(4, from: second) == [[1], [3], [5], [7]])
    }

    @Test("a mapped file that got shorter is an errno for its message, and no other message suffers")
    func shrunkFile() throws {
        let scratch = try ScratchDirectory()
        try scratch.write("f", [UInt8](repeating: 1, count: 8192))
        let file = try OpenFile(hostPath: scratch.path + "/f")
        let mapping = try MappedFile(file)
        let sender = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        let receiver = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        try #require(truncate(scratch.path + "/f", 0) == 0)
        var batch = SendBatch(messages: 3, vectors: 3)
        var failures: [Int] = []
        for number in 0..<3 as Range<UInt8> {
            batch.begin(to: receiver.local, from: nil)
            if number == 1, let start = mapping.start { batch.add(start, count: 100) } else { batch.addCopy([number]) }
            batch.end()
        }
        batch.flush(on: sender) { index, code in
            if SystemError(code, call: "sendmmsg").isBadMemory { failures.append(index) }
        }
        #expect(failures == [1])
        #expect(try receive(2, from: receiver) == [[0], [2]])
    }

    @Test("where a datagram came to is told, and replies leave from there")
    func packetInformation() throws {
        let wildcard = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: 0))
        let client = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: 0))
        let other = IPAddress(IPv4Address(127, 0, 0, 77))
        try client.send([1], to: IPEndpoint(address: other, port: wildcard.local.port), from: loopback, interface: 0)
        var batch = ReceiveBatch()
        _ = try batch.receive(from: wildcard.descriptor)
        try #require(batch.count == 1)
        let told = batch.destination(0)
        let destination = try #require(told)
        #expect(destination.address == other)
        #expect(destination.isOwnAddress)
        try wildcard.send([2], to: batch.source(0), from: destination.address, interface: 0)
        _ = try batch.receive(from: client.descriptor)
        try #require(batch.count == 1)
        let source = batch.source(0)
        #expect(source.address == other)
    }

    @Test("an ICMP error that one client caused refuses nothing to another")
    func errorOfAnother() throws {
        let sender = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0), options: .reportsErrors)
        let receiver = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        let gone = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0)).local
        let bytes = [UInt8](repeating: 5, count: 400)
        for _ in 0..<3 {
            try sender.send([1], to: gone, from: loopback, interface: 0)
            var batch = SendBatch(messages: 1, vectors: 1)
            bytes.withUnsafeBytes { buffer in
                guard let start = buffer.baseAddress else { return }
                batch.begin(to: receiver.local, from: nil, segmentSize: 100)
                batch.add(start, count: 400)
                batch.end()
                batch.flush(on: sender) { _, code in Issue.record("errno \(code)") }
            }
        }
        #expect(try receive(12, from: receiver).count == 12)
    }

    @Test("an ICMP error names the client that is gone")
    func errorQueue() throws {
        let sender = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0), options: .reportsErrors)
        let gone = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0)).local
        try sender.send([1], to: gone, from: loopback, interface: 0)
        var batch = ReceiveBatch()
        _ = try batch.receiveErrors(from: sender.descriptor)
        try #require(batch.count == 1)
        let (source, code) = (batch.source(0), batch.errorNumber(0))
        #expect(source == gone)
        #expect(code == SystemError.connectionRefused)
    }
}

@Suite("Port claim", .serialized)
struct PortClaimTests {
    @Test("fails where a daemon is, and lets one come later")
    func claims() throws {
        let owner = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: 0))
        let port = owner.local.port
        do throws(SystemError) {
            _ = try PortClaim(port: port)
            Issue.record("joined a port that somebody else owns")
        } catch {
            #expect(error.isAddressInUse)
        }
    }

    @Test("C125 a daemon that starts later binds beside it and gets the datagrams")
    func laterDaemon() throws {
        let free = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: 0)).local.port
        let claim = try PortClaim(port: free)
        let daemon = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(daemon) }
        var yes: Int32 = 1
        setsockopt(daemon, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(daemon, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = free.bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(daemon, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(bound == 0)
        let client = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        try client.send([42], to: IPEndpoint(address: loopback, port: free), from: loopback, interface: 0)
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(recv(daemon, &buffer, 16, 0) == 1)
        #expect(claim.socket.local.port == free)
    }
}

@Suite("Datagram sockets over IPv6", .serialized)
struct DatagramSocketIPv6Tests {
    private static let here = IPAddress(high: 0, low: 1)

    @Test(
        "a super-packet arrives as its datagrams, as many as one call may carry",
        arguments: [(1, 100), (44, 1452), (64, 516)])
    func segments(count: Int, size: Int) throws {
        let sender = try DatagramSocket(local: IPEndpoint(address: Self.here, port: 0))
        let receiver = try DatagramSocket(local: IPEndpoint(address: Self.here, port: 0), receiveBuffer: 1 << 20)
        let pieces = (0..<count).map { number in [UInt8](repeating: UInt8(number), count: size) }
        var batch = SendBatch(messages: 2, vectors: 200)
        let octets = pieces.flatMap(\.self)
        octets.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            batch.begin(to: receiver.local, from: nil, segmentSize: size)
            batch.add(start, count: buffer.count)
            batch.end()
            batch.flush(on: sender) { Issue.record("errno \($1)") }
        }
        #expect(try receive(count, from: receiver) == pieces)
    }

    @Test("where a datagram came to is told, replies leave from there, and IPv4 has the port to itself")
    func packetInformation() throws {
        // One that nobody has for IPv4 either.
        let port = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: 0)).local.port
        let wildcard = try DatagramSocket(local: IPEndpoint(address: .anyIPv6, port: port))
        _ = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: port))
        let client = try DatagramSocket(local: IPEndpoint(address: .anyIPv6, port: 0))
        try client.send([1], to: IPEndpoint(address: Self.here, port: port), from: Self.here, interface: 0)
        var batch = ReceiveBatch()
        _ = try batch.receive(from: wildcard.descriptor)
        try #require(batch.count == 1)
        let told = batch.destination(0)
        let destination = try #require(told)
        #expect(destination.address == Self.here)
        #expect(destination.isOwnAddress)
        #expect(destination.interface == Int32(if_nametoindex("lo")))
        #expect(batch.source(0) == IPEndpoint(address: Self.here, port: client.local.port))
    }

    @Test("an ICMP error names the client that is gone")
    func errorQueue() throws {
        let sender = try DatagramSocket(local: IPEndpoint(address: Self.here, port: 0), options: .reportsErrors)
        let gone = try DatagramSocket(local: IPEndpoint(address: Self.here, port: 0)).local
        try sender.send([1, 2, 3], to: gone, from: Self.here, interface: 0)
        var batch = ReceiveBatch()
        _ = try batch.receiveErrors(from: sender.descriptor)
        try #require(batch.count == 1)
        let (source, code) = (batch.source(0), batch.errorNumber(0))
        #expect(source == gone)
        #expect(code == SystemError.connectionRefused)
        #expect(batch.payload(0).array == [1, 2, 3])
    }
}

@Suite("Group membership", .serialized)
struct GroupMembershipTests {
    @Test("C83 the boot servers' group is heard only where it was joined, C78 and heard there")
    func membership() throws {
        let group = IPv4Address(224, 0, 1, 2)
        let interface = try #require(try NetlinkSocket().interfaces().all.values.first { $0.isLoopback }).index
        let server = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: 0))
        let other = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: 0))
        let client = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        let port = server.local.port
        func ask(_ octet: UInt8) throws {
            try client.send(
                [octet], to: IPEndpoint(address: IPAddress(group), port: port), from: loopback, interface: interface)
        }
        var membership = GroupMembership(group: group)
        // Another program's membership on the same host is none of ours.
        var another = GroupMembership(group: group)
        #expect(another.update([interface], of: other).isEmpty)
        try ask(1)
        #expect(membership.update([interface], of: server).isEmpty)
        #expect(membership.update([interface], of: server).isEmpty)
        try ask(2)
        #expect(try receive(1, from: server) == [[2]])
        #expect(membership.update([], of: server).isEmpty)
        try ask(3)
        try client.send([4], to: IPEndpoint(address: loopback, port: port), from: loopback, interface: 0)
        #expect(try receive(1, from: server) == [[4]])
        #expect(membership.update([0x7FFF_0000], of: server).count == 1)
    }
}

@Suite("Packet socket and interfaces", .serialized)
struct PacketSocketTests {
    @Test("C120 sees a datagram to port 67 on loopback, its checksum not computed yet, and C124 nothing of its own")
    func sees() throws {
        let sockets = try PacketSocket()
        let client = try DatagramSocket(local: IPEndpoint(address: loopback, port: 0))
        try client.send([9, 9], to: IPEndpoint(address: loopback, port: 66), from: loopback, interface: 0)
        try client.send([1, 2, 3], to: IPEndpoint(address: loopback, port: 67), from: loopback, interface: 0)
        var batch = ReceiveBatch()
        let end = Clock.now + .seconds(2)
        repeat { _ = try batch.receive(from: sockets.descriptor) } while batch.count == 0 && Clock.now < end
        // Loopback shows every packet going out and coming in; only the second is heard.
        try #require(batch.count == 1)
        let origin = batch.origin(0)
        #expect(!origin.isOutgoing)
        #expect(!origin.isForeign)
        do {
            let packet = try UDPPacket(ipv4: batch.payload(0), checksumReady: origin.isChecksumReady)
            #expect(IPEndpoint(packet.destination) == IPEndpoint(address: loopback, port: 67))
            #expect(packet.payload.array == [1, 2, 3])
        }
        _ = try batch.receive(from: sockets.descriptor)
        #expect(batch.count == 0)
    }

    @Test("the kernel's interfaces include loopback with its network")
    func interfaces() throws {
        let table = try NetlinkSocket().interfaces()
        let loopbackInterface = try #require(table.all.values.first { $0.isLoopback })
        #expect(loopbackInterface.networks.contains(IPv4Network(address: IPv4Address(127, 0, 0, 1), prefixLength: 8)))
        #expect(NetworkInterface.name(of: loopbackInterface.index) == loopbackInterface.name)
        #expect(NetworkInterface.address(of: loopbackInterface.index) == IPv4Address(127, 0, 0, 1))
        #expect(NetworkInterface.address(of: 0x7FFF_0000) == nil)
        #expect(!table.choose(names: []).served.contains { $0.isLoopback })
        #expect(table.choose(names: [loopbackInterface.name]).served.map(\.index) == [loopbackInterface.index])
    }
}

@Suite("A stream socket that is lent")
struct LentStreamTests {
    @Test(
        "what is sent of octets and a file arrives in order, as much as there is room for, and not beyond the file's end"
    )
    func sends() throws {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let near = OwnedDescriptor(ends[0])
        let far = OwnedDescriptor(ends[1])
        try #require(fcntl(near.number, F_SETFL, O_NONBLOCK) == 0)
        let scratch = try ScratchDirectory()
        let octets = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        try scratch.write("f", octets)
        let file = try OpenFile(100..<1_900_000, of: OpenFile(hostPath: scratch.path + "/f"))
        let stream = LentStream(near.number)
        #expect(try stream.send([1, 2, 3], hasMore: true) == 3)
        var sent: Int64 = 0
        var received: [UInt8] = []
        while sent < file.size {
            let taken = try #require(try stream.send(sent..<file.size, of: file))
            sent += Int64(taken)
            if taken == 0 { received += Self.receive(from: far) }
        }
        try #require(shutdown(near.number, Int32(SHUT_WR)) == 0)
        while case let octets = Self.receive(from: far), !octets.isEmpty { received += octets }
        #expect(received == [1, 2, 3] + octets[100..<1_900_000])
    }

    private static func receive(from socket: borrowing OwnedDescriptor) -> [UInt8] {
        let number = socket.number
        return [UInt8](unsafeUninitializedCapacity: 65_536) { $1 = max(recv(number, $0.baseAddress, $0.count, 0), 0) }
    }

    @Test("a file that got shorter is told, and so is a socket that nobody reads")
    func ends() throws {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let near = OwnedDescriptor(ends[0])
        let scratch = try ScratchDirectory()
        try scratch.write("f", [UInt8](repeating: 1, count: 8192))
        let file = try OpenFile(hostPath: scratch.path + "/f")
        try #require(truncate(scratch.path + "/f", 4096) == 0)
        let stream = LentStream(near.number)
        #expect(try stream.send(0..<4096, of: file) == 4096)
        #expect(try stream.send(4096..<8192, of: file) == nil)
        close(ends[1])
        #expect(throws: SystemError.self) { _ = try stream.send([1], hasMore: false) }
    }
}
