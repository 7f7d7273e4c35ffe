/// The packet filter of a host, whatever it was written in: nftables or iptables.
package struct Firewall: Equatable, Sendable {
    package var chains: [FirewallChain] = []

    package init() {}

    func chain(_ name: FirewallChain.Name) -> FirewallChain? { chains.first { $0.name == name } }

    /// The base chains of a hook for IPv4, in the order in which a packet meets them.
    func base(_ hook: String, families: Set<String>) -> [FirewallChain] {
        chains.filter { $0.hook?.name == hook && families.contains($0.name.family) }
            .sorted { ($0.hook?.priority ?? 0) < ($1.hook?.priority ?? 0) }
    }
}

package struct FirewallChain: Equatable, Sendable {
    package struct Name: Hashable, Sendable {
        /// As nft says: ip, ip6, inet, bridge, netdev.
        package var family: String
        package var table: String
        package var chain: String
    }

    /// Where the kernel enters a base chain.
    package struct Hook: Equatable, Sendable {
        /// ingress, prerouting, input, output, postrouting.
        var name: String
        var priority: Int
        var dropsByPolicy: Bool
        /// Whether it translates addresses: only the first packet of a flow meets it.
        var isNAT = false
        /// Of family netdev: whose packets it sees; empty for all.
        var devices: [String] = []
    }

    package var name: Name
    package var hook: Hook?
    package var rules: [FirewallRule] = []
    /// Whether iptables is what changes it.
    package var isOfIptables = false
}

package struct FirewallRule: Equatable, Sendable {
    /// All have to hold.
    var conditions: [FirewallCondition] = []
    var verdict: FirewallVerdict
    /// How nft names the rule; nil for those of iptables.
    var handle: Int?
    /// For people: as its tool writes it.
    var text: String
}

package enum FirewallVerdict: Equatable, Sendable {
    case accept
    /// Drop, reject, and what hands the packet to somebody else: it does not come to us.
    case drop
    case jump(String)
    case goto(String)
    case `return`
    /// The flow is not followed, so its packets never are "established".
    case notrack
    /// Counts, logs, marks: the next rule is next.
    case none
}

/// One thing that a rule looks at.
package struct FirewallCondition: Equatable, Sendable {
    package enum Field: Equatable, Sendable {
        case inputInterface
        case outputInterface
        /// udp, tcp: what IP carries.
        case transport
        /// ipv4, ipv6.
        case family
        case sourcePort
        case destinationPort
        case sourceAddress
        case destinationAddress
        /// new, established, related, invalid, untracked.
        case state
        /// unicast, local, broadcast, multicast.
        case destinationType
        /// What is never true of our packets: of another protocol, translated.
        case foreign
        /// What is not understood; the text is for people.
        case other(String)
    }

    package enum Value: Equatable, Sendable {
        case numbers(ClosedRange<Int>)
        /// A `*` or `+` at the end stands for any rest.
        case word(String)
    }

    var field: Field
    var isNegated = false
    var values: [Value]
}

/// Whether something holds, as far as it can be told.
package enum Holds: Equatable, Sendable {
    case no, maybe, yes

    static prefix func ! (value: Holds) -> Holds {
        switch value {
        case .no: .yes
        case .maybe: .maybe
        case .yes: .no
        }
    }
}

/// A kind of packet that has to pass.
package struct Traffic: Equatable, Sendable {
    package enum Direction: Equatable, Sendable { case inbound, outbound }
    package enum Transport: String, Sendable { case udp, tcp }

    var direction: Direction
    var transport: Transport
    /// Of ours; more than one when any of them may be used.
    var serverPorts: ClosedRange<Int>
    var clientPorts: ClosedRange<Int> = 1024...65535
    var interface: String
    /// Whether the interface is a bridge, so that the rules of family bridge see the packet too.
    var crossesBridge = false
    /// The addresses of those who ask; nil for any.
    var clients: ClosedRange<Int>?
    /// Ours on that interface; nil for not known.
    var server: Int?
    var state = "new"
    /// Whether it comes by a packet socket, which takes it before the hooks of IP do.
    var isRaw = false

    /// The hooks that it meets, in order.
    var hooks: [String] {
        switch direction {
        case .inbound: ["ingress", "prerouting", "input"]
        case .outbound: ["output", "postrouting", "egress"]
        }
    }

    /// The families of tables that see it.
    var families: Set<String> {
        let ip: Set<String> = isRaw ? ["netdev"] : ["netdev", "ip", "inet"]
        return crossesBridge ? ip.union(["bridge"]) : ip
    }
}
