package import Wire

/// What all machines of a simulation have in common.
package struct MachineHabits: Sendable {
    package enum Platform: String, Sendable, CaseIterable {
        case bios
        case uefi
    }

    package var platform = Platform.bios
    /// How long an installer takes, give or take a quarter.
    package var installTime = TimeSpan.seconds(2)
    /// How long a machine is without power between two lives, give or take a quarter.
    package var restartTime = TimeSpan.seconds(1)
    /// The chance that a life ends by a loss of power.
    package var powerLoss = 0.0
    /// The chance that an HTTP request is made twice, as if its answer had been lost.
    package var duplicates = 0.0
    /// The chance that a machine reads slowly.
    package var slow = 0.0

    package init() {}
}

/// Where in a life the power fails.
enum LossPoint: CaseIterable {
    case address
    case loader
    case script
    /// While kernel and RAM disks come in, up to `begin`.
    case files
    /// After `begin` was asked for: the answer may be lost, or the installer have begun.
    case begin
    case install

    /// How long after its beginning at most.
    func latest(_ habits: MachineHabits) -> TimeSpan {
        self == .install ? habits.installTime : .milliseconds(200)
    }
}
