import BootPolicy
import Exchange
import Foundation
import Glibc
import LinuxIO
import Synchronization
import Testing
import Wire

@testable import TFTPEngine

/// A disk that answers nobody until it is told to.
private final class SlowDisk: Sendable {
    private let isStuck = Atomic<Bool>(true)
    /// Openings that have come to it.
    let openings = Atomic<Int>(0)

    func wait() {
        openings.wrappingAdd(1, ordering: .relaxed)
        while isStuck.load(ordering: .acquiring) { usleep(500) }
    }

    func stick() { isStuck.store(true, ordering: .releasing) }
    func revive() { isStuck.store(false, ordering: .releasing) }
}

@Suite("A worker and a slow disk", .serialized)
struct SlowDiskTests {
    private let disk: SlowDisk
    private let fixture: WorkerFixture
    private let client: PlainClient
    private let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0 * 7) }

    init() throws {
        let disk = SlowDisk()
        self.disk = disk
        fixture = try WorkerFixture(slowDisk: { disk.wait() })
        client = PlainClient(server: fixture.server)
        try fixture.write("f", bytes)
        try fixture.write("g", Array(bytes.reversed()))
    }

    private func end() {
        disk.revive()
        client.close()
        fixture.stop()
    }

    @Test("T134 who needs no disk is served at once while others wait for a dead one, and they once it is back")
    func others() throws {
        defer { end() }
        client.send(PlainClient.request("f"), to: fixture.server)
        // A refusal needs no disk, and neither does a client's nonsense.
        let other = PlainClient(server: fixture.server)
        defer { other.close() }
        var times: [TimeSpan] = []
        for _ in 0..<20 {
            let start = Clock.now
            #expect(other.fetch("f", mode: "mail", options: [])?.prefix(4) == [0, 5, 0, 4])
            times.append(Clock.now - start)
        }
        // On a busy host one of them may be late for other reasons.
        #expect(times.sorted()[times.count / 2] < .milliseconds(50))
        #expect(client.hearsNothing(milliseconds: 50))
        disk.revive()
        let first = try #require(client.receive())
        #expect(first.bytes == [0, 3, 0, 1] + bytes[..<512])
    }

    @Test("T134 a transfer under way goes on while another client's file is being opened")
    func underWay() throws {
        defer { end() }
        disk.revive()
        client.send(PlainClient.request("f"), to: fixture.server)
        var (block, source) = try #require(client.receive())
        disk.stick()
        let other = PlainClient(server: fixture.server)
        defer { other.close() }
        other.send(PlainClient.request("g"), to: fixture.server)
        #expect(fixture.reaches(.tftpRequests, 2))
        var times: [TimeSpan] = []
        for number in 1...5 {
            #expect(block.prefix(4) == [0, 3, 0, UInt8(number)])
            client.send([0, 4, 0, UInt8(number)], to: source)
            let start = Clock.now
            (block, source) = try #require(client.receive())
            times.append(Clock.now - start)
        }
        #expect(times.sorted()[times.count / 2] < .milliseconds(50))
        #expect(other.hearsNothing(milliseconds: 0))
        #expect(block == [0, 3, 0, 6] + bytes[2560...])
    }

    @Test("T134 what is there and cannot be read gets error 0, whoever opened it", arguments: [1, 3])
    func unreadable(requests: Int) throws {
        defer { end() }
        // Files of sysfs say that they have a page of octets, and end sooner: a read error as of a dying disk.
        let other = try WorkerFixture(root: "/sys/kernel/mm")
        defer { other.stop() }
        for _ in 0..<requests {
            let client = PlainClient(server: other.server)
            defer { client.close() }
            let name = "transparent_hugepage/enabled"
            #expect(client.fetch(name, options: [])?.prefix(4) == [0, 5, 0, 0])
        }
        #expect(other.context.counters[.tftpStarted] == 0)
    }

    @Test("a request that is repeated while the disk is slow is opened once and becomes one transfer")
    func repeated() throws {
        defer { end() }
        for _ in 0..<5 { client.send(PlainClient.request("f"), to: fixture.server) }
        #expect(fixture.reaches(.tftpRequests, 5))
        disk.revive()
        #expect(client.receive()?.bytes.prefix(4) == [0, 3, 0, 1])
        #expect(client.hearsNothing(milliseconds: 50))
        #expect(fixture.context.counters[.tftpStarted] == 1)
        #expect(disk.openings.load(ordering: .relaxed) == 1)
    }

    @Test("a client that asks for another file meanwhile gets the second only")
    func superseded() throws {
        defer { end() }
        client.send(PlainClient.request("f"), to: fixture.server)
        client.send(PlainClient.request("g"), to: fixture.server)
        #expect(fixture.reaches(.tftpRequests, 2))
        disk.revive()
        #expect(client.receive()?.bytes == [0, 3, 0, 1] + bytes.reversed()[..<512])
        #expect(client.hearsNothing(milliseconds: 50))
        #expect(fixture.context.counters[.tftpStarted] == 1)
    }

    @Test("many who ask for one file wait for one opening")
    func crowd() throws {
        defer { end() }
        let clients = (0..<20).map {
            PlainClient(server: fixture.server, from: IPAddress(IPv4Address(127, 0, 1, UInt8($0))))
        }
        defer { for client in clients { client.close() } }
        for client in clients { client.send(PlainClient.request("f"), to: fixture.server) }
        #expect(fixture.reaches(.tftpRequests, 20))
        disk.revive()
        for client in clients { #expect(client.receive()?.bytes == [0, 3, 0, 1] + bytes[..<512]) }
        #expect(disk.openings.load(ordering: .relaxed) == 1)
    }

    @Test("T34, T36, T86 what a slow disk says is told like what a quick one says", arguments: [false, true])
    func answers(isQuick: Bool) throws {
        defer { end() }
        disk.revive()
        let quick = try WorkerFixture()
        defer { quick.stop() }
        let asked = isQuick ? quick : fixture
        try asked.write("text", Array("a\nb\r".utf8))
        try asked.write("large", [UInt8](repeating: 10, count: 200_000))
        try asked.write("huge", [UInt8](repeating: 10, count: 1 << 20 + 1))
        mkdir(asked.directory + "/directory", 0o755)
        mkfifo(asked.directory + "/fifo", 0o644)
        symlink("/etc/passwd", asked.directory + "/outward")
        func fetch(_ name: String, mode: String = "octet", options: [(String, Int)] = []) -> [UInt8]? {
            let client = PlainClient(server: asked.server)
            defer { client.close() }
            return client.fetch(
                name, mode: mode, blockSize: options.first?.1 ?? 512, window: options.last?.1 ?? 1, options: options)
        }
        #expect(fetch("missing")?.prefix(4) == [0, 5, 0, 1])
        #expect(fetch("directory")?.prefix(4) == [0, 5, 0, 1])
        #expect(fetch("fifo")?.prefix(4) == [0, 5, 0, 1])
        #expect(fetch("outward")?.prefix(4) == [0, 5, 0, 2])
        #expect(fetch("../f")?.prefix(4) == [0, 5, 0, 2])
        #expect(fetch("text", mode: "netascii") == Array("a\r\nb\r\0".utf8))
        let options = [("blksize", 8192), ("windowsize", 8)]
        let isTranslated =
            fetch("large", mode: "netascii", options: options) == (0..<200_000).flatMap { _ in [13, 10] as [UInt8] }
        #expect(isTranslated)
        #expect(fetch("huge", mode: "netascii")?.prefix(4) == [0, 5, 0, 0])
        let isWhole = fetch("large", options: options) == [UInt8](repeating: 10, count: 200_000)
        #expect(isWhole)
    }

    @Test("a word of the operator's that comes while the disk is slow holds for those who wait")
    func observing() throws {
        defer { end() }
        client.send(PlainClient.request("f"), to: fixture.server)
        #expect(fixture.reaches(.tftpRequests, 1))
        var catalog = fixture.context.catalog.current
        catalog.mode = .observe
        fixture.context.catalog.publish(catalog)
        disk.revive()
        #expect(fixture.reaches(.tftpIgnored, 1))
        #expect(client.hearsNothing(milliseconds: 50))
    }

    @Test("T34 a service that ends tells those who wait, and waits for no dead disk itself")
    func stopping() throws {
        defer { end() }
        let stuck = SlowDisk()
        let other = try WorkerFixture(slowDisk: { stuck.wait() })
        let waiting = PlainClient(server: other.server)
        defer { waiting.close() }
        waiting.send(PlainClient.request("f"), to: other.server)
        #expect(other.reaches(.tftpRequests, 1))
        let start = Clock.now
        other.stop()
        #expect(Clock.now - start < .seconds(3))
        #expect(waiting.receive()?.bytes.prefix(4) == [0, 5, 0, 0])
        stuck.revive()
    }

    @Test("one address waits for so many files as it may fetch at once")
    func perSource() throws {
        defer { end() }
        var limits = TFTPLimits.small
        limits.transfersPerSource = 3
        let disk = disk
        let other = try WorkerFixture(limits: limits, slowDisk: { disk.wait() })
        defer {
            disk.revive()
            other.stop()
        }
        let clients = (0..<4).map { _ in PlainClient(server: other.server) }
        defer { for client in clients { client.close() } }
        for client in clients {
            client.send(PlainClient.request("f"), to: other.server)
        }
        #expect(other.reaches(.tftpRefused, 1))
        disk.revive()
        let errors = clients.compactMap { $0.receive()?.bytes.prefix(4) }
        #expect(errors.filter { $0 == [0, 5, 0, 0] }.count == 1)
        #expect(errors.filter { $0 == [0, 5, 0, 1] }.count == 3)
    }
}
