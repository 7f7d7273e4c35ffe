import CLinuxNet
import Glibc
package import Wire

/// What the environment says of sockets that were opened for this process (sd_listen_fds(3)): values only.
package struct PassedList: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package let number: Int32
        /// What the socket is for, as its unit says (FileDescriptorName=); `unknown` where nobody said it.
        package let name: String

        package init(number: Int32, name: String) {
            self.number = number
            self.name = name
        }
    }

    /// The environment contradicts itself; in a sentence.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package private(set) var entries: [Entry] = []

    /// The first number (SD_LISTEN_FDS_START): below it are the standard three.
    private static let start: Int32 = 3
    /// Far more than anybody has sockets for us.
    private static let most: Int32 = 512
    static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]

    /// - Parameters:
    ///   - variable: the value of a variable of the environment, by its name.
    ///   - process: our process id; what is meant for another process is none of ours.
    package init(_ variable: (String) -> String?, process: Int32) throws(Fault) {
        guard let receiver = variable("LISTEN_PID"), let count = variable("LISTEN_FDS") else { return }
        guard let receiver = Int32(receiver) else {
            throw Fault(description: "LISTEN_PID=\(receiver) is no process id")
        }
        guard receiver == process else { return }
        guard let count = Int32(count), (0...Self.most).contains(count) else {
            throw Fault(description: "LISTEN_FDS=\(count) is no number of sockets between 0 and \(Self.most)")
        }
        let names = variable("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if let names, count > 0, names.count != Int(count) {
            throw Fault(description: "LISTEN_FDNAMES has \(names.count) names for the \(count) sockets of LISTEN_FDS")
        }
        entries = (0..<count).map { Entry(number: Self.start + $0, name: names?[Int($0)] ?? "unknown") }
    }
}

/// A socket that was opened for this process before it began.
package struct PassedSocket: Sendable {
    package let name: String
    package let number: Int32
    package let facts: SocketFacts
    /// Closed with this value unless somebody takes it.
    package let descriptor: HandOver<OwnedDescriptor>

    package init(name: String, number: Int32, facts: SocketFacts, descriptor: HandOver<OwnedDescriptor>) {
        self.name = name
        self.number = number
        self.facts = facts
        self.descriptor = descriptor
    }

    /// Takes over all that the environment names, and takes the names out of it, so that no program started from here
    /// believes that they are its own. To be called once, while there is one thread.
    ///
    /// - Throws: `PassedList.Fault`, and `SystemError` for a number that is no socket.
    package static func takeAll() throws -> [PassedSocket] {
        defer { for name in PassedList.variables { unsetenv(name) } }
        let list = try PassedList({ name in getenv(name).map { String(cString: $0) } }, process: getpid())
        return try list.entries.map(take)
    }

    /// - Throws: `SystemError` for a number that is no socket.
    static func take(_ entry: PassedList.Entry) throws(SystemError) -> PassedSocket {
        let subject = "descriptor \(entry.number) (\(entry.name))"
        try check("fcntl", subject) { fcntl(entry.number, F_SETFD, FD_CLOEXEC) }
        return PassedSocket(
            name: entry.name, number: entry.number, facts: try SocketFacts(of: entry.number, subject),
            descriptor: HandOver(OwnedDescriptor(entry.number)))
    }
}

/// What the kernel says of a socket.
package struct SocketFacts: Equatable, Sendable {
    package enum Family: Equatable, Sendable {
        case ip(IPFamily)
        case unix
        /// Its number (AF_…).
        case other(Int32)
    }

    package enum Kind: Equatable, Sendable {
        case datagram, stream
        /// Its number (SOCK_…).
        case other(Int32)
    }

    package var family: Family
    package var kind: Kind
    /// It waits for connections; never true of datagrams.
    package var isListening = false
    /// Where it is bound; nil of a family without ports.
    package var local: IPEndpoint?
    /// Where a Unix socket is bound; nil of others, and of one without a place in the file system.
    package var path: String?
    /// One of IPv6 that takes IPv4 as well, by addresses that have another form.
    package var mixesFamilies = false

    package init(family: Family, kind: Kind) {
        self.family = family
        self.kind = kind
    }

    /// - Throws: `SystemError` for what is no socket.
    init(of number: Int32, _ subject: String) throws(SystemError) {
        family =
            switch try Self.option(number, SO_DOMAIN, subject) {
            case AF_INET: .ip(.ipv4)
            case AF_INET6: .ip(.ipv6)
            case AF_UNIX: .unix
            case let other: .other(other)
            }
        kind =
            switch try Self.option(number, SO_TYPE, subject) {
            case Int32(SOCK_DGRAM.rawValue): .datagram
            case Int32(SOCK_STREAM.rawValue): .stream
            case let other: .other(other)
            }
        isListening = try Self.option(number, SO_ACCEPTCONN, subject) != 0
        switch family {
        case .ip(let version):
            local = DatagramSocket.local(of: number)
            guard version == .ipv6 else { return }
            mixesFamilies = try Self.option(number, IPV6_V6ONLY, subject, level: Int32(IPPROTO_IPV6)) == 0
        case .unix: path = Self.path(of: number)
        case .other: break
        }
    }

    private static func option(
        _ number: Int32, _ option: Int32, _ subject: String, level: Int32 = SOL_SOCKET
    ) throws(SystemError) -> Int32 {
        var (value, length) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        try check("getsockopt", subject) { getsockopt(number, level, option, &value, &length) }
        return value
    }

    private static func path(of number: Int32) -> String? {
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
        }
        guard result == 0 else { return nil }
        let path = withUnsafeBytes(of: address.sun_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return path.hasPrefix("/") ? path : nil
    }
}

extension SocketFacts: CustomStringConvertible {
    /// What it is, with an article.
    package var description: String {
        let version =
            switch family {
            case .ip(.ipv4): "IPv4"
            case .ip(.ipv6): mixesFamilies ? "IPv6 and IPv4" : "IPv6"
            case .unix: "Unix"
            case .other(let number): "family \(number)"
            }
        let type =
            switch kind {
            case .datagram: "datagram socket"
            case .stream: isListening ? "listening stream socket" : "stream socket that does not listen"
            case .other(let number): "socket of type \(number)"
            }
        let place = local.map(\.description) ?? path
        return "a \(type) of \(version)" + (place.map { " at \($0)" } ?? "")
    }
}
