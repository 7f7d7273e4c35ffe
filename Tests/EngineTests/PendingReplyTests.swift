import BootPolicy
import Support
import Testing
import Wire

@testable import DHCPEngine

@Suite("answers that wait")
struct PendingReplyTests {
    private static func prepared(
        _ number: UInt64, isStandby: Bool = false, transaction: UInt32 = 1, relay: IPv4Address = .any,
        delay: TimeSpan = .zero
    ) throws -> PreparedReply {
        let bytes = PacketBuilder.discover.bytes
        var facts = try ClientFacts.read(try DHCPMessage(bytes.span.bytes)).get()
        facts.hardware = ClientHardware(MACAddress(number))
        facts.transaction = transaction
        facts.relayAddress = relay
        let server = IPv4Address(192, 0, 2, 5)
        let arrival = Arrival(
            port: .dhcp, interface: 2, serverAddress: server, source: Endpoint(address: .any, port: 68),
            destination: .broadcast)
        let message = DHCPReply(
            kind: .offer, transaction: transaction, hardware: facts.hardware, serverIdentifier: server)
        let reply = BootReply(message: message, route: .broadcast, shape: .direct, delay: delay, isStandby: isStandby)
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
        let order = [10, 20, 20, 30].map { pending.next(now: Self.at($0))?.sent?.request.facts.hardware }
        #expect(order == [2, 3, 4, 1].map { ClientHardware(MACAddress($0)) })
        #expect(pending.next(now: Self.at(99)) == nil)
        #expect(pending.deadline == nil)
    }

    @Test(
        "a newer answer to the same question replaces the older; another transaction or a relay's copy is another one",
        arguments: [(1, nil, [1]), (2, nil, [1, 2]), (1, IPv4Address(192, 0, 2, 1), [1, 1])]
            as [(UInt32, IPv4Address?, [UInt32])])
    func replaces(transaction: UInt32, relay: IPv4Address?, sent: [UInt32]) throws {
        var pending = PendingReplies()
        #expect(pending.add(try Self.prepared(1), due: Self.at(10)))
        #expect(pending.add(try Self.prepared(1, transaction: transaction, relay: relay ?? .any), due: Self.at(20)))
        let early = pending.next(now: Self.at(15))?.sent
        #expect((early == nil) == (sent.count == 1))
        let late = pending.next(now: Self.at(25))?.sent
        #expect([early, late].compactMap { $0?.reply.message.transaction } == sent)
        let rest = pending.next(now: Self.at(99))
        #expect(rest == nil)
    }

    @Test("another server's answer calls off what stands by for it, and nothing else", arguments: [true, false])
    func standDown(isStandby: Bool) throws {
        var pending = PendingReplies()
        #expect(pending.add(try Self.prepared(1, isStandby: isStandby), due: Self.at(10)))
        #expect(pending.add(try Self.prepared(1, isStandby: isStandby, transaction: 2), due: Self.at(10)))
        #expect(pending.add(try Self.prepared(2, isStandby: true), due: Self.at(10)))
        pending.standDown(ClientHardware(MACAddress(1)))
        // A question that comes after that answer is a new one.
        #expect(pending.add(try Self.prepared(1, isStandby: true, transaction: 3), due: Self.at(11)))
        let fates = (0..<5).compactMap { _ in pending.next(now: Self.at(11)) }
        let sent = fates.map { $0.sent?.request.facts.hardware.mac?.value }
        #expect(sent == (isStandby ? [nil, nil, 2, 1] : [1, 1, 2, 1]))
        let calledOff = fates.compactMap(\.calledOff).map(\.facts.hardware)
        #expect(calledOff == (isStandby ? [1, 1] : []).map { ClientHardware(MACAddress($0)) })
    }

    @Test("nothing is left of answers that were dropped because the settings or the links changed")
    func dropped() throws {
        var pending = PendingReplies()
        #expect(pending.add(try Self.prepared(1, isStandby: true), due: Self.at(10)))
        #expect(pending.add(try Self.prepared(2), due: Self.at(10)))
        pending.removeAll()
        #expect(pending.deadline == nil)
        let left = pending.next(now: Self.at(99))
        #expect(left == nil)
        #expect(pending.add(try Self.prepared(1, isStandby: true), due: Self.at(20)))
        let fresh = pending.next(now: Self.at(20))?.sent
        #expect(fresh != nil)
    }

    @Test(
        "an answer without a delay goes at once; when there is no room a delayed one, too, but never one that stands by",
        arguments: [
            (0, false, false, .now), (5, false, false, .later), (5, true, false, .now), (5, true, true, .never),
        ]
            as [(Int64, Bool, Bool, PendingReplies.Turn)])
    func turns(delay: Int64, isFull: Bool, isStandby: Bool, turn: PendingReplies.Turn) throws {
        var pending = PendingReplies()
        var other = try Self.prepared(1)
        for number in 0..<(isFull ? 4096 : 0) as Range<UInt32> {
            other.request.facts.transaction = number
            let isAdded = pending.add(other, due: Self.at(10))
            #expect(isAdded)
        }
        let prepared = try Self.prepared(2, isStandby: isStandby, delay: .milliseconds(delay))
        let given = pending.turn(of: prepared, now: Self.at(1))
        #expect(given == turn)
        if turn == .later { #expect(pending.deadline == Self.at(6)) }
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

extension PendingReplies.Due {
    fileprivate var sent: PreparedReply? {
        guard case .send(let prepared) = self else { return nil }
        return prepared
    }

    fileprivate var calledOff: PreparedReply.Request? {
        guard case .calledOff(let request) = self else { return nil }
        return request
    }
}
