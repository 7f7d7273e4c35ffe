import BootPolicy
import Support
import Testing
import Wire

@testable import DHCPEngine

@Suite("answers that wait")
struct PendingReplyTests {
    private static func prepared(
        _ number: UInt64, isStandby: Bool = false, transaction: UInt32 = 1
    ) throws -> PreparedReply {
        let bytes = PacketBuilder.discover.bytes
        var facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
        facts.hardware = ClientHardware(MACAddress(number))
        facts.transaction = transaction
        let server = IPv4Address(192, 0, 2, 5)
        let arrival = Arrival(
            port: .dhcp, interface: 2, serverAddress: server, source: Endpoint(address: .any, port: 68),
            destination: .broadcast)
        let message = DHCPReply(
            kind: .offer, transaction: transaction, hardware: facts.hardware, serverIdentifier: server)
        let reply = BootReply(message: message, route: .broadcast, shape: .direct, isStandby: isStandby)
        return PreparedReply(request: .init(facts: facts, arrival: arrival), reply: reply)
    }

    private static func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test("they come when they are due, in order of their deadlines, once")
    func order() throws {
        var pending = PendingReplies()
        #expect(pending.deadline == nil)
        for (number, due) in [(1, 30), (2, 10), (3, 20), (4, 20)] as [(UInt64, Int64)] {
            #expect(pending.add(try Self.prepared(number), due: Self.at(due)))
        }
        #expect(pending.deadline == Self.at(10))
        #expect(pending.next(now: Self.at(9)) == nil)
        let order = [10, 20, 20, 30].map { pending.next(now: Self.at($0))?.request.facts.hardware }
        #expect(order == [2, 3, 4, 1].map { ClientHardware(MACAddress($0)) })
        #expect(pending.next(now: Self.at(99)) == nil)
        #expect(pending.deadline == nil)
    }

    @Test("a newer answer to the same client replaces the older")
    func replaces() throws {
        var pending = PendingReplies()
        #expect(pending.add(try Self.prepared(1, transaction: 1), due: Self.at(10)))
        #expect(pending.add(try Self.prepared(1, transaction: 2), due: Self.at(20)))
        #expect(pending.next(now: Self.at(15)) == nil)
        #expect(pending.next(now: Self.at(25))?.reply.message.transaction == 2)
    }

    @Test("another server's answer calls off what stands by for it, and nothing else", arguments: [true, false])
    func standDown(isStandby: Bool) throws {
        var pending = PendingReplies()
        #expect(pending.add(try Self.prepared(1, isStandby: isStandby), due: Self.at(10)))
        #expect(pending.add(try Self.prepared(2, isStandby: true), due: Self.at(10)))
        pending.standDown(ClientHardware(MACAddress(1)))
        let sent = (0..<3).compactMap { _ in pending.next(now: Self.at(10))?.request.facts.hardware }
        #expect(sent == (isStandby ? [2] : [1, 2]).map { ClientHardware(MACAddress($0)) })
    }

    @Test("a flood of delayed answers is bounded, and there is room again when they have gone")
    func bounded() throws {
        var pending = PendingReplies()
        let one = try Self.prepared(1)
        var added = 0
        for number in 0..<10_000 as Range<UInt64> {
            var prepared = one
            prepared.request.facts.hardware = ClientHardware(MACAddress(number))
            if pending.add(prepared, due: Self.at(10)) { added += 1 }
        }
        #expect(added == 4096)
        var sent = 0
        while pending.next(now: Self.at(10)) != nil { sent += 1 }
        #expect(sent == added)
        let hasRoom = pending.add(one, due: Self.at(20))
        #expect(hasRoom && pending.deadline == Self.at(20))
    }
}
