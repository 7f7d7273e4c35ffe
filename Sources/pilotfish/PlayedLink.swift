import LinuxIO

extension InterfaceTable {
    /// The link on which clients are played.
    ///
    /// - Parameter name: nil for the only one that is up.
    /// - Throws: `LinkProblem`
    func link(named name: String?) throws(LinkProblem) -> NetworkInterface {
        let sorted = all.values.sorted { $0.index < $1.index }
        if let name {
            guard let link = named(name) else { throw .noSuchInterface(name, sorted.map(\.name)) }
            guard !link.isLoopback else { throw .loopback(name) }
            guard link.isUp else { throw .down(name) }
            return link
        }
        let usable = sorted.filter { $0.isUp && !$0.isLoopback && $0.master == nil }
        guard let link = usable.first else { throw .nothingUp(sorted.map(\.name)) }
        guard usable.count == 1 else { throw .severalUp(usable.map(\.name)) }
        return link
    }
}

/// Why no client can be played on a link, and what to do.
enum LinkProblem: Error, CustomStringConvertible {
    case noSuchInterface(String, [String])
    case loopback(String)
    case down(String)
    case nothingUp([String])
    case severalUp([String])

    var description: String {
        switch self {
        case .noSuchInterface(let name, let all):
            "there is no interface \(name); there are: \(all.joined(separator: ", "))"
        case .loopback(let name): "\(name) is the loopback interface; no DHCP client lives there"
        case .down(let name): "\(name) is down or has no carrier; try: ip link set \(name) up, and look at the cable"
        case .nothingUp(let all): "no interface is up; there are: \(all.joined(separator: ", "))"
        case .severalUp(let names):
            "several interfaces are up (\(names.joined(separator: ", "))); name one with --interface"
        }
    }
}
