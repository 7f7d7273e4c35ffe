import BootPolicy
import Exchange
import Testing
import Wire

@testable import ControlPlane

/// What the service tells of the network, and how it stops telling it.
@Suite("the network's memory")
struct NetworkMemoryTests {
    private static let minute: Int64 = 60_000
    private static let router = IPv4Address(10, 0, 0, 1)
    private static let client = IPv4Address(10, 0, 0, 77)

    private func offer(_ server: IPv4Address, _ codes: SurveyCodes = []) -> BootEvent {
        let offer = ForeignOffer(
            hardware: ClientHardware(MACAddress(0x5254_0000_0001)), type: .offer, server: server,
            address: Self.client, isBootServer: false, codes: codes)
        return .foreignOffer(offer, interface: 1)
    }

    private func unheard(_ port: UInt16) -> BootEvent {
        .unheard(UnheardRequest(client: Self.client, port: port, interface: 1))
    }

    @Test("of more servers than it keeps the one heard longest ago goes, and a real one that is heard again stays")
    func forged() {
        var memory = NetworkMemory()
        for number in UInt32(1)...500 {
            let forged = IPv4Address(0xC000_0200 + number)
            memory.hear(RecordedEvent(time: Int64(number), event: offer(forged, SurveyCodes(.dhcpServer))))
            if number.isMultiple(of: 10) {
                memory.hear(
                    RecordedEvent(time: Int64(number), event: offer(Self.router, SurveyCodes(.leaseNamesFile))))
            }
        }
        #expect(memory.servers.count == 64)
        #expect(memory.servers.contains { $0.address == Self.router })
        let codes = memory.codes(at: 501)
        #expect(codes.count == 64 && codes[Self.router] == [.leaseNamesFile])
    }

    @Test("what a server's messages show holds for an hour after the last of them")
    func mended() {
        var memory = NetworkMemory()
        for minutes in [Int64(0), 50, 100] {
            let codes = minutes < 100 ? SurveyCodes(.leaseNamesFile) : []
            memory.hear(RecordedEvent(time: minutes * Self.minute, event: offer(Self.router, codes)))
        }
        #expect(memory.codes(at: 109 * Self.minute)[Self.router] == [.leaseNamesFile])
        #expect(memory.codes(at: 110 * Self.minute)[Self.router] == [])
    }

    @Test("a firewall's port is told of until somebody is heard there, or for an hour", arguments: [UInt16(69), 4011])
    func firewall(port: UInt16) {
        var memory = NetworkMemory()
        memory.hear(RecordedEvent(time: 0, event: unheard(port)))
        #expect(memory.findings(at: 59 * Self.minute).map(\.code) == [port == 69 ? "PF-V007" : "PF-V006"])
        #expect(memory.findings(at: 60 * Self.minute).isEmpty)
        let heard = BootEvent.transferRefused(
            client: IPEndpoint(address: IPAddress(Self.client), port: 2000), name: "n", reason: .notFound)
        memory.hear(RecordedEvent(time: 1, event: heard))
        #expect(memory.findings(at: 2).isEmpty == (port == 69))
    }
}
