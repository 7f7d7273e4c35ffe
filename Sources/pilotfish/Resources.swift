import Assets
import BootPolicy
import Confinement
import ControlPlane
import DHCPEngine
import Glibc
import LinuxIO
import Settings
import TFTPEngine
import Wire

/// Everything that needs a privilege to open, opened; each engine takes what is its own, once.
struct Resources {
    let root: ServedRoot
    let dhcp: DHCPSockets?
    /// What wakes machines; nil where DHCP, which needs the same privilege, is switched off.
    let waker: HandOver<MagicSocket>?
    let tftp: [TFTPSockets]
    /// What the operator should hear of how that went.
    let remarks: [Notice]
    let http: [HTTPDoor]
    /// Where commands are answered, when that was opened for us.
    let control: HandOver<OwnedDescriptor>?
    /// How many descriptors this process may have.
    let descriptors: Int

    /// What listens, and what the operator should hear of addresses that were left out.
    private typealias Doors<Opened> = (opened: [Opened], remarks: [Notice])

    /// - Parameter isUnit: whether a service manager started us.
    init(_ settings: Settings, isUnit: Bool) throws {
        let passed = try PassedDoors(try PassedSocket.takeAll(), settings, hasIPv6: Self.hasIPv6)
        if let missing = MissingCapabilities(of: Self.needed(settings, passed)) { throw missing }
        // Each file that is being sent has a descriptor, in each worker that sends it, and each connection of HTTP has two.
        descriptors = raiseDescriptorLimit()
        root = try Self.openRoot(settings.root)
        dhcp = settings.dhcp.isEnabled ? try Self.openDHCP(passed) : nil
        waker = settings.dhcp.isEnabled ? HandOver(try MagicSocket.open(passed: passed.wake)) : nil
        let tftpDoors: Doors<TFTPSockets> = settings.tftp.isEnabled ? try Self.openTFTP(settings, passed) : ([], [])
        let httpDoors: Doors<HTTPDoor> = settings.http.isEnabled ? try Self.openHTTP(settings, passed) : ([], [])
        (tftp, http, control) = (tftpDoors.opened, httpDoors.opened, passed.control)
        let workers =
            settings.tftp.isEnabled && passed.tftp.isEmpty
            ? TFTPWorkers.remark(settings.tftp, has: tftp.count, arePassed: false) : nil
        let loss = dhcp?.hearsByPortAlone == true ? Self.lossByPortAlone(settings.dhcp, isUnit: isUnit) : nil
        remarks = passed.remarks + tftpDoors.remarks + httpDoors.remarks + [workers, loss].compactMap(\.self)
    }

    /// What the ready line says.
    func summary(
        _ settings: Settings, mode: ServiceMode, user: ServiceUser?, inventory: String?, api: [String]
    ) -> [(key: String, value: String)] {
        var fields = [("version", Pilotfish.version), ("mode", mode.rawValue)]
        fields.append(("engines", settings.engines.map(\.rawValue).sorted().joined(separator: ",")))
        if let doors = tftp.first?.local { fields.append(("tftp", doors.map(\.description).joined(separator: ","))) }
        if !http.isEmpty { fields.append(("http", http.map(\.local.description).joined(separator: ","))) }
        if !api.isEmpty { fields.append(("api", api.joined(separator: ","))) }
        fields += [("root", root.path), ("state", inventory ?? "memory")]
        if let user { fields.append(("user", user.name)) }
        if dhcp?.sharesHostWithDaemon == true { fields.append(("port67", "shared with another daemon")) }
        if dhcp?.hearsByPortAlone == true { fields.append(("port67", "heard without packet sockets")) }
        return fields
    }

    private static func needed(_ settings: Settings, _ passed: PassedDoors) -> [Capability] {
        var ports: [UInt16] = []
        if settings.tftp.isEnabled, passed.tftp.isEmpty { ports += settings.tftp.listen.map(\.port) }
        if settings.http.isEnabled, passed.http.isEmpty { ports += settings.http.listen.map(\.port) }
        let opensDHCP = settings.dhcp.isEnabled && passed.dhcp == nil && passed.packets == nil
        if opensDHCP { ports.append(DHCPSockets.serverPort) }
        let low = ports.contains { $0 != 0 && Int($0) < PrivilegedPorts.end }
        return (opensDHCP ? [.netRaw] : []) + (low ? [.netBindService] : [])
    }

    private static func openRoot(_ path: String) throws -> ServedRoot {
        // The place that the documentation names is made on the first start; a path that somebody typed is not.
        if path == Settings().root { _ = mkdir(path, 0o755) }
        do {
            return ServedRoot(try RootDirectory(path: path))
        } catch {
            throw StartFailure("the root directory cannot be opened: \(error); make it, or name another with --root")
        }
    }

    private static func openDHCP(_ passed: PassedDoors) throws -> DHCPSockets {
        try openDHCP(isForUnit: false) { () throws(SystemError) in
            try DHCPSockets(server: passed.dhcp, bootService: passed.bootService, packets: passed.packets)
        }
    }

    private static func openDHCP<Value>(
        isForUnit: Bool, _ body: () throws(SystemError) -> Value
    ) throws -> Value {
        try open(
            ifTaken: TakenPort.bootService.advice(isForUnit: isForUnit),
            ifRefused: "packet sockets are refused here although CAP_NET_RAW is held: allow AF_PACKET "
                + "(RestrictAddressFamilies= of the service's unit), or pass a socket \"dhcp\" to us (a .socket unit)",
            body)
    }

    private static func openTFTP(_ settings: Settings, _ passed: PassedDoors) throws -> Doors<TFTPSockets> {
        guard passed.tftp.isEmpty else {
            let sockets = try open(ifTaken: "name more ports in tftp.ports") { () throws(SystemError) in
                try TFTPSockets.adopt(passed.tftp.map(\.sockets), ports: TransferPorts(settings.tftp.ports))
            }
            return (sockets, [])
        }
        return try openTFTP(settings, isForUnit: false) { workers, listen, ports throws(SystemError) in
            try TFTPSockets.open(workers: workers, listen: listen, ports: ports)
        }
    }

    /// - Parameter open: opens so many sockets at each of the addresses.
    private static func openTFTP<Opened>(
        _ settings: Settings, isForUnit: Bool,
        _ open: (Int, [IPEndpoint], TransferPorts) throws(SystemError) -> [Opened]
    ) throws -> Doors<Opened> {
        let workers = TFTPWorkers.count(settings.tftp, processors: usableProcessors())
        return try Self.open(ifTaken: TakenPort.tftp.advice(isForUnit: isForUnit)) { () throws(SystemError) in
            // The workers share the port, and the kernel would let a second Pilotfish share it too: ask for it alone first.
            let (listen, remarks) = try openEach(settings.tftp.listen, for: "TFTP") { endpoint throws(SystemError) in
                _ = try DatagramSocket(local: endpoint)
                return endpoint
            }
            return (try open(workers, listen, TransferPorts(settings.tftp.ports)), remarks)
        }
    }

    private static func openHTTP(
        _ settings: Settings, _ passed: PassedDoors, isForUnit: Bool = false
    ) throws -> Doors<HTTPDoor> {
        guard passed.http.isEmpty else {
            return (passed.http.map { HTTPDoor(local: $0.local, listener: $0.socket) }, [])
        }
        return try open(ifTaken: TakenPort.http.advice(isForUnit: isForUnit)) { () throws(SystemError) in
            try openEach(settings.http.listen, for: "HTTP") { endpoint throws(SystemError) in
                HTTPDoor(local: endpoint, listener: HandOver(try ListeningSocket.open(local: endpoint)))
            }
        }
    }

    /// Opens what listens at each address: "all of IPv6" is left out on a host that has no IPv6, as many are set up.
    private static func openEach<Opened>(
        _ wanted: [IPEndpoint], for service: String, _ open: (IPEndpoint) throws(SystemError) -> Opened
    ) throws(SystemError) -> Doors<Opened> {
        var opened: [Opened] = []
        var remarks: [Notice] = []
        for endpoint in wanted {
            do throws(SystemError) {
                opened.append(try open(endpoint))
            } catch {
                guard endpoint.address == .anyIPv6, error.isOfMissingFamily, wanted.count > 1 else { throw error }
                remarks.append(withoutIPv6(service, endpoint))
            }
        }
        return (opened, remarks)
    }

    /// Why a service that is to listen on "all of IPv6" does not.
    static func withoutIPv6(_ service: String, _ endpoint: IPEndpoint) -> Notice {
        Notice(.info, "this host has no IPv6, so \(service) does not listen on \(endpoint)")
    }

    /// Whether sockets of IPv6 can be opened here.
    private static var hasIPv6: Bool {
        do throws(SystemError) {
            _ = try DatagramSocket(local: IPEndpoint(address: .anyIPv6, port: 0))
            return true
        } catch {
            return !error.isOfMissingFamily
        }
    }

    /// What is lost where DHCP is heard by port 67 alone, which only somebody else can have opened for us.
    ///
    /// - Parameter isUnit: whether a service manager started us.
    static func lossByPortAlone(_ settings: Settings.DHCP, isUnit: Bool) -> Notice {
        let waits = settings.standby != .zero || settings.yieldsToRivals
        let lost =
            "DHCP is heard by the socket that was passed to us, for packet sockets need CAP_NET_RAW: what this host's firewall "
            + "drops is not heard, nor what DHCP servers answer, so nothing is told of either"
        let cure =
            isUnit
            ? "have \"pilotfish open\" open packet sockets for it (ExecStartPre= of pilotfish.service, which "
                + "pilotfish-sockets.conf takes away)"
            : "give the service CAP_NET_RAW"
        let unfulfilled = "; dhcp.standby and dhcp.yield are not kept, for other proxies are not heard: \(cure)"
        return Notice(waits ? .warning : .info, lost + (waits ? unfulfilled : ""))
    }

    /// Opens something, and says what to do when somebody else has it, and when it may not be had.
    private static func open<Value>(
        ifTaken advice: String, ifRefused remedy: String? = nil, _ body: () throws(SystemError) -> Value
    ) throws -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            if error.isAddressInUse { throw StartFailure("\(error): \(advice)") }
            if error.refusesSocket, let remedy { throw StartFailure("\(error): \(remedy)") }
            throw StartFailure("\(error)")
        }
    }
}

// MARK: - For another process

extension Resources {
    /// Opens all that needs a privilege, as a service with these settings would, and leaves it with the service manager: that
    /// service finds it there (`PassedDoors`), and never needs one.
    static func leave(_ settings: Settings, with store: borrowing DescriptorStore) throws {
        typealias Name = PassedDoors.Purpose
        if let missing = MissingCapabilities(of: needed(settings, PassedDoors())) { throw missing }
        // Of an earlier start: the ports must be free, for what is left here may be opened by other settings.
        for name in Name.allCases { try store.forget(name.rawValue) }
        try store.settle(within: patience)
        waitForPorts(settings)
        if settings.dhcp.isEnabled {
            try openDHCP(isForUnit: true) { () throws(SystemError) in
                let sockets = try PacketSockets()
                try store.keep(sockets.packets.descriptor, as: Name.packets.rawValue)
                try store.keep(sockets.frames.descriptor, as: Name.frames.rawValue)
                try store.keep(sockets.arrivals.descriptor, as: Name.arrivals.rawValue)
                try store.keep(PacketSocket(sendsOnly: true).descriptor, as: Name.wake.rawValue)
                try store.keep(DHCPSockets.openBootService().descriptor, as: Name.bootService.rawValue)
                if let claim = try PortClaim.ifFree(DHCPSockets.serverPort) {
                    try store.keep(claim.socket.descriptor, as: Name.dhcp.rawValue)
                }
            }
        }
        if settings.tftp.isEnabled {
            for socket in try openTFTP(settings, isForUnit: true, TFTPSockets.listeners).opened {
                try store.keep(socket.take().descriptor, as: Name.tftp.rawValue)
            }
        }
        if settings.http.isEnabled {
            for door in try openHTTP(settings, PassedDoors(), isForUnit: true).opened {
                let listener = door.listener.take()
                try ListeningSocket.listen(listener)
                try store.keep(listener, as: Name.http.rawValue)
            }
        }
        try store.settle(within: patience)
    }

    /// What is forgotten is closed a moment later, on a thread of the service manager's. Whoever else has a port keeps it: that is
    /// told when it is opened.
    private static func waitForPorts(_ settings: Settings) {
        let ports = settings.dhcp.isEnabled ? [DHCPSockets.serverPort, DHCPSockets.bootServicePort] : []
        let datagrams =
            ports.map { IPEndpoint(address: IPAddress(.any), port: $0) }
            + (settings.tftp.isEnabled ? settings.tftp.listen : [])
        for local in datagrams {
            wait { () throws(SystemError) in _ = try DatagramSocket(local: local) }
        }
        for local in settings.http.isEnabled ? settings.http.listen : [] {
            wait { () throws(SystemError) in _ = try ListeningSocket.open(local: local) }
        }
    }

    private static func wait(whileInUse open: () throws(SystemError) -> Void) {
        for _ in 0..<20 {
            do throws(SystemError) {
                return try open()
            } catch {
                guard error.isAddressInUse else { return }
                Clock.nap(.milliseconds(50))
            }
        }
    }

    /// Seconds that the service manager may take for what it is told.
    private static let patience: Int32 = 20
}

/// An address that HTTP is served at.
struct HTTPDoor {
    let local: IPEndpoint
    let listener: HandOver<OwnedDescriptor>
}

extension TransferPorts {
    fileprivate init(_ ports: Settings.Ports) {
        switch ports {
        case .any: self = .any
        case .range(let range): self = .range(range)
        case .listen: self = .listening
        }
    }
}
