/// A port that somebody else has when it is to be opened, and what the operator is told to do.
enum TakenPort: String {
    case bootService = "boot-service"
    case tftp
    case http

    /// - Parameter isForUnit: whether `pilotfish open` wants it for pilotfish.service. Then our .socket unit of that
    ///   port may have it, which is for a service that has no such command; and flags of the service do not help.
    func advice(isForUnit: Bool) -> String {
        guard isForUnit else { return "\(holder) runs on this host; \(cure)" }
        let unit = "pilotfish-\(rawValue).socket"
        return
            "\(holder) runs on this host, or \(unit) is active; \(cureOfUnit); the unit ends with \"systemctl disable "
            + "--now \(unit)\", or stays where pilotfish-sockets.conf is a drop-in of pilotfish.service"
    }

    private var holder: String {
        switch self {
        case .bootService: "another PXE service (dnsmasq as a proxy?)"
        case .tftp: "another TFTP server"
        case .http: "another web server"
        }
    }

    private var cure: String {
        switch self {
        case .bootService: "stop it first"
        case .tftp: "stop it, or move ours with --tftp-listen"
        case .http: "move ours with --http-listen"
        }
    }

    private var cureOfUnit: String {
        switch self {
        case .bootService: "stop that first"
        case .tftp: "stop that, or move ours with tftp.listen"
        case .http: "move ours with http.listen"
        }
    }
}
