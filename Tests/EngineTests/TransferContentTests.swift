import Exchange
import Foundation
import Glibc
import LinuxIO
import Testing
import Wire

@testable import TFTPEngine

/// What arrives, octet by octet: long files, texts, files that change, and everything that must not disturb a transfer.
@Suite("Content through a worker", .serialized)
struct TransferContentTests {
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

    private static func octets(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(state: UInt64(count) + 1)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    @Test(
        "T67, T68, T102 block numbers that roll over once and three times: the same octets",
        arguments: [(65_537, 1), (65_537, 7), (200_000, 64)])
    func rollover(blocks: Int, window: Int) throws {
        defer { end() }
        let bytes = Self.octets((blocks - 1) * 8 + 3)
        try fixture.write("f", bytes)
        // From the file itself, and from its image.
        for _ in 0..<(window == 1 ? 1 : 3) {
            let got = client.fetch(
                "f", blockSize: 8, window: window, options: [("blksize", 8), ("windowsize", window)])
            #expect(got == bytes)
        }
    }

    @Test("T69, T104 who asks for it gets 1 behind 65,535, also of a file that is sent from its image to others")
    func rolloverToOne() throws {
        defer { end() }
        let bytes = Self.octets(140_000 * 8)
        try fixture.write("f", bytes)
        let options = [("blksize", 8), ("windowsize", 8)]
        for _ in 0..<3 {
            #expect(client.fetch("f", blockSize: 8, window: 8, options: options + [("rollover", 0)]) == bytes)
        }
        let got = client.fetch(
            "f", blockSize: 8, window: 8, rollover: .toOne, options: options + [("rollover", 1)])
        #expect(got == bytes)
    }

    @Test("T69 whom the settings name gets 1 behind 65,535 without asking, and 0 if it asks for that")
    func rolloverToOneBySetting() throws {
        var limits = TFTPLimits.small
        limits.rolloverToOne = [IPNetwork(address: IPAddress(IPv4Address(127, 0, 0, 0)), prefixLength: 8)]
        let fixture = try WorkerFixture(limits: limits)
        defer { fixture.stop() }
        let bytes = Self.octets(66_000 * 8)
        try fixture.write("f", bytes)
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        let options = [("blksize", 8), ("windowsize", 64)]
        #expect(client.fetch("f", blockSize: 8, window: 64, rollover: .toOne, options: options) == bytes)
        #expect(client.fetch("f", blockSize: 8, window: 64, options: options + [("rollover", 0)]) == bytes)
    }

    @Test(
        "T86, T87 netascii: the octets of RFC 764, a size that is theirs, and an end that is theirs",
        arguments: [
            "one\n\ntwo\r\nthree\rfour\n", "1234567\n", "123456\n", "1234567\r8", "\n\n\n\n", "12345678", "",
            "\r\r\r\n",
        ])
    func netascii(text: String) throws {
        defer { end() }
        let file = Array(text.utf8)
        try fixture.write("f", file)
        let wire: [UInt8] = file.flatMap { octet -> [UInt8] in
            octet == 10 ? [13, 10] : octet == 13 ? [13, 0] : [octet]
        }
        let options = [("blksize", 8), ("tsize", 0)]
        client.send(PlainClient.request("f", mode: "netascii", options), to: fixture.server)
        let offer = try #require(client.receive())
        #expect(offer.bytes == [0, 6] + Array("blksize\u{0}8\u{0}tsize\u{0}\(wire.count)\u{0}".utf8))
        client.send([0, 5, 0, 0, 0], to: offer.source)
        let second = PlainClient(server: fixture.server)
        defer { second.close() }
        // Ends with the first short block, as a multiple of the block size on the wire demands.
        #expect(second.fetch("f", mode: "netascii", blockSize: 8, options: options) == wire)
    }

    @Test("T111 every block size from 512 to 1468, windows of 1 to 64: the same octets, in datagrams of that size")
    func blockSizes() throws {
        defer { end() }
        let bytes = Self.octets(9000)
        try fixture.write("f", bytes)
        for blockSize in 512...1468 {
            let window = (blockSize * 13) % 64 + 1
            // A datagram of another size would end the transfer early, or never.
            let got = client.fetch(
                "f", blockSize: blockSize, window: window, options: [("blksize", blockSize), ("windowsize", window)])
            #expect(got == bytes, "\(blockSize) \(window)")
            if got != bytes { break }
        }
        #expect(fixture.reaches(.tftpCompleted, 957))
    }

    /// Begins a transfer of `f` with windows of one, and gives back where it comes from and its first block.
    private func begin() throws -> (source: IPEndpoint, content: [UInt8]) {
        client.send(PlainClient.request("f", [("blksize", 1000)]), to: fixture.server)
        let offer = try #require(client.receive())
        client.send([0, 4, 0, 0], to: offer.source)
        let block = try #require(client.receive())
        #expect(block.bytes.prefix(4) == [0, 3, 0, 1])
        return (offer.source, Array(block.bytes.dropFirst(4)))
    }

    /// Fetches what is left behind the first block.
    private func finish(_ source: IPEndpoint) -> [UInt8] {
        var content: [UInt8] = []
        var number: UInt8 = 1
        while true {
            client.send([0, 4, 0, number], to: source)
            guard let block = client.receive(), block.bytes.prefix(4) == [0, 3, 0, number + 1] else { return content }
            number += 1
            content += block.bytes.dropFirst(4)
            guard block.bytes.count == 1004 else {
                client.send([0, 4, 0, number], to: source)
                return content
            }
        }
    }

    @Test("T132 a file replaced by rename: the old octets to the end, the new ones for the next")
    func replaced() throws {
        defer { end() }
        let (old, new) = (Self.octets(150_001), Self.octets(120_002))
        try fixture.write("f", old)
        let (source, first) = try begin()
        try fixture.write("g", new)
        #expect(rename(fixture.directory + "/g", fixture.directory + "/f") == 0)
        #expect(first + finish(source) == old)
        #expect(client.fetch("f", options: []) == new)
    }

    @Test("T133 a file that grows: as much as there was", arguments: [20_000, 150_000])
    func grows(size: Int) throws {
        defer { end() }
        let bytes = Self.octets(size)
        try fixture.write("f", bytes)
        let (source, first) = try begin()
        let file = try #require(fopen(fixture.directory + "/f", "a"))
        fwrite(bytes, 1, 5000, file)
        fclose(file)
        #expect(first + finish(source) == bytes)
    }

    @Test("T115, T116, T118, T119, T120 nothing that strangers say, or the client by mistake, disturbs a transfer")
    func strays() throws {
        defer { end() }
        let bytes = Self.octets(20_500)
        try fixture.write("f", bytes)
        let (source, first) = try begin()
        let other = PlainClient(server: fixture.server, from: IPAddress(IPv4Address(127, 0, 0, 9)))
        defer { other.close() }
        // Another host: an error for its acknowledgement, silence for the rest, above all for an error.
        other.send([0, 5, 0, 0, 0], to: source)
        other.send([0, 5, 0, 5, 0], to: source)
        other.send([0, 3, 0, 1, 1], to: source)
        other.send([0, 4, 0, 1], to: source)
        #expect(other.receive()?.bytes.prefix(4) == [0, 5, 0, 5])
        #expect(other.hearsNothing(milliseconds: 20))
        // The client itself: data, noise, a request that went astray.
        client.send([0, 3, 0, 1] + Self.octets(100), to: source)
        for length in 0..<200 { client.send(Self.octets(length).map { $0 | 0x80 }, to: source) }
        client.send(PlainClient.request("f"), to: source)
        client.send(PlainClient.request("missing"), to: source)
        #expect(client.hearsNothing(milliseconds: 20))
        #expect(first + finish(source) == bytes)
        #expect(fixture.reaches(.tftpCompleted, 1))
        #expect(fixture.context.counters[.tftpStarted] == 1)
    }

    @Test("T117 an error of the client's ends its transfer without a word, at any time", arguments: [0, 1, 2])
    func errors(phase: Int) throws {
        defer { end() }
        try fixture.write("f", Self.octets(20_000))
        client.send(PlainClient.request("f", [("blksize", 1000), ("windowsize", 4)]), to: fixture.server)
        let offer = try #require(client.receive())
        for flight in 0..<phase {
            client.send([0, 4, 0, UInt8(flight * 4)], to: offer.source)
            for _ in 0..<4 { #expect(client.receive()?.bytes.count == 1004) }
        }
        client.send([0, 5, 0, 3, 0], to: offer.source)
        #expect(fixture.reaches(.tftpFailed, 1))
        // A probe may have left before the error came.
        for _ in 0..<4 where !client.hearsNothing(milliseconds: 0) { _ = client.receive() }
        // Longer than any probe, and than the first wait with a window.
        #expect(client.hearsNothing(milliseconds: 300))
    }

    @Test("T123 clients that are gone: the kernel's word for one is no loss for another")
    func otherClients() throws {
        defer { end() }
        let bytes = Self.octets(100_000)
        try fixture.write("f", bytes)
        // More than there are sockets, so that the living and the dead share some.
        for _ in 0..<40 {
            let gone = PlainClient(server: fixture.server)
            gone.send(PlainClient.request("f", [("blksize", 1000)]), to: fixture.server)
            let offer = try #require(gone.receive())
            gone.send([0, 4, 0, 0], to: offer.source)
            gone.close()
        }
        // Each ends with its first block, or with the second copy of that a second later.
        var slow = 0
        for _ in 0..<1000 where fixture.context.counters[.tftpFailed] < 40 {
            let start = Clock.now
            #expect(client.fetch("f", blockSize: 1000, options: [("blksize", 1000)]) == bytes)
            // A lost block would have been repeated after a second.
            if Clock.now - start > .milliseconds(900) { slow += 1 }
        }
        // One may be this machine's; each of the forty would make another.
        #expect(slow <= 2)
        #expect(fixture.reaches(.tftpFailed, 40))
    }

    @Test("T141 a full table refuses politely, and who is in it goes on")
    func full() throws {
        defer { end() }
        var limits = TFTPLimits.small
        limits.sessionsPerWorker = 4
        let small = try WorkerFixture(limits: limits)
        defer { small.stop() }
        let bytes = Self.octets(3000)
        try small.write("f", bytes)
        let clients = (0..<4).map { _ in PlainClient(server: small.server) }
        defer { for client in clients { client.close() } }
        var sources: [IPEndpoint] = []
        for client in clients {
            client.send(PlainClient.request("f"), to: small.server)
            let first = try #require(client.receive())
            client.send([0, 4, 0, 1], to: first.source)
            #expect(client.receive()?.bytes == [0, 3, 0, 2] + bytes[512..<1024])
            sources.append(first.source)
        }
        let fifth = PlainClient(server: small.server)
        defer { fifth.close() }
        #expect(fifth.fetch("f", options: [])?.prefix(4) == [0, 5, 0, 0])
        for (client, source) in zip(clients, sources) {
            client.send([0, 4, 0, 2], to: source)
            #expect(client.receive()?.bytes == [0, 3, 0, 3] + bytes[1024..<1536])
            client.send([0, 5, 0, 0, 0], to: source)
        }
        #expect(small.reaches(.tftpFailed, 4))
        #expect(fifth.fetch("f", options: []) == bytes)
    }
}

@Suite("Clock")
struct ClockTests {
    @Test("T144 what transfers are timed by is the clock that nobody sets")
    func monotonic() {
        var time = timespec()
        for _ in 0..<100 {
            clock_gettime(CLOCK_MONOTONIC, &time)
            let before = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
            let now = Clock.now.nanoseconds
            clock_gettime(CLOCK_MONOTONIC, &time)
            let after = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
            #expect(before <= now && now <= after)
        }
    }
}
