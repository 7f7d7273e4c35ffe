/// What `nft -j list ruleset` and `iptables-save` print of rules that were made with them.
enum FirewallFixtures {
    /// A rule set of everything that the reader knows, and of some things that it does not.
    static let mixed = #"""
        {"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", \#
        "json_schema_version": 1}}, {"table": {"family": "inet", "name": "filter", "handle": 3}}, {"set": \#
        {"family": "inet", "name": "bootports", "table": "filter", "type": "inet_service", "handle": 3, \#
        "flags": ["interval"], "elem": [69, {"range": [4000, 4020]}]}}, {"chain": {"family": "inet", \#
        "table": "filter", "name": "services", "handle": 1}}, {"chain": {"family": "inet", "table": \#
        "filter", "name": "input", "handle": 2, "type": "filter", "hook": "input", "prio": 0, "policy": \#
        "drop"}}, {"rule": {"family": "inet", "table": "filter", "chain": "services", "handle": 4, "expr": \#
        [{"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "sport"}}, "right": 68}}, \#
        {"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 67}}, \#
        {"return": null}]}}, {"rule": {"family": "inet", "table": "filter", "chain": "services", "handle": \#
        5, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, \#
        "right": "10.1.2.3"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "th", "field": \#
        "dport"}}, "right": 69}}, {"accept": null}]}}, {"rule": {"family": "inet", "table": "filter", \#
        "chain": "input", "handle": 6, "expr": [{"match": {"op": "in", "left": {"ct": {"key": "state"}}, \#
        "right": ["established", "related"]}}, {"accept": null}]}}, {"rule": {"family": "inet", "table": \#
        "filter", "chain": "input", "handle": 7, "expr": [{"match": {"op": "in", "left": {"ct": {"key": \#
        "state"}}, "right": "invalid"}}, {"drop": null}]}}, {"rule": {"family": "inet", "table": "filter", \#
        "chain": "input", "handle": 9, "expr": [{"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": \#
        [["invalid", {"drop": null}], ["established", {"accept": null}], ["related", {"accept": \#
        null}]]}}}]}}, {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 10, \#
        "expr": [{"match": {"op": "==", "left": {"meta": {"key": "iif"}}, "right": "lo"}}, {"accept": \#
        null}]}}, {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 12, "expr": \#
        [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth*"}}, {"match": {"op": \#
        "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": {"set": [67, 68]}}}, \#
        {"accept": null}]}}, {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 14, \#
        "comment": "web", "expr": [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": \#
        {"set": ["eth0", "eth1"]}}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": \#
        "dport"}}, "right": 80}}, {"counter": {"packets": 0, "bytes": 0}}, {"accept": null}]}}, {"rule": \#
        {"family": "inet", "table": "filter", "chain": "input", "handle": 15, "expr": [{"match": {"op": \#
        "==", "left": {"payload": {"protocol": "ip", "field": "protocol"}}, "right": "udp"}}, {"jump": \#
        {"target": "services"}}]}}, {"rule": {"family": "inet", "table": "filter", "chain": "input", \#
        "handle": 18, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": {"set": \#
        ["tcp", "udp"]}}}, {"match": {"op": "==", "left": {"payload": {"protocol": "th", "field": "dport"}}, \#
        "right": {"set": [53, {"range": [100, 200]}]}}}, {"accept": null}]}}, {"rule": {"family": "inet", \#
        "table": "filter", "chain": "input", "handle": 19, "expr": [{"match": {"op": "==", "left": \#
        {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 22}}, {"limit": {"rate": 5, "burst": 5, \#
        "per": "second"}}, {"accept": null}]}}, {"rule": {"family": "inet", "table": "filter", "chain": \#
        "input", "handle": 20, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", \#
        "field": "saddr"}}, "right": {"prefix": {"addr": "10.0.0.0", "len": 8}}}}, {"match": {"op": "==", \#
        "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": {"range": [40000, 50000]}}}, \#
        {"accept": null}]}}, {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 22, \#
        "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": \#
        {"set": [{"prefix": {"addr": "10.0.0.0", "len": 8}}, {"range": ["192.168.1.1", "192.168.1.9"]}]}}}, \#
        {"accept": null}]}}, {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 23, \#
        "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": \#
        "@bootports"}}, {"log": {"prefix": "x"}}, {"drop": null}]}}, {"rule": {"family": "inet", "table": \#
        "filter", "chain": "input", "handle": 25, "expr": [{"vmap": {"key": {"payload": {"protocol": "udp", \#
        "field": "dport"}}, "data": {"set": [[69, {"drop": null}], [4011, {"jump": {"target": \#
        "services"}}]]}}}]}}, {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 26, \#
        "expr": [{"match": {"op": "!=", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": \#
        22}}, {"reject": {"type": "icmpx", "expr": "admin-prohibited"}}]}}, {"rule": {"family": "inet", \#
        "table": "filter", "chain": "input", "handle": 27, "expr": [{"match": {"op": "==", "left": {"&": \#
        [{"meta": {"key": "mark"}}, 255]}, "right": 3}}, {"accept": null}]}}, {"rule": {"family": "inet", \#
        "table": "filter", "chain": "input", "handle": 28, "expr": [{"match": {"op": "==", "left": {"fib": \#
        {"result": "type", "flags": ["daddr"]}}, "right": "broadcast"}}, {"drop": null}]}}, {"rule": \#
        {"family": "inet", "table": "filter", "chain": "input", "handle": 29, "expr": [{"match": {"op": \#
        "==", "left": {"payload": {"protocol": "ip6", "field": "saddr"}}, "right": {"prefix": {"addr": \#
        "fe80::", "len": 10}}}}, {"accept": null}]}}, {"rule": {"family": "inet", "table": "filter", \#
        "chain": "input", "handle": 30, "expr": [{"match": {"op": "==", "left": {"meta": {"key": \#
        "nfproto"}}, "right": "ipv6"}}, {"accept": null}]}}, {"rule": {"family": "inet", "table": "filter", \#
        "chain": "input", "handle": 31, "expr": [{"match": {"op": "==", "left": {"meta": {"key": \#
        "pkttype"}}, "right": "broadcast"}}, {"drop": null}]}}, {"table": {"family": "ip", "name": "raw", \#
        "handle": 4}}, {"chain": {"family": "ip", "table": "raw", "name": "prerouting", "handle": 1, "type": \#
        "filter", "hook": "prerouting", "prio": -300, "policy": "accept"}}, {"rule": {"family": "ip", \#
        "table": "raw", "chain": "prerouting", "handle": 2, "expr": [{"match": {"op": "==", "left": \#
        {"payload": {"protocol": "udp", "field": "dport"}}, "right": 69}}, {"notrack": null}]}}, {"table": \#
        {"family": "bridge", "name": "b", "handle": 5}}, {"chain": {"family": "bridge", "table": "b", \#
        "name": "input", "handle": 1, "type": "filter", "hook": "input", "prio": 0, "policy": "accept"}}, \#
        {"rule": {"family": "bridge", "table": "b", "chain": "input", "handle": 2, "expr": [{"match": {"op": \#
        "==", "left": {"payload": {"protocol": "ether", "field": "type"}}, "right": "ip"}}, {"match": {"op": \#
        "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 4011}}, {"drop": \#
        null}]}}, {"table": {"family": "netdev", "name": "nd", "handle": 6}}, {"chain": {"family": "netdev", \#
        "table": "nd", "name": "in", "handle": 1, "type": "filter", "hook": "ingress", "prio": 0, "policy": \#
        "accept"}}, {"rule": {"family": "netdev", "table": "nd", "chain": "in", "handle": 2, "expr": \#
        [{"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 4011}}, \#
        {"drop": null}]}}]}
        """#

    /// The shape that firewalld makes: zones by interface, a reject at the end.
    static let firewalld = #"""
        {"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", \#
        "json_schema_version": 1}}, {"table": {"family": "inet", "name": "firewalld", "handle": 7}}, \#
        {"chain": {"family": "inet", "table": "firewalld", "name": "filter_INPUT_ZONES", "handle": 1}}, \#
        {"chain": {"family": "inet", "table": "firewalld", "name": "filter_IN_public", "handle": 2}}, \#
        {"chain": {"family": "inet", "table": "firewalld", "name": "filter_IN_public_allow", "handle": 3}}, \#
        {"chain": {"family": "inet", "table": "firewalld", "name": "filter_INPUT", "handle": 4, "type": \#
        "filter", "hook": "input", "prio": 10, "policy": "accept"}}, {"rule": {"family": "inet", "table": \#
        "firewalld", "chain": "filter_INPUT_ZONES", "handle": 12, "expr": [{"match": {"op": "==", "left": \#
        {"meta": {"key": "iifname"}}, "right": "eth0"}}, {"goto": {"target": "filter_IN_public"}}]}}, \#
        {"rule": {"family": "inet", "table": "firewalld", "chain": "filter_INPUT_ZONES", "handle": 13, \#
        "expr": [{"goto": {"target": "filter_IN_public"}}]}}, {"rule": {"family": "inet", "table": \#
        "firewalld", "chain": "filter_IN_public", "handle": 14, "expr": [{"jump": {"target": \#
        "filter_IN_public_allow"}}]}}, {"rule": {"family": "inet", "table": "firewalld", "chain": \#
        "filter_IN_public", "handle": 16, "expr": [{"match": {"op": "==", "left": {"meta": {"key": \#
        "l4proto"}}, "right": {"set": ["icmp", "ipv6-icmp"]}}}, {"accept": null}]}}, {"rule": {"family": \#
        "inet", "table": "firewalld", "chain": "filter_IN_public", "handle": 17, "expr": [{"reject": \#
        {"type": "icmpx", "expr": "admin-prohibited"}}]}}, {"rule": {"family": "inet", "table": "firewalld", \#
        "chain": "filter_IN_public_allow", "handle": 18, "expr": [{"match": {"op": "==", "left": {"payload": \#
        {"protocol": "tcp", "field": "dport"}}, "right": 22}}, {"accept": null}]}}, {"rule": {"family": \#
        "inet", "table": "firewalld", "chain": "filter_IN_public_allow", "handle": 19, "expr": [{"match": \#
        {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 69}}, {"accept": \#
        null}]}}, {"rule": {"family": "inet", "table": "firewalld", "chain": "filter_IN_public_allow", \#
        "handle": 20, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip6", "field": \#
        "daddr"}}, "right": {"prefix": {"addr": "fe80::", "len": 64}}}}, {"match": {"op": "==", "left": \#
        {"payload": {"protocol": "udp", "field": "dport"}}, "right": 546}}, {"accept": null}]}}, {"rule": \#
        {"family": "inet", "table": "firewalld", "chain": "filter_INPUT", "handle": 6, "expr": [{"match": \#
        {"op": "==", "left": {"ct": {"key": "state"}}, "right": {"set": ["established", "related"]}}}, \#
        {"accept": null}]}}, {"rule": {"family": "inet", "table": "firewalld", "chain": "filter_INPUT", \#
        "handle": 7, "expr": [{"match": {"op": "in", "left": {"ct": {"key": "status"}}, "right": "dnat"}}, \#
        {"accept": null}]}}, {"rule": {"family": "inet", "table": "firewalld", "chain": "filter_INPUT", \#
        "handle": 8, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "lo"}}, \#
        {"accept": null}]}}, {"rule": {"family": "inet", "table": "firewalld", "chain": "filter_INPUT", \#
        "handle": 9, "expr": [{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "invalid"}}, \#
        {"drop": null}]}}, {"rule": {"family": "inet", "table": "firewalld", "chain": "filter_INPUT", \#
        "handle": 10, "expr": [{"jump": {"target": "filter_INPUT_ZONES"}}]}}, {"rule": {"family": "inet", \#
        "table": "firewalld", "chain": "filter_INPUT", "handle": 11, "expr": [{"reject": {"type": "icmpx", \#
        "expr": "admin-prohibited"}}]}}]}
        """#

    static let iptables = """
        # Generated by iptables-save v1.8.9 (nf_tables)
        *raw
        :PREROUTING ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        -A PREROUTING -p udp -m udp --dport 69 -j CT --notrack
        COMMIT
        *filter
        :INPUT DROP [0:0]
        :FORWARD ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        :SVC - [0:0]
        [0:0] -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A INPUT -i lo -j ACCEPT
        -A INPUT -p udp -m udp --dport 4011 -m comment --comment "no boot -j ACCEPT" -j DROP
        -A INPUT -p udp -m multiport --dports 67,69,4000:4020 -j SVC
        -A INPUT -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
        -A SVC -s 10.0.0.0/8 -i eth+ -p udp -m udp ! --dport 70 -j ACCEPT
        COMMIT
        """

    /// The chains of ufw, shortened.
    static let ufw = """
        *filter
        :INPUT DROP [0:0]
        :ufw-before-input - [0:0]
        :ufw-not-local - [0:0]
        :ufw-user-input - [0:0]
        :ufw-logging-deny - [0:0]
        -A INPUT -j ufw-before-input
        -A ufw-before-input -i lo -j ACCEPT
        -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A ufw-before-input -m conntrack --ctstate INVALID -j DROP
        -A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
        -A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT
        -A ufw-before-input -j ufw-not-local
        -A ufw-before-input -j ufw-user-input
        -A ufw-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
        -A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
        -A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
        -A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
        -A ufw-not-local -j DROP
        -A ufw-user-input -p tcp -m tcp --dport 80 -j ACCEPT
        COMMIT
        """

    /// What Docker makes where it publishes TCP port 8080, shortened.
    static let docker = """
        *nat
        :PREROUTING ACCEPT [0:0]
        :INPUT ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        :POSTROUTING ACCEPT [0:0]
        :DOCKER - [0:0]
        -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
        -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
        -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
        -A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
        -A DOCKER -i docker0 -j RETURN
        -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
        COMMIT
        *filter
        :INPUT ACCEPT [0:0]
        :FORWARD DROP [0:0]
        :OUTPUT ACCEPT [0:0]
        :DOCKER - [0:0]
        -A FORWARD -o docker0 -j DOCKER
        -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
        COMMIT
        """

    /// The same as Docker makes it for nftables.
    static let dockerNft = #"""
        {"nftables": [{"table": {"family": "ip", "name": "docker-bridges", "handle": 1}}, {"chain": {"family": \#
        "ip", "table": "docker-bridges", "name": "nat-DNAT", "handle": 1}}, {"chain": {"family": "ip", "table": \#
        "docker-bridges", "name": "nat-PREROUTING", "handle": 2, "type": "nat", "hook": "prerouting", "prio": \#
        -100, "policy": "accept"}}, {"chain": {"family": "ip", "table": "docker-bridges", "name": "nat-OUTPUT", \#
        "handle": 3, "type": "nat", "hook": "output", "prio": -100, "policy": "accept"}}, {"rule": {"family": \#
        "ip", "table": "docker-bridges", "chain": "nat-PREROUTING", "handle": 4, "expr": [{"match": {"op": "==", \#
        "left": {"fib": {"result": "type", "flags": ["daddr"]}}, "right": "local"}}, {"jump": {"target": \#
        "nat-DNAT"}}]}}, {"rule": {"family": "ip", "table": "docker-bridges", "chain": "nat-OUTPUT", "handle": 5, \#
        "expr": [{"match": {"op": "!=", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": \#
        {"prefix": {"addr": "127.0.0.0", "len": 8}}}}, {"match": {"op": "==", "left": {"fib": {"result": "type", \#
        "flags": ["daddr"]}}, "right": "local"}}, {"jump": {"target": "nat-DNAT"}}]}}, {"rule": {"family": "ip", \#
        "table": "docker-bridges", "chain": "nat-DNAT", "handle": 6, "expr": [{"match": {"op": "!=", "left": \#
        {"meta": {"key": "iifname"}}, "right": "docker0"}}, {"match": {"op": "==", "left": {"payload": \#
        {"protocol": "tcp", "field": "dport"}}, "right": 8080}}, {"dnat": {"addr": "172.17.0.2", "port": \#
        80}}]}}]}
        """#
}
