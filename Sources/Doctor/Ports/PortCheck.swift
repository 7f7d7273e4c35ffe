package import Settings
import Wire

/// Whether the ports of the service are its own.
package struct PortCheck {
    private let facts: PortFacts
    private let settings: Settings
    private let isRunning: Bool

    /// - Parameter isRunning: whether the service answered at its control socket.
    package init(_ facts: PortFacts, settings: Settings, isRunning: Bool) {
        self.facts = facts
        self.settings = settings
        self.isRunning = isRunning
    }

    /// A port that has to be ours.
    private struct Door: Hashable {
        var transport: BoundSocket.Transport
        var port: Int
        /// Ours there, wildcards among them.
        var addresses: [IPAddress]
        var purpose: String
        /// What moves ours elsewhere; empty when nothing can.
        var escape = ""
    }

    /// All ports that are looked at.
    package static func ports(_ settings: Settings) -> Set<Int> { Set(doors(settings).map(\.port) + [67]) }

    private static func doors(_ settings: Settings) -> [Door] {
        var doors: [Door] = []
        if settings.dhcp.isEnabled {
            doors.append(
                Door(transport: .udp, port: 4011, addresses: [IPAddress(.any)], purpose: "the boot service"))
        }
        if settings.tftp.isEnabled { doors += Self.doors(.udp, settings.tftp.listen, "TFTP", "[tftp] listen") }
        if settings.http.isEnabled { doors += Self.doors(.tcp, settings.http.listen, "HTTP", "[http] listen") }
        return doors + Self.doors(.tcp, settings.api.listen, "the control API", "[api] listen")
    }

    /// One for each port, so that whoever has several addresses of it is told once.
    private static func doors(
        _ transport: BoundSocket.Transport, _ listen: [IPEndpoint], _ purpose: String, _ escape: String
    ) -> [Door] {
        Dictionary(grouping: listen, by: \.port).sorted { $0.key < $1.key }.map { port, ends in
            Door(
                transport: transport, port: Int(port), addresses: ends.map(\.address), purpose: purpose,
                escape: escape)
        }
    }

    package var findings: [Finding] {
        var found = Self.doors(settings).compactMap(finding)
        if settings.dhcp.isEnabled, let (_, owner) = others(at: .udp, 67, [IPAddress(.any)]).first {
            found.append(
                Finding(
                    .portShared,
                    "UDP port 67 belongs to \(Self.named(owner)); requests are taken from the wire beside it"))
        }
        if !facts.isWhole {
            found.append(
                .notLooked(
                    .ports, "the owners of ports that belong to other users could not be found: that needs root",
                    command: "sudo pilotfish doctor"))
        }
        return found
    }

    private func finding(_ door: Door) -> Finding? {
        let name = "\(door.transport.rawValue.uppercased()) port \(door.port)"
        if let (_, owner) = others(at: door.transport, door.port, door.addresses).first {
            let advice = door.escape.isEmpty ? "" : " Or move ours with \(door.escape)."
            return Finding(
                .portTaken, "\(name) (\(door.purpose)) belongs to \(Self.named(owner)), not to pilotfish",
                cause: "Only one program can have it: pilotfish does not start beside it.\(advice)",
                command: Self.command(owner, door))
        }
        guard isRunning, facts.isWhole,
            !facts.sockets.contains(where: { $0.takes(door.transport, door.port, door.addresses) })
        else { return nil }
        return Finding(
            .portClosed, "nobody listens at \(name) (\(door.purpose)), though the service runs",
            command: "systemctl restart pilotfish")
    }

    /// Sockets of others that take what is to come to ours, those for all addresses first.
    private func others(
        at transport: BoundSocket.Transport, _ port: Int, _ addresses: [IPAddress]
    ) -> [(socket: BoundSocket, owner: SocketOwner?)] {
        facts.sockets.filter { $0.takes(transport, port, addresses) }
            .map { (socket: $0, owner: facts.owners[$0.inode]) }
            // Without root the owner of our own service's socket is not known either.
            .filter { $0.owner.map { !$0.isOurs } ?? (facts.isWhole || !isRunning) }
            .sorted { $0.socket.address.isAny && !$1.socket.address.isAny }
    }

    private static func named(_ owner: SocketOwner?) -> String {
        guard let owner else { return "a program that could not be found (of another container, or the kernel)" }
        return "\(owner.name) (process \(owner.process)\(owner.unit.map { ", \($0)" } ?? ""))"
    }

    private static func command(_ owner: SocketOwner?, _ door: Door) -> String {
        guard let owner else { return "ss -lnp 'sport = :\(door.port)'" }
        // systemd keeps sockets for services that it starts when somebody asks.
        if owner.process == 1 {
            return "systemctl list-sockets | grep :\(door.port)   # then: systemctl disable --now …"
        }
        if let unit = owner.unit {
            return unit.hasSuffix(".scope")
                ? "docker ps   # then stop the container that has port \(door.port)" : "systemctl disable --now \(unit)"
        }
        return "kill \(owner.process)"
    }
}

extension BoundSocket {
    /// Whether it stands where one of these addresses of ours is to be heard.
    fileprivate func takes(_ transport: Transport, _ port: Int, _ addresses: [IPAddress]) -> Bool {
        self.transport == transport && self.port == port && addresses.contains(where: overlaps)
    }

    private func overlaps(_ ours: IPAddress) -> Bool {
        if address.family == ours.family { return address.isAny || ours.isAny || address == ours.withoutZone }
        // A socket for all of IPv6 takes IPv4 too, unless it says otherwise, as ours do.
        return address.family == .ipv6 && address.isAny
    }
}
