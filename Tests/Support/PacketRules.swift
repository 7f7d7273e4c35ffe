/// What must hold for every packet that a proxy sends, looked up in the octets themselves.
package enum PacketRules {
    /// Options that only a DHCP server may give, and 52, which not every client understands.
    package static let forbiddenOptions: Set<UInt8> = [1, 3, 6, 12, 15, 28, 42, 50, 51, 52, 58, 59, 121]

    /// What is wrong with a reply; empty when nothing is.
    package static func violations(of reply: [UInt8]) -> [String] {
        guard reply.count >= 300 else { return ["shorter than a BOOTP message: \(reply.count)"] }
        var found: [String] = []
        func demand(_ condition: Bool, _ complaint: @autoclosure () -> String) {
            if !condition { found.append(complaint()) }
        }
        demand(reply[0] == 2, "op is \(reply[0])")
        demand(reply[3] == 0, "hops is \(reply[3])")
        demand(reply[16..<20].allSatisfy { $0 == 0 }, "yiaddr is \(reply[16..<20])")
        demand(reply[20..<24].contains { $0 != 0 }, "siaddr is zero")
        demand(reply[107] == 0, "sname is not terminated")
        demand(reply[235] == 0, "file is not terminated")
        demand(Array(reply[236..<240]) == [0x63, 0x82, 0x53, 0x63], "no magic cookie")
        demand(reply.count <= 1472, "larger than a frame: \(reply.count)")
        found += optionViolations(of: reply)
        return found
    }

    private static func optionViolations(of reply: [UInt8]) -> [String] {
        var found: [String] = []
        var codes: [UInt8] = []
        var values: [UInt8: [UInt8]] = [:]
        var offset = 240
        while offset < reply.count, reply[offset] != 255 {
            guard offset + 1 < reply.count, offset + 2 + Int(reply[offset + 1]) <= reply.count else {
                return ["option \(reply[offset]) runs past the end"]
            }
            codes.append(reply[offset])
            values[reply[offset]] = Array(reply[offset + 2..<offset + 2 + Int(reply[offset + 1])])
            offset += 2 + Int(reply[offset + 1])
        }
        if offset >= reply.count { found.append("no end mark") }
        if !reply.dropFirst(offset + 1).allSatisfy({ $0 == 0 }) { found.append("something behind the end mark") }
        if codes.first != 53 { found.append("option 53 is not the first") }
        if Set(codes).count != codes.count { found.append("an option stands twice: \(codes)") }
        for code in codes where forbiddenOptions.contains(code) { found.append("option \(code) is not ours to give") }
        for code in [54, 60] as [UInt8] where !codes.contains(code) { found.append("option \(code) is missing") }
        if codes.contains(82), codes.last != 82 { found.append("option 82 is not the last") }
        return found + nameViolations(of: reply, values) + (values[43].map(vendorViolations) ?? [])
    }

    /// C18, C137: the names in `file`, 66 and 67.
    private static func nameViolations(of reply: [UInt8], _ values: [UInt8: [UInt8]]) -> [String] {
        var found: [String] = []
        let file = Array(reply[108..<236].prefix { $0 != 0 })
        if let name = values[67] {
            if name.last != 0 || name.dropLast().contains(0) { found.append("67 does not end with its one NUL") }
            if !file.isEmpty, Array(name.dropLast()) != file { found.append("67 says something else than file") }
        } else if file.isEmpty, !(values[43] ?? []).contains(Array("Raspberry Pi Boot".utf8)) {
            found.append("no file at all")
        }
        if let server = values[66], server.contains(0) { found.append("66 holds a NUL") }
        return found
    }

    /// C56 to C59: what holds for option 43 whatever it says.
    private static func vendorViolations(_ field: [UInt8]) -> [String] {
        var found: [String] = []
        var values: [UInt8: [UInt8]] = [:]
        var rest = field[...]
        while rest.count >= 2, rest[rest.startIndex] != 255 {
            let length = Int(rest[rest.startIndex + 1])
            guard rest.count >= 2 + length else { return ["43.\(rest[rest.startIndex]) runs past the end"] }
            values[rest[rest.startIndex]] = Array(rest.dropFirst(2).prefix(length))
            rest = rest.dropFirst(2 + length)
        }
        if Array(rest) != [255] { found.append("43 does not end with its end mark: \(field)") }
        if let control = values[6] {
            if control.count != 1 || control[0] & 4 != 0 { found.append("43.6 is \(control)") }
            if control[0] & 10 == 0, values[7] == nil { found.append("multicast discovery without a group") }
            if control[0] & 8 != 0, values[8] != nil { found.append("43.8 beside bit 3") }
        } else if values[71] == nil {
            found.append("43 without 43.6")
        }
        let servers = values[8] ?? []
        for start in stride(from: 0, to: servers.count, by: 7) {
            if servers.count < start + 7 || servers[start + 2] != 1 { found.append("43.8 is \(servers)") }
            if servers[start] == 0, servers[start + 1] == 0 { found.append("43.8 lists local boot") }
        }
        return found
    }
}
