package import LinuxIO
package import Transfers
package import Wire

/// How many clients fetch what, and how badly.
package struct SwarmPlan: Sendable {
    package var server: IPEndpoint
    /// The file's name in the request.
    package var name: [UInt8]
    package var clients: Int
    /// Clients under way at the same time.
    package var atOnce: Int
    /// Starts a second; nil for all at once.
    package var startRate: Double?
    package var habits: ClientHabits
    /// The time a client takes for each acknowledgement.
    package var think = TimeSpan.zero
    package var impairments = Impairments()
    /// The file as it should be; nil when nobody compares.
    package var reference: ReferenceFile?
    /// The IPv4 network whose addresses the clients have; nil for one socket a client from the system's own address.
    package var source: IPv4Network?
    package var sockets = 4
    package var limit = TimeSpan.seconds(60)
    /// Whose processor time is reported.
    package var process: Int32?

    package init(server: IPEndpoint, name: [UInt8], clients: Int, habits: ClientHabits) {
        self.server = server
        self.name = name
        self.clients = clients
        self.habits = habits
        atOnce = clients
    }

    /// What the way does to datagrams, as probabilities.
    package struct Impairments: Sendable {
        /// Of what arrives.
        package var loss = 0.0
        /// Of requests and acknowledgements.
        package var ackLoss = 0.0
        /// A datagram is handed over behind the next one of its client.
        package var reorder = 0.0
        package var seed: UInt64 = 1

        package init() {}
    }

    /// Octets of the request.
    package var requestLength: Int {
        var writer = ByteWriter()
        TFTPRequestWriter.read(name: name, options: habits.asked, into: &writer)
        return writer.count
    }

    /// Sockets that are really opened: without addresses of their own, clients differ by their ports.
    var socketCount: Int { source == nil ? clients : min(max(sockets, 1), clients) }
}

/// Why a swarm does not start.
package enum SwarmError: Error, CustomStringConvertible {
    case tooFewAddresses(IPv4Network, needed: Int)
    case tooFewDescriptors(allowed: Int, needed: Int)
    case requestTooLong(Int)
    case system(SystemError)

    package var description: String {
        switch self {
        case .tooFewAddresses(let network, let needed):
            "\(network) has too few addresses: \(needed) are needed; name a wider one, or more --sockets"
        case .tooFewDescriptors(let allowed, let needed):
            """
            without --source each client needs a socket of its own: \(needed), and the system allows \(allowed) open \
            files; raise that (ulimit -n), or name addresses with --source
            """
        case .requestTooLong(let octets):
            "the request would have \(octets) octets, and RFC 2347 allows 512; shorten the path"
        case .system(let error): "\(error)"
        }
    }
}
