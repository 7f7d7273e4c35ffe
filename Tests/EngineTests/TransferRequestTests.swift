import BootPolicy
import Exchange
import Glibc
import LinuxIO
import Testing
import Wire

@testable import TFTPEngine

/// Reference 5.1 and 5.2 through a worker on loopback: what a request gets, and what it begins.
@Suite("Requests to a worker", .serialized)
struct TransferRequestTests {
    private let fixture: WorkerFixture
    private let client: PlainClient

    init() throws {
        fixture = try WorkerFixture()
        client = PlainClient(server: fixture.server)
    }

    private func end() {
        client.close()
        fixture.stop()
    }

    private static func acknowledge(_ number: UInt8, _ more: [UInt8] = []) -> [UInt8] { [0, 4, 0, number] + more }

    @Test(
        "T1, T2 two blocks from a port of the transfer's own, in any spelling of the mode",
        arguments: ["octet", "OCTET", "oCtEt"])
    func plain(mode: String) throws {
        defer { end() }
        try fixture.write("f", [UInt8](repeating: 5, count: 1000))
        client.send(PlainClient.request("f", mode: mode), to: fixture.server)
        let first = try #require(client.receive())
        #expect(first.bytes == [0, 3, 0, 1] + [UInt8](repeating: 5, count: 512))
        #expect(first.source.port != fixture.server.port)
        client.send(Self.acknowledge(1), to: first.source)
        let second = try #require(client.receive())
        #expect(second.bytes == [0, 3, 0, 2] + [UInt8](repeating: 5, count: 488))
        #expect(second.source == first.source)
        client.send(Self.acknowledge(2), to: first.source)
        #expect(client.hearsNothing(milliseconds: 50))
        #expect(fixture.reaches(.tftpCompleted, 1))
    }

    @Test("T3, T4, T32 mail, unknown modes, none, and what belongs elsewhere: error 4, and no transfer")
    func illegal() throws {
        defer { end() }
        try fixture.write("f", [1])
        let nonsense =
            [PlainClient.request("f", mode: "mail"), PlainClient.request("f", mode: "foo"), [0, 1, 0x66, 0]]
            + [[0, 4, 0, 1], [0, 3, 0, 1, 9]]
        for packet in nonsense {
            client.send(packet, to: fixture.server)
            #expect(client.receive()?.bytes.prefix(4) == [0, 5, 0, 4], "\(packet)")
        }
        #expect(fixture.context.counters[.tftpStarted] == 0)
    }

    @Test("T32 a flood of strays is not answered one by one")
    func strays() throws {
        defer { end() }
        for _ in 0..<400 { client.send([0, 4, 0, 1], to: fixture.server) }
        while fixture.context.counters[.tftpRequests] < 400 { usleep(1000) }
        // Fifty a second; the flood may have begun in one second and ended in the next but one.
        #expect(1...150 ~= fixture.context.counters[.tftpRefused])
        #expect(fixture.context.counters[.tftpStarted] == 0)
    }

    @Test("T30, T31, T33 fragments, unknown opcodes and errors get silence")
    func silence() throws {
        defer { end() }
        try fixture.write("f", [7])
        var packets: [[UInt8]] = [[], [0], [0, 1], [0, 1, 0x66], [0, 5, 0, 0, 0x6F, 0]]
        for opcode: UInt16 in [0, 7, 255, 256] {
            packets.append([UInt8(opcode >> 8), UInt8(opcode & 0xFF)] + PlainClient.request("f").dropFirst(2))
        }
        for packet in packets { client.send(packet, to: fixture.server) }
        client.send(PlainClient.request("f"), to: fixture.server)
        // Whatever had been said to the others would have come before.
        #expect(client.receive()?.bytes == [0, 3, 0, 1, 7])
        #expect(fixture.context.counters[.tftpStarted] == 1)
    }

    @Test(
        "T28, T38, T130 names that are empty or too long get error 1",
        arguments: [0, 255, 256, 503, 504, 1391, 4096])
    func longNames(_ length: Int) throws {
        defer { end() }
        let answer = client.fetch(String(repeating: "n", count: length), options: [])
        #expect(answer?.prefix(4) == [0, 5, 0, 1])
        #expect(fixture.context.counters[.tftpStarted] == 0)
    }

    @Test("T35 directory, FIFO, socket and device get error 1, and nothing waits on them")
    func noFiles() throws {
        defer { end() }
        try fixture.write("f", [7])
        let root = fixture.directory + "/"
        #expect(mkdir(root + "directory", 0o755) == 0)
        #expect(mkfifo(root + "fifo", 0o666) == 0)
        var names = ["directory", "directory/", "fifo", "f/below", "missing"]
        // /dev/zero, where the tests may make devices.
        if mknod(root + "device", S_IFCHR | 0o666, 1 << 8 | 5) == 0 { names.append("device") }
        for name in names {
            let start = Clock.now
            #expect(client.fetch(name, options: [])?.prefix(4) == [0, 5, 0, 1], "\(name)")
            #expect(Clock.now - start < .milliseconds(900))
        }
        #expect(client.fetch("f", options: []) == [7])
    }

    @Test("T36 no path and no link leads out of the root")
    func outside() throws {
        defer { end() }
        let root = fixture.directory + "/"
        try fixture.write("f", [7])
        #expect(mkdir(root + "a", 0o755) == 0)
        #expect(symlink("/etc/passwd", root + "absolute") == 0)
        #expect(symlink("../../etc/passwd", root + "outward") == 0)
        #expect(symlink("..", root + "upward") == 0)
        #expect(symlink("../f", root + "a/inward") == 0)
        let names = [
            "../etc/passwd", "/../x", "a/../../x", "..\\..\\x", "absolute", "outward", "upward/etc/passwd",
            "../" + root.split(separator: "/").joined(separator: "/") + "/f",
        ]
        for name in names {
            let start = Clock.now
            let answer = client.fetch(name, options: [])
            #expect([[0, 5, 0, 1], [0, 5, 0, 2]].contains(Array(answer?.prefix(4) ?? [])), "\(name)")
            #expect(Clock.now - start < .milliseconds(900))
        }
        #expect(client.fetch("a/inward", options: []) == [7])
    }

    @Test("T37 letters are not folded")
    func folding() throws {
        defer { end() }
        try fixture.write("f", [7])
        #expect(client.fetch("\\F", options: [])?.prefix(4) == [0, 5, 0, 1])
        #expect(client.fetch("\\f", options: []) == [7])
    }

    @Test("T49 another file from the same port: the old transfer ends, and no octet of it comes any more")
    func superseded() throws {
        defer { end() }
        try fixture.write("f", [UInt8](repeating: 1, count: 600))
        try fixture.write("g", [UInt8](repeating: 2, count: 600))
        client.send(PlainClient.request("f"), to: fixture.server)
        #expect(client.receive()?.bytes.dropFirst(4).first == 1)
        client.send(PlainClient.request("g"), to: fixture.server)
        let new = try #require(client.receive())
        #expect(new.bytes == [0, 3, 0, 1] + [UInt8](repeating: 2, count: 512))
        // The old one would repeat its block now, and the new one does.
        let again = try #require(client.receive())
        #expect(again == new)
        client.send(Self.acknowledge(1), to: new.source)
        #expect(client.receive()?.bytes == [0, 3, 0, 2] + [UInt8](repeating: 2, count: 88))
        #expect(fixture.context.counters[.tftpStarted] == 2)
    }

    @Test("T50 the same file once more in the middle of it: from the start, once the request cannot be late")
    func again() throws {
        defer { end() }
        try fixture.write("f", (0..<5000).map { UInt8($0 / 512) })
        client.send(PlainClient.request("f"), to: fixture.server)
        try fetch(1...5)
        var block = try #require(client.receive())
        #expect(block.bytes.prefix(5) == [0, 3, 0, 6, 5])
        // As a client that began anew asks, again and again.
        let limit = Clock.now + .seconds(20)
        while block.bytes.prefix(5) != [0, 3, 0, 1, 0], Clock.now < limit {
            client.send(PlainClient.request("f"), to: fixture.server)
            block = client.receive() ?? block
        }
        #expect(block.bytes.prefix(5) == [0, 3, 0, 1, 0])
        #expect(fixture.context.counters[.tftpStarted] == 2)
    }

    @Test("a repeated request that comes behind the first acknowledgements is late, and ends nothing")
    func late() throws {
        defer { end() }
        try fixture.write("f", (0..<5000).map { UInt8($0 / 512) })
        client.send(PlainClient.request("f"), to: fixture.server)
        let source = try fetch(1...5)
        client.send(PlainClient.request("f"), to: fixture.server)
        #expect(fixture.reaches(.tftpRequests, 2))
        #expect(try fetch(6...10) == source)
        #expect(fixture.reaches(.tftpCompleted, 1))
        #expect(fixture.context.counters[.tftpStarted] == 1)
    }

    /// Takes blocks of a file whose octets are the blocks' numbers less one, and acknowledges each.
    ///
    /// - Returns: the one port that they come from.
    @discardableResult private func fetch(_ blocks: ClosedRange<UInt8>) throws -> IPEndpoint {
        var sources: Set<IPEndpoint> = []
        for number in blocks {
            let block = try #require(client.receive())
            #expect(block.bytes.prefix(5) == [0, 3, 0, number, number - 1])
            client.send(Self.acknowledge(number), to: block.source)
            sources.insert(block.source)
        }
        #expect(sources.count == 1)
        return try #require(sources.first)
    }

    @Test("T57 the OACK is refused, and asked again without options from a new port: the plain answer at once")
    func withoutOptions() throws {
        defer { end() }
        try fixture.write("f", [7])
        client.send(PlainClient.request("f", [("tsize", 0)]), to: fixture.server)
        let offer = try #require(client.receive())
        #expect(offer.bytes == [0, 6] + Array("tsize\u{0}1\u{0}".utf8))
        client.send([0, 5, 0, 8, 0], to: offer.source)
        let second = PlainClient(server: fixture.server)
        defer { second.close() }
        #expect(second.fetch("f", options: []) == [7])
        #expect(client.hearsNothing(milliseconds: 20))
    }

    @Test(
        "T58, T59, T60 EDK2, a BIOS ROM and a plain client ask for the size first; that is a probe, the rest a transfer",
        arguments: [
            (
                probe: [("tsize", 0), ("blksize", 1468), ("windowsize", 4)], code: 8,
                then: [("blksize", 1468), ("windowsize", 4)]
            ),
            (probe: [("tsize", 0)], code: 0, then: [("blksize", 1456)]),
            (probe: [], code: 0, then: []),
        ] as [(probe: [(String, Int)], code: UInt8, then: [(String, Int)])])
    func probes(_ habit: (probe: [(String, Int)], code: UInt8, then: [(String, Int)])) throws {
        defer { end() }
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try fixture.write("f", bytes)
        client.send(PlainClient.request("f", habit.probe), to: fixture.server)
        let offer = try #require(client.receive())
        #expect(offer.bytes[1] == (habit.probe.isEmpty ? 3 : 6))
        client.send([0, 5, 0, habit.code, 0], to: offer.source)
        let second = PlainClient(server: fixture.server)
        defer { second.close() }
        let (block, window) = (habit.then.first?.1 ?? 512, habit.then.dropFirst().first?.1 ?? 1)
        #expect(second.fetch("f", blockSize: block, window: window, options: habit.then) == bytes)
        #expect(fixture.reaches(.tftpCompleted, 1))
        #expect(fixture.context.counters[.tftpProbes] == 1)
        #expect(fixture.context.counters[.tftpFailed] == 0)
        #expect(client.hearsNothing(milliseconds: 20))
    }

    @Test("T62 acknowledgements of five and of twenty octets are acknowledgements")
    func longAcknowledgements() throws {
        defer { end() }
        try fixture.write("f", [UInt8](repeating: 5, count: 1000))
        client.send(PlainClient.request("f", [("tsize", 0)]), to: fixture.server)
        let offer = try #require(client.receive())
        client.send(Self.acknowledge(0, [4]), to: offer.source)
        #expect(client.receive()?.bytes.prefix(4) == [0, 3, 0, 1])
        client.send(Self.acknowledge(1, [4]), to: offer.source)
        #expect(client.receive()?.bytes.prefix(4) == [0, 3, 0, 2])
        client.send(Self.acknowledge(2, [UInt8](repeating: 0xFF, count: 16)), to: offer.source)
        #expect(fixture.reaches(.tftpCompleted, 1))
    }
}

/// What needs another worker than the usual one.
@Suite("Requests to addresses and workers", .serialized)
struct TransferAddressTests {
    @Test("T39 a request to everybody gets silence")
    func broadcast() throws {
        let fixture = try WorkerFixture(listen: IPAddress(.any))
        defer { fixture.stop() }
        try fixture.write("f", [7])
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        var yes: Int32 = 1
        setsockopt(client.socket, SOL_SOCKET, SO_BROADCAST, &yes, socklen_t(MemoryLayout<Int32>.size))
        let everybody = IPEndpoint(address: IPAddress(IPv4Address(127, 255, 255, 255)), port: fixture.server.port)
        client.send(PlainClient.request("f"), to: everybody)
        client.send(PlainClient.request("missing"), to: everybody)
        #expect(fixture.reaches(.tftpIgnored, 2))
        #expect(client.fetch("f", options: []) == [7])
        #expect(fixture.context.counters[.tftpStarted] == 1)
        #expect(fixture.context.counters[.tftpRefused] == 0)
    }

    @Test("T41 every reply comes from the address that was asked")
    func secondAddress() throws {
        let fixture = try WorkerFixture(listen: IPAddress(.any))
        defer { fixture.stop() }
        try fixture.write("f", [UInt8](repeating: 1, count: 5000))
        let client = PlainClient(server: fixture.server, from: .ourselves)
        defer { client.close() }
        let asked = IPAddress(IPv4Address(127, 0, 0, 2))
        client.send(PlainClient.request("missing"), to: IPEndpoint(address: asked, port: fixture.server.port))
        #expect(client.receive()?.source.address == asked)
        let request = PlainClient.request("f", [("blksize", 1000), ("windowsize", 4)])
        client.send(request, to: IPEndpoint(address: asked, port: fixture.server.port))
        let offer = try #require(client.receive())
        #expect(offer.bytes[1] == 6 && offer.source.address == asked)
        client.send([0, 4, 0, 0], to: offer.source)
        for number: UInt8 in 1...4 {
            let block = try #require(client.receive())
            #expect(block.bytes.prefix(4) == [0, 3, 0, number])
            #expect(block.source == offer.source)
        }
    }

    @Test("T51 copies of a request are one transfer, however many workers share the port")
    func workers() throws {
        let fixture = try WorkerFixture(workers: 3)
        defer { fixture.stop() }
        try fixture.write("f", [7])
        let clients = (0..<24).map { _ in PlainClient(server: fixture.server) }
        defer { for client in clients { client.close() } }
        let request = PlainClient.request("f", [("tsize", 0)])
        for _ in 0..<3 {
            for client in clients { client.send(request, to: fixture.server) }
        }
        for client in clients {
            let answer = try #require(client.receive())
            #expect(answer.bytes == [0, 6] + Array("tsize\u{0}1\u{0}".utf8))
            client.send([0, 4, 0, 0], to: answer.source)
            var next = try #require(client.receive())
            // The OACK may have been repeated for the copies; from the same port then.
            if next.bytes[1] == 6, next == answer { next = try #require(client.receive()) }
            #expect(next.bytes == [0, 3, 0, 1, 7])
            #expect(next.source == answer.source)
        }
        #expect(fixture.context.counters[.tftpStarted] == clients.count)
    }
}
