import Assets
import BootPolicy
import Confinement
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
    let waker: HandOver<PacketSocket>?
    let tftp: [TFTPSockets]
    /// What the operator should hear of how that went.
    let remarks: [String]
    let http: [HTTPDoor]
    /// How many descriptors this process may have.
    let descriptors: Int

    /// What listens, and what the operator should hear of addresses that were left out.
    private typealias Doors<Opened> = (opened: [Opened], remarks: [String])

    /// Threads beyond this bring nothing on the links that such an appliance has.
    private static let mostWorkers = 8

    init(_ settings: Settings) throws {
        if let missing = MissingCapabilities(of: Self.needed(settings)) { throw missing }
        // Each file that is being sent has a descriptor, in each worker that sends it, and each connection of HTTP has two.
        descriptors = raiseDescriptorLimit()
        root = try Self.openRoot(settings.root)
        dhcp = settings.dhcp.isEnabled ? try Self.openDHCP() : nil
        waker = settings.dhcp.isEnabled ? HandOver(try PacketSocket(sendsOnly: true)) : nil
        let tftpDoors: Doors<TFTPSockets> = settings.tftp.isEnabled ? try Self.openTFTP(settings) : ([], [])
        let httpDoors: Doors<HTTPDoor> = settings.http.isEnabled ? try Self.openHTTP(settings.http.listen) : ([], [])
        (tftp, http, remarks) = (tftpDoors.opened, httpDoors.opened, tftpDoors.remarks + httpDoors.remarks)
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
        return fields
    }

    private static func needed(_ settings: Settings) -> [Capability] {
        var ports: [UInt16] = []
        if settings.tftp.isEnabled { ports += settings.tftp.listen.map(\.port) }
        if settings.http.isEnabled { ports += settings.http.listen.map(\.port) }
        if settings.dhcp.isEnabled { ports.append(DHCPSockets.serverPort) }
        let low = ports.contains { $0 != 0 && Int($0) < PrivilegedPorts.end }
        return (settings.dhcp.isEnabled ? [.netRaw] : []) + (low ? [.netBindService] : [])
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

    private static func openDHCP() throws -> DHCPSockets {
        try open(ifTaken: "another PXE service (dnsmasq as a proxy?) runs on this host; stop it first") {
            () throws(SystemError) in try DHCPSockets()
        }
    }

    private static func openTFTP(_ settings: Settings) throws -> Doors<TFTPSockets> {
        let wanted = settings.tftp.workers > 0 ? settings.tftp.workers : usableProcessors()
        return try open(ifTaken: "another TFTP server runs on this host; stop it, or move ours with --tftp-listen") {
            () throws(SystemError) in
            // The workers share the port, and the kernel would let a second Pilotfish share it too: ask for it alone first.
            let (listen, remarks) = try openEach(settings.tftp.listen, for: "TFTP") { endpoint throws(SystemError) in
                _ = try DatagramSocket(local: endpoint)
                return endpoint
            }
            let sockets = try TFTPSockets.open(
                workers: min(max(wanted, 1), mostWorkers), listen: listen, ports: TransferPorts(settings.tftp.ports))
            return (sockets, remarks)
        }
    }

    private static func openHTTP(_ listen: [IPEndpoint]) throws -> Doors<HTTPDoor> {
        try open(ifTaken: "another web server runs on this host; move ours with --http-listen") {
            () throws(SystemError) in
            try openEach(listen, for: "HTTP") { endpoint throws(SystemError) in
                HTTPDoor(local: endpoint, listener: HandOver(try ListeningSocket.open(local: endpoint)))
            }
        }
    }

    /// Opens what listens at each address: "all of IPv6" is left out on a host that has no IPv6, as many are set up.
    private static func openEach<Opened>(
        _ wanted: [IPEndpoint], for service: String, _ open: (IPEndpoint) throws(SystemError) -> Opened
    ) throws(SystemError) -> Doors<Opened> {
        var opened: [Opened] = []
        var remarks: [String] = []
        for endpoint in wanted {
            do throws(SystemError) {
                opened.append(try open(endpoint))
            } catch {
                guard endpoint.address == .anyIPv6, error.isOfMissingFamily, wanted.count > 1 else { throw error }
                remarks.append("this host has no IPv6, so \(service) does not listen on \(endpoint)")
            }
        }
        return (opened, remarks)
    }

    /// Opens something, and says what to do when somebody else has it.
    private static func open<Value>(ifTaken advice: String, _ body: () throws(SystemError) -> Value) throws -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            throw error.isAddressInUse ? StartFailure("\(error): \(advice)") : StartFailure("\(error)")
        }
    }
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
