import LinuxIO
import Transfers
import Wire

/// A loader on its way to a machine by TFTP; what comes is counted and thrown away.
final class Loading {
    let socket: DatagramSocket
    private var session: ReceivingSession
    private let local: IPv4Address
    private let server: IPv4Address
    private let request: [UInt8]

    /// A ROM of the last ten years: larger blocks, one by one for BIOS, four at a time for UEFI (EDK2).
    static func habits(_ platform: MachineHabits.Platform) -> ClientHabits {
        ClientHabits(
            model: platform == .bios ? .lockstep : .edk2,
            asked: TransferOptions(blockSize: 1468, transferSize: 0, windowSize: platform == .bios ? nil : 4))
    }

    /// Opens the socket; `send(.request)` is the first thing to do.
    init(
        _ name: String, server: IPv4Address, from local: IPv4Address, platform: MachineHabits.Platform, now: Instant
    ) throws(SystemError) {
        let habits = Self.habits(platform)
        socket = try DatagramSocket(local: IPEndpoint(address: IPAddress(local), port: 0), options: .knowsAddress)
        session = ReceivingSession(habits, now: now)
        self.local = local
        self.server = server
        var writer = ByteWriter()
        TFTPRequestWriter.read(name: Array(name.utf8), options: habits.asked, into: &writer)
        request = writer.bytes
    }

    /// What came of it, a failure in words; nil while it is under way.
    var outcome: (octets: Int64, failure: String?)? {
        session.isActive ? nil : (session.received, session.failure?.text)
    }

    /// Takes a datagram.
    ///
    /// - Returns: what to `send`.
    func take(_ datagram: RawSpan, from source: IPEndpoint, now: Instant) -> Reaction.Answer {
        guard source.address == IPAddress(server) else { return .nothing }
        if let number = TFTPServerPacket.blockNumber(datagram) {
            let count = datagram.byteCount - TFTPServerPacket.dataHeader
            return session.receive(number, count: count, from: source.port, now: now).answer
        }
        switch TFTPServerPacket(datagram) {
        case .optionAcknowledge(let granted, let isOdd):
            return session.receive(granted: granted, isOdd: isOdd, from: source.port, now: now).answer
        case .error(let code): return session.receiveError(code: code, from: source.port).answer
        case .other: return .nothing
        }
    }

    /// - Returns: what to `send` now that time has passed.
    func expire(now: Instant) -> Reaction.Answer {
        now >= session.deadline ? session.expire(now: now).answer : .nothing
    }

    /// What the kernel does not take is lost as on a wire; the session's timer helps.
    func send(_ answer: Reaction.Answer, with batch: inout SendBatch) {
        var writer = ByteWriter(capacity: 64)
        var port = session.port
        switch answer {
        case .nothing: return
        case .request:
            writer.append(request)
            port = 69
        case .acknowledge(let number):
            writer.u16(TFTPOpcode.acknowledge.rawValue)
            writer.u16(number.rawValue)
        case .error(let code): TFTPReplyWriter.error(code, text: "", into: &writer)
        }
        try? socket.send(
            writer.bytes, to: IPEndpoint(address: IPAddress(server), port: port), from: IPAddress(local), interface: 0,
            with: &batch)
    }
}

extension ReceivingFailure {
    /// For reasons.
    var text: String {
        switch self {
        case .noAnswer: "no answer by TFTP"
        case .stalled: "TFTP fell silent"
        case .serverError(let code): "TFTP ERROR \(code)"
        case .unacceptableOptions: "TFTP granted what was not asked"
        case .oversizedBlock: "a TFTP block longer than agreed"
        }
    }
}
