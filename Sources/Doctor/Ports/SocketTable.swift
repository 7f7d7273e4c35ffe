package import Wire

/// A socket that takes what comes to a port.
package struct BoundSocket: Equatable, Sendable {
    package enum Transport: String, Sendable { case udp, tcp }

    package var transport: Transport
    package var port: Int
    /// Where it takes what comes; a wildcard for everywhere.
    package var address: IPAddress
    package var inode: UInt64

    package init(transport: Transport, port: Int, address: IPAddress, inode: UInt64) {
        self.transport = transport
        self.port = port
        self.address = address
        self.inode = inode
    }
}

/// Reads /proc/net/udp, udp6, tcp and tcp6 (proc_net(5)).
package enum SocketTable {
    /// The sockets that listen: of UDP those that are tied to nobody, of TCP those in the state LISTEN.
    package static func read(_ text: String, _ transport: BoundSocket.Transport) -> [BoundSocket] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count > 9, let inode = UInt64(words[9]), let local = end(words[1]), let far = end(words[2]),
                transport == .tcp ? words[3] == "0A" : far.port == 0
            else { return nil }
            return BoundSocket(transport: transport, port: local.port, address: local.address, inode: inode)
        }
    }

    private static func end(_ word: Substring) -> (address: IPAddress, port: Int)? {
        let parts = word.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1], radix: 16), let address = address(parts[0]) else { return nil }
        return (address, port)
    }

    /// One or four words of 32 bits, each in the octet order of the host.
    private static func address(_ digits: Substring) -> IPAddress? {
        var words: [UInt32] = []
        var rest = digits
        while !rest.isEmpty {
            guard rest.count >= 8, let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            words.append(UInt32(bigEndian: word))
            rest = rest.dropFirst(8)
        }
        switch words.count {
        case 1: return IPAddress(IPv4Address(words[0]))
        case 4:
            return IPAddress(
                high: UInt64(words[0]) << 32 | UInt64(words[1]), low: UInt64(words[2]) << 32 | UInt64(words[3]))
        default: return nil
        }
    }
}

/// A process that has a socket.
package struct SocketOwner: Equatable, Sendable {
    package var process: Int
    package var name: String
    /// The systemd unit that it belongs to; nil when it is none that can be stopped.
    package var unit: String?

    package init(process: Int, name: String, unit: String?) {
        self.process = process
        self.name = name
        self.unit = unit
    }

    /// The unit in a text of /proc/PID/cgroup: the innermost service or container of its paths.
    package static func unit(cgroups text: String) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "/").reversed()
            for part in parts {
                if part.hasSuffix(".service"), !part.hasPrefix("user@") { return String(part) }
                if part.hasSuffix(".scope"), part.contains("docker-") || part.contains("libpod-") {
                    return String(part)
                }
            }
        }
        return nil
    }
}
