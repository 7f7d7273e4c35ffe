package import Settings
package import Wire

/// Asks the packet filter for everything that a boot needs.
package struct FirewallCheck {
    private let firewall: Firewall
    private let settings: Settings
    private let interfaces: [ServedInterface]

    /// An interface that is served.
    package struct ServedInterface: Sendable {
        package var name: String
        package var isBridge: Bool
        package var network: IPv4Network?

        package init(name: String, isBridge: Bool, network: IPv4Network?) {
            self.name = name
            self.isBridge = isBridge
            self.network = network
        }
    }

    /// One thing that has to come through.
    private struct Need {
        /// What it is to people: "requests to TFTP (UDP port 69)".
        var title: String
        var traffic: Traffic
        /// What is lost without it.
        var loss: String
    }

    /// - Parameters:
    ///   - ephemeral: the ports that the kernel chooses transfers' from (ip_local_port_range).
    package init(
        _ firewall: Firewall, settings: Settings, interfaces: [ServedInterface], ephemeral: ClosedRange<Int>
    ) {
        self.firewall = firewall
        self.settings = settings
        self.interfaces = interfaces
        self.ephemeral = ephemeral
    }

    private let ephemeral: ClosedRange<Int>

    /// What eats something; each rule is told once for each need, by the first interface where it does.
    package var findings: [Finding] {
        var found: [Finding] = []
        var told: Set<String> = []
        for interface in interfaces {
            for need in needs(on: interface) {
                let fate = firewall.fate(of: need.traffic)
                guard let finding = finding(need, fate), told.insert("\(need.title) \(fate)").inserted else { continue }
                found.append(finding)
            }
        }
        return found
    }

    private func finding(_ need: Need, _ fate: FirewallFate) -> Finding? {
        let isInbound = need.traffic.direction == .inbound
        switch fate {
        case .passes: return nil
        case .eaten(let place):
            return Finding(
                isInbound ? .firewallDrops : .firewallDropsAnswers,
                "the firewall eats \(need.title) on \(need.traffic.interface): \(place.description)",
                cause: need.loss, command: FirewallRemedy(place, need.traffic, firewall).command)
        case .mayBeEaten(let place):
            return Finding(
                .firewallMayDrop,
                "the firewall may eat \(need.title) on \(need.traffic.interface): \(place.description)",
                cause: "If the rule means them: \(need.loss) The doctor does not understand all that it looks at.",
                command: FirewallRemedy(place, need.traffic, firewall).command)
        }
    }

    private func needs(on interface: ServedInterface) -> [Need] {
        (settings.dhcp.isEnabled ? dhcpNeeds(interface) : [])
            + (settings.tftp.isEnabled ? tftpNeeds(interface) : [])
            + (settings.http.isEnabled
                ? webNeeds(
                    interface, settings.http.listen, "HTTP", "Loaders start and then get neither script nor kernel.")
                : [])
            + webNeeds(
                interface, settings.api.listen.filter { !$0.address.isLoopback }, "the control API",
                "Nobody on the network reaches the control API and its page; machines boot all the same.")
    }

    private func dhcpNeeds(_ interface: ServedInterface) -> [Need] {
        var discovers = traffic(interface, .udp, 67...67)
        // DISCOVERs are taken from the wire before the rules of IP see them.
        (discovers.isRaw, discovers.clientPorts, discovers.clients, discovers.server) = (true, 68...68, 0...0, nil)
        let bootService = traffic(interface, .udp, 4011...4011)
        var needs = [
            Need(
                title: "DISCOVERs (UDP port 67)", traffic: discovers,
                loss: "No machine is heard, so none is offered a boot."),
            Need(
                title: "requests to the boot service (UDP port 4011)", traffic: bootService,
                loss: "UEFI asks there for the name of its loader, and gives up: PXE-E16 or PXE-E18."),
            Need(
                title: "answers of the boot service (UDP port 4011)", traffic: bootService.answer,
                loss: "UEFI waits there for the name of its loader, and gives up: PXE-E16 or PXE-E18."),
        ]
        if !settings.networks.isEmpty {
            // Answers to relays leave by a socket.
            var relayed = traffic(interface, .udp, 67...67).answer
            relayed.clients = nil
            needs.append(
                Need(
                    title: "answers to relays (UDP port 67)", traffic: relayed,
                    loss: "Machines behind relays hear nothing of us."))
        }
        return needs
    }

    private func tftpNeeds(_ interface: ServedInterface) -> [Need] {
        let doors = Set(settings.tftp.listen.filter { $0.address.family == .ipv4 }.map { Int($0.port) }).sorted()
        var needs: [Need] = []
        for port in doors {
            needs.append(
                Need(
                    title: "requests to TFTP (UDP port \(port))", traffic: traffic(interface, .udp, port...port),
                    loss: "No machine gets its loader: PXE-E32, TFTP open timeout."))
        }
        let ports: ClosedRange<Int>
        switch settings.tftp.ports {
        case .listen: return needs + doors.map { transfer(interface, $0...$0) }.flatMap(\.self)
        case .any: ports = ephemeral
        case .range(let range): ports = Int(range.lowerBound)...Int(range.upperBound)
        }
        return needs + transfer(interface, ports)
    }

    /// The data leaves from a port of its own (RFC 1350 §4), so that flow is one that we begin, and its acknowledgements are
    /// answers.
    private func transfer(_ interface: ServedInterface, _ ports: ClosedRange<Int>) -> [Need] {
        var acknowledgements = traffic(interface, .udp, ports)
        var data = acknowledgements.answer
        let isUntracked = firewall.isUntracked(acknowledgements) || firewall.isUntracked(data)
        acknowledgements.state = isUntracked ? "untracked" : "established"
        data.state = isUntracked ? "untracked" : "new"
        let name = "UDP ports \(ports.lowerBound)-\(ports.upperBound)"
        let why = isUntracked ? " A rule keeps the kernel from following flows (notrack), so none is established." : ""
        return [
            Need(
                title: "acknowledgements of TFTP transfers (\(name))", traffic: acknowledgements,
                loss: "Every transfer stops behind its first block: PXE-E32 or a loader that hangs." + why),
            Need(
                title: "blocks of TFTP transfers (from \(name))", traffic: data,
                loss: "Machines ask for their loader and hear nothing: PXE-E32." + why),
        ]
    }

    private func webNeeds(
        _ interface: ServedInterface, _ listen: [IPEndpoint], _ name: String, _ loss: String
    ) -> [Need] {
        let doors = Set(listen.filter { $0.address.family == .ipv4 }.map { Int($0.port) }).sorted()
        return doors.flatMap { port in
            let asked = traffic(interface, .tcp, port...port)
            return [
                Need(title: "\(name) (TCP port \(port))", traffic: asked, loss: loss),
                Need(title: "answers of \(name) (TCP port \(port))", traffic: asked.answer, loss: loss),
            ]
        }
    }

    private func traffic(
        _ interface: ServedInterface, _ transport: Traffic.Transport, _ ports: ClosedRange<Int>
    ) -> Traffic {
        var traffic = Traffic(direction: .inbound, transport: transport, serverPorts: ports, interface: interface.name)
        traffic.crossesBridge = interface.isBridge
        // Relays bring machines from networks that are not the interface's own.
        traffic.clients = settings.networks.isEmpty ? interface.network.map(AddressRange.of) : nil
        traffic.server = interface.network.map { Int($0.address.value) }
        return traffic
    }
}

extension Traffic {
    /// What goes back.
    fileprivate var answer: Traffic {
        var answer = self
        answer.direction = .outbound
        answer.state = "established"
        return answer
    }
}

extension FirewallPlace: CustomStringConvertible {
    package var description: String {
        let name =
            isOfIptables
            ? "iptables -t \(chain.table), chain \(chain.chain)"
            : "table \(chain.family) \(chain.table), chain \(chain.chain)"
        return name + (handle.map { ", handle \($0)" } ?? "") + ": \(text)"
    }
}
