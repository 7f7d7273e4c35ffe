import Wire

/// Where a script's files are: `http://ADDRESS[:PORT]/PATH`. No machine of ours asks a name server.
struct HTTPLocation: Equatable, Sendable {
    let server: Endpoint
    /// The host as the URL has it, for the field `Host`.
    let host: String
    /// Path and query as they go on the wire.
    let target: String

    init?(_ text: String) {
        let scheme = "http://"
        guard text.hasPrefix(scheme), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPv4Address(String(parts[0])) else { return nil }
        var port: UInt16 = 80
        if parts.count == 2 {
            guard let number = UInt16(parts[1]), number > 0 else { return nil }
            port = number
        }
        let path = rest.dropFirst(authority.count)
        server = Endpoint(address: address, port: port)
        host = String(authority)
        target = path.hasPrefix("/") ? String(path) : "/" + path
    }

    /// The same server, another path.
    init(beside other: HTTPLocation, target: String) {
        server = other.server
        host = other.host
        self.target = target
    }

    /// What is sent (RFC 9112 §3). A connection has one request: whoever loads a kernel does not count connections.
    var request: [UInt8] {
        Array(
            "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: iPXE/pilotfish-swarm\r\nConnection: close\r\n\r\n"
                .utf8)
    }

    /// The install that a URL belongs to: `/install/TOKEN/…`.
    var token: String? {
        let parts = target.split(separator: "/")
        return parts.count >= 3 && parts[0] == "install" ? String(parts[1]) : nil
    }

    /// Whether the server is asked to let the installer go: `/install/TOKEN/begin/ATTEMPT`.
    var isBegin: Bool { target.split(separator: "/").dropFirst(2).first == "begin" && token != nil }
}
