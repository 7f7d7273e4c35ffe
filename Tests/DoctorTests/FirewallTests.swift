import Doctor
import Settings
import Testing
import Wire

@Suite("the doctor and the firewall")
struct FirewallTests {
    private static let server = IPv4Network(address: IPv4Address(10, 77, 0, 2), prefixLength: 24)

    /// "CODE sentence" of everything that is eaten on eth0.
    private static func judge(_ firewall: Firewall, _ text: String = "", bridge: Bool = false) throws -> [Finding] {
        let settings = try Settings.parse(text, file: "f")
        let eth0 = FirewallCheck.ServedInterface(name: "eth0", isBridge: bridge, network: server)
        return FirewallCheck(firewall, settings: settings, interfaces: [eth0], ephemeral: 32768...60999).findings
    }

    /// A rule set of one table `t` and its chain, as nft prints it.
    private static func nft(
        _ rules: String, hook: String = "input", policy: String = "accept", family: String = "inet"
    ) throws -> Firewall {
        let chain = #"{"family":"\#(family)","table":"t","name":"c","hook":"\#(hook)","prio":0,"policy":"\#(policy)"}"#
        let all = rules.split(separator: "\n").enumerated().map { number, expression in
            #"{"rule":{"family":"\#(family)","table":"t","chain":"c","handle":\#(number + 4),"expr":[\#(expression)]}}"#
        }
        let entries = [#"{"chain":\#(chain)}"#] + all
        let text = #"{"nftables":[\#(entries.joined(separator: ","))]}"#
        return try #require(NftReader.read(Array(text.utf8)))
    }

    private static let dropped = #"{"drop":null}"#

    private static func port(_ port: String, _ side: String = "dport", of transport: String = "udp") -> String {
        #"{"match":{"op":"==","left":{"payload":{"protocol":"\#(transport)","field":"\#(side)"}},"right":\#(port)}}"#
    }

    private static let established =
        #"{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"accept":null}"#

    @Test("no rules eat nothing")
    func nothing() throws {
        #expect(try Self.judge(Firewall()) == [])
        #expect(try Self.judge(Self.nft("")) == [])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var rules: String
        var hook = "input"
        var policy = "accept"
        /// Code, and a word of the sentence, for each.
        var found: [String]
        var testDescription: String { "\(hook) \(policy): \(rules)" }
    }

    private static let doors = accept(port("{\"set\":[69,4011]}"))
    private static let web = accept(port("80", of: "tcp"))

    private static func accept(_ match: String) -> String { #"\#(match),{"accept":null}"# }

    private static func drop(_ matches: String...) -> String { (matches + [dropped]).joined(separator: ",") }

    private static let cases = [
        Case(rules: drop(port("69")), found: ["PF-H020 requests to TFTP"]),
        Case(
            rules: drop(port("{\"set\":[69,4011]}")), found: ["PF-H020 boot service", "PF-H020 requests to TFTP"]),
        Case(rules: #"\#(port("80", of: "tcp")),{"reject":null}"#, found: ["PF-H020 HTTP"]),
        // A range that the transfers' ports lie in, and one that some of them do.
        Case(
            rules: drop(port(#"{"range":[1024,65535]}"#)),
            found: ["PF-H020 boot service", "PF-H020 acknowledgements"]),
        Case(rules: drop(port(#"{"range":[40000,50000]}"#)), found: ["PF-H022 acknowledgements"]),
        // What is begun by us comes back, if the kernel follows flows.
        Case(rules: [established, doors, web].joined(separator: "\n"), policy: "drop", found: []),
        Case(rules: [doors, web].joined(separator: "\n"), policy: "drop", found: ["PF-H020 acknowledgements"]),
        // DISCOVERs come before the rules of IP.
        Case(rules: drop(port("67")), found: []),
        Case(rules: drop(port("67")), hook: "output", found: []),
        Case(rules: drop(port("4011", "sport")), hook: "output", found: ["PF-H021 answers of the boot service"]),
        // Another interface's, another protocol's, and a limit that nobody knows.
        Case(
            rules: drop(#"{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"eth1"}}"#, port("69")),
            found: []),
        Case(
            rules: drop(
                #"{"match":{"op":"!=","left":{"meta":{"key":"iifname"}},"right":{"set":["eth1","lo"]}}}"#, port("69")),
            found: ["PF-H020 requests to TFTP"]),
        Case(rules: drop(port("69", of: "tcp")), found: []),
        Case(
            rules: drop(port("69"), #"{"limit":{"rate":5,"per":"second"}}"#), found: ["PF-H022 requests to TFTP"]),
        Case(
            rules: #"""
                {"vmap":{"key":{"payload":{"protocol":"udp","field":"dport"}},\#
                "data":{"set":[[69,{"drop":null}],[53,{"accept":null}]]}}}
                """#,
            found: ["PF-H020 requests to TFTP"]),
        Case(
            rules: drop(
                #"""
                {"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},\#
                "right":{"prefix":{"addr":"192.168.0.0","len":16}}}}
                """#),
            found: []),
    ]

    @Test("which rule eats what", arguments: Self.cases)
    func rules(of one: Case) throws {
        let found = try Self.judge(Self.nft(one.rules, hook: one.hook, policy: one.policy))
        try #require(found.count == one.found.count, "\(found)")
        for (finding, wanted) in zip(found, one.found) {
            let words = wanted.split(separator: " ", maxSplits: 1)
            #expect(finding.code == words[0] && finding.what.contains(words[1]), "\(finding)")
        }
    }

    @Test("the finding names table, chain, handle and rule, and a command that comes before it")
    func words() throws {
        let found = try Self.judge(Self.nft(Self.drop(Self.port("69"))))
        #expect(
            found.first?.what
                == "the firewall eats requests to TFTP (UDP port 69) on eth0: table inet t, chain c, handle 4: udp dport 69 drop"
        )
        #expect(found.first?.command == "nft insert rule inet t c iifname eth0 udp dport 69 accept")
    }

    @Test("a bridge's own rules eat what comes over a bridge, DISCOVERs too")
    func bridges() throws {
        let rules = try Self.nft(Self.drop(Self.port("67")), family: "bridge")
        #expect(try Self.judge(rules) == [])
        #expect(try Self.judge(rules, bridge: true).map(\.code) == ["PF-H020"])
    }

    @Test("flows that are not followed are never established")
    func untracked() throws {
        var rules = try Self.nft([Self.established, Self.doors].joined(separator: "\n"), policy: "drop")
        let other = try Self.nft(#"{"notrack":null}"#, hook: "output", family: "ip")
        rules.chains += other.chains
        let found = try Self.judge(rules, "http.enabled = false")
        #expect(found.map(\.code) == ["PF-H020"])
        #expect(found.first?.cause.contains("notrack") == true)
    }

    @Test("a rule set of everything: named sets, maps, jumps, ranges, raw and bridge tables")
    func mixed() throws {
        let rules = try #require(NftReader.read(Array(FirewallFixtures.mixed.utf8)))
        #expect(rules.chains.count == 5)
        let found = try Self.judge(rules, "http.enabled = false")
        // 10.0.0.0/8 is let in before the set that names 69 and 4011 is dropped. The chain of the card sees 4011 first: nft 1.0
        // does not say of which card, so it may be any.
        #expect(found.map(\.code) == ["PF-H020"])
        #expect(found.first?.what.contains("table netdev nd, chain in, handle 2: udp dport 4011 drop") == true)
        let elsewhere = FirewallCheck.ServedInterface(
            name: "eth0", isBridge: false, network: IPv4Network(address: IPv4Address(172, 16, 0, 2), prefixLength: 24))
        let settings = try Settings.parse("http.enabled = false", file: "f")
        let eaten = FirewallCheck(rules, settings: settings, interfaces: [elsewhere], ephemeral: 32768...60999).findings
        #expect(eaten.map(\.code) == ["PF-H020", "PF-H020"])
        #expect(eaten.contains { $0.what.contains("udp dport @bootports log drop") }, "\(eaten)")
    }

    @Test("firewalld's zones, and its own command")
    func firewalld() throws {
        let rules = try #require(NftReader.read(Array(FirewallFixtures.firewalld.utf8)))
        let found = try Self.judge(rules)
        #expect(found.map(\.code) == ["PF-H020", "PF-H020"])
        #expect(
            found.map(\.command) == [
                "firewall-cmd --permanent --add-port=4011/udp && firewall-cmd --reload",
                "firewall-cmd --permanent --add-port=80/tcp && firewall-cmd --reload",
            ])
    }

    @Test("iptables: extensions, own chains, comments that look like rules")
    func iptables() throws {
        let found = try Self.judge(IptablesReader.read(FirewallFixtures.iptables))
        #expect(found.map(\.code) == ["PF-H020", "PF-H020"])
        #expect(
            found.first?.what.contains("iptables -t filter, chain INPUT: -A INPUT -p udp -m udp --dport 4011") == true)
        #expect(found.first?.command == "iptables -t filter -I INPUT -i eth0 -p udp --dport 4011 -j ACCEPT")
        #expect(found.last?.what.contains("HTTP (TCP port 80)") == true)
    }

    @Test("ufw's chains, and its own command")
    func ufw() throws {
        let found = try Self.judge(IptablesReader.read(FirewallFixtures.ufw))
        #expect(found.map(\.code) == ["PF-H020", "PF-H020"])
        #expect(
            found.map(\.command) == [
                "ufw allow in on eth0 proto udp from any to any port 4011",
                "ufw allow in on eth0 proto udp from any to any port 69",
            ])
    }

    @Test("Docker translates what is published, and nothing of ours")
    func docker() throws {
        let both = [
            IptablesReader.read(FirewallFixtures.docker),
            try #require(NftReader.read(Array(FirewallFixtures.dockerNft.utf8))),
        ]
        for rules in both {
            #expect(try Self.judge(rules) == [])
            // A port that is published is the container's.
            #expect(try Self.judge(rules, "http.listen = ['0.0.0.0:8080']").map(\.code) == ["PF-H020"])
        }
    }

    @Test("the control API on the network is let in, too")
    func api() throws {
        let rules = try Self.nft(Self.drop(Self.port("8443", of: "tcp")))
        let network = "api.certificate = '/c'\napi.key = '/k'\napi.listen = ['0.0.0.0:8443']"
        #expect(try Self.judge(rules, network).map(\.code) == ["PF-H020"])
        #expect(try Self.judge(rules, "api.listen = ['127.0.0.1:8443']") == [])
    }

    @Test("what iptables-save tells stands for what nft shows of the same chains")
    func merged() throws {
        var rules = try #require(NftReader.read(Array(FirewallFixtures.mixed.utf8)))
        let count = rules.chains.count
        rules.add(IptablesReader.read(FirewallFixtures.iptables))
        #expect(rules.chains.count == count + 6)
    }

    @Test(
        "what is no list of rules is none",
        arguments: ["", "{}", "[]", "{\"nftables\":", "nonsense", "{\"nftables\":7}"])
    func nonsense(text: String) {
        #expect(NftReader.read(Array(text.utf8)) == nil)
    }
}
