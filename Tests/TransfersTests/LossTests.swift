import Support
import Testing
import Transfers
import Wire

@Suite struct LossTests {
    @Test("table") func table() {
        for kind in [ClientModel.Kind.edk2, .rfc7440, .uboot, .eager, .second] {
            for window in [4, 16, 64] {
                for (loss, swap) in [(0.0, 0.0), (0.01, 0.0), (0.05, 0), (0.0, 0.01), (0.0, 0.05), (0.01, 0.01)] {
                    for slow in [8, 100] {
                        var simulation = Simulation(kind, window: window, blocks: 1500)
                        simulation.down.loss = loss
                        simulation.up.loss = loss
                        simulation.down.swapping = swap
                        simulation.processing = .microseconds(Int64(slow))
                        let report = simulation.run()
                        print("loss \(loss) swap \(swap) slow \(slow) out \(report.mostOutstanding)", report, report.isGood ? "" : "BAD")
                    }
                }
            }
        }
    }
}
