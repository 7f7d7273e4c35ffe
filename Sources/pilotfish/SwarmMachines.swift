import ArgumentParser
import LinuxIO
import Simulation
import Wire

/// Whole machines, and what happens to them.
struct SwarmMachines: ParsableArguments {
    @Option(help: "Machines to play; instead of what to fetch.")
    var pxe: Int?

    @Option(help: "The interface on which they ask; it may be left out when only one is up.")
    var interface: String?

    @Option(help: "The machines' firmware: bios (BIOS ROM, then undionly) or uefi (UEFI x64).")
    var arch = MachineHabits.Platform.bios

    @Option(help: "The first machine's hardware address; the others have the next ones.")
    var macs = MACAddress(0x5254_0100_0000)

    @Option(help: "Seconds that an installer takes, give or take a quarter.")
    var installTime = 2.0

    @Option(help: "The chance that a machine loses power in the middle of a boot or an install, 0 to 1.")
    var powerLoss = 0.0

    @Option(help: "The chance that a machine makes an HTTP request twice, as if the first answer had been lost.")
    var duplicates = 0.0

    @Option(help: "The part of the machines that read slowly, 1.6 MB a second.")
    var slow = 0.0

    func validate() throws {
        guard (1...65_536).contains(pxe ?? 1) else { throw ValidationError("--pxe is a number from 1 to 65536") }
        guard (0...86_400).contains(installTime) else {
            throw ValidationError("--install-time is a number of seconds up to 86400")
        }
        guard (0..<1).contains(powerLoss) else { throw ValidationError("--power-loss is a number from 0 to below 1") }
        guard [duplicates, slow].allSatisfy((0...1).contains) else {
            throw ValidationError("--duplicates and --slow are numbers from 0 to 1")
        }
        let last = macs.value &+ UInt64(pxe ?? 1) - 1
        guard macs.octets[0] & 1 == 0, last >> 24 == macs.value >> 24 else {
            throw ValidationError("--macs is the first of so many addresses that differ in their last three octets")
        }
    }

    /// Without `--pxe` none of the others means anything.
    func refuseAlone() throws {
        let isUsual =
            interface == nil && arch == .bios && macs.value == 0x5254_0100_0000 && installTime == 2 && powerLoss == 0
            && duplicates == 0 && slow == 0
        guard isUsual else { throw ValidationError("the options of whole machines need --pxe N") }
    }

    /// - Throws: `SystemError`, `LinkProblem`
    func plan() throws -> SimulationPlan {
        let link = try NetlinkSocket().interfaces().link(named: interface)
        var plan = SimulationPlan(machines: pxe ?? 0, link: link)
        plan.first = macs
        plan.habits.platform = arch
        plan.habits.installTime = TimeSpan(nanoseconds: Int64(installTime * 1e9))
        plan.habits.powerLoss = powerLoss
        plan.habits.duplicates = duplicates
        plan.habits.slow = slow
        return plan
    }
}

extension MachineHabits.Platform: ExpressibleByArgument {}

extension MACAddress: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}
