import Wire

/// A socket that takes what comes to a port.
package struct BoundSocket: Equatable, Sendable {
    package enum Transport: String, Sendable { case udp, tcp }

    package var transport: Transport
    package var port: Int
    /// Whether it takes what comes to any address.
    package var isForAll: Bool
    /// Whether it takes only what this host sends to itself.
    package var isLoopback: Bool
    package var inode: UInt64
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
            return BoundSocket(
                transport: transport, port: local.port, isForAll: local.address.allSatisfy { $0 == "0" },
                isLoopback: isLoopback(local.address), inode: inode)
        }
    }

    private static func end(_ word: Substring) -> (address: Substring, port: Int)? {
        let parts = word.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1], radix: 16) else { return nil }
        return (parts[0], port)
    }

    /// 127.0.0.0/8 and ::1, in the octet order of a little-endian host.
    private static func isLoopback(_ address: Substring) -> Bool {
        address.count == 8 ? address.hasSuffix("7F") : address == "00000000000000000000000001000000"
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
