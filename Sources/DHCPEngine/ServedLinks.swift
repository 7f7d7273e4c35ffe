import BootPolicy
import LinuxIO
import Wire

/// The interfaces that are served now, and what is known of them.
struct ServedLinks {
    var table: InterfaceTable
    private var served: [Int32: NetworkInterface] = [:]
    /// What was told of the interfaces that are not served; told once.
    private var remarks: [String] = []

    init(table: InterfaceTable) {
        self.table = table
    }

    /// The interface, if it is served.
    subscript(index: Int32) -> NetworkInterface? { served[index] }

    /// The indices of all of them.
    var indices: [Int32] { served.keys.sorted() }

    /// Our addresses on all interfaces, served or not.
    var addresses: Set<IPv4Address> {
        Set(table.all.values.flatMap { $0.networks.map(\.address) })
    }

    /// Whether an address stands for all hosts of a link of ours, so that an answer to it would be a broadcast.
    func isManyHosts(_ address: IPv4Address) -> Bool {
        !address.isAny
            && table.all.values.contains { link in
                link.networks.contains { $0.contains(address) && !$0.hasHost(address) }
            }
    }

    /// Chooses anew after the table or the settings changed.
    ///
    /// - Returns: what the operator should hear of it.
    mutating func choose(names: [String]) -> [BootEvent] {
        let before = served
        let choice = table.choose(names: names, current: Set(before.keys))
        served = Dictionary(choice.served.map { ($0.index, $0) }) { _, last in last }
        let told = choice.remarks.filter { !remarks.contains($0) }.map { BootEvent.notice(Notice(.warning, $0)) }
        remarks = choice.remarks
        let gone = before.values.filter { served[$0.index] == nil }
            .map { BootEvent.interfaceChanged(name: $0.name, address: nil, isUp: false) }
        let new = served.values.filter { before[$0.index] != $0 }.sorted { $0.index < $1.index }
            .map { BootEvent.interfaceChanged(name: $0.name, address: $0.address, isUp: $0.isUp) }
        return gone + new + told
    }

    /// Our address on an interface for a packet that was sent to `destination`, or nil when it was not for us: a switch
    /// may flood, and a sniffer may have made the card promiscuous.
    func serverAddress(on interface: NetworkInterface, for destination: IPv4Address) -> IPv4Address? {
        if let own = interface.networks.first(where: { $0.address == destination }) { return own.address }
        let isForAll = destination == .broadcast || interface.networks.contains { $0.directedBroadcast == destination }
        return isForAll ? interface.address ?? .any : nil
    }
}
