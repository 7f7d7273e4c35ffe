import BootPolicy
import Wire

/// dhcpd.conf of ISC and the files that it includes (`man dhcpd.conf`, version 4.4).
struct DhcpdConverter {
    private var desk: BootDesk
    private let include: Conversion.Inclusion
    private var condition = DhcpdCondition(names: [:])
    /// Whether several subnets say what is booted, so that it matters which one a machine is in.
    private var tellsSubnets = false
    private var files = 0

    /// Enough for any tree of files, and an end for one that names itself.
    private static let mostFiles = 64

    static func convert(
        _ texts: [ConfigurationText], at desk: inout BootDesk, _ include: @escaping Conversion.Inclusion
    ) throws(ConversionError) {
        guard !texts.isEmpty else { return }
        var converter = Self(desk: desk, include: include)
        var statements: [DhcpdStatement] = []
        for text in texts { statements += try converter.expanded(try DhcpdParser.parse(text)) }
        converter.condition = DhcpdCondition(names: definitions(statements))
        converter.tellsSubnets = bootingSubnets(statements) > 1
        converter.walk(statements, for: [.everybody], named: "dhcpd")
        desk = converter.desk
    }

    private init(desk: BootDesk, include: @escaping Conversion.Inclusion) {
        self.desk = desk
        self.include = include
    }

    /// The statements with those of included files in their places.
    private mutating func expanded(_ statements: [DhcpdStatement]) throws(ConversionError) -> [DhcpdStatement] {
        var found: [DhcpdStatement] = []
        for statement in statements {
            if let block = statement.block {
                let inner = try expanded(block)
                found.append(DhcpdStatement(directive: statement.directive, words: statement.words, block: inner))
            } else if statement.keyword == "include", files < Self.mostFiles,
                let file = include(statement.text(1), statement.directive.file)
            {
                files += 1
                desk.settle(statement.directive, .converted)
                found += try expanded(try DhcpdParser.parse(try ConfigurationText(file)))
            } else {
                found.append(statement)
            }
        }
        return found
    }

    /// `option NAME code NUMBER = TYPE;`, wherever it stands.
    private static func definitions(_ statements: [DhcpdStatement]) -> [String: Int] {
        var names: [String: Int] = [:]
        for statement in statements {
            let inSpace = statement.text(1).contains(".")
            if isDefinition(statement), let code = Int(statement.text(3)), !inSpace {
                names[statement.text(1).lowercased()] = code
            }
            names.merge(definitions(statement.block ?? [])) { $1 }
        }
        return names
    }

    private static func isDefinition(_ statement: DhcpdStatement) -> Bool {
        statement.keyword == "option" && statement.text(2) == "code"
    }

    private static func bootingSubnets(_ statements: [DhcpdStatement]) -> Int {
        statements.reduce(0) { count, statement in
            guard let block = statement.block else { return count }
            return count + (statement.keyword == "subnet" ? (boots(block) ? 1 : 0) : bootingSubnets(block))
        }
    }

    /// Whether statements say anything of booting.
    private static func boots(_ statements: [DhcpdStatement]) -> Bool {
        let options: Set<String> = [
            "bootfile-name", "pxelinux.configfile", "pxelinux.pathprefix", "loader-configfile", "loader-pathprefix",
            "root-path",
        ]
        return statements.contains { statement in
            statement.keyword == "filename" || statement.keyword == "next-server"
                || statement.keyword == "option" && options.contains(statement.text(1)) || deniesBooting(statement)
                || boots(statement.block ?? [])
        }
    }

    private static func deniesBooting(_ statement: DhcpdStatement) -> Bool {
        ["deny", "ignore"].contains(statement.keyword) && statement.text(1) == "booting"
    }
}

extension DhcpdConverter {
    private mutating func walk(_ statements: [DhcpdStatement], for audiences: [Audience], named name: String) {
        // What the branches before left of the machines.
        var others = audiences
        for statement in statements {
            switch statement.keyword {
            case "if": others = branch(statement, 1, of: audiences, named: name)
            case "elsif": others = branch(statement, 1, of: others, named: name)
            case "else" where statement.text(1) == "if": others = branch(statement, 2, of: others, named: name)
            case "else":
                desk.settle(statement.directive, .converted)
                walk(statement.block ?? [], for: others, named: name)
            default: settle(statement, for: audiences, named: name)
            }
        }
    }

    /// - Returns: those who go on to `else`: all, for rules stand in order, but for what is told apart by iPXE.
    private mutating func branch(
        _ statement: DhcpdStatement, _ count: Int, of audiences: [Audience], named name: String
    ) -> [Audience] {
        let asked = condition.audiences(statement.words.dropFirst(count))
        let inner = audiences.and(asked)
        guard !inner.isEmpty else {
            desk.settle(
                statement.directive, .lost("no [[rule]] can ask this, so nothing in its braces is taken over"),
                weight: statement.weight)
            return audiences
        }
        desk.settle(statement.directive, .converted)
        let label = inner.first?.conditions.architectures.first?.description ?? name
        walk(statement.block ?? [], for: inner, named: label)
        return asked == [.iPXE] ? audiences.and([Audience(isIPXE: false)]) : audiences
    }

    private mutating func settle(_ statement: DhcpdStatement, for audiences: [Audience], named name: String) {
        switch statement.keyword {
        case "filename": boot(statement, 1, for: audiences, named: name)
        case "option": desk.settleOption(statement, for: audiences, named: name, condition)
        case "host" where Self.boots(statement.block ?? []): settleHost(statement, audiences)
        case "class" where Self.boots(statement.block ?? []), "subclass" where Self.boots(statement.block ?? []):
            settleClass(statement, audiences)
        case "subnet": settleSubnet(statement, audiences, name)
        case "group", "shared-network", "pool":
            desk.settle(statement.directive, statement.keyword == "group" ? .converted : .addresses)
            walk(statement.block ?? [], for: audiences, named: name)
        case "hardware": desk.settle(statement.directive, .converted)
        case "match" where statement.text(1) == "if": desk.settle(statement.directive, .converted)
        case "deny" where Self.deniesBooting(statement), "ignore" where Self.deniesBooting(statement):
            let fate = Fate.lost("for all machines it means: stop Pilotfish, or mode = \"observe\"")
            let isAll = audiences.contains(.everybody)
            desk.settle(statement.directive, isAll ? fate : desk.silence(audiences, named: name))
        default: desk.settle(statement.directive, Self.fate(of: statement), weight: statement.weight)
        }
    }

    private mutating func boot(
        _ statement: DhcpdStatement, _ index: Int, for audiences: [Audience], named name: String
    ) {
        guard let file = statement.value(behind: index) else {
            return desk.settle(statement.directive, .computed)
        }
        desk.boot(file, for: audiences, named: name, statement.directive)
    }

    private mutating func settleHost(_ statement: DhcpdStatement, _ audiences: [Audience]) {
        let block = statement.block ?? []
        let address = block.first { $0.keyword == "hardware" && $0.text(1) == "ethernet" }?.text(2) ?? ""
        guard let pattern = HardwarePattern(address) else {
            let why = "a [[rule]] knows machines by mac = \"…\", and this one has no hardware ethernet"
            return desk.settle(statement.directive, .lost(why), weight: statement.weight)
        }
        desk.settle(statement.directive, .converted)
        let machines = audiences.and([Audience { $0.hardware = [pattern] }])
        walk(block, for: machines, named: statement.text(1))
    }

    /// A class of an expression, or the machine that a subclass names behind `1:`, for Ethernet.
    private mutating func settleClass(_ statement: DhcpdStatement, _ audiences: [Audience]) {
        let block = statement.block ?? []
        var own: [Audience] = []
        if statement.keyword == "subclass", statement.text(2).hasPrefix("1:") {
            let pattern = HardwarePattern(String(statement.text(2).dropFirst(2)))
            own = pattern.map { pattern in [Audience { $0.hardware = [pattern] }] } ?? []
        } else if let match = block.first(where: { $0.keyword == "match" && $0.text(1) == "if" }) {
            own = condition.audiences(match.words.dropFirst(2))
        }
        let machines = audiences.and(own)
        guard !machines.isEmpty else {
            let why = "no [[rule]] can ask for what this class is made of"
            return desk.settle(statement.directive, .lost(why), weight: statement.weight)
        }
        desk.settle(statement.directive, .converted)
        walk(block, for: machines, named: statement.text(1))
    }

    private mutating func settleSubnet(_ statement: DhcpdStatement, _ audiences: [Audience], _ name: String) {
        desk.settle(statement.directive, .addresses)
        let block = statement.block ?? []
        guard tellsSubnets, Self.boots(block) else { return walk(block, for: audiences, named: name) }
        let mask = IPv4Address(statement.text(3))?.value ?? 0
        let length = (~mask).leadingZeroBitCount
        guard let network = try? Check.network("\(statement.text(1))/\(length)") else {
            return walk(block, for: [], named: name)
        }
        let machines = audiences.and([Audience { $0.subnets = [network] }])
        walk(block, for: machines, named: "subnet \(network)")
    }

    /// What has no part in booting.
    private static func fate(of statement: DhcpdStatement) -> Fate {
        switch statement.keyword {
        case "next-server", "server-name": .needless(Fate.ownAddress)
        case "vendor-option-space", "site-option-space", "always-reply-rfc1048", "dhcp-parameter-request-list":
            .needless("Pilotfish writes what PXE needs here by itself, for each firmware in its own way")
        case "include": .lost("the file cannot be read; name it beside this one")
        case "set", "unset", "log", "execute", "on", "send", "eval", "switch", "case", "default", "break":
            .lost("Pilotfish runs no programs of its configuration; its log tells what happened")
        case let keyword where ofLeases.contains(keyword): .addresses
        case let keyword where keyword.hasPrefix("ddns-") || keyword.hasPrefix("ldap-"): .addresses
        default: .lost("Pilotfish has nothing like it")
        }
    }

    private static let ofLeases: Set<String> = [
        "range", "range6", "authoritative", "not", "default-lease-time", "max-lease-time", "min-lease-time", "allow",
        "deny", "ignore", "fixed-address", "host", "class", "subclass", "match", "spawn", "lease", "key", "zone",
        "failover", "peer", "omapi-port", "omapi-key", "update-static-leases", "use-host-decl-names",
        "get-lease-hostnames", "one-lease-per-client", "ping-check", "ping-timeout", "server-identifier",
        "server-duid", "lease-file-name", "pid-file-name", "local-port", "local-address", "log-facility", "interface",
        "min-secs", "stash-agent-options", "always-broadcast", "subnet6", "infinite-is-reserved",
        "adaptive-lease-time-threshold",
        "dynamic-bootp-lease-length", "dynamic-bootp-lease-cutoff", "boot-unknown-clients", "primary", "secondary",
        "address", "port", "split", "mclt", "hba", "load", "max-response-delay", "max-unacked-updates", "algorithm",
        "secret", "client-updates", "update-conflict-detection", "option-space", "delayed-ack", "bind-local-address6",
    ]
}

extension BootDesk {
    /// `option NAME VALUE;`, and the definitions of options.
    fileprivate mutating func settleOption(
        _ statement: DhcpdStatement, for audiences: [Audience], named name: String, _ condition: DhcpdCondition
    ) {
        let option = statement.text(1)
        guard option != "space", statement.text(2) != "code" else {
            return settle(statement.directive, .needless("Pilotfish knows the options of booting by itself"))
        }
        if option.hasPrefix("ipxe.") || option.hasPrefix("gpxe.") {
            return settle(statement.directive, BootOption.ofIPXE(String(option.dropFirst(5))))
        }
        let code = condition.code(of: option) ?? 0
        if let fate = BootOption.fate(code) { return settle(statement.directive, fate) }
        guard let value = statement.value(behind: 2) else { return settle(statement.directive, .computed) }
        if code == BootOption.bootFile {
            boot(value, for: audiences, named: name, statement.directive)
        } else {
            settle(statement.directive, BootOption.plan(code, value, for: audiences, named: name, at: &self))
        }
    }
}

extension DhcpdStatement {
    /// The one text in quotes that a statement gives; nil when it gives an expression.
    fileprivate func value(behind count: Int) -> String? {
        let value = words.dropFirst(count).drop { $0.is("=") }
        guard value.count == 1, let only = value.first, only.isQuoted else { return nil }
        return only.text
    }
}

extension Fate {
    fileprivate static let computed = Fate.lost("its value is computed, and Pilotfish's settings compute nothing")
}
