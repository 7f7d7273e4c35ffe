/// What becomes of a packet on its way through the rules.
package enum FirewallFate: Equatable, Sendable {
    case passes
    case eaten(FirewallPlace)
    /// A rule that is not understood decides.
    case mayBeEaten(FirewallPlace)
}

/// What eats packets: a rule, or the policy of a base chain.
package struct FirewallPlace: Equatable, Sendable {
    /// Where the rule stands.
    package var chain: FirewallChain.Name
    /// The base chain by which the packet came there.
    package var base: FirewallChain.Name
    package var isOfIptables: Bool
    /// Nil for the policy.
    package var handle: Int?
    package var text: String
}

extension Firewall {
    /// Sends a packet through all chains that it meets; the first that eats it decides.
    package func fate(of traffic: Traffic) -> FirewallFate {
        var doubt: FirewallPlace?
        for hook in traffic.hooks {
            for chain in base(hook, families: traffic.families) where chain.sees(traffic) {
                var walk = FirewallWalk(self, traffic, base: chain)
                switch walk.run() {
                case .passes: continue
                case .eaten(let place): return doubt.map(FirewallFate.mayBeEaten) ?? .eaten(place)
                case .mayBeEaten(let place): doubt = doubt ?? place
                }
            }
        }
        return doubt.map(FirewallFate.mayBeEaten) ?? .passes
    }

    /// Whether a rule keeps the kernel from following the flow.
    package func isUntracked(_ traffic: Traffic) -> Bool {
        traffic.hooks.flatMap { base($0, families: traffic.families) }.contains { chain in
            chain.rules.contains { $0.verdict == .notrack && $0.holds(for: traffic, in: chain.name.family) == .yes }
        }
    }
}

extension FirewallChain {
    fileprivate func sees(_ traffic: Traffic) -> Bool {
        if hook?.isNAT == true, traffic.state != "new" { return false }
        guard let devices = hook?.devices, !devices.isEmpty else { return true }
        return devices.contains(traffic.interface)
    }
}

/// One base chain, with all that it jumps to.
private struct FirewallWalk {
    private enum End {
        case accepted
        case dropped(FirewallPlace)
        case fellThrough
    }

    private let firewall: Firewall
    private let traffic: Traffic
    private let base: FirewallChain
    /// The first rule that may have eaten it.
    private var doubt: FirewallPlace?
    /// Whether a rule before may have let it pass.
    private var perhapsAccepted = false
    /// Rules looked at: chains that jump to one another have more ways through them than anybody waits for.
    private var steps = 0
    private static let mostSteps = 1_000_000
    /// The kernel allows 16.
    private static let deepest = 32

    init(_ firewall: Firewall, _ traffic: Traffic, base: FirewallChain) {
        self.firewall = firewall
        self.traffic = traffic
        self.base = base
    }

    mutating func run() -> FirewallFate {
        var end = walk(base, depth: 0)
        if case .fellThrough = end, base.hook?.dropsByPolicy == true {
            end = .dropped(place(base, nil, "policy drop"))
        }
        switch end {
        case .dropped(let place): return perhapsAccepted ? .mayBeEaten(place) : .eaten(place)
        case .accepted, .fellThrough: return doubt.map(FirewallFate.mayBeEaten) ?? .passes
        }
    }

    private mutating func walk(_ chain: FirewallChain, depth: Int) -> End {
        guard depth < Self.deepest else { return .fellThrough }
        for rule in chain.rules {
            steps += 1
            guard steps < Self.mostSteps else { return .fellThrough }
            let holds = rule.holds(for: traffic, in: chain.name.family)
            guard holds != .no else { continue }
            switch rule.verdict {
            case .none, .notrack: continue
            case .accept:
                if let end = settle(.accepted, holds) { return end }
            case .drop:
                if let end = settle(.dropped(place(chain, rule.handle, rule.text)), holds) { return end }
            case .return:
                if holds == .yes { return .fellThrough }
                perhapsAccepted = true
            case .jump(let name), .goto(let name):
                let end = target(name, of: chain).map { walk($0, depth: depth + 1) } ?? .fellThrough
                if let end = settle(end, holds) { return end }
                if case .goto = rule.verdict, holds == .yes { return .fellThrough }
            }
        }
        return .fellThrough
    }

    /// - Returns: nil when the next rule is next.
    private mutating func settle(_ end: End, _ holds: Holds) -> End? {
        switch end {
        case .fellThrough: return nil
        case .accepted:
            if holds == .yes { return end }
            perhapsAccepted = true
        case .dropped(let place):
            if holds == .yes { return end }
            doubt = doubt ?? place
        }
        return nil
    }

    private func target(_ name: String, of chain: FirewallChain) -> FirewallChain? {
        firewall.chain(FirewallChain.Name(family: chain.name.family, table: chain.name.table, chain: name))
    }

    private func place(_ chain: FirewallChain, _ handle: Int?, _ text: String) -> FirewallPlace {
        FirewallPlace(
            chain: chain.name, base: base.name, isOfIptables: chain.isOfIptables, handle: handle, text: text)
    }
}

extension FirewallRule {
    /// - Parameter family: of the table.
    func holds(for traffic: Traffic, in family: String) -> Holds {
        var all = Holds.yes
        for condition in conditions {
            switch condition.holds(for: traffic, in: family) {
            case .no: return .no
            case .maybe: all = .maybe
            case .yes: continue
            }
        }
        return all
    }
}

extension FirewallCondition {
    fileprivate func holds(for traffic: Traffic, in family: String) -> Holds {
        let plain = holdsPlainly(for: traffic, in: family)
        return isNegated ? !plain : plain
    }

    private func holdsPlainly(for traffic: Traffic, in family: String) -> Holds {
        let isInbound = traffic.direction == .inbound
        switch field {
        case .inputInterface: return isInbound ? interface(traffic, family) : .no
        case .outputInterface: return isInbound ? .no : interface(traffic, family)
        case .transport:
            let number = traffic.transport == .udp ? 17 : 6
            return holdsAny {
                $0 == .word(traffic.transport.rawValue) || $0 == .word("all") || $0.overlap(number...number) == .yes
            }
        case .family: return holdsAny { [.word("ipv4"), .word("ip"), .numbers(2...2)].contains($0) }
        case .sourcePort: return numbers(isInbound ? traffic.clientPorts : traffic.serverPorts)
        case .destinationPort: return numbers(isInbound ? traffic.serverPorts : traffic.clientPorts)
        case .sourceAddress: return address(isInbound ? traffic.clients : traffic.server.map { $0...$0 })
        case .destinationAddress: return address(isInbound ? traffic.server.map { $0...$0 } : traffic.clients)
        case .state: return holdsAny { $0 == .word(traffic.state) }
        case .destinationType:
            // What leaves goes to a machine: its destination is none of this host's.
            let types = isInbound ? ["local", "unicast", "host"] : ["unicast", "host"]
            return holdsAny { value in types.contains { .word($0) == value } }
        case .foreign: return .no
        case .other: return .maybe
        }
    }

    private func holdsAny(_ body: (Value) -> Bool) -> Holds { values.contains(where: body) ? .yes : .no }

    private func numbers(_ range: ClosedRange<Int>) -> Holds {
        let overlaps = values.map { $0.overlap(range) }
        return overlaps.contains(.yes) ? .yes : overlaps.contains(.maybe) ? .maybe : .no
    }

    private func address(_ range: ClosedRange<Int>?) -> Holds { range.map(numbers) ?? .maybe }

    private func interface(_ traffic: Traffic, _ family: String) -> Holds {
        let isNamed = values.contains { value in
            guard case .word(let name) = value else { return false }
            guard let last = name.last, last == "*" || last == "+" else { return name == traffic.interface }
            return traffic.interface.hasPrefix(name.dropLast())
        }
        // There the interfaces are the ports of the bridge, any of which may bring the packet.
        return isNamed ? .yes : family == "bridge" ? .maybe : .no
    }
}

extension FirewallCondition.Value {
    /// Whether it holds for all of a range, for some of it, or for none.
    fileprivate func overlap(_ range: ClosedRange<Int>) -> Holds {
        switch self {
        // A word where numbers are looked at is a name that is not understood.
        case .word: return .maybe
        case .numbers(let own):
            guard own.overlaps(range) else { return .no }
            return own.contains(range.lowerBound) && own.contains(range.upperBound) ? .yes : .maybe
        }
    }
}
