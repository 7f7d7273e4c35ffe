package import LinuxIO
package import Wire

/// How many machines, where, and what they are like.
package struct SimulationPlan: Sendable {
    package var machines: Int
    /// The link on which they ask.
    package var link: NetworkInterface
    package var habits = MachineHabits()
    /// The first machine's hardware address; the others have the next ones.
    package var first = MACAddress(0x5254_0100_0000)
    /// Machines switched on a second; nil for all at once.
    package var startRate: Double?
    package var limit = TimeSpan.seconds(60)
    /// Another seed loses power at other moments.
    package var seed: UInt64 = 1

    package init(machines: Int, link: NetworkInterface) {
        self.machines = machines
        self.link = link
    }
}

/// Why machines cannot be played, and what to do.
package enum SimulationError: Error, CustomStringConvertible {
    case tooFewDescriptors(allowed: Int, needed: Int)
    /// The network gave a machine an address that this host does not take as its own.
    case foreignAddress(IPv4Address)
    case system(SystemError)

    package var description: String {
        switch self {
        case .tooFewDescriptors(let allowed, let needed):
            """
            each machine needs a socket: \(needed) in all, and the system allows \(allowed) open files; raise that \
            (ulimit -n), or play fewer
            """
        case .foreignAddress(let address):
            """
            the DHCP server leased \(address) to a machine, and this host does not speak for that address: give it the \
            server's whole range beforehand, as in: ip route add local \(address.network16) dev lo
            """
        case .system(let error) where error.isPermission:
            "\(error): playing machines needs root or CAP_NET_RAW; run it with sudo"
        case .system(let error): "\(error)"
        }
    }
}

/// Does something with the kernel, whose errors are then the simulation's.
func asSimulationError<Result: ~Copyable>(
    _ body: () throws(SystemError) -> Result
) throws(SimulationError) -> Result {
    do throws(SystemError) { return try body() } catch { throw .system(error) }
}

extension IPv4Address {
    /// For a hint only: nobody told us how wide the range is.
    fileprivate var network16: String { "\(IPv4Address(value & 0xFFFF_0000))/16" }
}
