import Testing
import Transfers
import Wire

/// Reference 5.3: one block at a time.
@Suite struct LockstepTests {
    @Test("T64 an empty file is one empty block") func empty() {
        var bench = Bench(TransferOptions(), size: 0)
        #expect(bench.sent() == [1])
        #expect(bench.acknowledge(1) == .finished(.completed))
        #expect(bench.session.statistics.bytesAcknowledged == 0)
    }

    @Test(
        "T65, T66 how many blocks a file has",
        arguments: [(512, 2), (1024, 3), (511, 1), (513, 2), (1023, 2), (1025, 3)] as [(Int64, Int64)])
    func count(_ size: Int64, _ blocks: Int64) {
        var bench = Bench(TransferOptions(), size: size)
        for block in 1...blocks {
            #expect(bench.sent() == [block])
            bench.acknowledge(UInt16(block))
        }
        #expect(bench.ending == .completed)
        #expect(bench.session.statistics.bytesAcknowledged == size)
    }

    @Test("T65, T67, T68 numbers roll over to 0", arguments: [65_536, 65_537, 200_000] as [Int64])
    func rollover(_ blocks: Int64) {
        var bench = Bench(TransferOptions(), size: (blocks - 1) * 512)
        for block in 1...blocks {
            guard bench.next(16) == .blocks(first: block, count: 1) else {
                Issue.record("block \(block) did not go out")
                return
            }
            bench.acknowledge(UInt16(truncatingIfNeeded: block))
        }
        #expect(bench.ending == .completed)
        #expect(bench.session.statistics.blocksSent == blocks)
    }

    @Test("T69 numbers roll over to 1: asked for, or a habit of ours", arguments: [true, false])
    func rolloverToOne(_ isAsked: Bool) {
        let blocks: Int64 = 140_000
        var bench = Bench(
            TransferOptions(rollover: isAsked ? .toOne : nil), size: (blocks - 1) * 512,
            rollover: isAsked ? .toZero : .toOne)
        if isAsked {
            #expect(bench.session.optionAck == TransferOptions(rollover: .toOne))
            #expect(bench.sent() == [-1])
            bench.acknowledge(0)
        }
        var number: UInt16 = 0
        for block in 1...blocks {
            guard bench.next(16) == .blocks(first: block, count: 1) else {
                Issue.record("block \(block) did not go out")
                return
            }
            // The client's own counting, which knows no absolute numbers.
            number = number == 65_535 ? 1 : number + 1
            #expect(bench.acknowledge(0) == .ignored)
            bench.acknowledge(number)
        }
        #expect(bench.ending == .completed)
        #expect(bench.session.statistics.blocksSent == blocks)
    }

    @Test("T70 a file beyond 4 GiB: its size in the OACK, and every octet of it") func large() {
        let size: Int64 = 4_294_967_297
        var bench = Bench(TransferOptions(blockSize: 65_464, transferSize: 0, windowSize: 64), size: size, mtu: 65_536)
        #expect(
            bench.session.optionAck
                == TransferOptions(blockSize: 65_464, transferSize: size, windowSize: 64))
        #expect(bench.sent() == [-1])
        bench.acknowledge(0)
        var last: Int64 = 0
        while bench.ending == nil {
            let blocks = bench.sent()
            guard blocks.first == last + 1, let highest = blocks.last, highest - last == Int64(blocks.count) else {
                break
            }
            last = highest
            bench.pass(.milliseconds(1))
            bench.acknowledge(UInt16(truncatingIfNeeded: last))
        }
        #expect(bench.ending == .completed)
        // 65,608 whole blocks, and one octet too many for the size to fit 32 bits.
        #expect(last == size / 65_464 + 1)
        #expect(bench.session.statistics.bytesAcknowledged == size)
        #expect(bench.session.statistics.blocksSent == last)
    }

    @Test("T71, T72 each ACK twice, at once or a round trip later: no block twice", arguments: [0, 1, 80] as [Int64])
    func sorcerersApprentice(_ delay: Int64) {
        var bench = Bench(window: 1, blocks: 1000)
        var sent = bench.sent().count
        for block in 1...UInt16(1000) {
            bench.pass(.milliseconds(max(delay, 1)))
            bench.acknowledge(block)
            sent += bench.sent().count
            bench.pass(.milliseconds(delay))
            #expect(bench.acknowledge(block) == .ignored)
            sent += bench.sent().count
        }
        #expect(sent == 1000)
        #expect(bench.ending == .completed)
    }

    @Test("T73 duplicates at once: no resend; long after the block: one, none when strict") func nagging() {
        for strict in [false, true] {
            var bench = Bench(window: 1, blocks: 10, strict: strict)
            #expect(bench.sent() == [1])
            bench.acknowledge(1)
            #expect(bench.sent() == [2])
            for _ in 0..<100 {
                bench.pass(.microseconds(10))
                #expect(bench.acknowledge(1) == .ignored)
            }
            #expect(bench.sent().isEmpty)
            bench.pass(.milliseconds(250))
            var extra: [Int64] = []
            for _ in 0..<100 {
                bench.pass(.microseconds(10))
                bench.acknowledge(1)
                extra += bench.sent()
            }
            #expect(extra == (strict ? [] : [2]))
        }
    }

    @Test("T74 a lost block: again after 1, 2, 4 s, and 1 s again after progress") func backOff() {
        var bench = Bench(window: 1, blocks: 10)
        #expect(bench.sent() == [1])
        let first = bench.silence(upTo: .milliseconds(7500))
        #expect(first.map(\.after) == [1000, 3000, 7000])
        #expect(first.allSatisfy { $0.blocks == [1] })
        bench.acknowledge(1)
        #expect(bench.sent() == [2])
        #expect(bench.silence(upTo: .milliseconds(1200)).map(\.after) == [1000])
    }

    @Test("T76 an ACK is lost and the client says it again after 250 ms: the next block, once") func clientsTimer() {
        var bench = Bench(window: 1, blocks: 10)
        #expect(bench.sent() == [1])
        #expect(bench.silence(upTo: .milliseconds(250)).isEmpty)
        #expect(bench.acknowledge(1) == .proceed)
        #expect(bench.sent() == [2])
        #expect(bench.acknowledge(1) == .ignored)
        #expect(bench.sent().isEmpty)
        #expect(bench.session.statistics.blocksRetransmitted == 0)
    }

    @Test("T75, T75b an ACK that comes late, with or without our repeat", arguments: [100, 5000] as [Int64])
    func lateAcknowledge(_ milliseconds: Int64) {
        var bench = Bench(window: 1, blocks: 10)
        #expect(bench.sent() == [1])
        _ = bench.silence(upTo: .milliseconds(milliseconds))
        #expect(bench.acknowledge(1) == .proceed)
        #expect(bench.sent() == [2])
        bench.pass(.milliseconds(1))
        #expect(bench.acknowledge(1) == .ignored)
        #expect(bench.sent().isEmpty)
    }

    @Test(
        "T77, T78, T79 stale and future numbers change nothing",
        arguments: [2, 4, 10, 12, 32_773, 65_535, 0] as [UInt16])
    func strayNumbers(_ number: UInt16) {
        var bench = Bench(window: 1, blocks: 100)
        for block in 1...5 {
            _ = bench.sent()
            bench.acknowledge(UInt16(block))
        }
        #expect(bench.sent() == [6])
        let deadline = bench.session.deadline
        bench.pass(.milliseconds(500))
        #expect(bench.acknowledge(number) == .ignored)
        #expect(bench.session.deadline == deadline)
        #expect(bench.sent().isEmpty)
        #expect(bench.acknowledge(6) == .proceed)
    }

    @Test("T80 the last ACK is lost and the client gone: at most three repeats, then success") func lastLost() {
        var bench = Bench(window: 1, blocks: 2)
        _ = bench.sent()
        bench.acknowledge(1)
        #expect(bench.sent() == [2])
        let repeats = bench.silence(upTo: .seconds(60))
        #expect(repeats.count <= 3 && !repeats.isEmpty)
        #expect(repeats.allSatisfy { $0.blocks == [2] })
        #expect(bench.ending == .completed)
    }

    @Test("T80 the last block is lost again and again on a crowded way: who asks for it by its own timer still gets it")
    func lastLostInACrowd() {
        var bench = Bench(window: 4, blocks: 9)
        #expect(bench.sent() == [1, 2, 3, 4])
        bench.pass(.milliseconds(1))
        bench.acknowledge(4)
        #expect(bench.sent() == [5, 6, 7, 8])
        bench.pass(.milliseconds(1))
        bench.acknowledge(8)
        #expect(bench.sent() == [9])
        let repeats = bench.silence(upTo: .milliseconds(5100))
        // One probe, and then ever more slowly.
        #expect(repeats.map(\.after) == [2, 50, 150, 350, 750, 1550, 3150])
        #expect(bench.ending == nil)
        #expect(bench.acknowledge(8) == .proceed)
        #expect(bench.sent() == [9])
        #expect(bench.acknowledge(9) == .finished(.completed))
    }

    @Test("T81 the client lingers and acknowledges the last block again") func dally() {
        var bench = Bench(window: 1, blocks: 2)
        _ = bench.sent()
        bench.acknowledge(1)
        _ = bench.sent()
        _ = bench.silence(upTo: .milliseconds(1100))
        #expect(bench.acknowledge(2) == .finished(.completed))
    }

    @Test("T82 a client that stalls 20 s goes on") func stall() {
        var bench = Bench(window: 1, blocks: 10)
        _ = bench.sent()
        let repeats = bench.silence(upTo: .seconds(20))
        #expect(repeats.count <= 5)
        #expect(bench.ending == nil)
        #expect(bench.acknowledge(1) == .proceed)
        #expect(bench.sent() == [2])
    }

    @Test("T83 a client that stalls 120 s is given up, after 45 s at the earliest", arguments: [1, 4, 64])
    func gone(_ window: Int) {
        var bench = Bench(window: window, blocks: 100)
        _ = bench.sent()
        _ = bench.silence(upTo: .seconds(121))
        #expect(bench.ending == .timedOut)
        #expect(bench.elapsed >= 45_000 && bench.elapsed <= 121_000)
    }

    @Test("R94 a client that only nags is given up after 120 s") func nagForever() {
        var bench = Bench(window: 1, blocks: 10)
        _ = bench.sent()
        bench.acknowledge(1)
        while bench.ending == nil, bench.elapsed < 200_000 {
            _ = bench.sent()
            _ = bench.silence(upTo: .milliseconds(300))
            bench.acknowledge(1)
        }
        #expect(bench.ending == .timedOut)
        #expect(bench.elapsed <= 121_000)
    }

    @Test("T84, T85 a long round trip, and one that grows, bring no repeats") func longTrip() {
        var bench = Bench(window: 1, blocks: 1000)
        for block in 1...Int64(999) {
            guard bench.sent() == [block] else { break }
            let trip: Int64 = block < 100 ? 1 : block < 500 ? 150 : 300
            #expect(bench.silence(upTo: .milliseconds(trip)).isEmpty)
            bench.acknowledge(UInt16(block))
        }
        #expect(bench.session.statistics.blocksRetransmitted == 0)
        #expect(bench.session.statistics.blocksSent == 999)
    }
}
