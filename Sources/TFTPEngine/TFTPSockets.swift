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
    /// Whether replies must name the address they leave from, because the socket is bound to none.
    let namesOrigin: Bool

    init(_ socket: consuming DatagramSocket) {
        namesOrigin = socket.local.address.isAny
        self.socket = socket
    }

    /// What a reply must name to leave from `address`: nothing when the socket is bound to one. From a link-local address it
    /// leaves by the interface on whose link that is ours (RFC 4007 §6).
    func origin(_ address: IPAddress) -> SendBatch.Origin? {
        namesOrigin ? SendBatch.Origin(address: address, interface: Int32(bitPattern: address.zone)) : nil
    }
}

/// An address that clients ask at, and what serves them there.
struct Door: Sendable {
    let listener: TransferSocket
    /// The sockets of the pool that transfers run from which begin here: of the same version of IP, and of the same
    /// address if the door has one.
    let sockets: Range<Int>
}

/// The sockets of one worker: its share of port 69 of each address, and the ports that its transfers run from.
///
/// IPv4 and IPv6 have sockets of their own. One socket for both would know each IPv4 client by an address of IPv6, tell of
/// a broadcast as of any other packet, and not be there at all where IPv6 is switched off. So each address to listen on is
/// a door with a part of the pool, a request chooses among its door's sockets, and from then on a transfer only knows the
/// number of its socket, whatever is spoken there.
///
/// The pool is small and shared: one `sendmmsg` serves many clients, and no socket is made per transfer.
package final class TFTPSockets: Sendable {
    private static let poolSize = 8

    let doors: [Door]
    /// In single-port mode only the listeners.
    let pool: [TransferSocket]
    let isSinglePort: Bool

    /// Where requests come in, the ports chosen.
    package var local: [IPEndpoint] { doors.map { $0.listener.socket.local } }

    /// Octets of requests and acknowledgements that the kernel may queue for us.
    private static let receiveBuffer: Int32 = 4 << 20

    /// The sockets of one worker.
    ///
    /// - Parameter listen: where requests come in; with a port below 1024, CAP_NET_BIND_SERVICE is needed.
    /// - Throws: `SystemError`; EADDRINUSE when the range has no free port left.
    package convenience init(listen: [IPEndpoint], ports: TransferPorts = .any) throws(SystemError) {
        var parts: [Part] = []
        for endpoint in listen {
            var taken: Set<UInt16> = []
            let listener = try Self.listener(at: endpoint, ports)
            parts.append(try Self.open(listener, at: endpoint, ports, share: Self.poolSize, taken: &taken))
        }
        self.init(parts, isSinglePort: ports == .listening)
    }

    /// The sockets of `workers` workers, which share the listening ports and the range; of fewer, when it has fewer ports.
    package static func open(
        workers: Int, listen: [IPEndpoint], ports: TransferPorts
    ) throws(SystemError) -> [TFTPSockets] {
        var parts: [[Part]] = []
        for endpoint in listen {
            parts.append(
                try open(workers: workers, at: endpoint, ports) { () throws(SystemError) in
                    try listener(at: endpoint, ports)
                })
        }
        return share(parts, ports)
    }

    /// Listening ports alone, for another process, which takes them by `adopt`; of fewer workers, when the range has fewer ports.
    ///
    /// - Throws: `SystemError`
    package static func listeners(
        workers: Int, listen: [IPEndpoint], ports: TransferPorts
    ) throws(SystemError) -> [HandOver<DatagramSocket>] {
        var listeners: [HandOver<DatagramSocket>] = []
        let workers = if case .range(let range) = ports { min(workers, range.count) } else { workers }
        for endpoint in listen {
            for _ in 0..<workers {
                let socket = try DatagramSocket(local: endpoint, options: options(ports), receiveBuffer: receiveBuffer)
                listeners.append(HandOver(socket))
            }
        }
        return listeners
    }

    /// The same with listening ports that somebody else opened and bound. Each has a worker: one port for several of them
    /// would mix up who is whose client.
    ///
    /// - Parameter doors: for each address the sockets that are bound there, equally many of each.
    /// - Throws: `SystemError`; EADDRINUSE when the range has too few ports for so many.
    package static func adopt(
        _ doors: [[HandOver<OwnedDescriptor>]], ports: TransferPorts
    ) throws(SystemError) -> [TFTPSockets] {
        var parts: [[Part]] = []
        for door in doors {
            var listeners: [TransferSocket] = []
            for passed in door {
                listeners.append(
                    TransferSocket(
                        try DatagramSocket(
                            adopting: passed.take(), options: options(ports), receiveBuffer: receiveBuffer)))
            }
            guard let local = listeners.first?.socket.local else { continue }
            let count = listeners.count
            let part = try open(workers: count, at: local, ports) { () throws(SystemError) in listeners.removeFirst() }
            // What nobody reads would swallow the requests of its share of the clients.
            guard part.count == count else { throw .noPortLeft("for \(count) sockets at \(local)") }
            parts.append(part)
        }
        return share(parts, ports)
    }

    /// Gives each worker its part of every door.
    private static func share(_ parts: [[Part]], _ ports: TransferPorts) -> [TFTPSockets] {
        let served = parts.map(\.count).min() ?? 0
        return (0..<served).map { worker in
            TFTPSockets(parts.map { $0[worker] }, isSinglePort: ports == .listening)
        }
    }

    private static func options(_ ports: TransferPorts) -> DatagramSocket.Options {
        ports == .listening ? [.sharedPort, .reportsErrors] : .sharedPort
    }

    private static func listener(at local: IPEndpoint, _ ports: TransferPorts) throws(SystemError) -> TransferSocket {
        TransferSocket(try DatagramSocket(local: local, options: options(ports), receiveBuffer: receiveBuffer))
    }

    /// What one worker has for one door.
    private typealias Part = (listener: TransferSocket, pool: [TransferSocket])

    private init(_ parts: [Part], isSinglePort: Bool) {
        var pool: [TransferSocket] = []
        doors = parts.map { part in
            pool += part.pool
            return Door(listener: part.listener, sockets: pool.count - part.pool.count..<pool.count)
        }
        self.pool = pool
        self.isSinglePort = isSinglePort
    }

    private static func open(
        workers: Int, at listen: IPEndpoint, _ ports: TransferPorts,
        listener: () throws(SystemError) -> TransferSocket
    ) throws(SystemError) -> [Part] {
        var share = poolSize
        var workers = workers
        if case .range(let range) = ports {
            workers = min(workers, range.count)
            share = min(range.count / workers, poolSize)
        }
        var taken: Set<UInt16> = []
        var all: [Part] = []
        for _ in 0..<workers {
            do throws(SystemError) {
                all.append(try open(try listener(), at: listen, ports, share: share, taken: &taken))
            } catch {
                // Somebody else has some of the range: those that found ports will do.
                guard error.isAddressInUse, !all.isEmpty else { throw error }
            }
        }
        return all
    }

    private static func open(
        _ listener: TransferSocket, at listen: IPEndpoint, _ ports: TransferPorts, share: Int,
        taken: inout Set<UInt16>
    ) throws(SystemError) -> Part {
        switch ports {
        case .listening: return (listener, [listener])
        case .any:
            var sockets: [TransferSocket] = []
            for _ in 0..<share { sockets.append(try open(IPEndpoint(address: listen.address, port: 0))) }
            return (listener, sockets)
        case .range(let range):
            return (listener, try open(listen.address, range, share: share, taken: &taken))
        }
    }

    /// The first free ports of a range, `share` of them at most.
    private static func open(
        _ address: IPAddress, _ range: ClosedRange<UInt16>, share: Int, taken: inout Set<UInt16>
    ) throws(SystemError) -> [TransferSocket] {
        var sockets: [TransferSocket] = []
        var refused: SystemError?
        for port in range where sockets.count < share && !taken.contains(port) {
            do throws(SystemError) {
                sockets.append(try open(IPEndpoint(address: address, port: port)))
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

    private static func open(_ local: IPEndpoint) throws(SystemError) -> TransferSocket {
        let options: DatagramSocket.Options = local.address.isAny ? .reportsErrors : [.reportsErrors, .knowsAddress]
        return TransferSocket(try DatagramSocket(local: local, options: options, receiveBuffer: receiveBuffer))
    }
}
