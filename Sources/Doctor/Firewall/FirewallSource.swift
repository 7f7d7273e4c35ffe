/// Reads the rules that are in force in this network namespace.
package enum FirewallSource {
    /// - Returns: the rules, and what could not be read of them.
    package static func read() -> (firewall: Firewall, gaps: [Finding]) {
        var firewall = Firewall()
        var gaps: [Finding] = []
        var hasNft = true
        switch HostProgram.run("nft", ["-j", "list", "ruleset"]) {
        case .said(let octets):
            if let read = NftReader.read(octets) {
                firewall = read
            } else {
                gaps.append(gap("nft printed something that is no list of rules"))
            }
        case .missing: hasNft = false
        case .failed(let reason): gaps.append(gap(reason))
        }
        var hasIptables = true
        switch HostProgram.run("iptables-save") {
        case .said(let octets): firewall.add(IptablesReader.read(String(decoding: octets, as: UTF8.self)))
        case .missing: hasIptables = false
        case .failed(let reason): gaps.append(gap(reason))
        }
        // Rules of the old kernel interface, which a newer iptables does not show.
        if let names = HostText.read("/proc/net/ip_tables_names"), !names.isEmpty,
            case .said(let octets) = HostProgram.run("iptables-legacy-save")
        {
            firewall.add(IptablesReader.read(String(decoding: octets, as: UTF8.self)))
        }
        if !hasNft, !hasIptables {
            gaps.append(gap("neither nft nor iptables-save is installed", command: "apt-get install nftables"))
        }
        return (firewall, gaps)
    }

    private static func gap(_ reason: String, command: String = "") -> Finding {
        Finding.notLooked(.firewall, "the firewall's rules could not be read: \(reason)", command: command)
    }
}

extension Firewall {
    /// Adds what iptables-save told. nft shows such tables too, but not what their extensions look at.
    package mutating func add(_ other: Firewall) {
        let names = Set(other.chains.map(\.name))
        chains.removeAll { names.contains($0.name) }
        chains += other.chains
    }
}

extension Finding {
    /// A check that could not be done.
    package static func notLooked(_ area: Area, _ what: String, command: String = "") -> Finding {
        Finding(
            code: HealthCode.notLooked.code, severity: .note, area: area, what: what,
            cause: HealthCode.notLooked.cause, command: command)
    }
}
