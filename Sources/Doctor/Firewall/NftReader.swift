/// Reads what `nft -j list ruleset` prints (libnftables-json(5)).
///
/// What it does not know becomes a condition that may hold, never one that is left out.
package struct NftReader {
    private var firewall = Firewall()
    /// The values of named sets and maps, by family, table and name.
    private var sets: [String: [FirewallCondition.Value]] = [:]
    private var maps: [String: [JSONFact]] = [:]
    /// Of the rule that is read.
    private var family = ""
    private var table = ""

    private init() {}

    /// - Returns: nil for what is no such list.
    package static func read(_ octets: [UInt8]) -> Firewall? {
        guard let entries = JSONFact(octets)?["nftables"]?.list else { return nil }
        var reader = NftReader()
        // Sets may be listed behind the rules that name them.
        for entry in entries { reader.noteSet(entry) }
        for entry in entries { reader.noteChain(entry) }
        for entry in entries { reader.noteRule(entry) }
        return reader.firewall
    }

    private mutating func noteSet(_ entry: JSONFact) {
        guard let set = entry["set"] ?? entry["map"], let name = set["name"]?.text else { return }
        let key = "\(set["family"]?.text ?? "") \(set["table"]?.text ?? "") @\(name)"
        let elements = set["elem"]?.list ?? []
        if entry["map"] != nil { maps[key] = elements } else { sets[key] = elements.flatMap { values($0) } }
    }

    private mutating func noteChain(_ entry: JSONFact) {
        guard let chain = entry["chain"], let name = Self.name(chain, "name") else { return }
        var read = FirewallChain(name: name)
        if let hook = chain["hook"]?.text {
            let device = chain["dev"]
            read.hook = FirewallChain.Hook(
                name: hook, priority: chain["prio"]?.number ?? 0, dropsByPolicy: chain["policy"]?.text == "drop",
                isNAT: chain["type"]?.text == "nat",
                devices: device?.list?.compactMap(\.text) ?? device?.text.map { [$0] } ?? [])
        }
        firewall.chains.append(read)
    }

    private mutating func noteRule(_ entry: JSONFact) {
        guard let rule = entry["rule"], let name = Self.name(rule, "chain"),
            let place = firewall.chains.firstIndex(where: { $0.name == name })
        else { return }
        (family, table) = (name.family, name.table)
        let expressions = rule["expr"]?.list ?? []
        let text = expressions.compactMap(NftText.words).joined(separator: " ")
        var conditions: [FirewallCondition] = []
        var verdicts: [(conditions: [FirewallCondition], verdict: FirewallVerdict)] = []
        for expression in expressions {
            guard let (key, value) = expression.only else { continue }
            if key == "vmap" {
                verdicts += branches(value).map { (conditions + $0.conditions, $0.verdict) }
            } else if let verdict = Self.verdict(key, value) {
                verdicts.append((conditions, verdict))
            } else {
                conditions += self.conditions(key, value)
            }
        }
        firewall.chains[place].rules += verdicts.map {
            FirewallRule(conditions: $0.conditions, verdict: $0.verdict, handle: rule["handle"]?.number, text: text)
        }
    }

    private static func name(_ value: JSONFact, _ key: String) -> FirewallChain.Name? {
        guard let family = value["family"]?.text, let table = value["table"]?.text, let chain = value[key]?.text else {
            return nil
        }
        return FirewallChain.Name(family: family, table: table, chain: chain)
    }

    /// - Returns: nil for what is a condition, or does nothing.
    private static func verdict(_ key: String, _ value: JSONFact) -> FirewallVerdict? {
        switch key {
        case "accept": .accept
        // A packet that goes to another port or program does not come to us.
        case "drop", "reject", "redirect", "dnat", "tproxy", "queue", "synproxy": .drop
        case "return": .return
        case "jump": value["target"]?.text.map(FirewallVerdict.jump)
        case "goto": value["target"]?.text.map(FirewallVerdict.goto)
        case "notrack": .notrack
        // The target of an iptables extension: nft does not say which.
        case "xt": value["type"]?.text == "target" ? opaqueTarget(value["name"]?.text ?? "") : nil
        default: nil
        }
    }

    private static func opaqueTarget(_ name: String) -> FirewallVerdict {
        switch name {
        case "REJECT", "DNAT", "REDIRECT", "TPROXY", "NFQUEUE": .drop
        default: .none
        }
    }

    private func conditions(_ key: String, _ value: JSONFact) -> [FirewallCondition] {
        switch key {
        case "match": match(value)
        case "xt" where value["type"]?.text == "match":
            [FirewallCondition(field: .other(value["name"]?.text ?? "xt"), values: [])]
        case "limit", "quota", "ct count", "meter", "osf": [FirewallCondition(field: .other(key), values: [])]
        // counter, log, comment, mangle, set updates: they decide nothing.
        default: []
        }
    }

    private func match(_ value: JSONFact) -> [FirewallCondition] {
        guard let left = value["left"], let right = value["right"] else {
            return [FirewallCondition(field: .other("match"), values: [])]
        }
        let isNegated = value["op"]?.text == "!="
        guard ["==", "!=", "in"].contains(value["op"]?.text) else { return compared(value, left) }
        return look(left).map { field, implied in
            implied + [FirewallCondition(field: field, isNegated: isNegated, values: values(right))]
        } ?? [FirewallCondition(field: .other(NftText.words(left) ?? "?"), values: [])]
    }

    /// `tcp dport < 1024` and the like.
    private func compared(_ value: JSONFact, _ left: JSONFact) -> [FirewallCondition] {
        guard let (field, implied) = look(left), let bound = value["right"]?.number else {
            return [FirewallCondition(field: .other(NftText.words(left) ?? "?"), values: [])]
        }
        let range: ClosedRange<Int>? =
            switch value["op"]?.text {
            case "<" where bound > 0: 0...bound - 1
            case "<=": 0...max(0, bound)
            case ">": bound + 1...max(bound + 1, Int(UInt32.max))
            case ">=": bound...max(bound, Int(UInt32.max))
            default: nil
            }
        let values = range.map { [FirewallCondition.Value.numbers($0)] } ?? []
        return implied + [FirewallCondition(field: values.isEmpty ? .other("comparison") : field, values: values)]
    }

    /// What an expression looks at, and what has to hold for it to be there at all.
    private func look(_ left: JSONFact) -> (field: FirewallCondition.Field, implied: [FirewallCondition])? {
        guard let (key, value) = left.only else { return nil }
        switch key {
        case "meta": return Self.meta(value["key"]?.text ?? "").map { ($0, []) }
        case "ct":
            switch value["key"]?.text {
            case "state": return (.state, [])
            // Packets to us are no translated ones.
            case "status": return (.foreign, [])
            default: return nil
            }
        case "fib" where value["result"]?.text == "type" && value["flags"]?.list?.contains(.text("daddr")) == true:
            return (.destinationType, [])
        case "payload": return payload(value["protocol"]?.text ?? "", value["field"]?.text ?? "")
        default: return nil
        }
    }

    private static func meta(_ key: String) -> FirewallCondition.Field? {
        switch key {
        case "iifname", "iif": .inputInterface
        case "oifname", "oif": .outputInterface
        case "l4proto": .transport
        case "nfproto", "protocol": .family
        case "pkttype": .destinationType
        default: nil
        }
    }

    private func payload(
        _ layer: String, _ field: String
    ) -> (field: FirewallCondition.Field, implied: [FirewallCondition])? {
        let implied = [FirewallCondition(field: .transport, values: [.word(layer)])]
        switch (layer, field) {
        case ("udp", "dport"), ("tcp", "dport"): return (.destinationPort, implied)
        case ("udp", "sport"), ("tcp", "sport"): return (.sourcePort, implied)
        case ("th", "dport"): return (.destinationPort, [])
        case ("th", "sport"): return (.sourcePort, [])
        case ("ip", "saddr"): return (.sourceAddress, [])
        case ("ip", "daddr"): return (.destinationAddress, [])
        case ("ip", "protocol"): return (.transport, [])
        case ("ether", "type"): return (.family, [])
        case ("udp", _), ("tcp", _): return (.other("\(layer) \(field)"), implied)
        case ("ip", _), ("ether", _), ("th", _): return nil
        // Of another protocol: IPv6, ICMP, ARP.
        default: return (.foreign, [])
        }
    }

    /// The branches of a verdict map, in it or by its name.
    private func branches(_ value: JSONFact) -> [(conditions: [FirewallCondition], verdict: FirewallVerdict)] {
        guard let key = value["key"], let data = value["data"] else { return [] }
        let entries = data["set"]?.list ?? data.text.flatMap { maps["\(family) \(table) \($0)"] } ?? []
        return entries.compactMap { entry in
            guard let pair = entry.list, pair.count == 2, let (name, target) = pair[1].only,
                let verdict = Self.verdict(name, target)
            else { return nil }
            let condition = look(key).map { field, implied in
                implied + [FirewallCondition(field: field, values: values(pair[0]))]
            }
            return (condition ?? [FirewallCondition(field: .other(NftText.words(key) ?? "?"), values: [])], verdict)
        }
    }

    private func values(_ value: JSONFact) -> [FirewallCondition.Value] {
        switch value {
        case .number(let number): return [.numbers(number...number)]
        case .list(let list): return list.flatMap { values($0) }
        case .text(let text):
            if text.hasPrefix("@") { return sets["\(family) \(table) \(text)"] ?? [.word(text)] }
            return [AddressRange.read(text).map(FirewallCondition.Value.numbers) ?? .word(text)]
        case .object:
            if let inner = value["set"] { return values(inner) }
            // An element with a counter, a comment or a time of its own.
            if let inner = value["elem"] { return values(inner["val"] ?? .null) }
            if let ends = value["range"]?.list, ends.count == 2 { return range(ends[0], ends[1]) }
            if let prefix = value["prefix"], let address = prefix["addr"]?.text, let length = prefix["len"]?.number {
                return [
                    AddressRange.read("\(address)/\(length)").map(FirewallCondition.Value.numbers) ?? .word(address)
                ]
            }
            return [.word("?")]
        case .null, .flag: return []
        }
    }

    private func range(_ first: JSONFact, _ last: JSONFact) -> [FirewallCondition.Value] {
        guard case .numbers(let low)? = values(first).first, case .numbers(let high)? = values(last).first,
            low.lowerBound <= high.upperBound
        else { return [.word("?")] }
        return [.numbers(low.lowerBound...high.upperBound)]
    }
}
