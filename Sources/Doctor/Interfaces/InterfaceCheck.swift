package import LinuxIO
package import Settings
import Wire

/// Whether machines reach us by the interfaces that are served.
package struct InterfaceCheck {
    private let facts: InterfaceFacts
    private let settings: Settings

    package init(_ facts: InterfaceFacts, settings: Settings) {
        self.facts = facts
        self.settings = settings
    }

    /// The interfaces that the service serves with these settings, as it would choose them.
    package var served: [NetworkInterface] { facts.table.choose(names: settings.interfaces).served }

    package var findings: [Finding] {
        let named = settings.interfaces.compactMap(facts.table.named)
        var found = settings.interfaces.filter { facts.table.named($0) == nil }.map { name in
            Finding(
                .interfaceMissing, "there is no interface \(name), which the settings name",
                command: "ip -br link   # then name one of these in \"interfaces\"")
        }
        if settings.interfaces.isEmpty, served.isEmpty {
            let remarks = facts.table.choose(names: []).remarks
            found.append(
                Finding(.noInterface, remarks.first ?? "there is no interface to serve", command: "ip -br address"))
        }
        found += named.compactMap(masterFinding)
        for interface in served { found += findings(of: interface) }
        return found + sameNetworks + neighbours
    }

    private func masterFinding(_ interface: NetworkInterface) -> Finding? {
        guard let master = interface.master.flatMap({ facts.table[$0] }) else { return nil }
        return Finding(
            .bridgePort, "\(interface.name) is a port of \(master.name), where its packets are seen",
            command: "name \(master.name) instead of \(interface.name) in \"interfaces\"")
    }

    private func findings(of interface: NetworkInterface) -> [Finding] {
        [
            linkFinding(interface), addressFinding(interface), mediumFinding(interface), delayFinding(interface),
            reversePathFinding(interface), packetFinding(interface), blockFinding(interface),
        ].compactMap(\.self)
    }

    private func linkFinding(_ interface: NetworkInterface) -> Finding? {
        guard !interface.isUp else { return nil }
        let name = interface.name
        if facts.enabled.contains(name) {
            return Finding(
                .interfaceDown, "\(name) has no carrier", cause: "No cable, or the switch port is off.",
                command: "ethtool \(name) | grep 'Link detected'")
        }
        return Finding(.interfaceDown, "\(name) is switched off", command: "ip link set \(name) up")
    }

    private func addressFinding(_ interface: NetworkInterface) -> Finding? {
        guard interface.address == nil else { return nil }
        return Finding(
            .noAddress, "\(interface.name) has no IPv4 address",
            command: "ip address add ADDRESS/LENGTH dev \(interface.name)   # or let its DHCP client run")
    }

    private func mediumFinding(_ interface: NetworkInterface) -> Finding? {
        switch interface.medium {
        case .wired, .guests: nil
        case .wireless: Finding(.notWired, "\(interface.name) is wireless: access points keep broadcasts back")
        case .other: Finding(.notWired, "\(interface.name) is no Ethernet")
        }
    }

    private func delayFinding(_ interface: NetworkInterface) -> Finding? {
        guard let bridge = facts.bridges[interface.name], bridge.hasSpanningTree, bridge.forwardDelay > 0 else {
            return nil
        }
        let seconds = 2 * bridge.forwardDelay / 1000
        return Finding(
            .bridgeDelay,
            "the bridge \(interface.name) runs spanning tree: a port that comes up forwards nothing for \(seconds) s",
            cause: "The firmware of a machine at such a port asks and gives up before that: PXE-E51, PXE-E18.",
            command: "ip link set \(interface.name) type bridge stp_state 0   # if the network has no loops")
    }

    private func reversePathFinding(_ interface: NetworkInterface) -> Finding? {
        guard facts.strict.contains(interface.name), !settings.networks.isEmpty else { return nil }
        let networks = settings.networks.map(\.description).joined(separator: ", ")
        return Finding(
            .strictReversePath,
            "\(interface.name) checks the way back strictly (rp_filter 1), and \(networks) is served through relays",
            command: "sysctl -w net.ipv4.conf.\(interface.name).rp_filter=2 net.ipv4.conf.all.rp_filter=2")
    }

    private func packetFinding(_ interface: NetworkInterface) -> Finding? {
        guard interface.mtu != 1500 else { return nil }
        let isSmall = interface.mtu < 1500
        return Finding(
            .smallMTU, "the MTU of \(interface.name) is \(interface.mtu)",
            cause: isSmall
                ? "Packets of 1500 octets, which firmware sends and expects, do not pass."
                : "Machines are offered blocks of that size; every switch and every card on the way has to take them.",
            command: isSmall
                ? "ip link set \(interface.name) mtu 1500" : "set max-block-size = 1468 in [tftp], if transfers hang")
    }

    /// IP, UDP and TFTP have headers of 20, 8 and 4 octets.
    private func blockFinding(_ interface: NetworkInterface) -> Finding? {
        let size = settings.tftp.maxBlockSize
        guard settings.tftp.isEnabled, size > interface.mtu - 32 else { return nil }
        return Finding(
            .largeBlocks,
            "max-block-size is \(size), and a packet of \(interface.name) holds \(max(0, interface.mtu - 32)) octets of a block",
            command: "set max-block-size = 0 in [tftp], which makes them fit")
    }

    private var sameNetworks: [Finding] {
        let possible = facts.table.all.values.filter { $0.isUp && !$0.isLoopback }.sorted { $0.index < $1.index }
        return served.flatMap { one in
            possible.filter { $0.index != one.index }.compactMap { other -> Finding? in
                let shared = one.networks.first { network in
                    other.networks.contains { $0.first == network.first && $0.prefixLength == network.prefixLength }
                }
                guard let shared else { return nil }
                return Finding(
                    .sameNetwork,
                    "\(one.name) and \(other.name) are both in \(shared.first)/\(shared.prefixLength)",
                    command: "ip address flush dev \(other.name)   # or bond the two")
            }
        }
    }

    private var neighbours: [Finding] {
        guard let most = facts.mostNeighbours else { return [] }
        let hosts = served.flatMap(\.networks).reduce(0) { $0 + $1.size }
        guard hosts > most else { return [] }
        return [
            Finding(
                .fewNeighbours, "the networks served have room for \(hosts) hosts, the neighbour table for \(most)",
                command: "sysctl -w net.ipv4.neigh.default.gc_thresh3=\(2 * hosts)")
        ]
    }
}
