import LinuxIO
import Transfers
import Wire

/// The clients of a swarm and all that they share.
///
/// Client *i* is address *i* / K of the source network on socket *i* mod K, so what arrives names its row in the table.
struct SwarmTable: ~Copyable {
    let plan: SwarmPlan
    let sockets: [ClientSocket]
    private let request: StableMemory
    private let refusals: [StableMemory]
    private let hasReorder: Bool
    private var clients: [SwarmClient] = []
    /// Rows of those under way, in no order, and the place of each row in it.
    private var active: [Int32] = []
    private var places: [Int32] = []
    private var answers: AnswerBatch
    /// The socket that `answers` are for.
    private var answering = 0
    private var chance: Chance
    private var tally = SwarmTally()
    /// Clients that think before they acknowledge.
    private var thinking: DelayLine
    /// Clients of which a datagram is held back, and that datagram with its port.
    private var holding: DelayLine
    private var held: [(octets: [UInt8], port: UInt16)]

    /// Starts in a row before arrivals have their turn.
    private static let burst = 256
    /// How long a datagram is held back at most.
    private static let hold = TimeSpan.milliseconds(5)

    init(_ plan: SwarmPlan, sockets: [ClientSocket]) {
        self.plan = plan
        self.sockets = sockets
        var writer = ByteWriter()
        TFTPRequestWriter.read(name: plan.name, options: plan.habits.asked, into: &writer)
        request = StableMemory(writer.bytes)
        refusals = (0...TFTPErrorCode.optionsRefused.rawValue).map { code in
            writer.clear()
            TFTPReplyWriter.error(TFTPErrorCode(rawValue: code) ?? .undefined, text: "", into: &writer)
            return StableMemory(writer.bytes)
        }
        answers = AnswerBatch(server: plan.server.address, namesSource: plan.source != nil)
        chance = Chance(seed: plan.impairments.seed)
        hasReorder = plan.impairments.reorder > 0
        thinking = DelayLine(delay: plan.think, capacity: plan.think > .zero ? plan.clients : 1)
        holding = DelayLine(delay: Self.hold, capacity: hasReorder ? plan.clients : 1)
        held = hasReorder ? Array(repeating: ([], 0), count: plan.clients) : []
        clients.reserveCapacity(plan.clients)
        active.reserveCapacity(plan.clients)
        places.reserveCapacity(plan.clients)
    }

    var isOver: Bool { clients.count == plan.clients && active.isEmpty }

    func report(start: Instant, end: Instant) -> SwarmReport {
        var tally = tally
        tally.refusedSends = answers.refused
        tally.refusal = answers.refusal
        tally.drops = sockets.reduce(0) { $0 + $1.drops }
        return SwarmReport(clients, tally, plan, makespan: end - start)
    }
}

// MARK: - What the clock does

extension SwarmTable {
    /// When something is due that is no client's own timer.
    func nextDue(since start: Instant, now: Instant) -> Instant {
        let delayed = min(thinking.next, holding.next)
        guard clients.count < plan.clients, active.count < plan.atOnce else { return delayed }
        return min(delayed, start + startOffset(clients.count))
    }

    private func startOffset(_ row: Int) -> TimeSpan {
        guard let rate = plan.startRate else { return .zero }
        return TimeSpan(nanoseconds: Int64(Double(row) / rate * 1e9))
    }

    mutating func startDue(since start: Instant, now: Instant) {
        var begun = 0
        while clients.count < plan.clients, active.count < plan.atOnce, begun < Self.burst {
            let row = clients.count
            if start + startOffset(row) > now { return }
            places.append(Int32(active.count))
            active.append(Int32(row))
            tally.mostActive = max(tally.mostActive, active.count)
            clients.append(SwarmClient(session: ReceivingSession(plan.habits, now: now), started: now))
            send(.request, row, plan.server.port)
            begun += 1
        }
    }

    /// Lets those speak that have thought, and hands over what was held back long enough.
    mutating func releaseDelayed(now: Instant) {
        while let row = thinking.popDue(now: now) {
            let answer = clients[row].thought
            clients[row].thought = .nothing
            send(answer, row, clients[row].session.port)
        }
        while let row = holding.popDue(now: now) { deliverHeld(row, now) }
    }

    /// The clients' own timers.
    mutating func expire(now: Instant) {
        var place = 0
        while place < active.count {
            let row = Int(active[place])
            if clients[row].session.deadline <= now {
                let reaction = clients[row].session.expire(now: now)
                let isRequest = reaction.answer == .request
                send(reaction.answer, row, isRequest ? plan.server.port : clients[row].session.port)
                // The last of the list takes the place of one that gave up.
                if reaction.meaning == .failed {
                    end(row, now)
                    continue
                }
            }
            place += 1
        }
    }
}

// MARK: - What arrives

extension SwarmTable {
    /// Whose message that is; nil for nobody's.
    mutating func row(of head: CoalescedBatch.Head, socket: Int) -> Int? {
        if head.segments > 1 { tally.coalesced += 1 }
        var row = socket
        if let source = plan.source {
            row += Int(Int64(head.local.value) - Int64(source.first.value)) * sockets.count
        }
        guard clients.indices.contains(row), head.source.address == plan.server.address else {
            tally.strays += head.segments
            return nil
        }
        return row
    }

    /// Brings a datagram to its client, unless it is lost or held back on the way.
    mutating func carry(_ datagram: RawSpan, _ row: Int, _ port: UInt16, _ now: Instant) {
        if chance.happens(plan.impairments.loss) {
            tally.lost += 1
            return
        }
        guard hasReorder else { return deliver(datagram, row, port, now) }
        if held[row].octets.isEmpty, !holding.isFull, chance.happens(plan.impairments.reorder) {
            tally.reordered += 1
            held[row] = (datagram.array, port)
            holding.append(row, now: now)
            return
        }
        deliver(datagram, row, port, now)
        deliverHeld(row, now)
    }

    private mutating func deliverHeld(_ row: Int, _ now: Instant) {
        guard !held[row].octets.isEmpty else { return }
        let (octets, port) = held[row]
        held[row].octets = []
        deliver(octets.span.bytes, row, port, now)
    }

    private mutating func deliver(_ datagram: RawSpan, _ row: Int, _ port: UInt16, _ now: Instant) {
        let reaction: Reaction
        if let number = TFTPServerPacket.blockNumber(datagram) {
            reaction = clients[row].session.receive(
                number, count: datagram.byteCount - TFTPServerPacket.dataHeader, from: port, now: now)
            if reaction.meaning == .block || reaction.meaning == .lastBlock {
                guard isRight(datagram, reaction, row) else { return reject(row, now) }
            }
        } else {
            reaction = control(datagram, row, port, now)
        }
        if clients[row].answered == .zero, clients[row].session.port != 0 || reaction.meaning == .failed {
            clients[row].answered = now
        }
        if reaction.answer != .nothing { answer(reaction, row, port, now) }
        if reaction.meaning == .lastBlock || reaction.meaning == .failed { end(row, now) }
    }

    private mutating func control(_ datagram: RawSpan, _ row: Int, _ port: UInt16, _ now: Instant) -> Reaction {
        switch TFTPServerPacket(datagram) {
        case .optionAcknowledge(let granted, let isOdd):
            return clients[row].session.receive(granted: granted, isOdd: isOdd, from: port, now: now)
        case .error(let code):
            return clients[row].session.receiveError(code: code, from: port)
        case .other:
            tally.strays += 1
            return Reaction.ignored
        }
    }

    /// Whether the contents are those of the local copy, up to its very end.
    private func isRight(_ datagram: RawSpan, _ reaction: Reaction, _ row: Int) -> Bool {
        guard let reference = plan.reference else { return true }
        let contents = datagram.extracting(TFTPServerPacket.dataHeader..<datagram.byteCount)
        guard reference.matches(contents, at: reaction.offset) else { return false }
        return reaction.meaning == .block || clients[row].session.received == reference.size
    }

    private mutating func reject(_ row: Int, _ now: Instant) {
        guard clients[row].isUnderWay else { return }
        clients[row].isWrong = true
        send(clients[row].session.abandon(.undefined), row, clients[row].session.port)
        end(row, now)
    }

    private mutating func end(_ row: Int, _ now: Instant) {
        clients[row].ended = now
        clients[row].thought = .nothing
        let place = Int(places[row])
        guard let last = active.popLast(), place < active.count else { return }
        active[place] = last
        places[Int(last)] = Int32(place)
    }
}

// MARK: - What leaves

extension SwarmTable {
    /// Sends an answer at once, or when its client has thought.
    private mutating func answer(_ reaction: Reaction, _ row: Int, _ port: UInt16, _ now: Instant) {
        guard plan.think > .zero, case .acknowledge = reaction.answer, clients[row].session.isActive else {
            return send(reaction.answer, row, port)
        }
        // A client that thinks already will say what it knows by then.
        if clients[row].thought == .nothing, !thinking.isFull { thinking.append(row, now: now) }
        clients[row].thought = reaction.answer
    }

    private mutating func send(_ answer: Reaction.Answer, _ row: Int, _ port: UInt16) {
        guard answer != .nothing else { return }
        if chance.happens(plan.impairments.ackLoss) {
            tally.lostAnswers += 1
            return
        }
        let socket = row % sockets.count
        if answers.isFull || (answering != socket && answers.count > 0) { flush() }
        answering = socket
        var source = IPv4Address.any
        if let network = plan.source { source.value = network.first.value + UInt32(row / sockets.count) }
        switch answer {
        case .nothing: return
        case .request: answers.append(request, to: port, from: source)
        case .acknowledge(let number):
            answers.append(
                UInt32(TFTPOpcode.acknowledge.rawValue) << 16 | UInt32(number.rawValue), to: port, from: source)
        case .error(let code): answers.append(refusals[Int(code.rawValue)], to: port, from: source)
        }
    }

    /// Sends what was collected.
    mutating func flush() {
        if answers.count > 0 { answers.flush(on: sockets[answering]) }
    }
}
