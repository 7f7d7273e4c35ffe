import BootPolicy
import Fleet
import Inventory
import Testing
import Wire

/// How much an inventory holds.
@Suite struct FigureTests {
    @Test func anEmptyOneHoldsNothing() throws {
        let figures = try Inventory().figures()
        #expect(figures.machines == 0 && figures.events == 0 && figures.leases.isEmpty && figures.rollouts.isEmpty)
        #expect(figures.octets > 0)
    }

    @Test func leasesAreCountedByTheirState() throws {
        let inventory = try Inventory()
        try inventory.record([(1, answered(try client(firstMAC))), (2, notice("x"))])
        let hosts = (1...3).map { number in
            NamedMachine(name: "node\(number)", hardware: [MACAddress(0x02_00_00_00_00_00 + UInt64(number))])
        }
        var next: UInt64 = 0
        _ = try inventory.begin(Rollout(target: "debian", width: 3), for: hosts, now: 1) {
            next += 1
            return InstallToken(high: next, low: next)
        }
        let figures = try inventory.figures()
        #expect(figures.machines == 1 && figures.events == 2)
        #expect(figures.leases == [.armed: 3] && figures.rollouts == [.running: 1])
    }
}
