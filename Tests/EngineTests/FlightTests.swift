import BootPolicy
import Exchange
import Testing
import Wire

@testable import TFTPEngine

/// What of TFTP comes to the flight recorder.
@Suite("flights of the engines")
struct FlightTests {
    /// What is kept: an arrow for the direction, and the first octets.
    private static func kept(_ fixture: WorkerFixture) -> [String] {
        fixture.context.flight.records().map { record in
            (record.facts.isOutgoing ? "> " : "< ") + record.octets.prefix(4).map(hex).joined()
        }
    }

    @Test("a transfer leaves its request, the OACK and the last acknowledgement", arguments: [0, 511, 512, 100_000])
    func transfer(size: Int) throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        try fixture.write("file", [UInt8](repeating: 7, count: size))
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        #expect(client.fetch("file", options: [("tsize", 0)])?.count == size)
        #expect(fixture.reaches(.tftpCompleted, 1))
        let last = hex(UInt8((size / 512 + 1) >> 8)) + hex(UInt8((size / 512 + 1) & 0xFF))
        #expect(Self.kept(fixture) == ["< 00016669", "> 00067473", "< 0004\(last)"])
        let records = fixture.context.flight.records()
        #expect(records[0].facts.destination == fixture.server)
        #expect(records[0].facts.source == records[1].facts.destination)
        #expect(records[1].facts.source == records[2].facts.destination)
        #expect(Set(records.map(\.client)) == [.address(fixture.server.address)])
    }

    @Test("without options there is the header of the first block, which says how long it was")
    func plain() throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        try fixture.write("file", [1, 2, 3])
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        #expect(client.fetch("file", options: []) == [1, 2, 3])
        #expect(fixture.reaches(.tftpCompleted, 1))
        #expect(Self.kept(fixture) == ["< 00016669", "> 00030001", "< 00040001"])
        #expect(fixture.context.flight.records().map(\.facts.carried) == [0, 7, 0])
    }

    @Test("errors are kept, of both sides, and by the card that has the address")
    func errors() throws {
        let fixture = try WorkerFixture()
        defer { fixture.stop() }
        try fixture.write("file", [UInt8](repeating: 7, count: 5000))
        let card = ClientHardware(MACAddress(0x5254_0012_3456))
        // No machine has a loopback address, so none is noted for it; the client stays an address.
        fixture.context.addresses.note(IPv4Address(127, 0, 0, 1), card)
        let client = PlainClient(server: fixture.server)
        defer { client.close() }
        #expect(client.fetch("nowhere", options: [])?.prefix(4) == [0, 5, 0, 1])
        client.send(PlainClient.request("file", [("tsize", 0)]), to: fixture.server)
        let answer = try #require(client.receive())
        client.send([0, 5, 0, 8, 0], to: answer.source)
        #expect(fixture.reaches(.tftpProbes, 1))
        #expect(Self.kept(fixture) == ["< 00016e6f", "> 00050001", "< 00016669", "> 00067473", "< 00050008"])
    }
}
