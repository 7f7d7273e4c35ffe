import BootPolicy
import Support
import Wire

@testable import Simulation

/// A network on a virtual clock for one machine: a DHCP server, a boot server, and an HTTP server that a test writes.
struct World {
    static let router = IPv4Address(10, 0, 0, 1)
    static let server = IPv4Address(10, 0, 0, 2)
    static let leased = IPv4Address(10, 0, 0, 99)

    var machine: Machine
    var now = Instant(nanoseconds: 1_000_000_000)
    /// What the machine did, a word or two each.
    private(set) var seen: [String] = []
    /// DISCOVERs that are lost before one is heard.
    var deafness = 0
    var loaderFailure: String?
    var offersBoot = true
    /// REQUESTs that are refused before one is acknowledged.
    var refusals = 0
    private let serve: (String) -> (status: Int, script: String?)
    private var arrivals = VirtualClock<MachineAction>()

    /// - Parameter serve: what the HTTP server says to a path.
    init(
        _ change: (inout MachineHabits) -> Void = { _ in }, seed: UInt64 = 1,
        serve: @escaping (String) -> (status: Int, script: String?)
    ) {
        var habits = MachineHabits()
        change(&habits)
        machine = Machine(mac: MACAddress(0x5254_0100_0000), habits: habits, seed: seed, start: now)
        self.serve = serve
    }

    /// Until the machine has come to its end, or so many seconds have passed; then it may be run on.
    mutating func run(seconds: Int64 = 600) {
        let end = now + .seconds(seconds)
        while !machine.isOver, now < end {
            var actions: [MachineAction] = []
            if arrivals.next <= machine.deadline {
                guard let action = arrivals.step() else { break }
                now = max(now, arrivals.now)
                answer(action, &actions)
            } else {
                now = max(now, machine.deadline)
                guard now < end else { break }
                machine.tick(now: now, into: &actions)
            }
            for action in actions { note(action) }
        }
        now = machine.isOver ? now : end
    }

    /// Time is up.
    mutating func stop() { machine.stop(now: now) }

    private mutating func note(_ action: MachineAction) {
        switch action {
        case .cut:
            arrivals = VirtualClock(now: now)
            return
        case .broadcast(let request): seen.append("\(request.kind.rawValue) \(request.type)")
        case .askBootService: seen.append("4011")
        case .load(let name, _): seen.append("tftp \(name)")
        case .get(let location, _): seen.append(location.target)
        }
        // What was asked twice in vain is not answered twice.
        arrivals.schedule(action, at: now + .milliseconds(5))
    }

    private mutating func answer(_ action: MachineAction, _ actions: inout [MachineAction]) {
        switch action {
        case .cut: break
        case .broadcast(let request): answer(request, &actions)
        case .askBootService(_, let request):
            hear(offer(request, type: 5, file: "snponly.efi", port: 4011), &actions)
        case .load:
            machine.loaded(octets: 5_000, failure: loaderFailure, now: now, into: &actions)
        case .get(let location, let isScript):
            let (status, script) = serve(location.target)
            let octets = Int64(script?.utf8.count ?? 1_000)
            machine.answered(
                .answered(status: status, octets: octets, script: isScript ? script : nil), now: now, into: &actions)
        }
    }

    private mutating func answer(_ request: ClientRequest, _ actions: inout [MachineAction]) {
        guard request.type == .discover else {
            guard refusals > 0 else { return hear(lease(request, type: 5), &actions) }
            refusals -= 1
            return hear(.refused(transaction: request.transaction), &actions)
        }
        guard deafness == 0 else {
            deafness -= 1
            return
        }
        hear(lease(request, type: 2), &actions)
        guard offersBoot else { return }
        switch request.kind {
        case .edk2: hear(offer(request, type: 2, file: "", port: 67), &actions)
        case .biosROM: hear(offer(request, type: 2, file: "undionly.kpxe", port: 67), &actions)
        default: hear(offer(request, type: 2, file: "http://10.0.0.2/boot.ipxe", port: 67), &actions)
        }
    }

    private mutating func hear(_ hearing: DHCPHearing?, _ actions: inout [MachineAction]) {
        if let hearing { machine.hear(hearing, now: now, into: &actions) }
    }

    private func lease(_ request: ClientRequest, type: UInt8) -> DHCPHearing? {
        read(
            builder(request).changing { $0.yourAddress = Self.leased.value }.with(53, [type])
                .with(54, Self.router.octets), Endpoint(address: Self.router, port: 67))
    }

    private func offer(_ request: ClientRequest, type: UInt8, file: String, port: UInt16) -> DHCPHearing? {
        read(
            builder(request).changing { packet in
                packet.serverAddress = Self.server.value
                packet.file = Array(file.utf8)
            }.with(53, [type]).with(54, Self.server.octets).with(60, "PXEClient"),
            Endpoint(address: Self.server, port: port))
    }

    private func builder(_ request: ClientRequest) -> PacketBuilder {
        PacketBuilder().changing { packet in
            packet.operation = 2
            packet.transaction = request.transaction
            packet.hardware = request.hardware.octets
        }
    }

    private func read(_ packet: PacketBuilder, _ source: Endpoint) -> DHCPHearing? {
        let octets = packet.bytes
        let datagram = octets.span.bytes
        guard let message = try? DHCPMessage(datagram) else { return nil }
        return ObservedOffer(message, datagram: datagram, source: source, at: now).map(DHCPHearing.told)
    }
}

/// An appliance with one install for one machine, as the contract of fleet installs has it.
final class Appliance {
    /// Times that a machine is told to wait before it is its turn.
    var waits = 0
    /// Answers to `begin` that are errors, to begin with.
    var refusals = 0
    private(set) var begins = 0
    private(set) var dones = 0
    private var attempt = 0
    private var isInstalling = false

    func serve(_ path: String) -> (status: Int, script: String?) {
        switch path {
        case "/boot.ipxe": return (200, script)
        case "/install/t1/done":
            dones += 1
            return (200, nil)
        case let begin where begin.hasPrefix("/install/t1/begin/"):
            guard refusals == 0 else {
                refusals -= 1
                return (200, "#!ipxe\nexit 1\n")
            }
            guard begin == "/install/t1/begin/\(attempt)", dones == 0 else { return (200, "#!ipxe\nexit 1\n") }
            begins += isInstalling ? 0 : 1
            isInstalling = true
            return (200, "#!ipxe\nexit 0\n")
        case let file where file.hasPrefix("/install/t1/"): return (200, nil)
        default: return (404, nil)
        }
    }

    private var script: String {
        if isInstalling { return "#!ipxe\niseq ${platform} pcbios && sanboot --no-describe --drive 0x80 || exit 1\n" }
        guard waits == 0 else {
            waits -= 1
            return "#!ipxe\necho not yet\nsleep 5\nchain --replace --autofree http://10.0.0.2/boot.ipxe || exit 1\n"
        }
        attempt += 1
        return """
            #!ipxe
            imgfree
            kernel http://10.0.0.2/install/t1/vmlinuz initrd=initrd.gz quiet || goto failed
            initrd --name initrd.gz http://10.0.0.2/install/t1/initrd.gz || goto failed
            chain --autofree http://10.0.0.2/install/t1/begin/\(attempt) || goto refused
            boot || goto failed
            :refused
            :failed
            sleep 5
            chain --replace --autofree http://10.0.0.2/boot.ipxe || exit 1

            """
    }
}
