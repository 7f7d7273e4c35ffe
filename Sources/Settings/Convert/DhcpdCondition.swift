import BootPolicy

/// The expression behind `if`, `elsif` and `match if` (`man dhcp-eval`), as far as rules can ask the same.
struct DhcpdCondition {
    /// What options are called here, beside the usual names.
    let names: [String: Int]

    /// Whom it is true of; empty for what no rule can ask.
    func audiences(_ words: ArraySlice<DhcpdWord>) -> [Audience] { alternatives(words, depth: 0) ?? [] }

    private func alternatives(_ words: ArraySlice<DhcpdWord>, depth: Int) -> [Audience]? {
        guard depth < 16 else { return nil }
        var found: [Audience] = []
        for part in Self.split(words, at: "or") {
            guard let audiences = conjunction(part, depth: depth) else { return nil }
            for audience in audiences { found = found.or(audience) }
        }
        return found
    }

    private func conjunction(_ words: ArraySlice<DhcpdWord>, depth: Int) -> [Audience]? {
        let parts = Self.split(words, at: "and")
        var found: [Audience] = [.everybody]
        for part in parts {
            // That an option is there says nothing more than what another part asks of its value.
            if isPresence(part), let code = option(part.dropFirst()), code != 175,
                parts.contains(where: { !isPresence($0) && self.names(code, in: $0) })
            {
                continue
            }
            guard let audiences = single(part, depth: depth) else { return nil }
            found = found.and(audiences)
        }
        return found
    }

    private func single(_ words: ArraySlice<DhcpdWord>, depth: Int) -> [Audience]? {
        guard depth < 16 else { return nil }
        guard let first = words.first, let last = words.last else { return nil }
        if first.is("("), last.is(")"), Self.closes(words) {
            return alternatives(words.dropFirst().dropLast(), depth: depth + 1)
        }
        if first.is("not") {
            return single(words.dropFirst(), depth: depth + 1) == [.iPXE] ? [Audience(isIPXE: false)] : nil
        }
        if isPresence(words) { return option(words.dropFirst()) == 175 ? [.iPXE] : nil }
        guard let sign = words.firstIndex(where: { $0.is("=") }) else { return nil }
        let value = words[(sign + 1)...].map(\.text).joined()
        var left = words[..<sign]
        // A "!" glued to the option's end makes it "!=".
        guard !value.isEmpty, left.last?.text.hasSuffix("!") == false, left.last?.text != "~" else { return nil }
        if left.first?.is("substring") == true {
            // substring ( option NAME , OFFSET , LENGTH )
            guard let comma = left.firstIndex(where: { $0.is(",") }), comma + 1 < left.endIndex else { return nil }
            let offset = left[comma + 1].text
            left = left[..<comma].dropFirst(2)
            guard left.first?.is("option") == true, let code = option(left.dropFirst()) else { return nil }
            return audience(code, value, offset: offset).map { [$0] }
        }
        guard left.first?.is("option") == true, let code = option(left.dropFirst()) else { return nil }
        return Audience(option: code, value: value).map { [$0] }
    }

    private func audience(_ code: Int, _ value: String, offset: String) -> Audience? {
        // The digits of PXEClient:Arch:00007.
        if code == 60, offset == "15" || offset == "10", let digits = value.split(separator: ":").last {
            return Audience(option: 93, value: String(digits))
        }
        return offset == "0" ? Audience(option: code, value: value) : nil
    }

    private func isPresence(_ words: ArraySlice<DhcpdWord>) -> Bool { words.first?.is("exists") == true }

    /// Whether an expression asks for the value of an option.
    private func names(_ code: Int, in words: ArraySlice<DhcpdWord>) -> Bool {
        words.indices.contains { words[$0].is("option") && option(words[($0 + 1)...]) == code }
    }

    /// The number of the option that the first word names.
    private func option(_ words: ArraySlice<DhcpdWord>) -> Int? { words.first.flatMap { code(of: $0.text) } }

    /// The number of an option; nil for one that has nothing to do with booting.
    func code(of name: String) -> Int? {
        let name = name.lowercased()
        if name.hasPrefix("ipxe.") || name.hasPrefix("gpxe.") || name == "ipxe-encap-opts" { return 175 }
        if name.hasPrefix("unknown-") { return Int(name.dropFirst(8)) }
        return names[name] ?? Self.usual[name]
    }

    /// dhcpd's own names, and what guides call those that have none.
    private static let usual = [
        "root-path": 17, "vendor-encapsulated-options": 43, "vendor-class-identifier": 60, "tftp-server-name": 66,
        "bootfile-name": 67, "user-class": 77, "pxe-system-type": 93, "arch": 93, "client-arch": 93,
        "client-architecture": 93, "architecture-type": 93, "system-arch": 93, "pxe-interface-id": 94,
        "pxe-client-id": 97, "loader-configfile": 209, "loader-pathprefix": 210, "loader-reboottime": 211,
        "pxelinux.magic": 208, "pxelinux.configfile": 209, "pxelinux.pathprefix": 210, "pxelinux.reboottime": 211,
        "iscsi-initiator-iqn": 203,
    ]

    /// The parts between the words `sign` that stand outside of parentheses.
    private static func split(_ words: ArraySlice<DhcpdWord>, at sign: String) -> [ArraySlice<DhcpdWord>] {
        var parts: [ArraySlice<DhcpdWord>] = []
        var (start, depth) = (words.startIndex, 0)
        for index in words.indices {
            if words[index].is("(") { depth += 1 }
            if words[index].is(")") { depth -= 1 }
            if depth == 0, words[index].is(sign) {
                parts.append(words[start..<index])
                start = index + 1
            }
        }
        return parts + [words[start...]]
    }

    /// Whether the first parenthesis is closed by the last one.
    private static func closes(_ words: ArraySlice<DhcpdWord>) -> Bool {
        var depth = 0
        for word in words.dropLast() {
            if word.is("(") { depth += 1 }
            if word.is(")") { depth -= 1 }
            if depth == 0 { return false }
        }
        return true
    }
}
