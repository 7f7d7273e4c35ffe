@testable import Doctor

/// What a packet filter's tool says of its rules: nftables as JSON, or iptables as text when the first octet is odd.
/// Whatever the rules jump to, a packet comes to its end; what eats it is there and eats; and what stands in front of
/// all rules decides.
enum FirewallFuzz {
    private static let traffic = [
        Traffic(
            direction: .inbound, transport: .udp, serverPorts: 69...69, interface: "eth0",
            clients: 0x0A4D_0000...0x0A4D_00FF),
        Traffic(direction: .inbound, transport: .tcp, serverPorts: 80...80, interface: "eth0", crossesBridge: true),
        Traffic(
            direction: .outbound, transport: .udp, serverPorts: 32768...60999, interface: "eth0", server: 0x0A4D_0002),
    ]

    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        let rest = Array(octets.dropFirst())
        let isText = (octets.first ?? 0) & 1 == 1
        let firewall = isText ? Firewall.iptables(String(decoding: rest, as: UTF8.self)) : NftReader.read(rest)
        guard let firewall else { return }
        complaints.demand(firewall.chains.count <= octets.count, "more chains than octets")
        for traffic in traffic {
            let fate = firewall.fate(of: traffic)
            if let place = fate.place { complaints.demand(firewall.eats(at: place), "eaten by nothing: \(place)") }
            let open = firewall.beginning(with: .accept).fate(of: traffic)
            complaints.demand(open == .passes, "what is accepted first is eaten: \(open)")
            // What no chain meets goes on in any case.
            let closed = firewall.beginning(with: .drop).fate(of: traffic)
            let isMarked = closed.place?.text == Firewall.mark
            complaints.demand(isMarked || closed == .passes && fate == .passes, "what is dropped goes on: \(closed)")
            let isUntracked = firewall.isUntracked(traffic)
            complaints.demand(!isUntracked || firewall.unfollows, "a flow is not followed for no reason")
            let unfollowed = firewall.beginning(with: .notrack)
            complaints.demand(unfollowed.isUntracked(traffic) || !isMarked, "a flow is followed all the same")
        }
    }
}

extension Firewall {
    fileprivate static func iptables(_ text: String) -> Firewall? { IptablesReader.read(text) }

    fileprivate static let mark = "in front of all others"

    /// With a rule for everything in front of those of each base chain.
    fileprivate func beginning(with verdict: FirewallVerdict) -> Firewall {
        var firewall = self
        for place in firewall.chains.indices where firewall.chains[place].hook != nil {
            firewall.chains[place].rules.insert(FirewallRule(verdict: verdict, text: Self.mark), at: 0)
        }
        return firewall
    }

    /// Whether a rule, or the policy, stands where it is said to stand, and drops.
    fileprivate func eats(at place: FirewallPlace) -> Bool {
        guard chains.contains(where: { $0.name == place.base && $0.hook != nil }) else { return false }
        return chains.contains { chain in
            guard chain.name == place.chain else { return false }
            let isPolicy = place.handle == nil && chain.hook?.dropsByPolicy == true
            return isPolicy
                || chain.rules.contains { $0.verdict == .drop && $0.handle == place.handle && $0.text == place.text }
        }
    }

    /// Whether any base chain has a rule by which flows are not followed.
    fileprivate var unfollows: Bool {
        chains.contains { chain in chain.hook != nil && chain.rules.contains { $0.verdict == .notrack } }
    }
}

extension FirewallFate {
    fileprivate var place: FirewallPlace? {
        switch self {
        case .passes: nil
        case .eaten(let place), .mayBeEaten(let place): place
        }
    }
}
