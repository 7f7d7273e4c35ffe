/// Reads what `iptables-save` prints.
///
/// A table of iptables becomes a table of family ip of the same name.
package struct IptablesReader {
    private var firewall = Firewall()
    private var table = ""

    private init() {}

    package static func read(_ text: String) -> Firewall {
        var reader = IptablesReader()
        for line in text.split(whereSeparator: \.isNewline) { reader.read(line) }
        return reader.firewall
    }

    private mutating func read(_ line: Substring) {
        switch line.first {
        case "*": table = String(line.dropFirst())
        case ":": noteChain(line.dropFirst())
        // "[4:336] -A …" is what iptables-save -c writes.
        case "-", "[": noteRule(line)
        default: break
        }
    }

    private mutating func noteChain(_ line: Substring) {
        let words = line.split(separator: " ")
        guard let name = words.first else { return }
        var chain = FirewallChain(name: self.name(String(name)))
        chain.isOfIptables = true
        if let hook = Self.hooks[String(name)] {
            chain.hook = FirewallChain.Hook(
                name: hook, priority: Self.priorities[table] ?? 0, dropsByPolicy: words.dropFirst().first == "DROP",
                isNAT: table == "nat")
        }
        firewall.chains.append(chain)
    }

    private func name(_ chain: String) -> FirewallChain.Name {
        FirewallChain.Name(family: "ip", table: table, chain: chain)
    }

    private static let hooks = [
        "PREROUTING": "prerouting", "INPUT": "input", "OUTPUT": "output", "POSTROUTING": "postrouting",
    ]

    /// Of <linux/netfilter_ipv4.h>; where nat stands does not matter beside filter.
    private static let priorities = ["raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50]

    private mutating func noteRule(_ line: Substring) {
        var words = IptablesWords(line)
        while let word = words.next(), word != "-A" {}
        guard let chain = words.next().map(name),
            let place = firewall.chains.firstIndex(where: { $0.name == chain })
        else { return }
        var rule = FirewallRule(verdict: .none, text: String(line.drop { $0 != "-" }))
        var isNegated = false
        while let word = words.next() {
            if word == "!" {
                isNegated = true
                continue
            }
            if ["-j", "--jump", "-g", "--goto"].contains(word) {
                rule.verdict = Self.verdict(words.next() ?? "", isGoto: word.hasSuffix("g") || word == "--goto", words)
                break
            }
            if let condition = Self.condition(word, isNegated, &words) { rule.conditions.append(condition) }
            isNegated = false
        }
        firewall.chains[place].rules.append(rule)
    }

    private static func verdict(_ target: String, isGoto: Bool, _ rest: IptablesWords) -> FirewallVerdict {
        switch target {
        case "ACCEPT": .accept
        // What changes where it goes, or who gets it, takes it from us.
        case "DROP", "REJECT", "DNAT", "REDIRECT", "TPROXY", "QUEUE", "NFQUEUE", "TARPIT": .drop
        case "RETURN": .return
        case "NOTRACK": .notrack
        case "CT": rest.rest.contains("--notrack") ? .notrack : .none
        case "LOG", "NFLOG", "MARK", "CONNMARK", "SET", "TCPMSS", "TRACE", "CHECKSUM", "MASQUERADE", "SNAT", "DSCP",
            "TOS", "TTL", "CLASSIFY", "AUDIT", "SECMARK", "CONNSECMARK", "":
            .none
        default: isGoto ? .goto(target) : .jump(target)
        }
    }

    /// - Returns: nil for what says nothing by itself: the names of modules, comments.
    private static func condition(
        _ word: String, _ isNegated: Bool, _ words: inout IptablesWords
    ) -> FirewallCondition? {
        let field: FirewallCondition.Field
        switch word {
        case "-m", "--match", "--comment":
            _ = words.next()
            return nil
        case "-p", "--protocol": field = .transport
        case "-s", "--source", "--src-range": field = .sourceAddress
        case "-d", "--destination", "--dst-range": field = .destinationAddress
        case "-i", "--in-interface": field = .inputInterface
        case "-o", "--out-interface": field = .outputInterface
        // "--ports" is either end; ours is the one that is a port of a service.
        case "--dport", "--dports", "--destination-port", "--destination-ports", "--ports": field = .destinationPort
        case "--sport", "--sports", "--source-port", "--source-ports": field = .sourcePort
        case "--ctstate", "--state": field = .state
        case "--dst-type", "--pkt-type": field = .destinationType
        // Of a protocol that none of ours is, or a flag of TCP that only the first packet lacks.
        case "--icmp-type", "--icmpv6-type": field = .foreign
        default:
            words.skipArguments()
            return FirewallCondition(field: .other(word), isNegated: isNegated, values: [])
        }
        let argument = words.next() ?? ""
        return FirewallCondition(field: field, isNegated: isNegated, values: values(argument, of: field))
    }

    private static func values(_ text: String, of field: FirewallCondition.Field) -> [FirewallCondition.Value] {
        switch field {
        case .inputInterface, .outputInterface: [.word(text)]
        case .sourcePort, .destinationPort:
            text.split(separator: ",").map { ports($0) ?? .word(String($0)) }
        case .sourceAddress, .destinationAddress:
            text.split(separator: ",").map { addresses(String($0)) }
        case .transport: [text == "17" ? .word("udp") : text == "6" ? .word("tcp") : .word(text)]
        default: text.split(separator: ",").map { .word($0.lowercased()) }
        }
    }

    private static func ports(_ text: Substring) -> FirewallCondition.Value? {
        let ends = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let low = ends[0].isEmpty ? 0 : Int(ends[0]) else { return nil }
        guard ends.count == 2 else { return .numbers(low...low) }
        guard let high = ends[1].isEmpty ? 65535 : Int(ends[1]), low <= high else { return nil }
        return .numbers(low...high)
    }

    private static func addresses(_ text: String) -> FirewallCondition.Value {
        let ends = text.split(separator: "-").map { AddressRange.read(String($0)) }
        if ends.count == 2, let low = ends[0], let high = ends[1], low.lowerBound <= high.upperBound {
            return .numbers(low.lowerBound...high.upperBound)
        }
        return AddressRange.read(text).map(FirewallCondition.Value.numbers) ?? .word(text)
    }
}

/// The words of a line, those in quotes whole.
private struct IptablesWords {
    private(set) var rest: [String] = []

    init(_ line: Substring) {
        var word = ""
        var isQuoted = false
        var isEscaped = false
        for character in line {
            switch character {
            case _ where isEscaped:
                word.append(character)
                isEscaped = false
            case "\\": isEscaped = true
            case "\"": isQuoted.toggle()
            case " " where !isQuoted:
                if !word.isEmpty { rest.append(word) }
                word = ""
            default: word.append(character)
            }
        }
        if !word.isEmpty { rest.append(word) }
        rest.reverse()
    }

    mutating func next() -> String? { rest.popLast() }

    /// What belongs to an option that is not known.
    mutating func skipArguments() {
        while let next = rest.last, !next.hasPrefix("-"), next != "!" { rest.removeLast() }
    }
}
