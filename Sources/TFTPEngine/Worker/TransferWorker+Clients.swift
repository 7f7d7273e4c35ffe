import BootPolicy
import Exchange
import LinuxIO
import Transfers
import Wire

extension TransferWorker {
    /// Takes what clients say to a socket of the pool.
    mutating func receiveAcknowledgements(on socket: Int) throws(SystemError) {
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try received.receive(from: sockets.pool[socket].socket.descriptor)
            let now = Clock.now
            for index in 0..<received.count {
                if let id = transfers.prefetch(received.source(index)) { wheel.prefetch(id) }
            }
            for index in 0..<received.count {
                let packet = TFTPClientPacket(received.payload(index))
                let client = received.source(index)
                guard let id = transfers[client], transfers[id].socket == socket else {
                    answerStray(packet, index, on: socket)
                    continue
                }
                if case .error = packet { keepError(index, of: transfers[id], now) }
                receive(packet, for: id, now)
            }
        }
    }

    mutating func receive(_ packet: TFTPClientPacket, for id: Int, _ now: Instant) {
        switch packet {
        case .acknowledge(let block):
            let before = transfers[id].session.acknowledgedBlocks
            let outcome = transfers[id].session.receive(acknowledge: block, now: now)
            let arrived = transfers[id].session.acknowledgedBlocks - before
            pace.note(arrived: Int(arrived) * transfers[id].negotiated.blockSize)
            if arrived > 0, transfers[id].offload.advanced() { withdrawOffload(from: transfers[id].client, now) }
            if let trip = transfers[id].session.takeRoundTrip() { usualTrip = usualTrip + (trip - usualTrip) / 64 }
            if !transfers[id].isTold, transfers[id].session.isHeard {
                transfers[id].isTold = true
                prove(id)
                context.events.record(.transferStarted(transfers[id].facts))
            }
            apply(outcome, to: id, now)
        case .error(let code):
            // In single-port mode everybody knows the port, and an ERROR costs a forger least.
            if !sockets.isSinglePort { prove(id) }
            apply(transfers[id].session.receiveError(code: code, now: now), to: id, now)
        default:
            context.counters.add(.tftpStrayPackets)
        }
    }

    /// What the kernel, or a card, makes of super-packets does not arrive there.
    private mutating func withdrawOffload(from client: IPEndpoint, _ now: Instant) {
        guard !plainClients.contains(client.address, now: now) else { return }
        plainClients.insert(client.address, now: now)
        context.counters.add(.tftpOffloadWithdrawn)
        context.events.record(
            .notice(
                Notice(
                    .warning,
                    "TFTP: what segmentation offload sends to \(client.address) does not arrive: single packets for now"
                )))
    }

    /// RFC 1350 §4: a packet from a wrong port gets ERROR 5, and the transfer goes on. Once for each sender, few of them a
    /// second, and never for an ERROR, which would hang Intel's UNDI.
    private mutating func answerStray(_ packet: TFTPClientPacket, _ index: Int, on socket: Int) {
        context.counters.add(.tftpStrayPackets)
        let stranger = received.source(index)
        let destination = received.destination(index)
        guard case .acknowledge = packet, !stranger.address.isAny,
            destination?.isOwnAddress ?? !sockets.pool[socket].namesOrigin,
            context.catalog.current.mode.continuesBoots, !toldStrays.contains(stranger),
            strayReplies.allows(Clock.now)
        else { return }
        toldStrays.insert(stranger)
        sendError(
            .unknownTransfer, text: "Unknown transfer", to: stranger,
            from: destination.flatMap { sockets.pool[socket].origin($0.address) }, on: socket)
    }

    /// Takes what ICMP says of packets that a socket of the pool has sent.
    mutating func receiveErrors(of socket: Int) throws(SystemError) {
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try received.receiveErrors(from: sockets.pool[socket].socket.descriptor)
            let now = Clock.now
            for index in 0..<received.count {
                // Anybody can send us an ICMP message. One that quotes what we have under way has seen our packets.
                guard received.errorNumber(index) == SystemError.connectionRefused,
                    let id = transfers[received.source(index)], transfers[id].socket == socket,
                    transfers[id].session.hasUnderWay(received.payload(index))
                else { continue }
                finish(id, .unreachable, now)
            }
        }
    }
}

/// At most so many in one second.
struct RateLimit {
    private let perSecond: Int
    private var second: Int64 = 0
    private var used = 0

    init(perSecond: Int) {
        self.perSecond = perSecond
    }

    mutating func allows(_ now: Instant) -> Bool {
        let current = now.nanoseconds / 1_000_000_000
        if current != second {
            second = current
            used = 0
        }
        used += 1
        return used <= perSecond
    }
}
