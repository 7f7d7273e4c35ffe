package import LinuxIO
package import Wire

/// Which ports transfers run from.
package enum TransferPorts: Sendable, Equatable {
    /// The kernel chooses (RFC 1350 §4: hard to guess).
    case any
    /// Some of these, for firewalls that know no TFTP.
    case range(ClosedRange<UInt16>)
    /// The listening port itself, for NAT and containers, which cannot follow a transfer to another port.
    case listening
}

/// A socket that can be kept in an array.
final class TransferSocket: Sendable {
    let socket: DatagramSocket

    init(_ socket: consuming DatagramSocket) {
        self.socket = socket
    }
}

/// The sockets of one worker: its share of port 69, and the ports that its transfers run from.
///
/// The pool is small and shared: one `sendmmsg` serves many clients, and no socket is made per transfer.
package final class TFTPSockets: Sendable {
    private static let poolSize = 8

    let listener: TransferSocket
    /// In single-port mode only the listener.
    let pool: [TransferSocket]
    let isSinglePort: Bool
    /// Whether replies must name the address they leave from, because the sockets are bound to none.
    let namesOrigin: Bool

    /// Where requests come in, its port chosen.
    package var local: Endpoint { listener.socket.local }

    /// What a reply must name to leave from `address`: nothing when the sockets are bound to one.
    func origin(_ address: IPv4Address) -> SendBatch.Origin? {
        namesOrigin ? SendBatch.Origin(address: address, interface: 0) : nil
    }

    /// Octets of requests and acknowledgements that the kernel may queue for us.
    private static let receiveBuffer: Int32 = 4 << 20

    /// The sockets of one worker.
    ///
    /// - Parameter listen: where requests come in; with a port below 1024, CAP_NET_BIND_SERVICE is needed.
    /// - Throws: `SystemError`; EADDRINUSE when the range has no free port left.
    package convenience init(listen: Endpoint, ports: TransferPorts = .any) throws(SystemError) {
        var taken: Set<UInt16> = []
        try self.init(listen: listen, ports: ports, share: Self.poolSize, taken: &taken)
    }

    /// The sockets of `workers` workers, which share the listening port and the range; of fewer, when it has fewer ports.
    package static func open(
        workers: Int, listen: Endpoint, ports: TransferPorts
    ) throws(SystemError) -> [TFTPSockets] {
        var share = poolSize
        var workers = workers
        if case .range(let range) = ports {
            workers = min(workers, range.count)
            share = min(range.count / workers, poolSize)
        }
        var taken: Set<UInt16> = []
        var all: [TFTPSockets] = []
        for _ in 0..<workers {
            do throws(SystemError) {
                all.append(try TFTPSockets(listen: listen, ports: ports, share: share, taken: &taken))
            } catch {
                // Somebody else has some of the range: those that found ports will do.
                guard error.isAddressInUse, !all.isEmpty else { throw error }
            }
        }
        return all
    }

    private init(
        listen: Endpoint, ports: TransferPorts, share: Int, taken: inout Set<UInt16>
    ) throws(SystemError) {
        isSinglePort = ports == .listening
        let listener = TransferSocket(
            try DatagramSocket(
                local: listen, options: isSinglePort ? [.sharedPort, .reportsErrors] : .sharedPort,
                receiveBuffer: Self.receiveBuffer))
        self.listener = listener
        namesOrigin = listen.address.isAny
        switch ports {
        case .listening: pool = [listener]
        case .any:
            var sockets: [TransferSocket] = []
            for _ in 0..<share { sockets.append(try Self.open(Endpoint(address: listen.address, port: 0))) }
            pool = sockets
        case .range(let range):
            pool = try Self.open(listen.address, range, share: share, taken: &taken)
        }
    }

    /// The first free ports of a range, `share` of them at most.
    private static func open(
        _ address: IPv4Address, _ range: ClosedRange<UInt16>, share: Int, taken: inout Set<UInt16>
    ) throws(SystemError) -> [TransferSocket] {
        var sockets: [TransferSocket] = []
        var refused: SystemError?
        for port in range where sockets.count < share && !taken.contains(port) {
            do throws(SystemError) {
                sockets.append(try open(Endpoint(address: address, port: port)))
                taken.insert(port)
            } catch {
                guard error.isAddressInUse else { throw error }
                refused = error
            }
        }
        if sockets.isEmpty, let refused { throw refused }
        // Every port of the range is another worker's of ours: too few for so many.
        if sockets.isEmpty { throw .noPortLeft("\(address):\(range.lowerBound)-\(range.upperBound)") }
        return sockets
    }

    private static func open(_ local: Endpoint) throws(SystemError) -> TransferSocket {
        let options: DatagramSocket.Options = local.address.isAny ? .reportsErrors : [.reportsErrors, .knowsAddress]
        return TransferSocket(try DatagramSocket(local: local, options: options, receiveBuffer: receiveBuffer))
    }
}
