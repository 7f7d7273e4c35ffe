import BootPolicy
import Exchange
import LinuxIO
import Transfers
import Wire

/// A message of the outgoing batch: whose it is, and what to take back if the kernel refuses it.
struct SentMessage {
    /// The transfer's slot; nil for an error that nobody waits for.
    let id: Int?
    let transmit: Transmit
    let octets: Int
    /// Whether the kernel was to cut it into datagrams.
    let isSuperPacket: Bool
}

/// Whether the kernel cuts super-packets for us (UDP_SEGMENT): off for a while when it refuses.
struct SegmentOffload {
    private(set) var isOn = true
    private var retry = Instant.never
    /// How long it stays withdrawn: the way out may be another by then.
    private static let pause = TimeSpan.seconds(300)

    /// What every kernel since 4.18 takes.
    static let maxSegments = 64
    /// The most octets of UDP payload in one call: what IPv6 takes with its header counted, a little less than IPv4.
    static let maxOctets = 65_487

    /// Blocks that fit one message.
    func blocks(ofSize datagram: Int) -> Int {
        max(1, min(Self.maxSegments, Self.maxOctets / datagram))
    }

    mutating func withdraw(now: Instant) {
        isOn = false
        retry = now + Self.pause
    }

    /// Tries again after a while.
    mutating func review(now: Instant) {
        if now >= retry { self = SegmentOffload() }
    }
}

extension TransferWorker {
    /// Sends what all transfers have to send, socket by socket, many transfers in one system call.
    mutating func transmit(_ now: Instant) {
        guard now >= heldUntil else { return }
        admit(now)
        for step in ready.indices {
            let socket = (firstSocket + step) % ready.count
            // One round over those that are ready now; who becomes ready again waits for the next.
            var remaining = ready[socket].count
            while remaining > 0, !isBlocked[socket], now >= heldUntil, let id = ready[socket].pop() {
                remaining -= 1
                guard transfers.contains(id), transfers[id].socket == socket else { continue }
                enqueue(id, on: socket, now)
            }
            flush(socket, now)
            if now < heldUntil {
                // The others had no turn.
                firstSocket = (socket + 1) % ready.count
                return
            }
        }
    }

    /// Puts a transfer where those wait that have something to send.
    mutating func queue(_ id: Int) {
        if pace.isOn { line.push(id) } else { ready[transfers[id].socket].push(id) }
    }

    /// Lets those send who waited longest, as many as the pace takes.
    private mutating func admit(_ now: Instant) {
        while !line.isEmpty, pace.wait(now) == .zero, let id = line.pop() {
            guard transfers.contains(id) else { continue }
            let datagram = transfers[id].negotiated.blockSize + BlockHeaders.size
            let blocks = min(transfers[id].session.pendingBlocks, Int64(Self.turn(datagram)))
            pace.take(packets: Int(blocks), ofSize: datagram, now)
            ready[transfers[id].socket].push(id)
        }
    }

    /// Octets that a transfer sends at a time while others wait: the same for all, so that one with a large window takes
    /// turns with the rest between its parts (deficit round robin).
    private static var quantum: Int { 16 * 1472 }
    /// With fewer transfers ready than this nobody waits long for whole windows.
    private static var fewReady: Int { 2 }

    /// Packets of this size that a transfer sends at a time.
    private static func turn(_ datagram: Int) -> Int { max(1, quantum / datagram) }

    private enum Progress {
        case sent
        case nothing
        /// The next block is not in memory.
        case parked
    }

    /// Puts what one transfer may send now into the batch: all of it, or its part while others wait.
    private mutating func enqueue(_ id: Int, on socket: Int, _ now: Instant) {
        let isAlone = ready[socket].count < Self.fewReady && !pace.isOn
        let datagram = transfers[id].negotiated.blockSize + BlockHeaders.size
        let most = offload.blocks(ofSize: datagram)
        let limit = isAlone ? most : min(most, Self.turn(datagram))
        var progress: Progress
        repeat {
            progress = enqueuePart(of: id, limit: limit, on: socket, now)
        } while isAlone && progress == .sent
        guard transfers.contains(id) else { return }
        if progress == .parked { parked.push(id) }
        // What it still has to say waits for its next turn, or for room in the socket's buffer.
        if isBlocked[socket] {
            ready[socket].push(id)
        } else if progress == .sent, transfers[id].session.hasPending {
            queue(id)
        }
        wheel.schedule(id, at: transfers[id].session.deadline)
    }

    /// Counts what a transfer has sent since `before`, or taken back.
    private mutating func note(_ id: Int, since before: TransferStatistics) {
        let after = transfers[id].session.statistics
        let blocks = after.blocksSent - before.blocksSent
        let repeated = after.blocksRetransmitted - before.blocksRetransmitted
        grant.note(sent: blocks, repeated: repeated)
        let size = transfers[id].negotiated.blockSize
        pace.note(sent: Int(blocks) * size, repeated: Int(repeated) * size)
    }

    /// Puts at most `limit` blocks into the batch.
    private mutating func enqueuePart(of id: Int, limit: Int, on socket: Int, _ now: Instant) -> Progress {
        // Room first: a flush may take blocks of this very transfer back, or end it.
        let segments = offload.isOn && transfers[id].offload.sends
        makeRoom(forMessages: segments ? 1 : limit, vectors: 2 * limit, on: socket, now)
        guard transfers.contains(id), !isBlocked[socket] else { return .nothing }
        let inMemory = blocksInMemory(of: id)
        let most = Int(min(Int64(limit), inMemory))
        let before = transfers[id].session.statistics
        let piece = transfers[id].session.nextTransmit(maxBlocks: most, now: now)
        // To the session it is a packet that got lost, and its client may ask again.
        if let piece, !maySend(id, now) {
            if case .blocks(_, let count) = piece { transfers[id].withheld += Int64(count) }
            return .sent
        }
        note(id, since: before)
        switch piece {
        case nil: return inMemory == 0 && transfers[id].session.hasPending ? .parked : .nothing
        case .optionAck: addOptionAck(of: id)
        case .blocks(let first, let count) where segments && count > 1:
            addBlocks(
                of: id, first: first, count: count,
                segmentSize: transfers[id].negotiated.blockSize + BlockHeaders.size)
        case .blocks(let first, let count):
            for block in first..<first + Int64(count) { addBlocks(of: id, first: block, count: 1, segmentSize: 0) }
        }
        return .sent
    }

    private mutating func makeRoom(forMessages messages: Int, vectors: Int, on socket: Int, _ now: Instant) {
        if !outgoing.hasRoom(forMessages: messages, vectors: vectors) { flush(socket, now) }
    }

    private mutating func addOptionAck(of id: Int) {
        guard let options = transfers[id].session.optionAck else { return }
        reply.clear()
        TFTPReplyWriter.optionAcknowledge(options, into: &reply)
        addReply(to: transfers[id].client, from: transfers[id].origin, for: id)
        keepReply(to: transfers[id].client, from: transfers[id].origin, on: transfers[id].socket)
    }

    /// Adds what `reply` holds as one datagram.
    ///
    /// - Parameter id: the transfer that waits for an answer to it, if any.
    private mutating func addReply(to client: IPEndpoint, from origin: SendBatch.Origin?, for id: Int?) {
        outgoing.begin(to: client, from: origin)
        outgoing.addCopy(reply.bytes)
        outgoing.end()
        sent.append(SentMessage(id: id, transmit: .optionAck, octets: reply.bytes.count, isSuperPacket: false))
    }

    /// How many of the next blocks can be sent without waiting for a disk.
    private func blocksInMemory(of id: Int) -> Int64 {
        guard transfers[id].image == nil else { return .max }
        let blockSize = transfers[id].negotiated.blockSize
        let next = transfers[id].session.nextBlock
        contents.readAhead(transfers[id].content, from: transfers[id].nextOctets.lowerBound)
        return transfers[id].content.lastReadyBlock(from: next, blockSize: blockSize) - next + 1
    }

    /// Takes what the loader has done: new images, and transfers that can go on.
    mutating func takeContents() {
        for content in contents.collect() {
            for id in transfers.ids where transfers[id].content === content && transfers[id].image == nil {
                transfers[id].image = content.image(for: transfers[id].negotiated)
            }
        }
        while let id = parked.pop() {
            if transfers.contains(id) { queue(id) }
        }
    }

    private mutating func addBlocks(of id: Int, first: Int64, count: Int, segmentSize: Int) {
        outgoing.begin(to: transfers[id].client, from: transfers[id].origin, segmentSize: segmentSize)
        if let image = transfers[id].image {
            let packets = image.packets(first: first, count: count)
            if let start = packets.baseAddress { outgoing.add(start, count: packets.count) }
        } else {
            addPieces(of: id, first: first, count: count)
        }
        outgoing.end()
        sent.append(
            SentMessage(
                id: id, transmit: .blocks(first: first, count: count),
                octets: count * (transfers[id].negotiated.blockSize + BlockHeaders.size),
                isSuperPacket: segmentSize > 0))
    }

    /// Header and payload of each block, both where they are; the kernel makes the only copy.
    private mutating func addPieces(of id: Int, first: Int64, count: Int) {
        let size = transfers[id].content.size
        let blockSize = Int64(transfers[id].negotiated.blockSize)
        let rollover = transfers[id].negotiated.rollover
        for block in first..<first + Int64(count) {
            let number = BlockNumber(absolute: block, rollover: rollover)
            outgoing.add(BlockHeaders.shared.header(of: number), count: BlockHeaders.size)
            let offset = (block - 1) * blockSize
            let length = Int(min(blockSize, size - offset))
            if length > 0, let start = transfers[id].content.start {
                outgoing.add(start.advanced(by: Int(offset)), count: length)
            }
        }
    }

    /// Sends an ERROR at once (RFC 1350 §5); nobody waits for an answer to it.
    mutating func sendError(
        _ code: TFTPErrorCode, text: String, to client: IPEndpoint, from origin: SendBatch.Origin?, on socket: Int
    ) {
        flush(socket, Clock.now)
        reply.clear()
        TFTPReplyWriter.error(code, text: text, into: &reply)
        addReply(to: client, from: origin, for: nil)
        keepReply(to: client, from: origin, on: socket)
        flush(socket, Clock.now)
    }

    private mutating func flush(_ socket: Int, _ now: Instant) {
        guard outgoing.count > 0 else { return }
        var refused: [(index: Int, code: Int32)] = []
        outgoing.flush(on: sockets.pool[socket].socket) { refused.append(($0, $1)) }
        noteTaken(by: socket, except: refused.map(\.index))
        if refused.isEmpty {
            sent.removeAll(keepingCapacity: true)
            return
        }
        // Handling a refusal may send an ERROR, which is a batch of its own.
        let messages = sent
        sent = []
        // Last first, so that each step takes back what was handed out last.
        var returned: [Int] = []
        for (index, code) in refused.reversed() {
            guard let id = messages[index].id, transfers.contains(id) else { continue }
            if handle(SystemError(code, call: "sendmmsg"), of: messages[index], id, now) { returned.append(id) }
        }
        // Who waited longest goes first again.
        for id in returned.reversed() where transfers.contains(id) { ready[transfers[id].socket].push(id) }
    }

    /// Notes which messages of the batch the kernel has taken, and where they end.
    ///
    /// - Parameter refused: positions in the batch, in order.
    private mutating func noteTaken(by socket: Int, except refused: [Int]) {
        var refused = refused[...]
        for (index, message) in sent.enumerated() {
            if refused.first == index {
                refused.removeFirst()
                continue
            }
            let end = home[socket].append(message.octets)
            if let id = message.id, transfers.contains(id) { transfers[id].latestEnd = end }
        }
    }

    /// - Returns: whether the message was taken back, to be sent again.
    private mutating func handle(_ error: SystemError, of message: SentMessage, _ id: Int, _ now: Instant) -> Bool {
        if error.isWouldBlock {
            takeBack(message, id)
            block(transfers[id].socket)
            return true
        } else if error.isQueueFull {
            // Nothing tells when it has room again; a moment later it has.
            takeBack(message, id)
            heldUntil = now + .milliseconds(1)
            return true
        } else if message.isSuperPacket, error.refusesSegmentSize {
            // The way to this client has a smaller MTU: block by block, fragmented by the kernel.
            takeBack(message, id)
            transfers[id].offload.refuse()
            return true
        } else if message.isSuperPacket, error.refusesOffload {
            // No checksum offload on the way out, or an old kernel: block by block for everybody from now on.
            takeBack(message, id)
            if offload.isOn {
                offload.withdraw(now: now)
                context.counters.add(.tftpOffloadWithdrawn)
                context.events.record(.notice(Notice(.warning, "TFTP: segmentation offload withdrawn: \(error)")))
            }
            return true
        } else if error.isBadMemory {
            // The file was cut short on disk: sending on would hand out a wrong file.
            end(id, .fileChanged, now)
        } else if error.isPermission, !hasReportedFirewall {
            hasReportedFirewall = true
            context.events.record(
                .notice(Notice(.error, "TFTP: a firewall of this host drops what is sent to \(transfers[id].client)")))
        }
        // Anything else is a packet lost at home; the session's timer sends it again.
        return false
    }

    private mutating func takeBack(_ message: SentMessage, _ id: Int) {
        let before = transfers[id].session.statistics
        transfers[id].session.didNotTransmit(message.transmit)
        if !transfers[id].session.isHeard { transfers[id].paidAnswers += 1 }
        note(id, since: before)
    }

    private mutating func block(_ socket: Int) {
        guard !isBlocked[socket] else { return }
        isBlocked[socket] = true
        do throws(SystemError) {
            try epoll.modify(
                sockets.pool[socket].socket.descriptor, token: token(of: socket), output: true)
        } catch {
            isBlocked[socket] = false
        }
    }
}
