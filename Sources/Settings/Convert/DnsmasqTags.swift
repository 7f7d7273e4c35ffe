import BootPolicy

/// What the tags of a dnsmasq.conf say of a machine.
struct DnsmasqTags {
    private var meanings: [String: [Audience]] = [:]
    private var used: Set<String> = []

    /// The keys that set tags.
    static let keys: Set<String> = [
        "dhcp-match", "dhcp-vendorclass", "dhcp-userclass", "dhcp-mac", "dhcp-circuitid", "dhcp-remoteid", "tag-if",
    ]

    /// What must hold for a line with these tags; empty for what cannot be asked.
    mutating func audiences(_ tags: [String]) -> [Audience] {
        tags.reduce([.everybody]) { $0.and(meaning($1)) }
    }

    private mutating func meaning(_ tag: String) -> [Audience] {
        guard tag.hasPrefix("!") else {
            used.insert(tag)
            return meanings[tag] ?? []
        }
        let name = String(tag.dropFirst())
        used.insert(name)
        // Rules ask what a machine is, not what it is not, but for one thing.
        return meanings[name] == [.iPXE] ? [Audience(isIPXE: false)] : []
    }

    mutating func add(_ audience: Audience, to tag: String) {
        meanings[tag] = (meanings[tag] ?? []).or(audience)
    }

    /// Reads a line that sets a tag; nil when it is understood.
    mutating func read(_ line: DnsmasqLine) -> Fate? {
        if line.key == "tag-if" { return combine(line) }
        guard let tag = line.tagSet else { return .lost("without set:TAG it sets no tag") }
        guard let audience = Self.audience(line) else {
            return .lost("no [[rule]] asks for this; see the keys of [[rule]] in \"pilotfish check --reference\"")
        }
        add(audience, to: tag)
        return nil
    }

    private mutating func combine(_ line: DnsmasqLine) -> Fate? {
        let found = audiences(line.requiredTags)
        guard !found.isEmpty else { return .lost("a [[rule]] cannot ask for this combination") }
        for set in line.fields where set.hasPrefix("set:") {
            for audience in found { add(audience, to: String(set.dropFirst(4))) }
        }
        return nil
    }

    /// Whether any line asked for a tag that this one sets.
    func isUsed(_ line: DnsmasqLine) -> Bool {
        line.fields.contains { $0.hasPrefix("set:") && used.contains(String($0.dropFirst(4))) }
    }

    private static func audience(_ line: DnsmasqLine) -> Audience? {
        let values = line.values
        guard let first = values.first else { return nil }
        switch line.key {
        case "dhcp-match":
            guard let code = DnsmasqOptions.code(first) else { return nil }
            if code == 175 { return .iPXE }
            return values.count > 1 ? Audience(option: code, value: values[1]) : nil
        case "dhcp-vendorclass": return Audience(option: 60, value: first)
        case "dhcp-userclass": return Audience(option: 77, value: first)
        case "dhcp-mac":
            return HardwarePattern(shortened(first)).map { hardware in Audience { $0.hardware = [hardware] } }
        case "dhcp-circuitid": return identifier(first).map { circuit in Audience { $0.circuits = [circuit] } }
        case "dhcp-remoteid": return identifier(first).map { remote in Audience { $0.remotes = [remote] } }
        default: return nil
        }
    }

    /// `52:54:00:*:*:*` with one star.
    private static func shortened(_ text: String) -> String {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let whole = parts.count
        while parts.last == "*" { parts.removeLast() }
        return parts.joined(separator: ":") + (parts.count < whole ? ":*" : "")
    }

    /// A text, or octets with colons.
    private static func identifier(_ text: String) -> RelayIdentifier? {
        let octets = text.split(separator: ":", omittingEmptySubsequences: false)
        let isNumbers = octets.count > 1 && octets.allSatisfy { $0.utf8.count == 2 && UInt8($0, radix: 16) != nil }
        return try? Check.relayIdentifier(isNumbers ? "0x" + octets.joined() : text)
    }
}

/// DHCP options as dnsmasq writes them.
enum DnsmasqOptions {
    /// `93`, `option:client-arch`; nil for a name that has nothing to do with booting.
    static func code(_ text: String) -> Int? {
        let name = text.hasPrefix("option:") ? String(text.dropFirst(7)) : text
        return Int(name) ?? names[name]
    }

    private static let names = [
        "client-arch": 93, "client-machine-id": 97, "vendor-class": 60, "vendor-id-encap": 60, "user-class": 77,
        "tftp-server": 66, "bootfile-name": 67, "tftp-server-address": 150, "root-path": 17, "vendor-encap": 43,
    ]
}
