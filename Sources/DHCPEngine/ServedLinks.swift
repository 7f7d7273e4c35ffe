import BootPolicy
import LinuxIO
import Wire

/// The interfaces that are served now, and what is known of them.
struct ServedLinks {
    var table: InterfaceTable
    private var served: [Int32: NetworkInterface] = [:]
    /// The names that the operator chose and that nothing has now; told once.
    private var missing: Set<String> = []

    init(table: InterfaceTable) {
        self.table = table
    }

    /// The interface, if it is served.
    subscript(index: Int32) -> NetworkInterface? { served[index] }

    /// Chooses anew after the table or the settings changed.
    ///
    /// - Returns: what the operator should hear of it.
    mutating func choose(names: [String]) -> [BootEvent] {
        let before = served
        served = Dictionary(table.served(names: names).map { ($0.index, $0) }) { _, last in last }
        let absent = Set(names.filter { table.named($0) == nil })
        let told = absent.subtracting(missing).sorted().map { name in
            BootEvent.notice(Notice(.warning, "there is no interface \(name); it is served when it appears"))
        }
        missing = absent
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

/// The boot clients heard last: the router's answers to them are told from those to other machines, and a loader that
/// asks again from a machine that boots anew.
struct RecentClients {
    private struct Client {
        var hardware: ClientHardware
        /// When its firmware was last offered a loader.
        var offered: Instant?
    }

    private var clients: [Client] = []
    private var next = 0
    private static let capacity = 128
    /// From the offer to the loader's own DISCOVER, with a slow TFTP transfer between.
    private static let longestLoad = TimeSpan.seconds(300)

    func contains(_ hardware: ClientHardware) -> Bool {
        clients.contains { $0.hardware == hardware }
    }

    /// Whether the client's firmware was offered a loader a short while ago.
    func isBootUnderWay(_ hardware: ClientHardware, now: Instant) -> Bool {
        guard let offered = clients.first(where: { $0.hardware == hardware })?.offered else { return false }
        return now - offered < Self.longestLoad
    }

    mutating func note(_ hardware: ClientHardware) {
        guard !contains(hardware) else { return }
        let client = Client(hardware: hardware, offered: nil)
        if clients.count < Self.capacity {
            clients.append(client)
        } else {
            clients[next] = client
            next = (next + 1) % Self.capacity
        }
    }

    mutating func noteOffer(to hardware: ClientHardware, now: Instant) {
        guard let index = clients.firstIndex(where: { $0.hardware == hardware }) else { return }
        clients[index].offered = now
    }
}
