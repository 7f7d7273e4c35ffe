import Testing
import Transfers
import Wire

/// Reference 5.4: several blocks under way, event by event.
@Suite struct WindowTests {
    @Test("T88 ten blocks by four") func plain() {
        var bench = Bench(window: 4, blocks: 10)
        #expect(bench.sent() == [1, 2, 3, 4])
        #expect(bench.sent().isEmpty)
        bench.pass(.milliseconds(1))
        bench.acknowledge(4)
        #expect(bench.sent() == [5, 6, 7, 8])
        bench.pass(.milliseconds(1))
        bench.acknowledge(8)
        #expect(bench.sent() == [9, 10])
        #expect(bench.acknowledge(10) == .finished(.completed))
    }

    @Test("T89, T92 an ACK inside the window restarts behind it, once") func partial() {
        var bench = Bench(window: 4, blocks: 100)
        #expect(bench.sent() == [1, 2, 3, 4])
        bench.pass(.milliseconds(1))
        bench.acknowledge(2)
        #expect(bench.sent() == [3, 4, 5, 6])
        bench.acknowledge(2)
        #expect(bench.sent().isEmpty)
        #expect(bench.session.statistics.blocksRetransmitted == 2)
    }

    @Test(
        "T90, T91, T93 the first block is lost: one restart however often it is said",
        arguments: [(4, 1), (4, 3), (64, 63)])
    func negative(_ window: Int, _ times: Int) {
        var bench = Bench(window: window, blocks: 1000)
        #expect(bench.sent().count == window)
        bench.pass(.milliseconds(1))
        var extra = 0
        for _ in 0..<times {
            bench.acknowledge(0)
            extra += bench.sent().count
            bench.pass(.microseconds(12))
        }
        #expect(extra == window)
    }

    @Test("T95, T96 the tail is lost: one probe of the last block, soon") func probe() {
        var bench = Bench(window: 4, blocks: 100)
        #expect(bench.sent() == [1, 2, 3, 4])
        let first = bench.silence(upTo: .milliseconds(10))
        #expect(first.map(\.blocks) == [[4]])
        #expect(first.map(\.after) == [2])
        // Everything had arrived: the client says so again.
        bench.acknowledge(4)
        #expect(bench.sent() == [5, 6, 7, 8])
        // The ACK that the probe provoked may follow the one that was late.
        bench.pass(.microseconds(900))
        #expect(bench.acknowledge(4) == .ignored)
        #expect(bench.sent().isEmpty)
    }

    @Test("T95 the probe's answer names what is missing") func probeAnswer() {
        var bench = Bench(window: 4, blocks: 100)
        _ = bench.sent()
        _ = bench.silence(upTo: .milliseconds(2))
        bench.pass(.milliseconds(1))
        bench.acknowledge(3)
        #expect(bench.sent() == [4, 5, 6, 7])
    }

    @Test("T97 the whole window is lost: again in full after the timeout, backing off") func windowLost() {
        var bench = Bench(window: 4, blocks: 100)
        _ = bench.sent()
        let repeats = bench.silence(upTo: .milliseconds(400)).filter { $0.blocks.count > 1 }
        #expect(repeats.allSatisfy { $0.blocks == [1, 2, 3, 4] })
        #expect(repeats.map(\.after) == [50, 150, 350])
    }

    @Test("T98, T99 numbers outside of what is under way", arguments: [3, 2, 9, 10, 40_000] as [UInt16])
    func strayNumbers(_ number: UInt16) {
        var bench = Bench(window: 4, blocks: 100)
        _ = bench.sent()
        bench.acknowledge(4)
        #expect(bench.sent() == [5, 6, 7, 8])
        let deadline = bench.session.deadline
        bench.pass(.milliseconds(1))
        #expect(bench.acknowledge(number) == .ignored)
        #expect(bench.session.deadline == deadline)
        #expect(bench.sent().isEmpty)
    }

    @Test("T100, T101 the last window is as long as it is", arguments: [(35_999, 20), (16_000, 1), (31_000, 16)])
    func lastWindow(_ size: Int64, _ rest: Int) {
        var bench = Bench(TransferOptions(blockSize: 1000, windowSize: 16), size: size)
        _ = bench.sent()
        bench.acknowledge(0)
        #expect(bench.sent().count == 16)
        bench.acknowledge(16)
        #expect(bench.sent().count == min(rest, 16))
    }

    @Test("T102, T103 a window across 65,535") func wrap() {
        var bench = Bench(window: 7, blocks: 70_000)
        var block: Int64 = 0
        while block < 65_534 {
            let sent = bench.sent()
            guard sent == Array(block + 1...block + 7) else { break }
            block += 7
            bench.pass(.microseconds(100))
            bench.acknowledge(UInt16(truncatingIfNeeded: block))
        }
        #expect(block == 65_534)
        #expect(bench.sent() == Array(65_535...65_541))
        bench.pass(.milliseconds(1))
        bench.acknowledge(0)
        #expect(bench.sent() == Array(65_537...65_543))
        bench.acknowledge(7)
        #expect(bench.sent() == Array(65_544...65_550))
    }

    @Test("T104 a window across 65,535 that goes on with 1") func wrapToOne() {
        var bench = Bench(window: 8, blocks: 70_000, rollover: .toOne)
        var block: Int64 = 0
        while block < 65_528 {
            guard bench.sent() == Array(block + 1...block + 8) else { break }
            block += 8
            bench.pass(.microseconds(100))
            bench.acknowledge(UInt16(block))
        }
        #expect(block == 65_528)
        // On the wire 65,529 … 65,535, 1: the last one is missing, or two are.
        #expect(bench.sent() == Array(65_529...65_536))
        bench.pass(.milliseconds(1))
        bench.acknowledge(65_534)
        #expect(bench.sent() == Array(65_535...65_542))
        bench.pass(.milliseconds(1))
        #expect(bench.acknowledge(0) == .ignored)
        bench.acknowledge(7)
        #expect(bench.sent() == Array(65_543...65_550))
        bench.pass(.milliseconds(1))
        bench.acknowledge(15)
        #expect(bench.sent() == Array(65_551...65_558))
    }

    @Test("T112 pieces follow each other without gap or overlap", arguments: [1, 7, 16, 45, 100]) func pieces(
        _ batch: Int
    ) {
        var bench = Bench(window: 64, blocks: 1000)
        #expect(bench.sent(batch: batch) == Array(1...64))
        #expect(bench.next(0) == nil)
    }

    @Test("an ACK between two pieces opens the rest") func acknowledgedBetweenPieces() {
        var bench = Bench(window: 8, blocks: 100)
        #expect(bench.next(3) == .blocks(first: 1, count: 3))
        bench.acknowledge(2)
        #expect(bench.sent() == Array(4...10))
        #expect(bench.session.statistics.blocksRetransmitted == 0)
    }

    @Test("what the kernel refused is offered again and not counted") func refused() {
        var bench = Bench(window: 64, blocks: 1000)
        #expect(bench.next(16) == .blocks(first: 1, count: 16))
        #expect(bench.next(16) == .blocks(first: 17, count: 16))
        #expect(bench.next(16) == .blocks(first: 33, count: 16))
        bench.refuse(.blocks(first: 33, count: 16))
        bench.refuse(.blocks(first: 17, count: 16))
        #expect(bench.session.statistics.blocksSent == 16)
        #expect(bench.acknowledge(17) == .ignored)
        #expect(bench.sent() == Array(17...64))
        #expect(bench.session.statistics.blocksSent == 64)
        #expect(bench.session.statistics.blocksRetransmitted == 0)
    }

    @Test("a refused OACK, probe and repeat are offered again") func refusedOthers() {
        var bench = Bench(window: 4, blocks: 100, opened: false)
        #expect(bench.next(16) == .optionAck)
        bench.refuse(.optionAck)
        #expect(bench.acknowledge(0) == .ignored)
        #expect(bench.sent() == [-1])
        bench.pass(.milliseconds(1))
        bench.acknowledge(0)
        #expect(bench.sent() == [1, 2, 3, 4])
        bench.pass(.milliseconds(2))
        bench.expire()
        #expect(bench.next(16) == .blocks(first: 4, count: 1))
        bench.refuse(.blocks(first: 4, count: 1))
        #expect(bench.sent() == [4])
        #expect(bench.session.statistics.blocksRetransmitted == 1)
        bench.pass(.milliseconds(1))
        bench.acknowledge(0)
        #expect(bench.next(2) == .blocks(first: 1, count: 2))
        bench.refuse(.blocks(first: 1, count: 2))
        #expect(bench.sent() == [1, 2, 3, 4])
        #expect(bench.session.statistics.blocksRetransmitted == 5)
    }

    @Test("an owner that is slow to send is no silence of the client's") func slowOwner() {
        var bench = Bench(window: 4, blocks: 100)
        for _ in 0..<1000 {
            bench.pass(.milliseconds(100))
            #expect(bench.expire() != .finished(.timedOut))
        }
        #expect(bench.sent() == [1, 2, 3, 4])
        #expect(bench.session.statistics.blocksRetransmitted == 0)
    }

    @Test("expire before the deadline does nothing") func spurious() {
        var bench = Bench(window: 4, blocks: 100)
        _ = bench.sent()
        let deadline = bench.session.deadline
        bench.pass(.microseconds(500))
        #expect(bench.expire() == .ignored)
        #expect(bench.session.deadline == deadline)
    }

    @Test("three restarts of one block, then only the clock restarts it") func restartCap() {
        var bench = Bench(window: 4, blocks: 100)
        _ = bench.sent()
        var restarts = 0
        for _ in 0..<200 {
            bench.pass(.milliseconds(20))
            bench.acknowledge(0)
            restarts += bench.sent().isEmpty ? 0 : 1
        }
        #expect(restarts == 3)
    }

    @Test("T85 a windowed round trip that grows is learned", arguments: [3, 10, 60, 170, 300] as [Int64])
    func growingTrip(_ trip: Int64) {
        var bench = Bench(window: 4, blocks: 4000)
        var late: Int64 = 0
        for flight in 1...Int64(500) {
            if flight == 400 { late = bench.session.statistics.blocksRetransmitted }
            #expect(bench.sent().first == flight * 4 - 3)
            _ = bench.silence(upTo: .milliseconds(flight < 100 ? 1 : trip))
            bench.acknowledge(UInt16(truncatingIfNeeded: flight * 4))
        }
        #expect(late < 250)
        #expect(bench.session.statistics.blocksRetransmitted == late)
    }

    @Test("T149 nothing is repeated sooner than others' round trips take, and then as ever")
    func othersWait() {
        var bench = Bench(window: 4, blocks: 100)
        #expect(bench.sent() == [1, 2, 3, 4])
        bench.pass(.milliseconds(100))
        #expect(bench.expire(others: .milliseconds(150)) == .ignored)
        #expect(bench.sent() == [])
        #expect(bench.session.deadline - bench.now == .milliseconds(200))
        bench.pass(.milliseconds(200))
        #expect(bench.expire(others: .milliseconds(150)) == .proceed)
        #expect(bench.sent() == [1, 2, 3, 4])
    }

    @Test("what waits in this host's queue is not repeated, and the wait for the client begins when it has left")
    func waitsAtHome() {
        var bench = Bench(window: 4, blocks: 100)
        #expect(bench.sent() == [1, 2, 3, 4])
        let handedOver = bench.now
        while bench.now - handedOver < .milliseconds(500) {
            let step = bench.session.deadline - bench.now
            #expect(step > .zero)
            bench.pass(step)
            #expect(bench.expire(hasLeft: false) == .ignored)
            #expect(bench.sent() == [])
        }
        // It left a moment ago, for all that is known.
        bench.pass(bench.session.deadline - bench.now)
        #expect(bench.expire() == .ignored)
        #expect(bench.session.deadline > bench.now)
        bench.pass(bench.session.deadline - bench.now)
        bench.expire()
        #expect(bench.sent() == [4])
        #expect(bench.session.timeouts == 0)
    }

    @Test("a request that comes again while its answer waits in this host's queue is not answered twice")
    func answerWaitsAtHome() {
        var bench = Bench(window: 4, blocks: 100, opened: false)
        #expect(bench.sent() == [-1])
        bench.pass(.milliseconds(100))
        bench.repeatRequest()
        bench.pass(.milliseconds(100))
        #expect(bench.expire(hasLeft: false) == .ignored)
        #expect(bench.sent() == [])
        #expect(bench.session.deadline - bench.now == .seconds(2))
    }

    @Test("a card that says for ever that it has not sent does not stop a transfer for ever")
    func staysAtHome() {
        var bench = Bench(window: 4, blocks: 100)
        #expect(bench.sent() == [1, 2, 3, 4])
        let handedOver = bench.now
        var again: [Int64] = []
        while again.isEmpty, bench.now - handedOver < .seconds(10) {
            bench.pass(bench.session.deadline - bench.now)
            bench.expire(hasLeft: false)
            again = bench.sent()
        }
        #expect(again == [4])
        #expect(bench.now - handedOver < .milliseconds(4100))
    }

    @Test("a round trip is told once, and only one of which nothing was repeated")
    func tellsRoundTrip() {
        var bench = Bench(window: 4, blocks: 100)
        _ = bench.takeRoundTrip()
        #expect(bench.sent() == [1, 2, 3, 4])
        bench.pass(.microseconds(700))
        bench.acknowledge(4)
        let trips = [bench.takeRoundTrip(), bench.takeRoundTrip()]
        #expect(trips == [.microseconds(700), nil])
        _ = bench.sent()
        _ = bench.silence(upTo: .milliseconds(70))
        bench.acknowledge(8)
        let afterRepeat = bench.takeRoundTrip()
        #expect(afterRepeat == nil)
    }

    @Test("a client that answers every probe and acknowledges nothing: few windows, then single blocks, then the end")
    func answersProbesOnly() {
        var bench = Bench(window: 64, blocks: 1000)
        _ = bench.sent()
        var answers = 0
        while bench.ending == nil, answers < 5000 {
            bench.hearNothingButTheLast()
            _ = bench.sent()
            answers += 1
        }
        #expect(bench.ending == .timedOut)
        // The window itself, three restarts and a few time-outs.
        #expect(bench.session.statistics.blocksSent < 64 * 12)
    }

    @Test("the first windows are lost, however often the client says so: when the way is free again, it goes on")
    func congestedStart() {
        var bench = Bench(window: 64, blocks: 1000)
        _ = bench.sent()
        var flight: [Int64] = []
        for _ in 0..<100 where flight.isEmpty || flight.count > 5 {
            // Of each flight only the last block arrives.
            bench.hearNothingButTheLast()
            flight = bench.sent()
        }
        // A few blocks, and one behind a gap, which makes the client say at once what it has; then it is proved.
        #expect(flight == [1, 2, 3, 4, 64])
        bench.acknowledge(4)
        #expect(bench.sent() == Array(5...68))
        #expect(bench.elapsed < 4000)
    }

    @Test("a short flight that the kernel refuses is offered again, with its probe") func refusedShortFlight() {
        var bench = Bench(window: 64, blocks: 1000)
        _ = bench.sent()
        for _ in 0..<100 {
            bench.hearNothingButTheLast()
            guard bench.next(16) == .blocks(first: 1, count: 4) else {
                _ = bench.sent()
                continue
            }
            let sent = bench.session.statistics.blocksSent - 4
            #expect(bench.next(16) == .blocks(first: 64, count: 1))
            bench.refuse(.blocks(first: 64, count: 1))
            bench.refuse(.blocks(first: 1, count: 4))
            #expect(bench.session.statistics.blocksSent == sent)
            break
        }
        #expect(bench.sent() == [1, 2, 3, 4, 64])
    }

    @Test("T127 forged: a request and ACK 0 bring few windows, however long nothing follows")
    func forgedStart() {
        var bench = Bench(window: 64, blocks: 1000)
        _ = bench.sent()
        _ = bench.silence(upTo: .seconds(130))
        #expect(bench.ending == .timedOut)
        #expect(bench.session.statistics.blocksSent <= 64 * 4 + 30)
    }

    @Test("4.12 a session is small") func size() {
        #expect(MemoryLayout<TFTPSession>.size <= 256)
    }
}
