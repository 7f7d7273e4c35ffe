import BootPolicy
import ControlPlane
import DHCPEngine
import Glibc
import LinuxIO
import Settings
import Wire

/// The sockets that a service manager opened for us, each for what its name says (systemd.socket(5)). Where one was passed,
/// nothing of that kind is opened here.
struct PassedDoors {
    typealias Passed = HandOver<OwnedDescriptor>

    /// What a socket is for, by its name (FileDescriptorName=).
    enum Purpose: String, CaseIterable {
        case dhcp
        case bootService = "boot-service"
        case tftp
        case http
        case control
        /// Packet sockets, of which no .socket unit speaks: `pilotfish open` leaves them with the service manager.
        case packets
        case frames
        case arrivals
        case wake
    }

    private(set) var dhcp: Passed?
    private(set) var bootService: Passed?
    /// For each address those that are bound there, equally many of each.
    private(set) var tftp: [(local: IPEndpoint, sockets: [Passed])] = []
    private(set) var http: [(local: IPEndpoint, socket: Passed)] = []
    private(set) var control: Passed?
    /// The packet sockets of DHCP, all of them or none.
    private(set) var packets: HandOver<PacketSockets>?
    /// What magic packets leave by.
    private(set) var wake: Passed?
    /// What the operator should hear of it.
    private(set) var remarks: [Notice] = []

    /// Nothing was passed.
    init() {}

    /// - Parameter hasIPv6: whether this host has it; who opened the sockets left its addresses out otherwise.
    /// - Throws: `StartFailure` for a socket that is not what its name says.
    init(_ sockets: [PassedSocket], _ settings: Settings, hasIPv6: Bool = true) throws {
        var ofPackets: [Purpose: Passed] = [:]
        for socket in sockets {
            let what = "the socket \"\(socket.name)\" that was passed to us (descriptor \(socket.number))"
            guard let purpose = Purpose(rawValue: socket.name) else {
                let names = Purpose.allCases.filter { !$0.isOfPackets }.map(\.rawValue).joined(separator: ", ")
                throw StartFailure(
                    "\(what) has no name that we know: set FileDescriptorName= in its .socket unit to one of \(names)")
            }
            if let wanted = purpose.fault(of: socket.facts, settings) {
                throw StartFailure(
                    "\(what) is \(socket.facts), and \(wanted) in its .socket unit is what we need" + purpose.hint)
            }
            guard purpose.isServed(settings) else {
                remarks.append(Notice(.info, "\(what) is not used: the settings switch off what it is for"))
                continue
            }
            guard purpose.isOfPackets ? Self.fill(&ofPackets[purpose], socket) : add(socket, as: purpose) else {
                throw StartFailure("\(what) is one too many of its name: pass one")
            }
        }
        wake = ofPackets.removeValue(forKey: .wake)
        packets = try Self.together(ofPackets)
        try checkShares()
        remark(on: settings, hasIPv6: hasIPv6)
    }

    /// - Returns: whether there was room for it.
    private mutating func add(_ socket: PassedSocket, as purpose: Purpose) -> Bool {
        switch purpose {
        case .dhcp: return Self.fill(&dhcp, socket)
        case .bootService: return Self.fill(&bootService, socket)
        case .control: return Self.fill(&control, socket)
        default: break
        }
        guard let local = socket.facts.local else { return false }
        if purpose == .http {
            http.append((local, socket.descriptor))
        } else if let place = tftp.firstIndex(where: { $0.local == local }) {
            tftp[place].sockets.append(socket.descriptor)
        } else {
            tftp.append((local, [socket.descriptor]))
        }
        return true
    }

    /// One without the others hears what nobody answers, or the other way round.
    private static func together(_ sockets: [Purpose: Passed]) throws -> HandOver<PacketSockets>? {
        guard !sockets.isEmpty else { return nil }
        guard let packets = sockets[.packets], let frames = sockets[.frames], let arrivals = sockets[.arrivals] else {
            let names = [Purpose.packets, .frames, .arrivals].map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw StartFailure("of the sockets \(names) some were passed to us and others not: pass all or none")
        }
        return HandOver(
            PacketSockets(
                packets: PacketSocket(adopting: packets.take()), frames: PacketSocket(adopting: frames.take()),
                arrivals: PacketSocket(adopting: arrivals.take())))
    }

    private static func fill(_ place: inout Passed?, _ socket: PassedSocket) -> Bool {
        guard place == nil else { return false }
        place = socket.descriptor
        return true
    }

    /// Of an address with more sockets than another has, the kernel would give clients to one that nobody reads.
    private func checkShares() throws {
        guard let first = tftp.first, let other = tftp.first(where: { $0.sockets.count != first.sockets.count }) else {
            return
        }
        throw StartFailure(
            "of the sockets \"tftp\" that were passed to us, \(first.local) has \(first.sockets.count) and \(other.local) "
                + "has \(other.sockets.count): pass equally many of each address")
    }

    private mutating func remark(on settings: Settings, hasIPv6: Bool) {
        remark("TFTP", settings.tftp.listen, passed: tftp.map(\.local), hasIPv6: hasIPv6)
        remark("HTTP", settings.http.listen, passed: http.map(\.local), hasIPv6: hasIPv6)
        if let count = tftp.first?.sockets.count {
            remarks += [TFTPWorkers.remark(settings.tftp, has: count, arePassed: true)].compactMap(\.self)
        }
    }

    private mutating func remark(_ service: String, _ listen: [IPEndpoint], passed: [IPEndpoint], hasIPv6: Bool) {
        guard !passed.isEmpty else { return }
        var left = listen.filter { !passed.contains($0) }
        if !hasIPv6 {
            remarks += left.filter { $0.address == .anyIPv6 }.map { Resources.withoutIPv6(service, $0) }
            left.removeAll { $0.address == .anyIPv6 }
        }
        guard !left.isEmpty else { return }
        let doors = left.map(\.description).joined(separator: " and ")
        remarks.append(
            Notice(.info, "\(service) does not listen on \(doors): only sockets of other addresses were passed to us"))
    }
}

extension PassedDoors.Purpose {
    fileprivate var isOfPackets: Bool {
        switch self {
        case .packets, .frames, .arrivals, .wake: true
        case .dhcp, .bootService, .tftp, .http, .control: false
        }
    }

    fileprivate func isServed(_ settings: Settings) -> Bool {
        switch self {
        case .dhcp, .bootService, .packets, .frames, .arrivals, .wake: settings.dhcp.isEnabled
        case .tftp: settings.tftp.isEnabled
        case .http: settings.http.isEnabled
        case .control: true
        }
    }

    /// How else a socket comes to be wrong that is opened by what settings say; empty for all others.
    fileprivate var hint: String {
        switch self {
        case .tftp, .http: "; where \"pilotfish open\" opened it, that needs the same settings as \"pilotfish serve\""
        case .dhcp, .bootService, .control, .packets, .frames, .arrivals, .wake: ""
        }
    }

    /// What the socket's unit has to say, when the socket is not what it has to be; nil when all is well.
    func fault(of socket: SocketFacts, _ settings: Settings) -> String? {
        switch self {
        case .dhcp: Self.fault(of: socket, .datagram, [.anywhere(DHCPSockets.serverPort)])
        case .bootService: Self.fault(of: socket, .datagram, [.anywhere(DHCPSockets.bootServicePort)])
        case .tftp: Self.fault(of: socket, .datagram, settings.tftp.listen)
        case .http: Self.fault(of: socket, .stream, settings.http.listen)
        case .control: Self.fault(of: socket, path: ControlDesk.socketPath(in: settings.state))
        case .packets, .frames, .arrivals, .wake:
            socket.family == .other(AF_PACKET) && socket.kind == .datagram
                ? nil : "what \"pilotfish open\" opens, and nothing"
        }
    }

    private static func fault(of socket: SocketFacts, _ kind: SocketFacts.Kind, _ doors: [IPEndpoint]) -> String? {
        let isBound = socket.local.map { doors.contains($0) } ?? false
        let isOpen = kind == .datagram || socket.isListening
        if socket.kind == kind, isBound, isOpen, !socket.mixesFamilies { return nil }
        let line = kind == .datagram ? "ListenDatagram" : "ListenStream"
        let only = doors.contains { $0.address.family == .ipv6 } ? " with BindIPv6Only=ipv6-only" : ""
        return doors.map { "\(line)=\($0)" }.joined(separator: " or ") + only
    }

    private static func fault(of socket: SocketFacts, path: String) -> String? {
        let isRight =
            socket.family == .unix && socket.kind == .stream && socket.isListening && socket.path == path
        return isRight ? nil : "ListenStream=\(path)"
    }
}

extension IPEndpoint {
    /// All addresses of IPv4.
    fileprivate static func anywhere(_ port: UInt16) -> IPEndpoint { IPEndpoint(address: IPAddress(.any), port: port) }
}
