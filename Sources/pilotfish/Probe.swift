import BootPolicy
import ControlPlane
import Glibc
import LinuxIO
import Wire

/// Plays DHCP clients of several kinds on one link and collects what they are offered.
///
/// All kinds ask at once, each in a transaction of its own, so that one listening serves all; and all as one machine, so
/// that a DHCP server looks for one free address only, which may take it three seconds.
struct Probe: ~Copyable {
    private(set) var results: [ProbeResult] = []
    private var transactions: [UInt32] = []
    private let link: NetworkInterface
    private let receiver: PacketSocket
    private let sender: FrameSocket
    private var batch = ReceiveBatch()

    /// When a DISCOVER is repeated for those that have no lease OFFER yet: one may be lost, and servers that look first
    /// whether an address is in use take one to three seconds.
    private static let repetitions: [TimeSpan] = [.milliseconds(1000), .milliseconds(2500), .milliseconds(4500)]
    /// Nothing new for this long, and a lease for everybody: nothing more will come.
    private static let quiet = TimeSpan.seconds(2)

    /// - Throws: `SystemError` when the sockets cannot be had.
    init(link: NetworkInterface, kinds: [FirmwareModel], address: ProbeAddress?) throws(SystemError) {
        let receiver = try PacketSocket()
        let sender = try FrameSocket()
        // Kea sends the OFFER that we ask to be broadcast in a frame for the client's own address, and that is not the
        // card's.
        try receiver.hearOtherHosts(on: link.index)
        self.link = link
        self.receiver = receiver
        self.sender = sender
        let now = Clock.now
        for kind in kinds {
            let hardware = Self.hardware(on: link.name, address)
            results.append(ProbeResult(kind: kind, hardware: hardware, asked: now))
            transactions.append(.random(in: 1 ... .max))
        }
    }

    /// Asks and listens.
    ///
    /// - Throws: `SystemError` when the link does not take a packet.
    mutating func run(for limit: TimeSpan) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(receiver.descriptor, token: 1)
        let start = Clock.now
        var lastHeard = start
        var due = [TimeSpan.zero] + Self.repetitions
        while true {
            let elapsed = Clock.now - start
            if elapsed >= limit { return }
            if results.allSatisfy(\.hasLease), Clock.now - lastHeard >= Self.quiet { return }
            if let next = due.first, elapsed >= next {
                try ask(isFirst: next == .zero)
                due.removeFirst()
            }
            _ = try epoll.wait(.milliseconds(50))
            if try receive() { lastHeard = Clock.now }
        }
    }

    private func ask(isFirst: Bool) throws(SystemError) {
        var message = ByteWriter()
        var packet = ByteWriter()
        for (result, transaction) in zip(results, transactions) where isFirst || !result.hasLease {
            ProbeDiscover.write(result.kind, hardware: result.hardware, transaction: transaction, into: &message)
            packet.clear()
            UDPPacket.write(
                from: Endpoint(address: .any, port: 68), to: Endpoint(address: .broadcast, port: 67),
                payload: message.bytes, identification: UInt16(truncatingIfNeeded: transaction), into: &packet)
            try sender.broadcast(packet.bytes, from: result.hardware, interface: link.index)
        }
    }

    /// - Returns: whether an answer to us was among it.
    private mutating func receive() throws(SystemError) -> Bool {
        var isNews = false
        var more = true
        for _ in 0..<ReceiveBatch.roundsPerWake where more {
            more = try batch.receive(from: receiver.descriptor)
            let now = Clock.now
            for index in 0..<batch.count {
                let origin = batch.origin(index)
                // A frame for another host is right here, if the message in it is for the client that we play.
                guard origin.interface == link.index, !origin.isOutgoing,
                    !origin.isForeign || origin.isOnlyForOtherHost
                else { continue }
                guard let (answer, place) = read(batch.payload(index), origin.isChecksumReady, now) else { continue }
                results[place].note(answer)
                isNews = true
            }
        }
        return isNews
    }

    private func read(_ packet: RawSpan, _ isChecksumReady: Bool, _ now: Instant) -> (DecodedMessage, Int)? {
        guard let datagram = try? UDPPacket(ipv4: packet, checksumReady: isChecksumReady),
            let answer = try? DecodedMessage(
                datagram.payload, source: datagram.source, destination: datagram.destination, at: now),
            let place = transactions.firstIndex(of: answer.transaction),
            answer.hardware.mac == results[place].hardware
        else { return nil }
        return (answer, place)
    }

    /// A locally administered address: the same for the same machine and interface, whatever kind is played, so that a
    /// DHCP server keeps the same address aside each time.
    private static func hardware(on name: String, _ wanted: ProbeAddress?) -> MACAddress {
        switch wanted {
        case .fixed(let address): return address
        case .random: return local(.random(in: 0 ... .max))
        case nil:
            var host = [CChar](repeating: 0, count: 256)
            _ = gethostname(&host, host.count - 1)
            var hash = FNV()
            for octet in host.prefix(while: { $0 != 0 }) { hash.add(UInt8(bitPattern: octet)) }
            for octet in "/\(name)".utf8 { hash.add(octet) }
            return local(hash.value)
        }
    }

    private static func local(_ number: UInt64) -> MACAddress {
        MACAddress((number & ~(1 << 40)) | 1 << 41)
    }
}
