import Glibc

/// Who listens on this host, in this network namespace.
package struct PortFacts: Sendable {
    package var sockets: [BoundSocket] = []
    /// The owners of those sockets that could be found, by inode. One socket may belong to several processes.
    package var owners: [UInt64: SocketOwner] = [:]
    /// Whether all processes could be looked at.
    package var isWhole = true

    package init() {}

    /// - Parameter ports: those that matter.
    package static func collect(_ ports: Set<Int>) -> PortFacts {
        var facts = PortFacts()
        for (name, transport) in [
            ("udp", BoundSocket.Transport.udp), ("udp6", .udp), ("tcp", .tcp), ("tcp6", .tcp),
        ] {
            let text = HostText.read("/proc/net/\(name)") ?? ""
            facts.sockets += SocketTable.read(text, transport).filter { ports.contains($0.port) }
        }
        facts.isWhole = geteuid() == 0
        facts.findOwners()
        return facts
    }

    private mutating func findOwners() {
        let wanted = Set(sockets.map(\.inode))
        guard !wanted.isEmpty else { return }
        for process in HostText.names(in: "/proc").compactMap(Int.init) {
            for number in HostText.names(in: "/proc/\(process)/fd") {
                guard let link = HostText.link("/proc/\(process)/fd/\(number)"), link.hasPrefix("socket:["),
                    let inode = UInt64(link.dropFirst(8).dropLast()), wanted.contains(inode),
                    // A socket that systemd made for a service: who uses it tells more than who keeps it.
                    owners[inode] == nil || owners[inode]?.process == 1
                else { continue }
                owners[inode] = Self.owner(process)
            }
        }
    }

    private static func owner(_ process: Int) -> SocketOwner {
        let name = HostText.read("/proc/\(process)/comm")?.filter { !$0.isNewline } ?? ""
        // Who was started by /proc/self/exe, as our own helpers are, is called so; what they call themselves tells more.
        let called = name == "exe" ? HostText.read("/proc/\(process)/cmdline")?.prefix { $0 != "\0" } : nil
        return SocketOwner(
            process: process, name: called.map { String($0) } ?? name,
            unit: HostText.read("/proc/\(process)/cgroup").flatMap(SocketOwner.unit(cgroups:)))
    }

    /// The process of our service, if it has one of the ports; it is older than that of its control API.
    package var service: Int? { owners.values.filter(\.isOurs).map(\.process).min() }
}

extension SocketOwner {
    /// Whether it is a Pilotfish: whatever else has a port of ours is in the way.
    var isOurs: Bool { name == "pilotfish" }
}
