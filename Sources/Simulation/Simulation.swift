import BootPolicy
import LinuxIO
import Wire

/// Many whole machines in one thread: a packet socket for all of their DHCP, a flat table, and a socket for what each of
/// them fetches at the moment.
package struct Simulation: ~Copyable {
    private let plan: SimulationPlan
    private let receiver: PacketSocket
    private var packets = ReceiveBatch()

    /// How often timers are looked at.
    private static let sweep = TimeSpan.milliseconds(20)
    /// Machines switched on before answers have their turn.
    private static let burst = 64

    /// - Throws: `SimulationError`
    package init(_ plan: SimulationPlan) throws(SimulationError) {
        self.plan = plan
        // What a machine has open it closes before it opens the next.
        let needed = plan.machines + 32
        let allowed = raiseDescriptorLimit()
        guard allowed >= needed else { throw .tooFewDescriptors(allowed: allowed, needed: needed) }
        receiver = try Self.open(on: plan.link.index)
    }

    private static func open(on link: Int32) throws(SimulationError) -> PacketSocket {
        try asSimulationError { () throws(SystemError) in
            let receiver = try PacketSocket()
            // Not every server broadcasts what it is asked to; a frame for a machine is for no card of ours.
            try receiver.hearOtherHosts(on: link)
            return receiver
        }
    }

    /// Runs until every machine has come to its end, or time is up.
    ///
    /// - Throws: `SimulationError`
    package mutating func run() throws(SimulationError) -> SimulationReport {
        let ownBefore = ProcessTime.own
        let start = Clock.now
        var table = try Self.table(plan, start, receiver)
        var now = start
        var next = start
        while !table.isOver, now - start < plan.limit {
            if now >= next {
                let isFull = try table.tick(now: now, limit: Self.burst)
                next = isFull ? now : now + Self.sweep
            }
            let count = try asSimulationError { () throws(SystemError) in try table.wait(max(next - now, .zero)) }
            now = Clock.now
            for index in 0..<count {
                let token = table.token(index)
                if token == MachineTable.packets {
                    try hear(into: &table, now: now)
                } else {
                    try table.stir(token, now: now)
                }
            }
            now = Clock.now
        }
        var report = table.report(start: start, end: now)
        report.ownTime = ProcessTime.own - ownBefore
        return report
    }

    private static func table(
        _ plan: SimulationPlan, _ start: Instant, _ receiver: borrowing PacketSocket
    ) throws(SimulationError) -> MachineTable {
        try asSimulationError { () throws(SystemError) in
            let table = try MachineTable(plan, start: start)
            try table.watch(receiver)
            return table
        }
    }

    private mutating func hear(into table: inout MachineTable, now: Instant) throws(SimulationError) {
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try asSimulationError { () throws(SystemError) in try packets.receive(from: receiver.descriptor) }
            for index in 0..<packets.count {
                let origin = packets.origin(index)
                guard origin.interface == plan.link.index, !origin.isOutgoing,
                    !origin.isForeign || origin.isOnlyForOtherHost
                else { continue }
                let heard = Self.read(packets.payload(index), isChecksumReady: origin.isChecksumReady, now)
                if let (hearing, mac) = heard { try table.hear(hearing, of: mac, now: now) }
            }
        }
    }

    private static func read(_ packet: RawSpan, isChecksumReady: Bool, _ now: Instant) -> (DHCPHearing, MACAddress)? {
        guard let datagram = try? UDPPacket(ipv4: packet, checksumReady: isChecksumReady),
            let message = try? DHCPMessage(datagram.payload), let mac = message.hardware.mac
        else { return nil }
        if message.type == .refuse { return (.refused(transaction: message.transaction), mac) }
        return ObservedOffer(message, datagram: datagram.payload, source: datagram.source, at: now).map {
            (.told($0), mac)
        }
    }
}
