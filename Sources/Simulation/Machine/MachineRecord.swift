import Wire

/// The parts of a machine's way that are timed.
package enum MachineStage: String, Sendable, CaseIterable, Hashable {
    /// From the DISCOVER of the firmware to its ACK, that of port 4011 included.
    case address
    /// The loader by TFTP.
    case loader
    /// From the DISCOVER of iPXE to its ACK.
    case ipxe
    /// Its first script.
    case script
    /// From the first file of a kernel to `boot`, `begin` included.
    case files
    /// From `boot` to the answer to `done`.
    case install
    /// All pauses of a machine's scripts together.
    case held
    /// From the first power-on to the end of it all.
    case whole
}

/// How a machine ended.
package enum MachineOutcome: Hashable, Sendable {
    /// An installer ran to its end, and then the machine was sent to its disk.
    case installed
    /// Sent to its disk, or to its next boot device, without that.
    case localDisk
    /// A kernel or program runs that is no install.
    case booted
    case poweredOff
    case failed(String)
    /// Its script let it wait until time was up.
    case held
}

/// What is known of a machine at the end.
struct MachineRecord {
    /// Nil while it is under way.
    var outcome: MachineOutcome?
    /// Installers that were started.
    var boots = 0
    /// `begin`s that the server granted, each once however often it was asked.
    var begun: Set<String> = []
    /// Installers whose `done` was taken.
    var done = 0
    var powerLosses = 0
    var repeated = 0
    var octets: Int64 = 0
    var held = TimeSpan.zero
    var stages: [(stage: MachineStage, time: TimeSpan)] = []
    /// What could not be fetched, and how often.
    var errors: [String: Int] = [:]

    /// Evidence that it was installed twice.
    var isDouble: Bool { boots > 1 || begun.count > 1 || done > 1 }
}
