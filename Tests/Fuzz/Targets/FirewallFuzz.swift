@testable import Doctor

/// What a packet filter's tool says of its rules: nftables as JSON, or iptables as text when the first octet is odd. Whatever the
/// rules jump to, a packet comes to its end, and to the same one twice.
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
            complaints.demand(firewall.fate(of: traffic) == firewall.fate(of: traffic), "two fates of one packet")
            _ = firewall.isUntracked(traffic)
        }
    }
}

extension Firewall {
    fileprivate static func iptables(_ text: String) -> Firewall? { IptablesReader.read(text) }
}
