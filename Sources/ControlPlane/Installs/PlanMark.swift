/// What an operator agrees to: these machines and no others, however many. Hosts may come and go while he reads the plan.
package enum PlanMark {
    /// A short word for a list of names, the same for the same names in the same order (FNV-1a of 64 bits).
    package static func of(_ names: [String]) -> String {
        let octets = names.joined(separator: "\n").utf8
        let hash = octets.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
