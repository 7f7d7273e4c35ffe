import BootPolicy
import Wire

/// The keys of dnsmasq.conf that stand by themselves.
extension DnsmasqConverter {
    /// Whether it is a key that needs no value.
    static func knows(_ key: String) -> Bool {
        families.contains { $0.keys.contains(key) } || tftpKeys.contains(key)
    }

    mutating func settleKey(_ line: DnsmasqLine) -> Fate {
        let value = line.fields.first ?? ""
        switch line.key {
        case "interface": return settleInterfaces(line.fields)
        case "dhcp-range":
            return line.fields.contains("proxy")
                ? .needless("being a proxy is all that Pilotfish does, on the networks of its interfaces")
                : .addresses
        case "conf-dir":
            return .lost("name its files beside this one: pilotfish convert \(Check.shown(value))/* …")
        case "log-dhcp": return .needless("every boot is logged; log.level = \"debug\" says more")
        case "port": return .needless("Pilotfish is no DNS server; 53 stays with whoever has it")
        default: break
        }
        if Self.tftpKeys.contains(line.key) { return settleTFTP(line.key, line.fields) }
        if let family = Self.families.first(where: { $0.keys.contains(line.key) }) { return .needless(family.why) }
        return .lost("Pilotfish has nothing like it; if dnsmasq goes on for it, take its boot lines out there")
    }

    private mutating func settleInterfaces(_ names: [String]) -> Fate {
        guard !names.contains(where: { $0.hasSuffix("*") }) else {
            return .lost("interfaces are served by their whole names; list them in interfaces = […]")
        }
        return desk.set { settings throws(Problem) in
            for name in names.filter({ !$0.isEmpty && $0 != "lo" }) {
                let checked = try Check.interface(name)
                if !settings.interfaces.contains(checked) { settings.interfaces.append(checked) }
            }
        }
    }

    private static let tftpKeys: Set<String> = [
        "enable-tftp", "tftp-secure", "tftp-no-fail", "tftp-lowercase", "tftp-max", "tftp-mtu", "tftp-no-blocksize",
        "tftp-port-range", "tftp-single-port", "tftp-unique-root",
    ]

    private mutating func settleTFTP(_ key: String, _ fields: [String]) -> Fate {
        let value = fields.first ?? ""
        switch key {
        case "enable-tftp": return .needless("TFTP is on, with all options and windows, unless tftp.enabled = false")
        case "tftp-no-fail": return .needless("a root that is missing is told and waited for")
        case "tftp-secure":
            return .needless("nothing outside of the root is ever served, and the service's own account must read it")
        case "tftp-max":
            return .needless("thousands of transfers run at once; tftp.transfers-per-client bounds one machine's")
        case "tftp-lowercase":
            desk.settings.tftp.naming.ignoresCase = true
            return .nearly("tftp.ignore-case finds a file whatever its case is, and prefers the very name")
        case "tftp-single-port":
            desk.settings.tftp.ports = .listen
            return .converted
        case "tftp-no-blocksize":
            desk.settings.tftp.maxBlockSize = 512
            return .converted
        case "tftp-unique-root":
            desk.settings.tftp.naming.hasMachineDirectories = true
            return .nearly(
                "a machine's own files move from ADDRESS/ or MAC/ in the root to machines/ADDRESS/ or machines/MAC/")
        case "tftp-mtu":
            // Behind the headers of IPv4, UDP and TFTP.
            guard let mtu = Int(value), (40...65496).contains(mtu) else { return .lost("it is no size of a packet") }
            desk.settings.tftp.maxBlockSize = mtu - 32
            return .converted
        default:
            return desk.set { settings throws(Problem) in
                settings.tftp.ports = try Check.ports(fields.joined(separator: "-"))
            }
        }
    }

    /// Keys that share a reason, in words of one line.
    private static let families: [(keys: Set<String>, why: String)] = [
        (
            [
                "dhcp-leasefile", "dhcp-lease-max", "dhcp-authoritative", "dhcp-hostsfile", "dhcp-hostsdir",
                "dhcp-rapid-commit", "dhcp-sequential-ip", "dhcp-ttl", "dhcp-fqdn", "dhcp-client-update", "read-ethers",
                "leasefile-ro", "no-ping", "bootp-dynamic", "dhcp-generate-names", "dhcp-ignore-names",
                "dhcp-ignore-clid", "dhcp-broadcast", "dhcp-relay", "enable-ra", "ra-param", "dhcp-proxy",
                "shared-network", "dhcp-duid",
            ], "addresses and leases stay with your DHCP server; Pilotfish gives none"
        ),
        (
            [
                "no-resolv", "no-poll", "resolv-file", "server", "rev-server", "local", "address", "domain",
                "domain-needed", "bogus-priv", "expand-hosts", "no-hosts", "addn-hosts", "hostsdir", "cache-size",
                "strict-order", "all-servers", "log-queries", "cname", "host-record", "mx-host", "txt-record",
                "srv-host", "ptr-record", "local-service", "localise-queries", "neg-ttl", "no-negcache", "filterwin2k",
                "stop-dns-rebind", "rebind-localhost-ok", "rebind-domain-ok", "dnssec", "trust-anchor", "selfmx",
                "localmx", "edns-packet-max", "query-port", "clear-on-reload", "interface-name", "ipset", "alias",
            ], "names stay with your DNS server; Pilotfish answers no such question"
        ),
        (
            [
                "user", "group", "pid-file", "keep-in-foreground", "no-daemon", "log-facility", "log-async",
                "quiet-dhcp",
            ],
            "the service has an account of its own, is run by systemd and logs to its journal"
        ),
        (
            ["bind-interfaces", "bind-dynamic", "except-interface", "no-dhcp-interface", "listen-address"],
            "only the wired interface of the default route is served, or those that interfaces = […] lists"
        ),
        (
            ["dhcp-no-override"], "file and server stand in the header and in the options, as each firmware wants it"
        ),
    ]
}
