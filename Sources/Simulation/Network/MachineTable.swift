import BootPolicy
import LinuxIO
import Transfers
import Wire

/// All machines, and what each of them has open: at most a socket for DHCP's port 4011, one for TFTP and one for HTTP.
struct MachineTable: ~Copyable {
    private struct Row {
        var machine: Machine
        var bootService: HeldSocket?
        var loading: Loading?
        var exchange: WebExchange?
    }

    /// A socket that only has to be there: what comes to it is heard by the packet socket.
    private final class HeldSocket {
        let socket: DatagramSocket
        init(_ local: IPv4Address) throws(SystemError) {
            socket = try DatagramSocket(
                local: IPEndpoint(address: IPAddress(local), port: 68), options: .knowsAddress)
        }
    }

    private let plan: SimulationPlan
    private let epoll: Epoll
    private let sender: FrameSocket
    private var rows: [Row] = []
    private var batch = SendBatch(messages: 4, vectors: 16)
    private var datagrams = ReceiveBatch(capacity: 16)
    private var room = [UInt8](repeating: 0, count: 16_384)
    private var message = ByteWriter()
    private var packet = ByteWriter()
    private var identification: UInt16 = 0
    private(set) var crowd = Crowd()

    /// What the sockets of a row are called in epoll: its number, and which of them.
    private enum Kind: UInt64 {
        case loading = 0
        case exchange = 1
    }

    /// The token of what belongs to no row.
    static let packets = UInt64.max

    init(_ plan: SimulationPlan, start: Instant) throws(SystemError) {
        let epoll = try Epoll()
        let sender = try FrameSocket()
        self.plan = plan
        self.epoll = epoll
        self.sender = sender
        rows.reserveCapacity(plan.machines)
        for index in 0..<plan.machines {
            let delay = plan.startRate.map { TimeSpan(nanoseconds: Int64(Double(index) / $0 * 1e9)) } ?? .zero
            let machine = Machine(
                mac: MACAddress(plan.first.value &+ UInt64(index)), habits: plan.habits, seed: plan.seed,
                start: start + delay)
            rows.append(Row(machine: machine))
        }
    }

    var isOver: Bool { crowd.over == rows.count }

    func watch(_ socket: borrowing PacketSocket) throws(SystemError) {
        try epoll.add(socket.descriptor, token: Self.packets)
    }

    func wait(_ limit: TimeSpan) throws(SystemError) -> Int { try epoll.wait(limit) }

    func token(_ index: Int) -> UInt64 { epoll[index].token }

    consuming func report(start: Instant, end: Instant) -> SimulationReport {
        var records: [MachineRecord] = []
        for index in rows.indices {
            rows[index].machine.stop(now: end)
            records.append(rows[index].machine.record)
        }
        return SimulationReport(records, crowd, makespan: end - start)
    }
}

// MARK: - What happens

extension MachineTable {
    /// A DHCP message came; its hardware address says whose it is.
    mutating func hear(_ hearing: DHCPHearing, of mac: MACAddress, now: Instant) throws(SimulationError) {
        let row = Int(truncatingIfNeeded: Int64(mac.value) - Int64(plan.first.value))
        guard rows.indices.contains(row) else { return }
        try change(row, now) { $0.hear(hearing, now: now, into: &$1) }
    }

    /// All timers that have come, but no more than `limit` machines that are switched on: answers have their turn too.
    ///
    /// - Returns: whether that limit was met.
    mutating func tick(now: Instant, limit: Int) throws(SimulationError) -> Bool {
        var begun = 0
        for row in rows.indices where !rows[row].machine.isOver {
            if now >= rows[row].machine.deadline {
                if rows[row].machine.stage == .off { begun += 1 }
                if begun > limit { return true }
                try change(row, now) { $0.tick(now: now, into: &$1) }
            }
            if let loading = rows[row].loading {
                loading.send(loading.expire(now: now), with: &batch)
                try settle(loading, of: row, now)
            }
            if let exchange = rows[row].exchange { try tick(exchange, of: row, now) }
        }
        return false
    }

    private mutating func tick(_ exchange: WebExchange, of row: Int, _ now: Instant) throws(SimulationError) {
        if now >= exchange.deadline {
            try settle(.failed("the server fell silent"), of: row, now)
        } else if exchange.rest != Instant(nanoseconds: 0), now >= exchange.rest {
            try asSimulationError { () throws(SystemError) in
                try epoll.modify(exchange.stream.descriptor, token: Self.token(row, .exchange), output: false)
            }
        }
    }

    /// A socket stirred.
    mutating func stir(_ token: UInt64, now: Instant) throws(SimulationError) {
        let row = Int(token >> 1)
        guard rows.indices.contains(row) else { return }
        if token & 1 == Kind.loading.rawValue, let loading = rows[row].loading {
            try receive(loading, of: row, now)
        } else if token & 1 == Kind.exchange.rawValue, let exchange = rows[row].exchange {
            try serve(exchange, of: row, now)
        }
    }

    private mutating func receive(_ loading: Loading, of row: Int, _ now: Instant) throws(SimulationError) {
        _ = try asSimulationError { () throws(SystemError) in
            try datagrams.receive(from: loading.socket.descriptor)
        }
        for index in 0..<datagrams.count {
            let answer = loading.take(datagrams.payload(index), from: datagrams.source(index), now: now)
            loading.send(answer, with: &batch)
        }
        try settle(loading, of: row, now)
    }

    private mutating func settle(_ loading: Loading, of row: Int, _ now: Instant) throws(SimulationError) {
        guard let (octets, failure) = loading.outcome else { return }
        rows[row].loading = nil
        try change(row, now) { $0.loaded(octets: octets, failure: failure, now: now, into: &$1) }
    }

    private mutating func serve(_ exchange: WebExchange, of row: Int, _ now: Instant) throws(SimulationError) {
        var broken: SystemError?
        do throws(SystemError) {
            let token = Self.token(row, .exchange)
            if exchange.wantsOutput {
                try exchange.send()
                if !exchange.wantsOutput { try epoll.modify(exchange.stream.descriptor, token: token, output: false) }
            } else {
                try exchange.receive(into: &room, now: now)
                if exchange.rest > now {
                    try epoll.modify(exchange.stream.descriptor, token: token, input: false, output: false)
                }
            }
        } catch {
            broken = error
        }
        if let broken {
            try settle(.failed("\(broken)"), of: row, now)
        } else if let outcome = exchange.outcome {
            try settle(outcome, of: row, now)
        }
    }

    private mutating func settle(_ outcome: HTTPOutcome, of row: Int, _ now: Instant) throws(SimulationError) {
        rows[row].exchange = nil
        try change(row, now) { $0.answered(outcome, now: now, into: &$1) }
    }

    /// Lets something happen to a machine, keeps count of the crowd, and does what the machine wants.
    private mutating func change(
        _ row: Int, _ now: Instant, _ event: (inout Machine, inout [MachineAction]) -> Void
    ) throws(SimulationError) {
        var wanted: [MachineAction] = []
        let before = Crowd.Place(rows[row].machine)
        event(&rows[row].machine, &wanted)
        crowd.move(from: before, to: Crowd.Place(rows[row].machine))
        for action in wanted { try perform(action, of: row, now) }
    }
}

// MARK: - What machines do

extension MachineTable {
    private mutating func perform(_ action: MachineAction, of row: Int, _ now: Instant) throws(SimulationError) {
        let local = rows[row].machine.address
        switch action {
        case .cut: (rows[row].bootService, rows[row].loading, rows[row].exchange) = (nil, nil, nil)
        case .broadcast(let request): try asSimulationError { () throws(SystemError) in try broadcast(request) }
        case .askBootService(let server, let request): try ask(server, request, of: row, from: local)
        case .load(let name, let server):
            rows[row].bootService = nil
            try load(name, server, of: row, from: local, now)
        case .get(let location, let isScript): try get(location, isScript, of: row, from: local, now)
        }
    }

    private mutating func broadcast(_ request: ClientRequest) throws(SystemError) {
        request.write(into: &message)
        packet.clear()
        identification &+= 1
        UDPPacket.write(
            from: Endpoint(address: .any, port: 68), to: Endpoint(address: .broadcast, port: 67),
            payload: message.bytes, identification: identification, into: &packet)
        do throws(SystemError) {
            try sender.broadcast(packet.bytes, from: request.hardware, interface: plan.link.index)
        } catch  where error.isQueueFull || error.isWouldBlock {
            // Lost, as on a wire: the machine asks again.
        }
    }

    private mutating func ask(
        _ server: IPv4Address, _ request: ClientRequest, of row: Int, from local: IPv4Address
    ) throws(SimulationError) {
        let held: HeldSocket
        if let there = rows[row].bootService {
            held = there
        } else {
            held = try open(local) { () throws(SystemError) in try HeldSocket(local) }
            rows[row].bootService = held
        }
        request.write(into: &message)
        // What cannot be sent is lost: the machine asks again.
        try? held.socket.send(
            message.bytes, to: IPEndpoint(address: IPAddress(server), port: 4011), from: IPAddress(local), interface: 0,
            with: &batch)
    }

    private mutating func load(
        _ name: String, _ server: IPv4Address, of row: Int, from local: IPv4Address, _ now: Instant
    ) throws(SimulationError) {
        let platform = plan.habits.platform
        let loading = try open(local) { () throws(SystemError) in
            try Loading(name, server: server, from: local, platform: platform, now: now)
        }
        rows[row].loading = loading
        try asSimulationError { () throws(SystemError) in
            try epoll.add(loading.socket.descriptor, token: Self.token(row, .loading))
        }
        loading.send(.request, with: &batch)
    }

    private mutating func get(
        _ location: HTTPLocation, _ isScript: Bool, of row: Int, from local: IPv4Address, _ now: Instant
    ) throws(SimulationError) {
        let isSlow = rows[row].machine.isSlow
        let exchange = try open(local) { () throws(SystemError) in
            try WebExchange(location, isScript: isScript, from: local, isSlow: isSlow, now: now)
        }
        rows[row].exchange = exchange
        try asSimulationError { () throws(SystemError) in
            let token = Self.token(row, .exchange)
            try epoll.add(exchange.stream.descriptor, token: token)
            try epoll.modify(exchange.stream.descriptor, token: token, output: true)
        }
    }

    private static func token(_ row: Int, _ kind: Kind) -> UInt64 { UInt64(row) << 1 | kind.rawValue }

    /// Opens a socket on a machine's address, which has to be one of this host's.
    private func open<Socket>(
        _ local: IPv4Address, _ body: () throws(SystemError) -> Socket
    ) throws(SimulationError) -> Socket {
        do throws(SystemError) {
            return try body()
        } catch {
            throw error.isForeignAddress ? .foreignAddress(local) : .system(error)
        }
    }
}
