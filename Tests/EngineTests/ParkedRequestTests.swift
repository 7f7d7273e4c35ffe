import BootPolicy
import Support
import Testing
import Wire

@testable import DHCPEngine

@Suite("requests that wait for a decision")
struct ParkedRequestTests {
    private static func request(
        _ number: UInt64, transaction: UInt32 = 1, relay: IPv4Address = .any
    ) throws
        -> PreparedReply.Request
    {
        let bytes = PacketBuilder.discover.bytes
        var facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
        facts.hardware = ClientHardware(MACAddress(number))
        facts.transaction = transaction
        facts.relayAddress = relay
        let arrival = Arrival(
            port: .dhcp, interface: 2, serverAddress: IPv4Address(192, 0, 2, 5),
            source: Endpoint(address: .any, port: 68), destination: .broadcast)
        return PreparedReply.Request(facts: facts, arrival: arrival)
    }

    private static func key(_ number: UInt64) -> WebhookQuestion.Key {
        WebhookQuestion(hardware: MACAddress(number), webhook: Webhook(url: "http://h")).key
    }

    @Test("a repeated question takes the place of the older, a relay's copy is another")
    func replaces() throws {
        var parked = ParkedRequests()
        for transaction in 1...20 as ClosedRange<UInt32> {
            #expect(parked.add(try Self.request(1, transaction: transaction), for: Self.key(1)))
        }
        #expect(parked.add(try Self.request(1, relay: IPv4Address(10, 0, 0, 1)), for: Self.key(1)))
        #expect(parked.add(try Self.request(2), for: Self.key(2)))
        let taken = parked.take(Self.key(1))
        #expect(taken.map(\.facts.transaction) == [20, 1])
        #expect(parked.take(Self.key(1)).isEmpty)
        parked.removeAll()
        #expect(parked.take(Self.key(2)).isEmpty)
    }

    @Test("bounded, for one machine and for all")
    func bounded() throws {
        var parked = ParkedRequests()
        for relay in 1...8 as ClosedRange<UInt32> {
            #expect(parked.add(try Self.request(1, relay: IPv4Address(relay)), for: Self.key(1)))
        }
        #expect(!parked.add(try Self.request(1, relay: IPv4Address(9)), for: Self.key(1)))
        for number in 2...4089 as ClosedRange<UInt64> {
            #expect(parked.add(try Self.request(number), for: Self.key(number)))
        }
        #expect(!parked.add(try Self.request(5000), for: Self.key(5000)))
        _ = parked.take(Self.key(2))
        #expect(parked.add(try Self.request(5000), for: Self.key(5000)))
    }
}
