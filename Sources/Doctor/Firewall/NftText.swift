/// A rule of nftables in words, as near to what its author wrote as the JSON tells.
enum NftText {
    /// Nil for what says nothing: counters.
    static func words(_ expression: JSONFact) -> String? {
        guard let (key, value) = expression.only else { return nil }
        switch key {
        case "counter": return nil
        case "match":
            let left = value["left"].flatMap(words) ?? "?"
            let comparison = value["op"]?.text ?? "=="
            let sign = ["==", "in"].contains(comparison) ? " " : " \(comparison) "
            return left + sign + (value["right"].map(operand) ?? "")
        case "payload": return "\(value["protocol"]?.text ?? "") \(value["field"]?.text ?? "")"
        case "meta": return plainMeta(value["key"]?.text ?? "")
        case "ct": return "ct \(value["key"]?.text ?? "")"
        case "fib":
            return "fib \(value["flags"]?.list?.compactMap(\.text).joined(separator: " . ") ?? "") "
                + (value["result"]?.text ?? "")
        case "vmap": return "\(value["key"].flatMap(words) ?? "?") vmap \(value["data"].map(operand) ?? "")"
        case "jump", "goto": return "\(key) \(value["target"]?.text ?? "")"
        case "xt": return value["name"]?.text.map { "(\($0) of iptables)" }
        case "limit": return "limit rate \(value["rate"]?.number ?? 0)/\(value["per"]?.text ?? "second")"
        default: return key
        }
    }

    /// nft leaves "meta" away where no other word could stand.
    private static func plainMeta(_ key: String) -> String {
        ["iif", "iifname", "oif", "oifname", "mark"].contains(key) ? key : "meta \(key)"
    }

    private static func operand(_ value: JSONFact) -> String {
        switch value {
        case .null: return ""
        case .flag(let flag): return "\(flag)"
        case .number(let number): return "\(number)"
        case .text(let text): return text
        case .list(let list): return list.map(operand).joined(separator: ",")
        case .object:
            if let list = value["set"]?.list { return "{ \(list.map(element).joined(separator: ", ")) }" }
            if let ends = value["range"]?.list { return ends.map(operand).joined(separator: "-") }
            if let prefix = value["prefix"] {
                return "\(prefix["addr"]?.text ?? "")/\(prefix["len"]?.number ?? 0)"
            }
            return words(value) ?? "?"
        }
    }

    /// Of a set; of a map, key and verdict.
    private static func element(_ value: JSONFact) -> String {
        guard let pair = value.list, pair.count == 2 else { return operand(value) }
        return "\(operand(pair[0])) : \(words(pair[1]) ?? operand(pair[1]))"
    }
}
