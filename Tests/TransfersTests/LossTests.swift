import Support
import Testing
import Transfers
import Wire

/// Reference 5.4 over lossy links: whole transfers with the habits of real clients.
@Suite struct LossTests {
    /// A cable, and what it does to packets in both directions.
    struct Path: CustomStringConvertible {
        var loss = 0.0
        var swapping = 0.0
        var processing: Int64 = 8

        var description: String { "loss \(loss), swapped \(swapping), \(processing) µs a packet" }
    }

    private func run(
        _ kind: ClientModel.Kind, _ window: Int, _ path: Path, blocks: Int64 = 1500, seed: UInt64 = 1
    ) -> Simulation.Report {
        var simulation = Simulation(kind, window: window, blocks: blocks, seed: seed)
        simulation.down.loss = path.loss
        simulation.up.loss = path.loss
        simulation.down.swapping = path.swapping
        simulation.processing = .microseconds(path.processing)
        return simulation.run()
    }

    @Test("without loss nothing is sent twice", arguments: ClientModel.Kind.allCases, [1, 4, 16])
    func clean(_ kind: ClientModel.Kind, _ window: Int) {
        let report = run(kind, window, Path())
        #expect(report.isGood, "\(report)")
        #expect(report.optionAcks == 1)
        let acknowledgesEarly = ![.edk2, .rfc7440, .patient, .uboot].contains(kind)
        #expect(report.overhead <= (acknowledgesEarly && window > 1 ? 1.05 : 1.0), "\(report)")
    }

    @Test("T94 every 50th packet lost", arguments: [4, 64]) func every50th(_ window: Int) {
        for seed in 1...3 as ClosedRange<UInt64> {
            var simulation = Simulation(.edk2, window: window, blocks: 3000, seed: seed)
            simulation.down.losesEvery = 50
            let report = simulation.run()
            #expect(report.isGood, "\(report)")
            // A restart repeats W - 1 blocks at most; there is one loss in 50 packets sent.
            let restarts = Double(report.statistics.blocksSent) / 50 * Double(window) / Double(report.needed)
            #expect(report.overhead <= 1.5 + restarts, "\(report)")
        }
    }

    @Test("T108 swapped neighbours", arguments: [ClientModel.Kind.edk2, .rfc7440], [(4, 1.1), (16, 1.3), (64, 2.5)])
    func swapped(_ kind: ClientModel.Kind, _ limit: (window: Int, overhead: Double)) {
        for seed in 1...3 as ClosedRange<UInt64> {
            let few = run(kind, limit.window, Path(swapping: 0.01), seed: seed)
            #expect(few.isGood, "\(few)")
            #expect(few.overhead <= limit.overhead, "\(few)")
            let many = run(kind, limit.window, Path(swapping: 0.05), seed: seed)
            #expect(many.isGood, "\(many)")
            #expect(many.overhead <= 6, "\(many)")
        }
    }

    @Test(
        "T110 loss in both directions, quick and slow clients",
        arguments: [ClientModel.Kind.edk2, .rfc7440], [4, 16, 64])
    func lossy(_ kind: ClientModel.Kind, _ window: Int) {
        for processing: Int64 in [8, 100] {
            for seed in 1...2 as ClosedRange<UInt64> {
                let few = run(kind, window, Path(loss: 0.01, processing: processing), seed: seed)
                #expect(few.isGood, "\(few)")
                #expect(few.overhead <= 2.5, "\(few)")
                let many = run(kind, window, Path(loss: 0.05, processing: processing), seed: seed)
                #expect(many.isGood, "\(many)")
                #expect(many.overhead <= 6, "\(many)")
                #expect(many.elapsed < .seconds(30), "\(many)")
                let lockstep = run(.lockstep, 1, Path(loss: 0.05, processing: processing), seed: seed)
                #expect(many.elapsed < lockstep.elapsed, "\(many) \(lockstep)")
            }
        }
    }

    @Test(
        "T75, T76 lockstep clients come through loss",
        arguments: [ClientModel.Kind.lockstep, .ipxe, .grub, .uboot], [0.01, 0.05])
    func lockstep(_ kind: ClientModel.Kind, _ loss: Double) {
        let report = run(kind, 1, Path(loss: loss), blocks: 500)
        #expect(report.isGood, "\(report)")
        #expect(report.overhead <= 1.4, "\(report)")
        #expect(report.client.lateOptionAcks == 0)
        #expect(report.mostOutstanding == 1)
    }

    @Test("T105 U-Boot's window: by timers alone", arguments: [4, 16]) func uboot(_ window: Int) {
        let report = run(.uboot, window, Path(loss: 0.01))
        #expect(report.isGood, "\(report)")
        #expect(report.overhead <= 1.3, "\(report)")
    }

    @Test("T105 U-Boot reports no gap from block 32,768 on") func ubootHighBlocks() {
        let report = run(.uboot, 16, Path(loss: 0.0002), blocks: 40_000)
        #expect(report.isGood, "\(report)")
        #expect(report.overhead <= 1.05, "\(report)")
    }

    @Test("T106, T107 clients that acknowledge early", arguments: [ClientModel.Kind.eager, .second], [8, 64])
    func early(_ kind: ClientModel.Kind, _ window: Int) {
        let report = run(kind, window, Path())
        #expect(report.isGood, "\(report)")
        #expect(report.overhead <= 1.3, "\(report)")
        #expect(report.mostOutstanding <= Int64(window))
        #expect(report.elapsed < .milliseconds(100), "\(report)")
    }

    @Test(
        "T109 every block doubled by the network", arguments: [ClientModel.Kind.lockstep, .edk2, .rfc7440, .grub],
        [1, 4, 16])
    func doubled(_ kind: ClientModel.Kind, _ window: Int) {
        var simulation = Simulation(kind, window: window, blocks: 1500)
        simulation.down.duplication = 1
        let report = simulation.run()
        #expect(report.isGood, "\(report)")
        #expect(report.overhead <= 1.3, "\(report)")
    }

    @Test("T67, T102 whole transfers across 65,535", arguments: [(1, 66_000), (16, 140_000)] as [(Int, Int64)])
    func wrap(_ window: Int, _ blocks: Int64) {
        let report = run(window == 1 ? .ipxe : .edk2, window, Path(loss: 0.0002), blocks: blocks)
        #expect(report.isGood, "\(report)")
        #expect(report.overhead <= 1.05, "\(report)")
    }

    @Test(
        "T69, T104 whole transfers that go on with 1, over lossy links",
        arguments: [(1, 66_000), (8, 140_000)] as [(Int, Int64)])
    func wrapToOne(_ window: Int, _ blocks: Int64) {
        var simulation = Simulation(window == 1 ? .ipxe : .edk2, window: window, blocks: blocks, rollover: .toOne)
        simulation.down.loss = 0.0002
        simulation.up.loss = 0.0002
        let report = simulation.run()
        #expect(report.isGood, "\(report)")
        #expect(report.overhead <= 1.05, "\(report)")
    }

    @Test("an RTT of 20 ms changes nothing but the time") func distant() {
        var simulation = Simulation(.edk2, window: 16, blocks: 800)
        simulation.down.latency = .milliseconds(10)
        simulation.up.latency = .milliseconds(10)
        simulation.down.loss = 0.01
        let report = simulation.run()
        #expect(report.isGood, "\(report)")
        #expect(report.overhead <= 1.4, "\(report)")
    }

    @Test("T80 the client leaves at once after its last ACK", arguments: [1, 4]) func leaves(_ window: Int) {
        var simulation = Simulation(.edk2, window: window, blocks: 100)
        simulation.leaves = true
        let report = simulation.run()
        #expect(report.isGood, "\(report)")
    }

    /// The workload W6 of the benchmarks: 1 MiB to clients that lose what comes, acknowledgements arrive.
    @Test(
        "W6 a loss costs a round trip or a probe, not a timer's floor",
        arguments: [ClientModel.Kind.edk2, .patient, .rfc7440],
        [(0.01, 30, 100), (0.05, 250, 500)] as [(Double, Double, Double)])
    func recovery(_ kind: ClientModel.Kind, _ path: (loss: Double, mean: Double, worst: Double)) {
        var times: [Double] = []
        for seed in 1...40 as ClosedRange<UInt64> {
            var simulation = Simulation(kind, window: 16, blocks: 735, seed: seed)
            simulation.down.loss = path.loss
            let report = simulation.run()
            #expect(report.isGood, "\(report)")
            if report.optionAcks == 1 { times.append(report.elapsed.seconds * 1000) }
        }
        let mean = times.reduce(0, +) / Double(times.count)
        #expect(mean < path.mean)
        #expect((times.max() ?? 0) < path.worst)
    }

    @Test("T152 5 % lost both ways: an ACK 0, or the first ACK, that was lost does not slow down all that follows")
    func unlucky() {
        var times: [Double] = []
        for seed in 1...400 as ClosedRange<UInt64> {
            var simulation = ReceivingSimulation(.rfc, window: 16, blocks: 735, seed: seed &+ 1000)
            simulation.down.loss = 0.05
            simulation.up.loss = 0.05
            let report = simulation.run()
            #expect(report.isGood, "\(report)")
            times.append(report.elapsed.seconds)
        }
        times.sort()
        #expect(times[times.count / 2] < 0.3)
        // Requests and first answers that get lost cost whole seconds each.
        #expect((times.last ?? 0) < 10)
    }

    @Test(
        "4.10 a window longer than the narrowest queue",
        arguments: [ClientModel.Kind.edk2, .rfc7440, .patient], [8, 20, 40])
    func shortQueue(_ kind: ClientModel.Kind, _ queue: Int) {
        var simulation = Simulation(kind, window: 64, blocks: 3000)
        simulation.batch = 64
        simulation.down.queue = queue
        simulation.down.wireTime = .microseconds(120)
        let report = simulation.run()
        #expect(report.isGood, "\(report)")
        // What is sent in vain never reaches the wire behind the queue, which stays busy: 3000 blocks take 0.36 s on it.
        #expect(report.overhead <= 10, "\(report)")
        #expect(report.elapsed < .seconds(1), "\(report)")
    }

    @Test("T128 whatever the client says, the session ends and stays within its window") func hostile() {
        var random = SeededRandom(seed: 128)
        for round in 0..<60 {
            let window = [1, 4, 64][round % 3]
            var bench = Bench(window: window, blocks: 300, opened: round % 2 == 0)
            for _ in 0..<400 where bench.ending == nil {
                let sent = bench.sent(batch: Int.random(in: 1...20, using: &random))
                let base = bench.session.statistics.bytesAcknowledged / 1000
                #expect(sent.allSatisfy { $0 == -1 || ($0 > base && $0 <= base + Int64(window) && $0 <= 300) })
                bench.pass(.microseconds(Int64.random(in: 0...30_000, using: &random)))
                switch Int.random(in: 0..<6, using: &random) {
                case 0: bench.acknowledge(UInt16.random(in: 0...UInt16.max, using: &random))
                case 1: bench.repeatRequest()
                case 2: bench.expire()
                default: bench.acknowledge(UInt16(base + Int64.random(in: 0...Int64(window), using: &random)))
                }
            }
            _ = bench.silence(upTo: .seconds(130))
            #expect(bench.ending != nil)
        }
    }
}
