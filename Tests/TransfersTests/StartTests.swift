import Testing
import Transfers
import Wire

/// Reference 5.2: hand-over and duplicates.
@Suite struct StartTests {
    @Test("T1 two blocks without options") func plain() {
        var bench = Bench(TransferOptions(), size: 1000)
        #expect(bench.session.optionAck == nil)
        #expect(bench.sent() == [1])
        #expect(bench.acknowledge(1) == .proceed)
        #expect(bench.sent() == [2])
        #expect(bench.acknowledge(2) == .finished(.completed))
        #expect(bench.sent().isEmpty)
        #expect(bench.session.deadline == .never)
        #expect(bench.session.statistics.bytesAcknowledged == 1000)
        #expect(bench.session.statistics.blocksSent == 2)
    }

    @Test("T45 an OACK that nobody answers: at 0, 2 and 6 s, then nothing") func silentOptionAck() {
        var bench = Bench(window: 4, blocks: 10, opened: false)
        #expect(bench.sent() == [-1])
        let repeats = bench.silence(upTo: .seconds(60))
        #expect(repeats.map(\.after) == [2000, 6000])
        #expect(repeats.allSatisfy { $0.blocks == [-1] })
        #expect(bench.ending == .timedOut)
        #expect(bench.elapsed < 20_000)
    }

    @Test("T46, T127 a first block that nobody answers: three packets, no success") func silentData() {
        for blocks: Int64 in [1, 10] {
            var bench = Bench(window: nil, blocks: blocks)
            #expect(bench.sent() == [1])
            let repeats = bench.silence(upTo: .seconds(60))
            #expect(repeats.map(\.after) == [1000, 3000])
            #expect(repeats.allSatisfy { $0.blocks == [1] })
            #expect(bench.ending == .timedOut)
        }
    }

    @Test("T47 the request again: the same answer, but not before 200 ms", arguments: [50, 199, 200, 400] as [Int64])
    func repeatedRequest(_ milliseconds: Int64) {
        for window: Int? in [nil, 4] {
            let answer: [Int64] = window == nil ? [1] : [-1]
            var bench = Bench(window: window, blocks: 10, opened: false)
            #expect(bench.sent() == answer)
            bench.pass(.milliseconds(milliseconds))
            #expect(bench.repeatRequest() == .proceed)
            if milliseconds < 200 {
                #expect(bench.sent().isEmpty)
                let repeats = bench.silence(upTo: .milliseconds(300))
                #expect(repeats.map(\.after) == [Double(200 - milliseconds)])
                #expect(repeats.map(\.blocks) == [answer])
            } else {
                #expect(bench.sent() == answer)
                #expect(bench.sent().isEmpty)
            }
        }
    }

    @Test("T48 a hundred requests within 10 ms get two answers") func requestStorm() {
        var bench = Bench(window: 4, blocks: 10, opened: false)
        var answers = bench.sent().count
        for _ in 0..<100 {
            bench.pass(.microseconds(100))
            bench.repeatRequest()
            answers += bench.sent().count
        }
        #expect(answers == 1)
        let late = bench.silence(upTo: .milliseconds(1900))
        #expect(late.map(\.blocks) == [[-1]])
    }

    @Test(
        "T50 behind the first acknowledgement a request is late for a while; then another transfer is meant",
        arguments: [(0, true), (1999, true), (2000, false), (60_000, false)] as [(Int64, Bool)])
    func lateRequest(milliseconds: Int64, isMeant: Bool) {
        var bench = Bench(window: 1, blocks: 10)
        #expect(bench.session.isHeard)
        #expect(bench.sent() == [1])
        bench.pass(.milliseconds(milliseconds))
        // How far the transfer has come says nothing about it.
        bench.acknowledge(1)
        #expect(bench.sent() == [2])
        #expect(bench.session.isMeant(byRepeatedRequest: bench.now) == isMeant)
        #expect(bench.repeatRequest() == .ignored)
    }

    @Test("before the first acknowledgement the request again is a repetition, however late") func unheardRequest() {
        var bench = Bench(window: 4, blocks: 10, opened: false)
        #expect(bench.sent() == [-1])
        bench.pass(.seconds(13))
        #expect(bench.session.isMeant(byRepeatedRequest: bench.now))
    }

    @Test("T52, T53, T61 ACK 0, late and twice, brings one block and no second OACK") func firstAcknowledge() {
        var bench = Bench(window: 1, blocks: 10, opened: false)
        #expect(bench.sent() == [-1])
        bench.pass(.milliseconds(1900))
        #expect(bench.acknowledge(0) == .proceed)
        #expect(bench.sent() == [1])
        bench.pass(.milliseconds(1))
        #expect(bench.acknowledge(0) == .ignored)
        #expect(bench.sent().isEmpty)
        let repeats = bench.silence(upTo: .seconds(40))
        #expect(repeats.allSatisfy { $0.blocks == [1] })
    }

    @Test("T54, T55 ACK 0 twice: an echo within half a round trip, a loss a second later") func doubleAcknowledge() {
        var bench = Bench(window: 4, blocks: 10, trip: .milliseconds(10))
        #expect(bench.sent() == [1, 2, 3, 4])
        bench.pass(.milliseconds(4))
        #expect(bench.acknowledge(0) == .ignored)
        bench.pass(.milliseconds(14))
        #expect(bench.acknowledge(0) == .proceed)
        #expect(bench.sent() == [1, 2, 3, 4])
    }

    @Test("T56 only ACK 0 accepts an OACK, and only one that was sent") func wrongFirstAcknowledge() {
        var bench = Bench(window: 4, blocks: 10, opened: false)
        #expect(bench.acknowledge(0) == .ignored)
        #expect(bench.sent() == [-1])
        #expect(bench.acknowledge(1) == .ignored)
        #expect(bench.acknowledge(65_535) == .ignored)
        #expect(bench.sent().isEmpty)
        #expect(!bench.session.isHeard)
        #expect(bench.acknowledge(0) == .proceed)
    }

    @Test("T58, T59, T60 errors at the start are size probes, whatever was answered", arguments: [0, 8] as [UInt16])
    func probes(_ code: UInt16) {
        var offered = Bench(window: 4, blocks: 10, opened: false)
        #expect(offered.sent() == [-1])
        #expect(offered.error(code) == .finished(.sizeProbe))
        #expect(offered.sent().isEmpty)
        #expect(offered.session.deadline == .never)
        var plain = Bench(window: nil, blocks: 10)
        #expect(plain.sent() == [1])
        #expect(plain.error(code) == .finished(.sizeProbe))
        #expect(plain.sent().isEmpty)
        #expect(plain.session.deadline == .never)
        var late = Bench(window: nil, blocks: 10)
        #expect(late.sent() == [1])
        #expect(late.acknowledge(1) == .proceed)
        #expect(late.error(code) == .finished(.sizeProbe))
    }

    @Test("T117 an ERROR ends the session at any time, without a packet") func errors() {
        var early = Bench(window: 4, blocks: 10, opened: false)
        #expect(early.sent() == [-1])
        #expect(early.error(3) == .finished(.refusedByClient(code: 3)))
        var late = Bench(window: 4, blocks: 10)
        #expect(late.sent() == [1, 2, 3, 4])
        late.acknowledge(4)
        #expect(late.error(0) == .finished(.refusedByClient(code: 0)))
        #expect(late.sent().isEmpty)
        #expect(late.acknowledge(8) == .ignored)
        #expect(late.error(0) == .ignored)
        #expect(late.expire() == .ignored)
    }

    @Test("T63 the negotiated interval is a ceiling", arguments: [(1, 1000.0), (5, 1000.0), (255, 1000.0)])
    func negotiatedTimeout(_ seconds: Int, _ first: Double) {
        var bench = Bench(window: 1, blocks: 10, timeout: seconds)
        #expect(bench.sent() == [1])
        let repeats = bench.silence(upTo: .seconds(30))
        #expect(repeats.first?.after == first)
        let gaps = zip(repeats.dropFirst(), repeats).map { $0.after - $1.after }
        #expect(gaps.allSatisfy { $0 <= Double(min(seconds, 8)) * 1000 })
        #expect(zip(gaps.dropFirst(), gaps).allSatisfy { $0 >= $1 })
    }
}

/// T122: what an ICMP message must quote to be believed.
@Suite struct QuotedPacketTests {
    private func believes(_ bench: Bench, _ quoted: [UInt8]) -> Bool {
        bench.session.hasUnderWay(quoted.span.bytes)
    }

    @Test(
        "T122 a quoted packet that is under way",
        arguments: [
            ([0, 3, 0, 1], true), ([0, 3, 0, 4, 1, 2, 3], true), ([0, 3, 0, 0], false), ([0, 3, 0, 5], false),
            ([0, 6, 0, 1], false), ([0, 5, 0, 1], false), ([0, 3, 0], false), ([], false),
        ] as [([UInt8], Bool)])
    func data(quoted: [UInt8], isOurs: Bool) {
        var bench = Bench(window: 4, blocks: 100)
        #expect(bench.sent() == [1, 2, 3, 4])
        #expect(believes(bench, quoted) == isOurs)
        bench.acknowledge(4)
        #expect(!believes(bench, [0, 3, 0, 1]))
    }

    @Test("T122 an OACK is under way until it is acknowledged")
    func optionAck() {
        var bench = Bench(window: 4, blocks: 100, opened: false)
        #expect(bench.sent() == [-1])
        #expect(believes(bench, [0, 6, 0x62, 0x6C]))
        bench.acknowledge(0)
        #expect(!believes(bench, [0, 6, 0x62, 0x6C]))
    }
}
