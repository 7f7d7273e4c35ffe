import Exchange
import Glibc
import LinuxIO
import Testing
import Wire

@testable import TFTPEngine

@Suite("Transfers over IPv6", .serialized)
struct TransferIPv6Tests {
    /// Every address of both versions on this host, and the two that every test host has.
    private static let everywhere = [IPAddress.anyIPv6, .ourselvesIPv6]

    @Test(
        "every octet arrives, from the address and from all addresses", arguments: everywhere, [(512, 1), (1448, 64)])
    func fetches(listen: IPAddress, shape: (block: Int, window: Int)) throws {
        let fixture = try WorkerFixture(listen: listen)
        defer { fixture.stop() }
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try fixture.write("f", bytes)
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        let options = [("blksize", shape.block), ("windowsize", shape.window)]
        for _ in 0..<3 {
            #expect(client.fetch("f", blockSize: shape.block, window: shape.window, options: options) == bytes)
        }
        #expect(fixture.reaches(.tftpCompleted, 3))
    }

    @Test("the largest block goes whole, and loopback's packets hold no larger one")
    func largestBlock() throws {
        let fixture = try WorkerFixture(listen: .anyIPv6)
        defer { fixture.stop() }
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        try fixture.write("f", bytes)
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        let options = [("blksize", 65_464), ("windowsize", 4)]
        #expect(client.fetch("f", blockSize: 65_464, window: 4, options: options) == bytes)
    }

    @Test(
        "one port of both versions, each with transfers of its own; in single-port mode too", arguments: [false, true])
    func bothVersions(isSinglePort: Bool) throws {
        let ports: TransferPorts = isSinglePort ? .listening : .any
        let port = try DatagramSocket(local: IPEndpoint(address: IPAddress(.any), port: 0)).local.port
        let old = IPEndpoint(address: IPAddress(.any), port: port)
        let both = try TFTPSockets(listen: [old, IPEndpoint(address: .anyIPv6, port: port)], ports: ports)
        #expect(both.local.map(\.port) == [port, port])
        #expect(both.doors[0].sockets.upperBound == both.doors[1].sockets.lowerBound)
        #expect(both.doors[1].sockets.upperBound == both.pool.count)
        for door in both.doors {
            for socket in door.sockets {
                #expect(both.pool[socket].socket.local.address == door.listener.socket.local.address)
            }
        }
    }

    @Test("a request to everybody on the link gets silence")
    func multicast() throws {
        let fixture = try WorkerFixture(listen: .anyIPv6)
        defer { fixture.stop() }
        try fixture.write("f", [7])
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        var link = Int32(if_nametoindex("lo"))
        setsockopt(client.socket, Int32(IPPROTO_IPV6), IPV6_MULTICAST_IF, &link, socklen_t(MemoryLayout<Int32>.size))
        let everybody = IPAddress(high: 0xFF02 << 48, low: 1)
        client.send(PlainClient.request("f"), to: IPEndpoint(address: everybody, port: fixture.server.port))
        #expect(client.hearsNothing(milliseconds: 100))
        #expect(client.fetch("f", options: []) == [7])
        #expect(fixture.context.counters[.tftpStarted] == 1)
    }

    @Test("networks of IPv6 name who is answered")
    func clients() throws {
        var limits = TFTPLimits.small
        limits.clients = [IPNetwork(address: IPAddress(high: 0x2001_0DB8 << 32, low: 0), prefixLength: 32)]
        let fixture = try WorkerFixture(limits: limits, listen: .anyIPv6)
        defer { fixture.stop() }
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        client.send(PlainClient.request("missing"), to: fixture.server)
        #expect(fixture.reaches(.tftpIgnored, 1))
        #expect(client.hearsNothing(milliseconds: 20))
    }

    @Test("the kernel says that nobody listens any more: the transfer ends at once")
    func unreachable() throws {
        let fixture = try WorkerFixture(listen: .anyIPv6)
        defer { fixture.stop() }
        try fixture.write("f", [UInt8](repeating: 1, count: 5000))
        let client = PlainClient(server: fixture.server)
        client.send(PlainClient.request("f"), to: fixture.server)
        let first = try #require(client.receive())
        client.send([0, 4, 0, 1], to: first.source)
        client.close()
        #expect(fixture.reaches(.tftpFailed, 1))
    }
}
