import BootPolicy
package import LinuxIO
import Wire

/// The interfaces of this host, and what the kernel does with packets that come by them.
package struct InterfaceFacts: Sendable {
    package struct Bridge: Equatable, Sendable {
        package var hasSpanningTree: Bool
        /// How long a port listens, and then learns, before it forwards; milliseconds.
        package var forwardDelay: Int

        package init(hasSpanningTree: Bool, forwardDelay: Int) {
            self.hasSpanningTree = hasSpanningTree
            self.forwardDelay = forwardDelay
        }
    }

    package var table: InterfaceTable
    /// The bridges, by name.
    package var bridges: [String: Bridge] = [:]
    /// Those that are switched on, with a carrier or without.
    package var enabled: Set<String> = []
    /// Whether the source of a packet has to be routed the way it came (rp_filter 1), by interface.
    package var strict: Set<String> = []
    /// Entries that the neighbour table holds at the most; nil for not known.
    package var mostNeighbours: Int?
    /// Where transfers run from, if nothing else is set.
    package var ephemeral = 32768...60999

    package init(table: InterfaceTable) {
        self.table = table
    }

    /// - Throws: `SystemError` when the kernel does not tell its interfaces.
    package static func collect() throws(SystemError) -> InterfaceFacts {
        var facts = InterfaceFacts(table: try NetlinkSocket().interfaces())
        let forAll = HostText.number("/proc/sys/net/ipv4/conf/all/rp_filter") ?? 0
        for interface in facts.table.all.values {
            let name = interface.name
            facts.bridges[name] = bridge("/sys/class/net/\(name)/bridge")
            if let flags = HostText.read("/sys/class/net/\(name)/flags", limit: 64), isEnabled(flags) {
                facts.enabled.insert(name)
            }
            // The greater of both holds (ip-sysctl).
            let own = HostText.number("/proc/sys/net/ipv4/conf/\(name)/rp_filter") ?? 0
            if max(own, forAll) == 1 { facts.strict.insert(name) }
        }
        facts.mostNeighbours = HostText.number("/proc/sys/net/ipv4/neigh/default/gc_thresh3")
        let range = HostText.read("/proc/sys/net/ipv4/ip_local_port_range")?.split(whereSeparator: \.isWhitespace)
        if let ends = range?.compactMap({ Int($0) }), ends.count == 2, ends[0] <= ends[1] {
            facts.ephemeral = ends[0]...ends[1]
        }
        return facts
    }

    private static func bridge(_ path: String) -> Bridge? {
        guard let state = HostText.number("\(path)/stp_state") else { return nil }
        // Hundredths of a second.
        return Bridge(hasSpanningTree: state != 0, forwardDelay: 10 * (HostText.number("\(path)/forward_delay") ?? 0))
    }

    /// IFF_UP is the lowest bit of the flags.
    private static func isEnabled(_ flags: String) -> Bool {
        let digits = flags.filter { !$0.isWhitespace }.dropFirst(2)
        return (Int(digits, radix: 16) ?? 0) & 1 != 0
    }
}
