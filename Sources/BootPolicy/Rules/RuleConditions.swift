package import Wire

/// What a rule asks of a client. Every list that is not empty must hold one element that fits; a rule without any
/// condition fits everybody.
package struct RuleConditions: Equatable, Sendable {
    package var hardware: [HardwarePattern] = []
    package var machines: [MachineUUID] = []
    package var architectures: [ClientArchitecture] = []
    package var stages: [BootStage] = []
    /// Beginnings of option 60.
    package var vendorClasses: [String] = []
    /// Beginnings of one class in option 77.
    package var userClasses: [String] = []
    /// Features that an iPXE must all have.
    package var features: IPXEFeatures = []
    /// Where the client is: by option 82.5 or 118, else the relay's network, else its own address, else ours.
    package var subnets: [IPv4Network] = []
    package var interfaces: [String] = []
    package var relays: [IPv4Network] = []
    /// Option 82.1 and 82.2, whole; also without a relay: a switch that snoops on DHCP adds them and leaves giaddr zero.
    package var circuits: [RelayIdentifier] = []
    package var remotes: [RelayIdentifier] = []

    package init() {}

    /// The first condition that the client fails, or nil when the rule fits.
    package func failure(for facts: ClientFacts, _ arrival: Arrival) -> Condition? {
        Condition.allCases.first { !holds($0, facts, arrival) }
    }

    /// The conditions, by their keys in the settings.
    package enum Condition: String, Sendable, CaseIterable {
        case hardware = "mac"
        case machine = "uuid"
        case architecture
        case stage
        case vendorClass = "vendor-class"
        case userClass = "user-class"
        case features = "ipxe-features"
        case subnet
        case interface
        case relay
        case circuit = "circuit-id"
        case remote = "remote-id"
    }

    private func holds(_ condition: Condition, _ facts: ClientFacts, _ arrival: Arrival) -> Bool {
        switch condition {
        case .hardware: fits(hardware) { pattern in facts.hardware.mac.map(pattern.matches) ?? false }
        case .machine: fits(machines) { $0 == facts.machine }
        case .architecture: fits(architectures) { $0 == facts.architecture }
        case .stage: fits(stages) { $0 == facts.stage }
        case .vendorClass: fits(vendorClasses) { facts.vendorClass.begins(with: $0) }
        case .userClass: fits(userClasses) { UserClass.option(facts.userClass, names: $0) }
        case .features: features.isSubset(of: facts.features)
        case .subnet: fits(subnets) { $0.contains(facts.place(arrival)) }
        case .interface: fits(interfaces) { $0 == arrival.interfaceName }
        case .relay: fits(relays) { !facts.relayAddress.isAny && $0.contains(facts.relayAddress) }
        case .circuit: fits(circuits) { Self.relay(facts, RelayOption.circuit, says: $0) }
        case .remote: fits(remotes) { Self.relay(facts, RelayOption.remote, says: $0) }
        }
    }

    private func fits<Element>(_ list: [Element], _ test: (Element) -> Bool) -> Bool {
        list.isEmpty || list.contains(where: test)
    }

    private static func relay(_ facts: ClientFacts, _ code: UInt8, says identifier: RelayIdentifier) -> Bool {
        facts.relayInformation?.suboption(code).map(identifier.matches) ?? false
    }
}

extension RuleConditions {
    /// Whether every client that fits `other` fits these too, so that `other` is never reached behind them.
    package func cover(_ other: RuleConditions) -> Bool {
        covers(hardware, other.hardware) { $0.covers($1) } && covers(machines, other.machines, by: ==)
            && covers(architectures, other.architectures, by: ==) && covers(stages, other.stages, by: ==)
            && covers(vendorClasses, other.vendorClasses) { $1.hasPrefix($0) }
            && covers(userClasses, other.userClasses) { $1.hasPrefix($0) }
            && features.isSubset(of: other.features) && covers(subnets, other.subnets) { $0.contains($1) }
            && covers(interfaces, other.interfaces, by: ==) && covers(relays, other.relays) { $0.contains($1) }
            && covers(circuits, other.circuits, by: ==) && covers(remotes, other.remotes, by: ==)
    }

    private func covers<Element>(
        _ mine: [Element], _ theirs: [Element], by test: (Element, Element) -> Bool
    ) -> Bool {
        mine.isEmpty || !theirs.isEmpty && theirs.allSatisfy { their in mine.contains { test($0, their) } }
    }
}

/// A hardware address, or the beginning of one.
package struct HardwarePattern: Hashable, Sendable, LosslessStringConvertible {
    private let value: UInt64
    /// Octets that count, 1...6.
    private let octets: Int

    /// Reads `52:54:00:12:34:56`, or a beginning such as `b8:27:eb:*` or `b8:27:eb`; nil for anything else.
    package init?(_ text: String) {
        var parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        if parts.last == "*" { parts.removeLast() }
        guard (1...6).contains(parts.count), !(parts.count == 6 && text.hasSuffix("*")) else { return nil }
        let filled = parts.map(String.init) + Array(repeating: "00", count: 6 - parts.count)
        guard let address = MACAddress(filled.joined(separator: ":")) else { return nil }
        value = address.value
        octets = parts.count
    }

    package func matches(_ address: MACAddress) -> Bool {
        (address.value ^ value) >> UInt64(8 * (6 - octets)) == 0
    }

    func covers(_ other: HardwarePattern) -> Bool {
        octets <= other.octets && matches(MACAddress(other.value))
    }

    package var description: String {
        let shown = MACAddress(value).octets.prefix(octets).map { hex($0) }
        return shown.joined(separator: ":") + (octets < 6 ? ":*" : "")
    }
}

extension IPv4Network {
    /// Whether every address of `other` is of this network.
    func contains(_ other: IPv4Network) -> Bool {
        prefixLength <= other.prefixLength && contains(other.address)
    }
}

extension ClientFacts {
    /// The address that tells which subnet the client is in.
    func place(_ arrival: Arrival) -> IPv4Address {
        if let subnet { return subnet }
        if !relayAddress.isAny { return relayAddress }
        return clientAddress.isAny ? arrival.serverAddress : clientAddress
    }
}
