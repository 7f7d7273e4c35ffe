import BootPolicy
import Exchange
import Fleet
import Inventory
import Wire

/// Which machine an operator means: a host by its name, a card, or the three words on a screen.
struct MachineFinder {
    let inventory: Inventory
    let context: EngineContext

    struct Found {
        /// Nil for a machine that belongs to no host.
        let host: NamedMachine?
        /// What was seen, one for each card.
        let machines: [Machine]
    }

    func find(_ name: String) throws(CommandFailure) -> Found {
        let hosts = HostDirectory(context.catalog.current).all
        if let host = hosts.first(where: { $0.name == name }) { return try found(host) }
        let machines = try meant(name)
        guard machines.count < 2 else {
            let cards = machines.map(\.mac).joined(separator: ", ")
            throw CommandFailure("several machines show \(name): name one by its card, \(cards)")
        }
        let card = machines.first.flatMap { MACAddress($0.mac) } ?? MACAddress(name)
        if let card, let host = hosts.first(where: { $0.hardware.contains(card) }) { return try found(host) }
        guard !machines.isEmpty else {
            throw CommandFailure("\(name) is no host, no card and no three words of a machine that was seen")
        }
        return Found(host: nil, machines: machines)
    }

    private func found(_ host: NamedMachine) throws(CommandFailure) -> Found {
        var machines: [Machine] = []
        for card in host.hardware {
            machines += try [
                look { () throws(InventoryError) in try inventory.machine(mac: card.description) }
            ].compactMap(\.self)
        }
        return Found(host: host, machines: machines)
    }

    /// The machines of a card, or of three words.
    private func meant(_ name: String) throws(CommandFailure) -> [Machine] {
        // Machines without an Ethernet address are called by what the inventory has.
        let mac = MACAddress(name)?.description ?? name
        if let machine = try look({ () throws(InventoryError) in try inventory.machine(mac: mac) }) { return [machine] }
        guard let words = try? MachineWords(parsing: name) else { return [] }
        return try look { () throws(InventoryError) in try inventory.machines() }.filter { machine in
            MACAddress(machine.mac).flatMap { MachineWords(of: Evidence(card: $0)) } == words
        }
    }
}
