import Foundation
import LinuxIO
import Testing
import Wire

@Suite("what clients stand on, on the loopback interface")
struct ClientSocketTests {
    private static let loopback = IPAddress(IPv4Address(127, 0, 0, 1))

    @Test("datagrams that the kernel kept together are taken apart, with their sender and the address they came to")
    func coalesced() throws {
        let server = try DatagramSocket(local: IPEndpoint(address: Self.loopback, port: 0))
        let socket = try ClientSocket(.ipv4, playsMany: true, buffer: 1 << 20)
        let client = IPv4Address(127, 64, 0, 9)
        // The client speaks first, which tells the server its port.
        var answers = AnswerBatch(capacity: 4, server: Self.loopback, namesSource: true)
        answers.append(0x0004_0102, to: server.local.port, from: client)
        answers.append(StableMemory([9, 8, 7]), to: server.local.port, from: client)
        answers.flush(on: socket)
        #expect(answers.refused == 0)
        var requests = ReceiveBatch(capacity: 4)
        _ = try requests.receive(from: server.descriptor)
        try #require(requests.count == 2)
        #expect(requests.payload(0).array == [0, 4, 1, 2])
        #expect(requests.payload(1).array == [9, 8, 7])
        #expect(requests.source(0).address == IPAddress(client))

        let octets = (0..<10).map { UInt8($0) }
        var batch = SendBatch()
        octets.withUnsafeBytes { bytes in
            batch.begin(to: requests.source(0), from: nil, segmentSize: 4)
            if let base = bytes.baseAddress { batch.add(base, count: bytes.count) }
            batch.end()
            batch.flush(on: server) { _, code in Issue.record("errno \(code)") }
        }
        var arrivals = CoalescedBatch(capacity: 4)
        #expect(try !arrivals.receive(from: socket))
        var got: [[UInt8]] = []
        for index in 0..<arrivals.count {
            let head = arrivals.head(index)
            #expect(head.source == server.local)
            #expect(head.local == client)
            for segment in 0..<head.segments { got.append(arrivals.datagram(index, segment: segment).array) }
        }
        #expect(got == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
        #expect(try !arrivals.receive(from: socket))
        #expect(arrivals.count == 0)
        #expect(socket.drops == 0)
    }

    @Test("an output appears under its name only when it is finished, and leaves nothing otherwise")
    func output() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "file").path()
        let octets = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        do {
            var unfinished = try OutputFile(path: path)
            try unfinished.append(octets.span.bytes)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path()) == [])
        var output = try OutputFile(path: path)
        try output.append(octets.span.bytes)
        #expect(!FileManager.default.fileExists(atPath: path))
        try output.finish()
        #expect(FileManager.default.contents(atPath: path) == Data(octets))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path()) == ["file"])
        let reference = try ReferenceFile(path: path)
        #expect(reference.size == 700_000)
        #expect(Self.matches(reference, octets, at: 0))
        #expect(!Self.matches(reference, octets, at: 1))
        #expect(Self.matches(reference, Array(octets[5..<9]), at: 5))
        #expect(!Self.matches(reference, Array(octets[5..<9]), at: 6))
    }

    private static func matches(_ reference: ReferenceFile, _ octets: [UInt8], at offset: Int64) -> Bool {
        reference.matches(octets.span.bytes, at: offset)
    }

    @Test("a full device is an error with its name")
    func full() throws {
        var output = try OutputFile(path: "/dev/full")
        let octets: [UInt8] = [1]
        try output.append(octets.span.bytes)
        #expect(throws: SystemError.self) { try output.finish() }
    }

    @Test("processor time grows, our own and that of a process; one that is not there is an error")
    func processTime() throws {
        let before = ProcessTime.own
        var sum = 0
        while ProcessTime.own - before < .milliseconds(30) { sum &+= 1 }
        #expect(try ProcessTime.of(process: getpid()) > .zero)
        #expect(throws: SystemError.self) { try ProcessTime.of(process: 0x7FFF_FFFF) }
    }

    @Test("a host is an address of either version, with the interface's name if it needs one, or a name")
    func lookUps() {
        #expect(lookUp(host: "127.0.0.1") == Self.loopback)
        #expect(lookUp(host: "::1") == IPAddress(high: 0, low: 1))
        #expect(lookUp(host: "fe80::1%lo") == IPAddress(high: 0xFE80 << 48, low: 1, zone: if_nametoindex("lo")))
        #expect(lookUp(host: "localhost")?.isLoopback == true)
        #expect(lookUp(host: "fe80::1%none") == nil)
        #expect(lookUp(host: "name.invalid") == nil)
    }
}
