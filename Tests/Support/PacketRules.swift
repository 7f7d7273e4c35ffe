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
        demand(reply[108] != 0, "file is empty")
        demand(Array(reply[236..<240]) == [0x63, 0x82, 0x53, 0x63], "no magic cookie")
        demand(reply.count <= 1472, "larger than a frame: \(reply.count)")
        found += optionViolations(of: reply)
        return found
    }

    private static func optionViolations(of reply: [UInt8]) -> [String] {
        var found: [String] = []
        var codes: [UInt8] = []
        var offset = 240
        while offset < reply.count, reply[offset] != 255 {
            guard offset + 1 < reply.count, offset + 2 + Int(reply[offset + 1]) <= reply.count else {
                return ["option \(reply[offset]) runs past the end"]
            }
            codes.append(reply[offset])
            offset += 2 + Int(reply[offset + 1])
        }
        if offset >= reply.count { found.append("no end mark") }
        if !reply.dropFirst(offset + 1).allSatisfy({ $0 == 0 }) { found.append("something behind the end mark") }
        if codes.first != 53 { found.append("option 53 is not the first") }
        if Set(codes).count != codes.count { found.append("an option stands twice: \(codes)") }
        for code in codes where forbiddenOptions.contains(code) { found.append("option \(code) is not ours to give") }
        for code in [54, 60] as [UInt8] where !codes.contains(code) { found.append("option \(code) is missing") }
        if codes.contains(82), codes.last != 82 { found.append("option 82 is not the last") }
        return found
    }
}
