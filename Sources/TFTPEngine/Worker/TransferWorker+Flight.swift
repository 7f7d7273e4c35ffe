import BootPolicy
import Exchange
import LinuxIO
import Transfers
import Wire

/// What the flight recorder keeps of TFTP: each request, our OACK or ERROR, where there is no OACK the header of the first block,
/// the client's ERROR, and the acknowledgement of the last block. Of what lies between, nothing is looked at.
extension TransferWorker {
    /// - Parameter index: which of the datagrams that were received.
    func keepRequest(_ index: Int, at door: Door, interface: Int32, _ now: Instant) {
        guard context.flight.isOn else { return }
        let socket = door.listener.socket.local
        let local = IPEndpoint(address: received.destination(index)?.address ?? socket.address, port: socket.port)
        keep(received.payload(index), from: received.source(index), to: local, isOutgoing: false, interface, now)
    }

    /// Keeps what `reply` holds.
    func keepReply(to client: IPEndpoint, from origin: SendBatch.Origin?, on socket: Int) {
        guard context.flight.isOn else { return }
        keep(reply.bytes.span.bytes, from: local(origin, socket), to: client, isOutgoing: true, 0, Clock.now)
    }

    /// Without options a transfer begins with its first block (RFC 1350 §4).
    func keepFirstBlock(of transfer: Transfer, _ now: Instant) {
        guard context.flight.isOn, transfer.session.optionAck == nil else { return }
        let header: [UInt8] = [0, UInt8(TFTPOpcode.data.rawValue), 0, 1]
        let block = Int(min(Int64(transfer.negotiated.blockSize), transfer.content.size))
        keep(
            header.span.bytes, from: local(transfer.origin, transfer.socket), to: transfer.client, isOutgoing: true, 0,
            now, carried: header.count + block)
    }

    /// - Parameter index: which of the datagrams that were received.
    func keepError(_ index: Int, of transfer: Transfer, _ now: Instant) {
        guard context.flight.isOn else { return }
        keep(
            received.payload(index), from: transfer.client, to: local(transfer.origin, transfer.socket),
            isOutgoing: false, 0, now)
    }

    /// It is made anew: when a transfer turns out to be over, its datagram is read already.
    func keepLastAcknowledgement(of transfer: Transfer, _ now: Instant) {
        guard context.flight.isOn else { return }
        let number = BlockNumber(
            absolute: transfer.session.acknowledgedBlocks, rollover: transfer.negotiated.rollover
        ).rawValue
        let packet: [UInt8] = [
            0, UInt8(TFTPOpcode.acknowledge.rawValue), UInt8(number >> 8), UInt8(truncatingIfNeeded: number),
        ]
        keep(
            packet.span.bytes, from: transfer.client, to: local(transfer.origin, transfer.socket), isOutgoing: false, 0,
            now)
    }

    private func local(_ origin: SendBatch.Origin?, _ socket: Int) -> IPEndpoint {
        let local = sockets.pool[socket].socket.local
        return IPEndpoint(address: origin?.address ?? local.address, port: local.port)
    }

    private func keep(
        _ datagram: RawSpan, from source: IPEndpoint, to destination: IPEndpoint, isOutgoing: Bool, _ interface: Int32,
        _ now: Instant, carried: Int = 0
    ) {
        let client = (isOutgoing ? destination : source).address
        let hardware = context.addresses.requester(at: client).hardware
        var facts = FlightFacts(.datagram, time: now, isOutgoing: isOutgoing)
        facts.interface = interface
        facts.source = source
        facts.destination = destination
        facts.carried = carried
        context.flight.keep(datagram, facts, of: hardware.map { .card(ClientHardware($0)) } ?? .address(client))
    }
}
