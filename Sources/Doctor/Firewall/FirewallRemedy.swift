/// The command that lets something through a firewall, in the words of the tool that made the rules.
struct FirewallRemedy {
    private let place: FirewallPlace
    private let traffic: Traffic
    private let firewall: Firewall

    init(_ place: FirewallPlace, _ traffic: Traffic, _ firewall: Firewall) {
        self.place = place
        self.traffic = traffic
        self.firewall = firewall
    }

    var command: String {
        // Frames that only a bridge sees, and those of ingress, are no business of ufw or firewalld.
        let isPlain = ["ip", "inet"].contains(place.base.family)
        if isPlain, place.base.table == "firewalld" { return firewalld }
        if isPlain, isUFW { return ufw }
        return place.isOfIptables ? iptables : nft
    }

    private var isUFW: Bool {
        firewall.chains.contains { $0.name.chain.hasPrefix("ufw-") && $0.rules.isEmpty == false }
    }

    private var transport: String { traffic.transport.rawValue }

    private var isRange: Bool { traffic.serverPorts.count > 1 }

    private func ports(_ separator: String) -> String {
        let (low, high) = (traffic.serverPorts.lowerBound, traffic.serverPorts.upperBound)
        return isRange ? "\(low)\(separator)\(high)" : "\(low)"
    }

    private var firewalld: String {
        "firewall-cmd --permanent --add-port=\(ports("-"))/\(transport) && firewall-cmd --reload"
    }

    private var ufw: String {
        traffic.direction == .inbound
            ? "ufw allow in on \(traffic.interface) proto \(transport) from any to any port \(ports(":"))"
            : "ufw allow out on \(traffic.interface) proto \(transport) from any port \(ports(":"))"
    }

    private var iptables: String {
        let (interface, side) = traffic.direction == .inbound ? ("-i", "--dport") : ("-o", "--sport")
        return
            "iptables -t \(place.base.table) -I \(place.base.chain) \(interface) \(traffic.interface) -p \(transport) "
            + "\(side) \(ports(":")) -j ACCEPT"
    }

    /// In front of all others of the base chain, so that it comes before the one that eats.
    private var nft: String {
        let name = "\(place.base.family) \(place.base.table) \(place.base.chain)"
        let (interface, side) = traffic.direction == .inbound ? ("iifname", "dport") : ("oifname", "sport")
        // Which port of a bridge brings the packet is not known.
        let on = ["bridge", "netdev"].contains(place.base.family) ? "" : "\(interface) \(traffic.interface) "
        return "nft insert rule \(name) \(on)\(transport) \(side) \(ports("-")) accept"
    }
}
